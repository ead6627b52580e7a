"""The command line: every verb is one call of the library, and `display` shows what it answered.

Exit codes: 0 accepted, clean or equal; 1 refused, faulty or different; 2 misuse or broken data; 3 no answer.
"""

import difflib
import json
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import date, datetime
from functools import wraps
from pathlib import Path
from typing import Any

import click

from hoiio_numbers import directories, exports, schema
from hoiio_numbers.check import Checker
from hoiio_numbers.cli import display, filecheck, online
from hoiio_numbers.comparison import compare
from hoiio_numbers.datafiles import COMMON
from hoiio_numbers.errors import (
    ApiError,
    CapabilityDataError,
    InvalidRequestError,
    OutcomeUnknownError,
    TransportError,
)
from hoiio_numbers.registry import Registry
from hoiio_numbers.rules import RULES
from hoiio_numbers.services import MODES

NO, BROKEN, UNANSWERED = 1, 2, 3

_DIRECTORY = click.Path(path_type=Path)


class _Commands(click.Group):
    """Verbs for which a refusal, broken capability data, no answer or a full disk is no traceback."""

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except CapabilityDataError as error:
            display.faults(error.faults)
            ctx.exit(BROKEN)
        except InvalidRequestError as error:
            display.report(error.report, {}, refused=True)
            ctx.exit(NO)
        except (ApiError, TransportError, OutcomeUnknownError) as error:
            display.error(error)
            ctx.exit(NO if isinstance(error, ApiError) else UNANSWERED)

    def main(self, *args: Any, **kwargs: Any) -> Any:
        try:
            return super().main(*args, **kwargs)
        except OSError as error:
            with suppress(OSError):  # this has nowhere to go either where both streams end on the full disk
                click.echo(f"error: the output cannot be written: {error.strerror}.", err=True)
            _leave_unwritten()
            sys.exit(BROKEN)


def _leave_unwritten() -> None:
    """What is still in a buffer would be tried again, and complained of, when the interpreter ends."""
    with Path(os.devnull).open("wb") as nowhere:
        for stream in (sys.stdout, sys.stderr):
            with suppress(OSError):  # a stream of a test has no descriptor
                os.dup2(nowhere.fileno(), stream.fileno())


def _date(_context: click.Context, _option: click.Parameter, value: datetime | None) -> date | None:
    return value.date() if value else None


_on = click.option(
    "--on", type=click.DateTime(["%Y-%m-%d"]), callback=_date, help="Decide by the data of this date, not of today."
)
_json = online.as_json


def _by_data(verb: Callable[..., None]) -> Callable[..., None]:
    """A verb that decides: what `--data` and `--overlay` say becomes its `registry`."""

    @click.option("--data", type=_DIRECTORY, metavar="DIR", help="Decide by this directory's data files alone.")
    @click.option(
        "--overlay",
        "overlays",
        type=_DIRECTORY,
        metavar="DIR",
        multiple=True,
        help="Lay this directory's data files over the others; may be repeated.",
    )
    @wraps(verb)
    def deciding(data: Path | None, overlays: tuple[Path, ...], **options: object) -> None:
        registry = Registry.load(data) if data else Registry.default()
        for overlay in overlays:
            registry = registry.overlay(overlay)
        verb(registry=registry, **options)

    return deciding


@click.group(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="hoiio-numbers")
def command() -> None:
    """Say before anything is sent whether a phone number can be configured so, and what is wrong."""


@command.command()
@click.argument("number")
@click.option("--forward-to", metavar="URL", help="The URL that hears of calls, or of faxes in mode fax.")
@click.option("--forward-sms-to", metavar="URL", help="The URL that hears of SMS.")
@click.option("--mode", metavar="|".join(MODES), multiple=True, help="What forward-to receives.")
@click.option("--country", metavar="CODE", help="The number's country, such as SG.")
@click.option("--state", metavar="CODE", help="The number's state, such as AL.")
@click.option("--capabilities", metavar="WORDS", help="What the API itself lists for the number, such as voice,sms.")
@click.option("--strict", is_flag=True, help="Let warnings refuse, too.")
@click.option("--explain", is_flag=True, help="Say what each rule made of it.")
@_json
@_on
@_by_data
@click.pass_context
def check(
    context: click.Context, /, registry: Registry, *, strict: bool, explain: bool, as_json: bool, **request: Any
) -> None:
    """Say whether NUMBER can be configured so, everything that is wrong with it, why, and what to do instead."""
    report = Checker(registry).check_config(**request)
    refused = not report.ok or (strict and bool(report.violations))
    if as_json:
        explanation = {"explanation": [rule.to_dict() for rule in report.explain()]} if explain else {}
        click.echo(json.dumps({**report.to_dict(), **explanation}, indent=2))
    else:
        display.report(report, request, refused=refused)
        if explain:
            display.explanation(report.explain())
    context.exit(NO if refused else 0)


@command.command("check-file")
@click.argument("file", metavar="IN")
@filecheck.of_file
@click.option("--only", type=click.Choice(["refused"]), help="Write these rows alone.")
@click.option("--plot", metavar="FILE.svg|png", callback=filecheck.plottable, help="Draw the summary.")
@_json
@_on
@_by_data
@click.pass_context
def check_file(
    context: click.Context,
    /,
    registry: Registry,
    *,
    only: str | None,
    plot: str | None,
    as_json: bool,
    **file: Any,
) -> None:
    """Say of every row of IN whether it can be configured so, and count what is wrong by code, field and country.

    IN is a CSV or Parquet file or one of JSON lines, or - for standard input.
    """
    counts = filecheck.check(Checker(registry), only_refused=only is not None, **file)
    filecheck.show(counts, as_json=as_json, plot=plot, stderr=file["out"] == filecheck.STANDARD_STREAM)
    context.exit(NO if counts.refused else 0)


@command.command()
@click.option("--live", is_flag=True, help="Ask the API which countries it sells numbers of.")
@_json
@_on
@_by_data
def countries(registry: Registry, *, live: bool, as_json: bool, on: date | None) -> None:
    """Show which country's numbers can receive what, since when, and who says so."""
    if live:
        online.countries(as_json=as_json)
        return
    entries = registry.in_force(on)
    if as_json:
        click.echo(json.dumps([entry.to_dict() for entry in entries.all()], indent=2))
    else:
        display.capabilities(entries.all())


@command.group()
def capabilities() -> None:
    """Tend directories of capability data files."""


@capabilities.command()
@click.argument("directory", type=_DIRECTORY)
@click.pass_context
def lint(context: click.Context, directory: Path) -> None:
    """Say what is wrong with the data files of DIRECTORY, by file and line.

    A directory without a common.toml is judged as one that is laid over the shipped data.
    """
    try:
        registry = _registry(directory)
    except CapabilityDataError as error:
        display.faults(error.faults)
        context.exit(NO)
    click.echo(f"{directory}: no faults; {len(registry.countries)} countries.")


@capabilities.command()
@click.argument("old", type=_DIRECTORY)
@click.argument("new", type=_DIRECTORY)
@_json
@click.pass_context
def diff(context: click.Context, old: Path, new: Path, *, as_json: bool) -> None:
    """Say which decisions change from the data files of directory OLD to those of NEW.

    A directory without a common.toml is laid over the shipped data.
    """
    changes = compare(_registry(old), _registry(new))
    if as_json:
        click.echo(json.dumps([change.to_dict() for change in changes], indent=2))
    else:
        display.changes(changes)
    context.exit(NO if changes else 0)


@capabilities.command()
@click.argument("old", type=_DIRECTORY)
@click.argument("new", type=_DIRECTORY)
@click.argument("file")
@filecheck.of_file
@_json
@_on
@click.pass_context
def impact(context: click.Context, /, *, old: Path, new: Path, as_json: bool, **file: Any) -> None:
    """Say which rows of FILE are decided differently by the data files of directory NEW than by those of OLD.

    A directory without a common.toml is laid over the shipped data. The rows that are written are those that change.
    """
    changes = filecheck.impact(Checker(_registry(old)), Checker(_registry(new)), **file)
    filecheck.show_impact(changes, as_json=as_json, stderr=file["out"] == filecheck.STANDARD_STREAM)
    context.exit(NO if changes.changed else 0)


@capabilities.command()
@_json
@_by_data
@click.pass_context
def drift(context: click.Context, /, registry: Registry, *, as_json: bool) -> None:
    """Say where the data and the API disagree, and print the edit of a data file that would agree."""
    found = online.drift(registry)
    if as_json:
        click.echo(json.dumps([it.to_dict() for it in found], indent=2))
    else:
        display.drift(found)
    context.exit(NO if found else 0)


def _registry(directory: Path) -> Registry:
    """The data of *directory*, whatever the environment names: it is the directory that is asked about."""
    stands_alone = not directory.is_dir() or (directory / COMMON).exists()
    return Registry.load(directory) if stands_alone else Registry(directories.packaged()).overlay(directory)


@command.command()
@click.argument("code", required=False)
def rules(code: str | None) -> None:
    """List the rules, or say everything about the rule CODE."""
    if code is None:
        display.rules(RULES.values())
    elif code in RULES:
        display.rule(RULES[code])
    else:
        near = difflib.get_close_matches(code, RULES, n=1)
        raise click.BadParameter(f"there is no rule {code!r}" + (f"; did you mean {near[0]}?" if near else "."))


@command.group()
def export() -> None:
    """Print the rules and the data for programs in other languages."""


_of_country = click.option("--country", metavar="CODE", help="Of this country alone, such as SG.")


@contextmanager
def _country_may_be_wrong() -> Iterator[None]:
    try:
        yield
    except ValueError as error:
        raise click.BadParameter(f"{error}.", param_hint="--country") from None


@export.command("json-schema")
@_of_country
@_on
@_by_data
def export_json_schema(registry: Registry, *, country: str | None, on: date | None) -> None:
    """Print the JSON Schema of requests about one country's numbers, or the schemas of all by country code."""
    with _country_may_be_wrong():
        schemas = (
            schema.json_schema(country, registry=registry, on=on)
            if country
            else schema.json_schemas(registry=registry, on=on)
        )
    click.echo(json.dumps(schemas, indent=2))


@export.command("capabilities")
@_of_country
@_on
@_by_data
def export_capabilities(registry: Registry, *, country: str | None, on: date | None) -> None:
    """Print the capability data in brief, as JSON."""
    with _country_may_be_wrong():
        click.echo(json.dumps(exports.capability_index(registry, country=country, on=on), indent=2))


@export.command("decisions")
@click.option("--format", "form", type=click.Choice([*exports.FORMATS]), default="markdown", show_default=True)
@_of_country
@_on
@_by_data
def export_decisions(registry: Registry, *, form: str, country: str | None, on: date | None) -> None:
    """Print what is decided of every country, revision, state and set of services; with --on, as of that date alone."""
    with _country_may_be_wrong():
        click.echo(exports.FORMATS[form](exports.decisions(Checker(registry), country=country, on=on)))


@export.command("openapi")
@_by_data
def export_openapi(registry: Registry) -> None:
    """Print the OpenAPI document of the API, as the sandbox speaks it."""
    with online.needing_the_sandbox():
        from hoiio_numbers.sandbox import openapi
    click.echo(json.dumps(openapi.document(registry), indent=2))


for verb in online.VERBS:
    command.add_command(verb)
