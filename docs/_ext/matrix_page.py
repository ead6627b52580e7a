"""The page of the capability matrix: what the data that ships says, with its dates and sources, and what follows."""

from collections.abc import Iterator
from typing import Any

from generated import table, write
from sphinx.application import Sphinx

from hoiio_numbers import CountryCapabilities, Registry, Service, countries
from hoiio_numbers.exports import decisions, to_markdown

HEAD = ("country", "from", "until", *map(str, Service), "who says so", "where")


def setup(app: Sphinx) -> dict[str, Any]:
    """Have the page written before Sphinx looks for pages."""
    app.connect("builder-inited", lambda app: write(app.srcdir / "matrix", {"index": page()}))
    return {"parallel_read_safe": True}


def page() -> str:
    """The text of the page."""
    registry = Registry.default()
    common = [
        f"- {_group(group)} exclude each other on every number (`{registry.sources['conflicts']}`)."
        for group in registry.conflicts
    ]
    return f"""# The capability matrix

What the numbers of each country can receive, by the [data](../capabilities.md) that this site was made of: each
revision with the day from which it holds, who says so, and where that stands. It is data of 2012 until somebody records
a change: see [what we do not know](../what-we-do-not-know.md).

{table(HEAD, _rows(registry))}
{chr(10).join(common)}

## What follows

Every combination of services asked for, decided by the [rules](../rules/index.md).

{to_markdown(decisions())}
"""


def _group(services: frozenset[Service]) -> str:
    return " and ".join(str(service) for service in Service if service in services)


def _rows(registry: Registry) -> Iterator[tuple[str, ...]]:
    for country, state, start in dict.fromkeys((row.country, row.state, row.start) for row in decisions()):
        entry = registry.in_force(start).capabilities(country, state)
        if entry:
            yield _row(entry)


def _row(entry: CountryCapabilities) -> tuple[str, ...]:
    place = f"{entry.country}-{entry.state}" if entry.state else entry.country
    source = entry.sources["from"]
    limits = f" {entry.limitations}" if entry.limitations else ""
    return (
        f"{place} {countries.name(entry.country)}",
        str(entry.as_of),
        str(entry.until or ""),
        *("yes" if service in entry.services else "no" for service in Service),
        f"{entry.citation}.{limits}",
        f"`{source.file}:{source.line}`",
    )
