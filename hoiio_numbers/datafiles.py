"""One capability data file: TOML in, what it says out, or every fault of it."""

import re
from collections.abc import Mapping
from datetime import date, datetime
from types import MappingProxyType
from typing import Any, NamedTuple

from hoiio_numbers import countries
from hoiio_numbers.errors import Fault
from hoiio_numbers.services import Service
from hoiio_numbers.text import shown
from hoiio_numbers.tomlfile import Key, Place, TomlFile
from hoiio_numbers.violations import Source

COMMON = "common.toml"
_NO_DATE = date.min  # stands in for a missing `from` while the other faults of its file are gathered

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


def _flags(*, required: bool) -> dict[str, Key]:
    return {service: Key(_is_flag, f"{service} = true or {service} = false", required) for service in Service}


_LIMITATIONS = Key(_is_text, 'limitations = "…"', required=False)
_COUNTRY_KEYS = {
    "country": Key(_is_text, 'country = "SG"'),
    "sells_by_state": Key(_is_flag, "sells_by_state = true", required=False),
    "territories": Key(_is_list_of_text, 'territories = ["CC", "CX"]', required=False),
    "revision": Key(_are_tables, "a [[revision]] table"),
}
_REVISION_KEYS = {
    "from": Key(_is_date, "from = 2012-09-01, without quotes"),
    "source": Key(_is_text, 'source = "who says so"'),
    **_flags(required=True),
    "limitations": _LIMITATIONS,
    "subdivisions": Key(_is_table_of_tables, "[revision.subdivisions.AK] tables", required=False),
}
_SUBDIVISION_KEYS = {**_flags(required=False), "limitations": _LIMITATIONS}
COMMON_KEYS = {
    "conflicts": Key(_are_groups, 'conflicts = [["voice", "fax"]]', required=False),
    "source": Key(_is_text, 'source = "who says so"', required=False),
    "durations": Key(_is_list_of_text, 'durations = ["1", "3", "12", "auto_extend"]', required=False),
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
    file = TomlFile.read(name, label, data)
    said: Country | Common | None = None
    if not file.faults:
        said = _common(file) if name == COMMON else _country(file, known_to_iso=known_to_iso)
    return Parsed(name, label, data, said, tuple(sorted(dict.fromkeys(file.faults), key=lambda fault: fault.line or 0)))


def _country(file: TomlFile, *, known_to_iso: bool) -> Country | None:
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


def _check_code(file: TomlFile, code: str, *, known_to_iso: bool) -> None:
    if file.name != f"{code}.toml":
        mend = f"Name the file {shown(code)}.toml, or mend the code."
        file.fault(("country",), f"'{shown(code)}' is not what the file is named after.", mend)
    if not known_to_iso and code not in countries.codes():
        mend = f"Write {countries.code_meant(code) or 'a two-letter code, such as SG'}."
        file.fault(("country",), f"'{shown(code)}' is not an ISO 3166-1 code.", mend)
    elif not known_to_iso and file.values.get("sells_by_state") is True and not countries.subdivisions(code):
        file.fault(("sells_by_state",), f"{code} has no subdivisions in ISO 3166-2.", "Take it out.")


def _territories(file: TomlFile, country: str | None, codes: list[str], *, known_to_iso: bool) -> tuple[str, ...]:
    place = ("territories",)
    for code in codes:
        if code == country or codes.count(code) > 1:
            file.fault(place, f"'{shown(code)}' stands there twice or is the country itself.", "Take it out.")
        elif not known_to_iso and code not in countries.codes():
            file.fault(place, f"'{shown(code)}' is not an ISO 3166-1 code.", "Write a two-letter code, such as CX.")
    return tuple(codes)


def _revision(file: TomlFile, place: Place, table: Mapping[str, Any], country: str | None) -> Revision:
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


def _refuse_equal_dates(file: TomlFile, tables: list[dict[str, Any]]) -> None:
    starts = [table.get("from") for table in tables]
    for index, start in enumerate(starts):
        if _is_date(start) and start in starts[:index]:
            first = file.line(("revision", starts.index(start), "from"))
            file.fault(
                ("revision", index, "from"),
                f"{start} is where the revision of line {first} starts too.",
                "Give each revision a date of its own, or make them one.",
            )


def _common(file: TomlFile) -> Common:
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
