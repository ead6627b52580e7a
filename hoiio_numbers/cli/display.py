"""How the command line shows what the library answered: readable without colour, coloured on a terminal only."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date
from time import monotonic
from typing import TYPE_CHECKING, Any, TypeVar

import attrs
from rich.console import Console
from rich.table import Table
from rich.text import Text

from hoiio_numbers import countries, urls
from hoiio_numbers.comparison import Change
from hoiio_numbers.errors import ApiError, Fault, HoiioError, OutcomeUnknownError
from hoiio_numbers.listed import ListedNumber
from hoiio_numbers.models import AvailableNumber, Country, Rates, Reconfiguration, SubscribedNumber, Subscription
from hoiio_numbers.registry import CountryCapabilities
from hoiio_numbers.report import Explanation, Outcome, Report
from hoiio_numbers.rulebook import Rule, Texts
from hoiio_numbers.services import Service
from hoiio_numbers.text import escaped, given, shown
from hoiio_numbers.violations import Severity, Source, Violation

if TYPE_CHECKING:  # they bring the client, and the extra bulk, which most verbs do without
    from hoiio_numbers.bulk.files import Part
    from hoiio_numbers.bulk.portfolios import Impact, Summary
    from hoiio_numbers.drift import Drift

T = TypeVar("T")

_STYLES = {
    Severity.ERROR: "bold red",
    Severity.WARNING: "bold yellow",
    Outcome.PASSED: "green",
    Outcome.FAILED: "bold red",
    Outcome.NOT_APPLICABLE: "dim",
}


def _console(*, stderr: bool = False) -> Console:
    console = Console(stderr=stderr, highlight=False, markup=False, emoji=False, soft_wrap=True)
    if not console.is_terminal:
        console.width = 200  # a file or a pipe has no width to keep to
    return console


def report(report: Report, request: Mapping[str, object], *, refused: bool) -> None:
    """A report as a compiler would diagnose a program: each violation, then one line that sums it up."""
    console = _console()
    for violation in report.violations:
        console.print(_diagnosis(violation, request))
    errors, warnings = len(report.errors), len(report.warnings)
    who = f"{report.number or 'no usable number'} ({report.country or 'no country settled'})"
    verdict = ("refused", "bold red") if refused else ("accepted", "bold green")
    counts = f": {_count(errors, 'error')}, {_count(warnings, 'warning')}" if report.violations else ""
    console.print(Text.assemble(verdict, f": {who}, by the data of {report.on}{counts}"))


def _count(number: int, what: str) -> str:
    return f"{number} {what}" if number == 1 else f"{number} {what}s"


def _diagnosis(violation: Violation, request: Mapping[str, object]) -> Text:
    head = (f"{violation.severity}[{violation.code}]", _STYLES[violation.severity])
    lines = [Text.assemble(head, (f": {violation.message}", "bold"))]
    if violation.field:
        lines.append(Text(f"  --> {violation.field}{_typed(request.get(violation.field))}"))
    if violation.source:
        lines += [Text(f"   | {line}") for line in _evidence(violation.source)]
    if violation.hint:
        lines.append(Text.assemble(("   = instead: ", "cyan"), violation.hint))
    if violation.server_status:
        lines.append(Text(f"   = the API may answer {violation.server_status}", "dim"))
    return Text("\n").join(lines) + Text("\n")


def _typed(value: object) -> str:
    """What the user typed for a parameter, fit to be shown."""
    if given(value) is None or value == ():
        return ""
    texts = [value] if isinstance(value, str) else value
    return f": {shown([*map(urls.redacted, texts)])}" if isinstance(texts, list | tuple) else ""


def _evidence(source: Source) -> list[str]:
    since = f"as of {source.as_of}" if source.as_of else ""
    said = ", ".join(filter(None, (since, source.citation and f"by {source.citation}")))
    return [escaped(line) for line in (f"{source.file}:{source.line}: {source.text}", said) if line]


def explanation(explanations: Iterable[Explanation]) -> None:
    """What each rule made of a request, with the facts that it read and the data lines behind its answer."""
    console = _console()
    console.print()
    for it in explanations:
        facts = ", ".join(f"{name}: {value}" for name, value in it.facts.items())
        console.print(Text.assemble((f"{it.outcome:14} ", _STYLES[it.outcome]), f"{it.rule.code:20} {facts}"))
        for source in it.sources:
            console.print(Text(f"{'':35} | {_evidence(source)[0]}", "dim"))


def faults(faults: Iterable[Fault]) -> None:
    """Every fault of a directory of data files, a line each, on standard error."""
    console = _console(stderr=True)
    for fault in faults:
        console.print(Text.assemble(("error", "bold red"), f": {escaped(str(fault))}"))


def capabilities(entries: Sequence[CountryCapabilities]) -> None:
    """The capability matrix."""
    if not entries:
        _console().print("No country's numbers are sold then.")
        return
    table = _table("country", "", *Service, "since", "until", "source")
    for entry in entries:
        place = f"{entry.country}-{entry.state}" if entry.state else entry.country
        services = ["yes" if service in entry.services else "-" for service in Service]
        until = str(entry.until or "")
        said = f"{entry.citation}. Limitations: {entry.limitations}" if entry.limitations else entry.citation
        table.add_row(place, countries.name(entry.country), *services, str(entry.as_of), until, escaped(said))
    _console().print(table)


def _table(*columns: str) -> Table:
    table = Table(box=None, pad_edge=False, header_style="bold")
    *short, last = columns
    for column in short:
        table.add_column(column, no_wrap=True)
    table.add_column(last, overflow="fold")
    return table


def changes(changes: Sequence[Change]) -> None:
    """The decisions that change, a row each."""
    if not changes:
        _console().print("No decision changes.")
        return
    table = _table("country", "from", "until", "asked", "before", "after")
    for change in changes:
        country = f"{change.country}-{change.state}" if change.state else change.country or "every"
        start = "" if change.start == date.min else str(change.start)
        before, after = (", ".join(found) or "accepted" for found in (change.before, change.after))
        table.add_row(country, start, str(change.end or ""), change.what, before, after)
    _console().print(table)


def rules(rules: Iterable[Rule]) -> None:
    """The rules, a row each."""
    table = _table("code", "severity", "what it holds a request to")
    for rule in rules:
        table.add_row(Text(rule.code), Text(rule.severity, _STYLES[rule.severity]), Text(rule.description))
    _console().print(table)


def rule(rule: Rule) -> None:
    """Everything about one rule."""
    status = rule.server_status
    by_what = status.items() if isinstance(status, Mapping) else [("", status)] if status else []
    console = _console()
    head = (f"{rule.severity}[{rule.code}]", _STYLES[rule.severity])
    console.print(Text.assemble(head, f": {rule.description}"))
    _list(console, "asked of", sorted(rule.calls))
    _list(console, "reads", rule.reads)
    _list(console, "says", _texts(rule.message))
    _list(console, "hint", _texts(rule.hint))
    _list(console, "pre-empts", [f"{value}{what and f' ({what})'}" for what, value in by_what])


def _list(console: Console, title: str, items: Iterable[str]) -> None:
    for place, item in enumerate(items):
        console.print(Text(f"  {'' if place else title:10} {item}"))


def _texts(texts: Texts | None) -> list[str]:
    return list(dict.fromkeys(texts.values())) if isinstance(texts, Mapping) else [texts] if texts else []


# -- what the API answered ---------------------------------------------------------------------------------------------


def error(error: HoiioError) -> None:
    """What the API said, or that it said nothing, on standard error."""
    console = _console(stderr=True)
    console.print(Text.assemble(("error", "bold red"), f": {escaped(str(error))}"))
    if isinstance(error, ApiError | OutcomeUnknownError):
        console.print(Text.assemble(("   = instead: ", "cyan"), error.hint))


def progress(items: Iterable[T], what: str) -> list[T]:
    """All *items*, their count shown on a terminal while they come."""
    console = _console(stderr=True)
    found: list[T] = []
    with console.status(f"0 {what}") as status:
        for item in items:
            found.append(item)
            status.update(f"{len(found)} {what}")
    return found


def live_countries(entries: Sequence[Country]) -> None:
    """The countries that the API sells numbers of."""
    table = _table("country", "", "prefix", "states")
    for entry in entries:
        states = ", ".join(state.code for state in entry.states)
        table.add_row(*map(escaped, (entry.code, entry.name, entry.prefix, states)))
    _console().print(table)


def available(entries: Sequence[AvailableNumber]) -> None:
    """Numbers that can be had."""
    table = _table("number", "place", "can receive")
    for entry in entries:
        table.add_row(escaped(entry.number), _place(entry), _services(entry))
    _console().print(table)


def rates(rates: Rates) -> None:
    """What a number costs."""
    table = _table("months", "rate")
    for entry in rates.entries:
        table.add_row(escaped(str(entry.duration)), escaped(f"{entry.rate} {rates.currency or ''}".strip()))
    _console().print(table)


def subscribed(entries: Sequence[SubscribedNumber]) -> None:
    """Numbers that one has."""
    if not entries:
        _console().print("No number is subscribed to.")
        return
    table = _table("number", "place", "can receive", "until", "extended", "mode", "forward_to", "forward_sms_to")
    for entry in entries:
        extended = "by itself" if entry.auto_extends else "no"
        until = str(entry.expiry or "")
        settings = (escaped(_setting(value)) for value in (entry.mode, entry.forward_to, entry.forward_sms_to))
        table.add_row(escaped(entry.number), _place(entry), _services(entry), until, extended, *settings)
    _console().print(table)


def subscription(bought: Subscription) -> None:
    """What was bought."""
    paid = f"{bought.debit} {bought.currency or ''}".strip() if bought.debit is not None else "an amount it did not say"
    until = f" until {bought.expiry}" if bought.expiry else ""
    _console().print(Text(escaped(f"{bought.number} is yours{until}; charged {paid}.")))


def change(change: Reconfiguration, *, stderr: bool = False) -> None:
    """What would become of a number's settings, and what to mind."""
    console = _console(stderr=stderr)
    for violation in change.report.violations:
        console.print(_diagnosis(violation, change.after))
    table = _table("setting", "before", "after")
    for name, (before, after) in change.changes.items():
        table.add_row(name, escaped(_setting(before)), escaped(_setting(after)))
    console.print(table if change.changes else Text("Nothing changes."))


def sent(change: Reconfiguration) -> None:
    """Whether it was sent."""
    _console().print(f"{change.before.number}: {'configured' if change.sent else 'nothing was sent'}.")


def deliveries(entries: Sequence[Mapping[str, str]]) -> None:
    """Notifications, and what became of each."""
    table = _table("number", "kind", "outcome", "url")
    for entry in entries:
        table.add_row(
            *(escaped(entry[name]) for name in ("number", "kind", "outcome")), escaped(urls.redacted(entry["url"]))
        )
    _console().print(table)


def drift(found: "Sequence[Drift]") -> None:
    """Where the data and the API disagree, each with the edit that would end it."""
    console = _console()
    for it in found:
        console.print(Text(f"drift: {escaped(it.problem)}", _STYLES[Severity.WARNING]))
        for edit in it.edits:
            console.print(f"  --> {edit.file}{f':{edit.line}' if edit.line else ', at the end'}")
            for line in edit.text.splitlines():
                console.print(Text(f"   | {escaped(line)}"))
    if not found:
        console.print("The data agrees with the API.")


@contextmanager
def file_progress() -> "Iterator[Callable[[Part], None]]":
    """What a part of a file is told to when it is done: rows, rate and time left are shown on a terminal."""
    from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

    console = _console(stderr=True)
    if not console.is_terminal:
        yield lambda _part: None
        return
    columns = (BarColumn(), TextColumn("{task.description}"), TimeRemainingColumn())
    started, rows = monotonic(), 0
    with Progress(*columns, console=console, transient=True) as progress:
        task = progress.add_task("", total=None)

        def told(part: "Part") -> None:
            nonlocal rows
            rows += part.requests.num_rows
            rate = rows / (monotonic() - started)
            total = None if part.done is None else 1
            progress.update(task, completed=part.done, total=total, description=f"{rows:,} rows, {rate:,.0f} a second")

        yield told


def summary(summary: "Summary", *, stderr: bool) -> None:
    """How the rows of a file were decided."""
    console = _console(stderr=stderr)
    countries = summary.by_country.most_common()
    refused = summary.refused_by_country
    tables: dict[tuple[str, ...], list[tuple[Any, ...]]] = {
        ("code", "rows"): [(code, rows) for code, rows in summary.by_code.most_common()],
        ("field", "rows"): [(field or "the row as a whole", rows) for field, rows in summary.by_field.most_common()],
        ("country", "rows", "refused"): [(it or "not settled", rows, refused[it]) for it, rows in countries],
    }
    for columns, lines in tables.items():
        table = _table(*columns)
        for what, *counts in lines:
            table.add_row(escaped(what), *(f"{count:,}" for count in counts))
        if lines:
            console.print(table)
            console.print()
    style = "bold red" if summary.refused else "bold green"
    accepted = summary.rows - summary.refused
    console.print(Text(f"{summary.rows:,} rows: {accepted:,} accepted, {summary.refused:,} refused", style))


def impact(impact: "Impact", *, stderr: bool) -> None:
    """Which decisions change in a file."""
    console = _console(stderr=stderr)
    table = _table("rows", "country", "before", "after")
    for (before, after), rows in impact.changes:
        codes = (", ".join(decision.codes) or "accepted" for decision in (before, after))
        table.add_row(f"{rows:,}", after.country or "", *codes)
    if impact.changes:
        console.print(table)
        console.print()
    console.print(f"{impact.rows:,} rows: {impact.changed:,} change.")


def plain(value: object) -> object:
    """What JSON has no word for, as what it has: money as text, days as ISO 8601."""
    if isinstance(value, Report):
        return value.to_dict()
    if isinstance(value, frozenset):
        return sorted(value)
    if attrs.has(kind := type(value)):
        return {field.name: getattr(value, field.name) for field in attrs.fields(kind)}
    return str(value)


def _place(entry: ListedNumber) -> str:
    return escaped("-".join(filter(None, (entry.country, entry.state))))


def _services(entry: ListedNumber) -> str:
    return ", ".join(sorted(entry.capabilities or ()))


def _setting(value: str | None) -> str:
    return urls.redacted(value) if value else "-"
