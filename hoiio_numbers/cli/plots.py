"""The summary of a file as a picture."""

from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING

from hoiio_numbers.text import escaped

if TYPE_CHECKING:
    from hoiio_numbers.bulk.portfolios import Summary

_BAR = 0.3  # inches
_WIDTH = 8.0


def draw(summary: "Summary", path: Path) -> None:
    """Draw rows by code, by field and by country, most first, and write it to *path*, an SVG or a PNG file."""
    from matplotlib.figure import Figure
    from matplotlib.ticker import MaxNLocator

    refused = summary.refused_by_country
    groups = {
        "code": [(code, rows, 0) for code, rows in summary.by_code.most_common()],
        "field": [(field or "the row as a whole", rows, 0) for field, rows in summary.by_field.most_common()],
        "country, refused in red": [
            (country or "not settled", rows, refused[country]) for country, rows in summary.by_country.most_common()
        ],
    }
    heights = [len(bars) + 2 for bars in groups.values()]
    figure = Figure(figsize=(_WIDTH, _BAR * (sum(heights) + 2)), layout="constrained")
    figure.suptitle(f"{summary.rows:,} rows, {summary.refused:,} refused")
    for axes, (title, bars) in zip(figure.subplots(len(groups), height_ratios=heights), groups.items(), strict=True):
        places = range(len(bars))
        axes.barh(places, [rows for _, rows, _ in bars], color="tab:blue")
        axes.barh(places, [faulty for _, _, faulty in bars], color="tab:red")
        axes.set_yticks(places, [escaped(name) for name, *_ in bars])
        axes.invert_yaxis()
        axes.set_title(f"rows by {title}", loc="left")
        axes.xaxis.set_major_locator(MaxNLocator(integer=True))
        axes.xaxis.set_major_formatter("{x:,.0f}")
    picture = BytesIO()
    figure.savefig(picture, format=path.suffix[1:].lower())
    path.write_bytes(picture.getvalue())
