"""The verbs of the command line that go through whole files of requests."""

import json
import signal
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import nullcontext
from datetime import date
from functools import wraps
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from hoiio_numbers.check import Checker
from hoiio_numbers.cli import display
from hoiio_numbers.errors import CapabilityDataError
from hoiio_numbers.mappings import PARAMETERS

if TYPE_CHECKING:  # the extra bulk is for these verbs alone
    from hoiio_numbers.bulk.portfolios import Decided, Impact, Summary

STANDARD_STREAM = "-"
FORMATS = ("csv", "jsonl", "parquet")


def _columns(_context: click.Context, _option: click.Parameter, told: Sequence[str]) -> dict[str, str]:
    columns = {}
    for text in told:
        parameter, equals, column = text.partition("=")
        if not equals or parameter not in PARAMETERS:
            raise click.BadParameter(f"{text!r} is not {'|'.join(PARAMETERS)}, an equals sign and a column.")
        columns[parameter] = column
    return columns


def of_file(verb: Callable[..., None]) -> Callable[..., None]:
    """A verb with the options that say how a file is read and written; what goes wrong there is no traceback."""

    @click.option("--out", metavar="FILE", help="Write the rows with what was decided here; - is standard output.")
    @click.option(
        "--format", "form", type=click.Choice(FORMATS), help="The file's format, where its name does not tell it."
    )
    @click.option("--out-format", "out_form", type=click.Choice(FORMATS), help="The same of the file that is written.")
    @click.option(
        "--column",
        "columns",
        metavar="PARAMETER=COLUMN",
        multiple=True,
        callback=_columns,
        help="The column of a parameter that is not called as the API calls it; may be repeated.",
    )
    @wraps(verb)
    def reading(**options: Any) -> None:
        signal.signal(signal.SIGTERM, signal.default_int_handler)  # asked to end, as by Ctrl-C: nothing is left behind
        try:
            verb(**options)
        except ModuleNotFoundError as error:
            raise click.UsageError(f"files need {error.name}: pip install 'hoiio-numbers[bulk]'") from None
        except (FileNotFoundError, IsADirectoryError, NotADirectoryError, PermissionError) as error:
            raise click.UsageError(f"{error.filename}: {error.strerror}.") from None
        except (OSError, ValueError) as error:  # Arrow's own errors are among these, without a number
            if isinstance(error, CapabilityDataError) or getattr(error, "errno", None):
                raise  # every verb tells of these in the same way
            raise click.UsageError(f"{error}.") from None

    return reading


def plottable(_context: click.Context, _option: click.Parameter, name: str | None) -> str | None:
    """A file that can be drawn, said before any work."""
    if name is None:
        return None
    if Path(name).suffix.lower() not in {".svg", ".png"}:
        raise click.BadParameter(f"{name!r} ends neither in .svg nor in .png.")
    if not Path(name).parent.is_dir():
        raise click.BadParameter(f"{name!r} is in no directory that there is.")
    if find_spec("matplotlib") is None:
        raise click.BadParameter("a plot needs matplotlib: pip install 'hoiio-numbers[plot]'.")
    return name


def check(checker: Checker, *, only_refused: bool, **file: Any) -> "Summary":
    """What `check-file` counts, and writes."""
    from hoiio_numbers.bulk.portfolios import Summary

    return Summary(_decided([checker], lambda decided: not (only_refused and decided[0].ok), **file))


def show(summary: "Summary", *, as_json: bool, plot: str | None, stderr: bool) -> None:
    """What `check-file` prints and draws."""
    if as_json:
        click.echo(json.dumps(summary.to_dict(), indent=2), err=stderr)
    else:
        display.summary(summary, stderr=stderr)
    if plot:
        from hoiio_numbers.cli.plots import draw

        draw(summary, Path(plot))


def impact(old: Checker, new: Checker, **file: Any) -> "Impact":
    """What `capabilities impact` counts, and writes."""
    from hoiio_numbers.bulk.portfolios import Impact

    return Impact(_decided([old, new], lambda decided: decided[0] != decided[1], **file))


def show_impact(impact: "Impact", *, as_json: bool, stderr: bool) -> None:
    """What `capabilities impact` prints."""
    if as_json:
        click.echo(json.dumps(impact.to_dict(), indent=2), err=stderr)
    else:
        display.impact(impact, stderr=stderr)


def _decided(
    checkers: Sequence[Checker],
    keep: "Callable[[Decided], bool]",
    *,
    file: str,
    out: str | None,
    form: str | None,
    out_form: str | None,
    columns: dict[str, str],
    on: date | None,
) -> "Counter[Decided]":
    from hoiio_numbers.bulk import files, portfolios

    form = form or files.format_of(file)
    writing = files.written(out, out_form or files.format_of(out)) if out else nullcontext()
    with files.opened(file, form) as source, writing as sink, display.file_progress() as told:
        return portfolios.decide_file(source, checkers, columns=columns, on=on, sink=sink, keep=keep, told=told)
