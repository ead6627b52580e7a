"""What programs in other languages read besides schemas: the capability data in brief, and the table of decisions.

Both are made of a registry and of what the rules say by it.
"""

import csv
import io
import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import date
from types import MappingProxyType

from attrs import frozen

from hoiio_numbers import countries
from hoiio_numbers.check import Checker
from hoiio_numbers.datafiles import Country
from hoiio_numbers.demands import DEMANDS, Demand, ask, brief, findings
from hoiio_numbers.numberplan import calling_codes
from hoiio_numbers.registry import CountryCapabilities, Registry, today
from hoiio_numbers.services import Service
from hoiio_numbers.text import capitals, shown
from hoiio_numbers.violations import Severity


def _countries(registry: Registry, country: str | None) -> list[Country]:
    """The data of *country*, or of the one that sells a territory's numbers; of all of them for None."""
    if country is None:
        return [*registry.countries.values()]
    code = registry.home(capitals(country.strip()))
    if code not in registry.countries:
        raise ValueError(f"there is no data of {shown(country)}")
    return [registry.countries[code]]


def _revisions(registry: Registry, country: Country) -> Iterator[list[CountryCapabilities]]:
    """Of each revision in turn: the country's entry, followed by those of its subdivisions."""
    for revision in country.revisions:
        edition = registry.in_force(revision.start)
        places = (None, *sorted(revision.subdivisions))
        yield [entry for state in places if (entry := edition.capabilities(country.code, state))]


def _is_in_force(entry: CountryCapabilities, on: date) -> bool:
    return entry.as_of <= on and (entry.until is None or on < entry.until)


# -- the data in brief -------------------------------------------------------------------------------------------------


def capability_index(
    registry: Registry | None = None, *, country: str | None = None, on: date | None = None
) -> dict[str, object]:
    """The capability data in brief, as JSON: of every country, or of *country* alone.

    All revisions are there; `current` marks those in force *on* a date, by default today in GMT+8. Keys come in a
    stable order: countries by code, everything else as documented. *registry* is the packaged data by default. Raises
    ValueError for a country without data.
    """
    registry, on = registry or Registry.default(), on or today()
    return {
        "on": on.isoformat(),
        "services": [*map(str, Service)],
        "conflicts": [_names(group) for group in registry.conflicts],
        "durations": [*registry.durations],
        "countries": {it.code: _country(registry, it, on) for it in _countries(registry, country)},
    }


def _names(services: frozenset[Service]) -> list[str]:
    return [str(service) for service in Service if service in services]


def _country(registry: Registry, country: Country, on: date) -> dict[str, object]:
    calling_code = calling_codes().get(country.code)
    states = countries.subdivisions(country.code) if country.sells_by_state else {}
    return {
        "name": countries.name(country.code),
        "calling_code": None if calling_code is None else str(calling_code),
        "territories": [*country.territories],
        "sells_by_state": country.sells_by_state,
        "states": dict(sorted(states.items())),
        "revisions": [_revision(*entries, on=on) for entries in _revisions(registry, country)],
    }


def _revision(entry: CountryCapabilities, *subdivisions: CountryCapabilities, on: date) -> dict[str, object]:
    return {
        "from": entry.as_of.isoformat(),
        "until": entry.until.isoformat() if entry.until else None,
        "current": _is_in_force(entry, on),
        "services": _names(entry.services),
        "subdivisions": {str(place.state): _names(place.services) for place in subdivisions},
        "limitations": entry.limitations,
        "source": entry.citation,
    }


# -- the table of decisions --------------------------------------------------------------------------------------------


@frozen
class Row:
    """What is decided of a request for the services *asked* by numbers of a country, in a state with data of its own.

    It holds from `start` to before `end` (None: for good). `violations` list what is wrong as `code`, or
    `code service`; `ok` says whether the request can work.
    """

    country: str
    state: str | None
    start: date
    end: date | None
    asked: Demand
    ok: bool
    violations: tuple[str, ...]

    def to_dict(self) -> dict[str, object]:
        """The row as JSON, by the names of the columns."""
        return {
            "country": self.country,
            "state": self.state,
            "from": self.start.isoformat(),
            "until": self.end.isoformat() if self.end else None,
            "asked": [*map(str, self.asked)],
            "ok": self.ok,
            "violations": [*self.violations],
        }


COLUMNS = ("country", "state", "from", "until", "asked", "ok", "violations")


def decisions(checker: Checker | None = None, *, country: str | None = None, on: date | None = None) -> tuple[Row, ...]:
    """The table of decisions: country by revision by state by the services asked for, each as *checker* decides.

    *country* alone, and the revisions in force *on* a date alone, where they are given. Raises ValueError for a country
    without data.
    """
    checker = checker or Checker()
    registry = checker.registry.current
    return tuple(
        _row(checker, entry, asked)
        for data in _countries(registry, country)
        for entries in _revisions(registry, data)
        for entry in entries
        if on is None or _is_in_force(entry, on)
        for asked in DEMANDS
    )


def _row(checker: Checker, entry: CountryCapabilities, asked: Demand) -> Row:
    found = findings(ask(asked, checker, entry.country, entry.state, entry.as_of))
    is_ok = not any(violation.severity is Severity.ERROR for violation in found)
    return Row(entry.country, entry.state, entry.as_of, entry.until, asked, is_ok, tuple(map(brief, found)))


def to_json(rows: Iterable[Row]) -> str:
    """The table as a JSON list of objects."""
    return json.dumps([row.to_dict() for row in rows], indent=2)


def to_csv(rows: Iterable[Row]) -> str:
    """The table as CSV (RFC 4180) with a line of column names; lists are parted by a comma and a space."""
    text = io.StringIO(newline="")
    csv.writer(text, lineterminator="\n").writerows([COLUMNS, *map(_cells, rows)])
    return text.getvalue().removesuffix("\n")


def to_markdown(rows: Iterable[Row]) -> str:
    """The table as Markdown, its cells as in CSV."""
    lines = [COLUMNS, ["---"] * len(COLUMNS), *map(_cells, rows)]
    return "\n".join("| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |" for line in lines)


FORMATS: Mapping[str, Callable[[Iterable[Row]], str]] = MappingProxyType(
    {"markdown": to_markdown, "csv": to_csv, "json": to_json}
)
"""What writes the table, by the name of the format; the last line does not end."""


def _cells(row: Row) -> list[str]:
    return [_cell(value) for value in row.to_dict().values()]


def _cell(value: object) -> str:
    if isinstance(value, list):
        return ", ".join(value)
    if isinstance(value, bool):
        return "yes" if value else "no"
    return "" if value is None else str(value)
