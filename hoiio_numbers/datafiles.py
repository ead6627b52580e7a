"""One capability data file: TOML in, values with their places out, or every fault of it.

tomllib gives the values. The places come from a scan of table headers and `key =` lines, which is why keys are
written bare, one to a line: no inline tables, no dotted or quoted keys.
"""

import re
import tomllib
from collections.abc import Callable, Iterator, Mapping
from datetime import date, datetime
from types import MappingProxyType
from typing import Any, NamedTuple

from attrs import Factory, define

from hoiio_numbers import countries
from hoiio_numbers.errors import Fault
from hoiio_numbers.services import Service
from hoiio_numbers.text import shown
from hoiio_numbers.violations import Source

COMMON = "common.toml"
_NO_DATE = date.min  # stands in for a missing `from` while the other faults of its file are gathered

Place = tuple[str | int, ...]
"""The way to a value: `("revision", 0, "voice")`."""

# Comments and strings, so that nothing inside them is taken for a header, a key or a bracket.
_OPAQUE = re.compile(r'#[^\n]*|"""(?:\\.|[^\\])*?"{3,5}|\'\'\'.*?\'{3,5}|"(?:\\.|[^"\\\n])*"|\'[^\'\n]*\'', re.DOTALL)
_HEADER = re.compile(r"\s*(\[\[?)([A-Za-z0-9_.\s-]+)\]\]?\s*")
_KEY = re.compile(r"\s*([A-Za-z0-9_-]+)\s*=(.*)")
_TOML_PLACE = re.compile(r"\s*\(at (?:line (\d+), column \d+|end of document)\)\Z")
_NESTED = re.compile(r"[\[{][^\]}]*")
_DIGITS = re.compile(r"[0-9_]+")
_is_duration = re.compile("[1-9][0-9]{0,2}|[a-z_]+").fullmatch


class Terms(NamedTuple):
    """What holds in one place: the services, what a caller should know besides, and the lines that say so."""

    services: frozenset[Service]
    limitations: str | None
    sources: Mapping[str, Source]


class Revision(NamedTuple):
    """What a country's numbers can receive from `start` on, and what differs in its subdivisions."""

    start: date
    citation: str
    nationwide: Terms
    subdivisions: Mapping[str, Terms]
    source: Source


class Country(NamedTuple):
    """One country's data file; its revisions are in order of date."""

    code: str
    sells_by_state: bool
    territories: tuple[str, ...]
    revisions: tuple[Revision, ...]
    sources: Mapping[str, Source]


class Common(NamedTuple):
    """`common.toml`, or as much of it as an overlay holds: None for a key that it leaves out."""

    conflicts: tuple[frozenset[Service], ...] | None = None
    durations: tuple[str, ...] | None = None
    sources: Mapping[str, Source] = MappingProxyType({})


class _Key(NamedTuple):
    """What a key may hold, and how it is written."""

    fits: Callable[[Any], bool]
    example: str
    required: bool = True


def _is_text(value: object) -> bool:
    return isinstance(value, str) and bool(value.strip())


def _is_list_of_text(value: object) -> bool:
    return isinstance(value, list) and all(map(_is_text, value))


def _is_flag(value: object) -> bool:
    return isinstance(value, bool)


def _is_date(value: object) -> bool:
    return isinstance(value, date) and not isinstance(value, datetime)


def _are_tables(value: object) -> bool:
    return isinstance(value, list) and bool(value) and all(isinstance(item, dict) for item in value)


def _is_table_of_tables(value: object) -> bool:
    return isinstance(value, dict) and all(isinstance(item, dict) for item in value.values())


def _are_groups(value: object) -> bool:
    return isinstance(value, list) and all(map(_is_list_of_text, value))


def _flags(*, required: bool) -> dict[str, _Key]:
    return {service: _Key(_is_flag, f"{service} = true or {service} = false", required) for service in Service}


_LIMITATIONS = _Key(_is_text, 'limitations = "…"', required=False)
_COUNTRY_KEYS = {
    "country": _Key(_is_text, 'country = "SG"'),
    "sells_by_state": _Key(_is_flag, "sells_by_state = true", required=False),
    "territories": _Key(_is_list_of_text, 'territories = ["CC", "CX"]', required=False),
    "revision": _Key(_are_tables, "a [[revision]] table"),
}
_REVISION_KEYS = {
    "from": _Key(_is_date, "from = 2012-09-01, without quotes"),
    "source": _Key(_is_text, 'source = "who says so"'),
    **_flags(required=True),
    "limitations": _LIMITATIONS,
    "subdivisions": _Key(_is_table_of_tables, "[revision.subdivisions.AK] tables", required=False),
}
_SUBDIVISION_KEYS = {**_flags(required=False), "limitations": _LIMITATIONS}
COMMON_KEYS = {
    "conflicts": _Key(_are_groups, 'conflicts = [["voice", "fax"]]', required=False),
    "source": _Key(_is_text, 'source = "who says so"', required=False),
    "durations": _Key(_is_list_of_text, 'durations = ["1", "3", "12", "auto_extend"]', required=False),
}


class Parsed(NamedTuple):
    """One data file's bytes and what they say, which counts for nothing while there are faults."""

    name: str
    label: str
    data: bytes
    said: "Country | Common | None"
    faults: tuple[Fault, ...]


def parse(name: str, label: str, data: bytes, *, known_to_iso: bool = False) -> Parsed:
    """What the file *name*, called *label* in messages, says.

    Codes are held against ISO 3166 (which imports pycountry) unless they are *known_to_iso* already, as those of the
    data that ships with the library are by its tests.
    """
    file = _File.read(name, label, data)
    said: Country | Common | None = None
    if not file.faults:
        said = _common(file) if name == COMMON else _country(file, known_to_iso=known_to_iso)
    return Parsed(name, label, data, said, tuple(sorted(dict.fromkeys(file.faults), key=lambda fault: fault.line or 0)))


@define
class _File:
    """One data file while it is read: its values, where they stand, and what was found wrong so far."""

    name: str
    label: str
    rows: list[str] = Factory(list)
    values: dict[str, Any] = Factory(dict)
    places: dict[Place, int] = Factory(dict)
    faults: list[Fault] = Factory(list)

    @classmethod
    def read(cls, name: str, label: str, data: bytes) -> "_File":
        """The file *name*, called *label* in messages; `faults` says why when its bytes are not TOML as we take it."""
        file = cls(name, label)
        try:
            text = data.decode("utf-8-sig")
        except UnicodeDecodeError as error:
            line = error.object.count(b"\n", 0, error.start) + 1  # the object has lost its byte order mark
            file._fault(line, None, "is not UTF-8 text.", "Save the file as UTF-8.")
            return file
        file.rows = text.split("\n")
        try:
            file.values = tomllib.loads(text)
        except RecursionError:
            file._fault(_line_of_longest(_NESTED, text), None, "is nested too deeply.", "Write it as the schema says.")
        except tomllib.TOMLDecodeError as error:
            at = _TOML_PLACE.search(str(error))
            line = int(at[1]) if at and at[1] else text.count("\n") + 1
            file._fault(line, None, f"is not TOML: {shown(_TOML_PLACE.sub('', str(error)))}.", "Mend that line.")
        except ValueError:  # int() takes no more than some thousand digits
            line = _line_of_longest(_DIGITS, text)
            file._fault(line, None, "holds a number of thousands of digits.", "Mend that line.")
        else:
            for place, line in _places(text):
                if place:
                    file.places[place] = line
                    if place[-1] == 0:  # an array of tables stands where its first item does
                        file.places[place[:-1]] = line
                else:
                    mend = "Write each key bare on a line of its own, without quotes, dots or braces."
                    file._fault(line, None, "holds a quoted or dotted key or an inline table.", mend)
        return file

    def fault(self, place: Place, problem: str, mend: str) -> None:
        """Note a fault at *place*; the line is that of the nearest table where the key itself is not there."""
        self._fault(self.line(place), _dotted(place), problem, mend)

    def _fault(self, line: int, key: str | None, problem: str, mend: str) -> None:
        self.faults.append(Fault(self.label, line, key, problem, mend))

    def line(self, place: Place) -> int:
        """The line of *place*, else of the nearest table around it, else the first."""
        while place and place not in self.places:
            place = place[:-1]
        return self.places.get(place, 1)

    def source(self, place: Place, as_of: date | None = None, citation: str | None = None) -> Source:
        """Where *place* stands, and who says so."""
        line = self.line(place)
        return Source(self.label, line, _dotted(place), self.rows[line - 1].strip(), as_of, citation)

    def take(self, place: Place, table: Mapping[str, Any], keys: Mapping[str, _Key]) -> dict[str, Any]:
        """What *table* holds under *keys* and of the right type; every other entry is a fault."""
        fit = {}
        for name, value in table.items():
            if name not in keys:
                import difflib

                near = difflib.get_close_matches(name, keys)
                mend = f"Write {near[0]}." if near else f"Use only {', '.join(keys)}."
                self.fault((*place, name), "is not a key of this table.", mend)
            elif not keys[name].fits(value):
                self.fault((*place, name), f"cannot hold {_described(value)}.", f"Write {keys[name].example}.")
            else:
                fit[name] = value
        for name, key in keys.items():
            if key.required and name not in table:
                self.fault((*place, name), "is missing.", f"Write {key.example}.")
        return fit


def _dotted(place: Place) -> str:
    return ".".join(step for step in place if isinstance(step, str))


def _described(value: object) -> str:
    if isinstance(value, dict):
        return "a table" if value else "an empty table"
    if isinstance(value, list):
        return "this list" if value else "an empty list"
    if isinstance(value, str):
        return f"'{shown(value)}'"
    if isinstance(value, int) and value.bit_length() > 64:  # written in hexadecimal it may be too long for str()
        return shown(hex(value))
    return shown(str(value).lower())


def _line_of_longest(pattern: re.Pattern[str], text: str) -> int:
    """The line of the longest match outside comments and strings: of what Python refuses without saying where."""
    bare = _OPAQUE.sub(_blanked, text)
    longest = max(pattern.finditer(bare), key=lambda found: len(found[0]))
    return bare.count("\n", 0, longest.start()) + 1


def _places(text: str) -> Iterator[tuple[Place, int]]:
    """Every table and key of a TOML *text* with its line; an empty place for a key that is not written bare."""
    table: Place = ()
    lengths: dict[Place, int] = {}
    depth = 0
    for line, row in enumerate(_OPAQUE.sub(_blanked, text).split("\n"), start=1):
        rest = row
        if depth == 0 and (header := _HEADER.fullmatch(row)):
            table = _table(header[2], lengths, starts_item=header[1] == "[[")
            yield table, line
            continue
        if depth == 0 and (key := _KEY.fullmatch(row)):
            yield (*table, key[1]), line
            rest = key[2]
        elif depth == 0 and row.strip():
            yield (), line
        if "{" in rest:
            yield (), line
        depth += rest.count("[") - rest.count("]")


def _blanked(opaque: re.Match[str]) -> str:
    # A comment vanishes; a string stays in sight as something that is no bare key, and keeps its lines.
    return "" if opaque[0].startswith("#") else "~" + "\n" * opaque[0].count("\n")


def _table(header: str, lengths: dict[Place, int], *, starts_item: bool) -> Place:
    """The place that a table header names, in the last item of every array of tables on the way."""
    *way, last = (step.strip() for step in header.split("."))
    place: Place = ()
    for step in way:
        place = (*place, step)
        if place in lengths:
            place = (*place, lengths[place] - 1)
    place = (*place, last)
    if starts_item:
        lengths[place] = lengths.get(place, 0) + 1
        place = (*place, lengths[place] - 1)
    return place


def _country(file: _File, *, known_to_iso: bool) -> Country | None:
    """The country that *file* describes, or None without a code; what is wrong besides is among the file's faults."""
    taken = file.take((), file.values, _COUNTRY_KEYS)
    code = taken.get("country")
    if code is not None:
        _check_code(file, code, known_to_iso=known_to_iso)
    territories = _territories(file, code, taken.get("territories", []), known_to_iso=known_to_iso)
    tables = taken.get("revision", [])
    iso_code = None if known_to_iso else code
    revisions = [_revision(file, ("revision", i), table, iso_code) for i, table in enumerate(tables)]
    _refuse_equal_dates(file, tables)
    if code is None:
        return None
    return Country(
        code,
        taken.get("sells_by_state", False),
        territories,
        tuple(sorted(revisions, key=lambda revision: revision.start)),
        MappingProxyType({key: file.source((key,)) for key in taken if key != "revision"}),
    )


def _check_code(file: _File, code: str, *, known_to_iso: bool) -> None:
    if file.name != f"{code}.toml":
        mend = f"Name the file {shown(code)}.toml, or mend the code."
        file.fault(("country",), f"'{shown(code)}' is not what the file is named after.", mend)
    if not known_to_iso and code not in countries.codes():
        mend = f"Write {countries.code_meant(code) or 'a two-letter code, such as SG'}."
        file.fault(("country",), f"'{shown(code)}' is not an ISO 3166-1 code.", mend)
    elif not known_to_iso and file.values.get("sells_by_state") is True and not countries.subdivisions(code):
        file.fault(("sells_by_state",), f"{code} has no subdivisions in ISO 3166-2.", "Take it out.")


def _territories(file: _File, country: str | None, codes: list[str], *, known_to_iso: bool) -> tuple[str, ...]:
    place = ("territories",)
    for code in codes:
        if code == country or codes.count(code) > 1:
            file.fault(place, f"'{shown(code)}' stands there twice or is the country itself.", "Take it out.")
        elif not known_to_iso and code not in countries.codes():
            file.fault(place, f"'{shown(code)}' is not an ISO 3166-1 code.", "Write a two-letter code, such as CX.")
    return tuple(codes)


def _revision(file: _File, place: Place, table: Mapping[str, Any], country: str | None) -> Revision:
    taken = file.take(place, table, _REVISION_KEYS)
    start, citation = taken.get("from", _NO_DATE), taken.get("source", "")

    def terms(place: Place, base: Terms | None, taken: Mapping[str, Any]) -> Terms:
        said = {service: taken[service] for service in Service if service in taken}
        sources = {key: file.source((*place, key), start, citation) for key in (*said, "limitations") if key in taken}
        kept = base.services if base else frozenset()
        services = kept.difference(said) | {service for service, supported in said.items() if supported}
        limitations = taken.get("limitations", base.limitations if base else None)
        return Terms(services, limitations, MappingProxyType({**(base.sources if base else {}), **sources}))

    nationwide = terms(place, None, taken)
    subdivisions = {}
    for code, override in taken.get("subdivisions", {}).items():
        override_place = (*place, "subdivisions", code)
        if country and country in countries.codes() and code not in countries.subdivisions(country):
            mend = "Write the second half of an ISO 3166-2 code, such as AK for US-AK."
            file.fault(override_place, f"'{shown(code)}' is not a subdivision of {country}.", mend)
        taken_there = file.take(override_place, override, _SUBDIVISION_KEYS)
        subdivisions[code] = terms(override_place, nationwide, taken_there)
    source = file.source((*place, "from"), start, citation)
    return Revision(start, citation, nationwide, MappingProxyType(subdivisions), source)


def _refuse_equal_dates(file: _File, tables: list[dict[str, Any]]) -> None:
    starts = [table.get("from") for table in tables]
    for index, start in enumerate(starts):
        if _is_date(start) and start in starts[:index]:
            first = file.line(("revision", starts.index(start), "from"))
            file.fault(
                ("revision", index, "from"),
                f"{start} is where the revision of line {first} starts too.",
                "Give each revision a date of its own, or make them one.",
            )


def _common(file: _File) -> Common:
    """What *file*, a `common.toml`, says."""
    taken = file.take((), file.values, COMMON_KEYS)
    for group in taken.get("conflicts", []):
        unknown = [name for name in group if name not in set(Service)]
        for name in unknown:
            file.fault(("conflicts",), f"'{shown(name)}' is not a service.", f"Use {', '.join(Service)}.")
        if not unknown and len(set(group)) < 2:
            file.fault(("conflicts",), "a group names fewer than two services.", "Name those that exclude each other.")
    durations = taken.get("durations")
    if durations is not None and len(set(durations)) < max(1, len(durations)):
        file.fault(("durations",), "is empty or names a duration twice.", "Name each duration once.")
    for duration in durations or ():
        if not _is_duration(duration):
            file.fault(
                ("durations",),
                f"'{shown(duration)}' is not a duration.",
                'Use months, as "12", or a word, as "auto_extend".',
            )
    groups = taken.get("conflicts")
    return Common(
        None
        if groups is None
        else tuple(frozenset(service for service in Service if service in group) for group in groups),
        None if durations is None else tuple(durations),
        MappingProxyType(
            {key: file.source((key,), None, taken.get("source")) for key in COMMON_KEYS if key in file.values}
        ),
    )
