"""JSON Schema (2020-12) for front ends in any language: one for each country, for the part of the rules it can decide.

The schema of a country is for JSON bodies about its numbers. It refuses nothing that `check_mapping(body, country=…)`
accepts, and everything that a rule which it decides wholly refuses, but for texts with characters outside ASCII, which
it lets pass. Clauses that one field alone cannot answer for stand under `allOf`, each with its rule's code as `title`.

`format` and keywords of our own are not used: strict validators take them for mistakes.
"""

from collections.abc import Mapping
from datetime import date
from enum import StrEnum
from types import MappingProxyType
from typing import Any

from hoiio_numbers import countries, patterns
from hoiio_numbers.numberplan import calling_codes
from hoiio_numbers.registry import CountryCapabilities, Edition, Registry, today
from hoiio_numbers.rules import RULES
from hoiio_numbers.services import MODES, Service
from hoiio_numbers.text import capitals, shown

Schema = dict[str, Any]


# -- which part of the rules -------------------------------------------------------------------------------------------


class Extent(StrEnum):
    """How far a schema decides a rule."""

    WHOLLY = "wholly"
    PARTLY = "partly"
    NOT = "not"


_WARNS = (Extent.NOT, "a warning, which refuses nothing")

DECIDES: Mapping[str, tuple[Extent, str]] = MappingProxyType(
    {
        "country.ambiguous": _WARNS,
        "country.mismatch": (Extent.PARTLY, "a plus and another country's calling code"),
        "country.unknown": (Extent.WHOLLY, ""),
        "country.unsupported": (Extent.WHOLLY, ""),
        "mode.unknown": (Extent.WHOLLY, ""),
        "mode.unused": _WARNS,
        "number.impossible": (Extent.PARTLY, "too few or too many digits after the calling code"),
        "number.malformed": (Extent.PARTLY, "its type, its characters, where its plus stands"),
        "number.missing": (Extent.WHOLLY, ""),
        "number.unassigned": _WARNS,
        "parameter.unknown": (Extent.WHOLLY, ""),
        "request.empty": (Extent.WHOLLY, ""),
        "service.conflict": (Extent.WHOLLY, ""),
        "service.unsupported": (Extent.WHOLLY, ""),
        "state.unknown": (Extent.WHOLLY, ""),
        "url.credentials": _WARNS,
        "url.malformed": (Extent.PARTLY, "its type, its scheme, its characters, how its host is written"),
        "url.too_long": (Extent.WHOLLY, ""),
        "url.unreachable": _WARNS,
    }
)
"""Each rule of the configure call: how far a schema decides it, and which part of it or why not."""


def _listed(extent: Extent) -> str:
    found = ((code, what) for code, (decided, what) in DECIDES.items() if decided is extent)
    return ", ".join(f"{code} ({what})" if what else code for code, what in found)


# -- the schema --------------------------------------------------------------------------------------------------------


def json_schema(country: str, *, registry: Registry | None = None, on: date | None = None) -> Schema:
    """The JSON Schema of configure requests for numbers of *country* (ISO 3166-1 alpha-2), as a new mapping.

    *registry* is the packaged data by default, *on* the date whose data decides, by default today in GMT+8. For a
    territory it is the schema of the country that sells its numbers. Raises ValueError for a country whose numbers are
    not sold on that date.
    """
    edition = (registry or Registry.default()).in_force(on)
    entry = edition.capabilities(capitals(country.strip()))
    if entry is None:
        raise ValueError(f"no numbers of {shown(country)} are sold on {on or today()}")
    return _schema(entry, edition)


def json_schemas(*, registry: Registry | None = None, on: date | None = None) -> dict[str, Schema]:
    """The schema of every country whose numbers are sold on a date, by its code."""
    edition = (registry or Registry.default()).in_force(on)
    return {code: _schema(entry, edition) for code, entry in edition.countries.items()}


def _schema(entry: CountryCapabilities, edition: Edition) -> Schema:
    states = [place for place in edition.all() if place.country == entry.country and place.state]
    somewhere = entry.services.union(*(place.services for place in states))
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": f"tag:hoiio-numbers,2026:configure/{entry.country}/{entry.as_of}",
        "title": f"Configure a number: {countries.name(entry.country)} ({entry.country})",
        "description": _description(entry),
        "type": "object",
        "required": ["number"],
        "properties": {**_who(entry), **_asking(entry, somewhere)},
        "propertyNames": {"not": {"$ref": "#/$defs/misspelt"}},
        "allOf": [_clause("request.empty", **{"not": _NOTHING}), *_between(entry, somewhere), *_in(entry, states)],
        "$defs": {
            "blank": _text(patterns.BLANK),
            "given": {"type": "string", "pattern": patterns.GIVEN},
            "nameless": _names(patterns.NAMELESS),
            "perhaps_blank": _text(patterns.PERHAPS_BLANK),
            "perhaps_nameless": _names(patterns.PERHAPS_NAMELESS),
            "url": _text(patterns.URL),
            "misspelt": _clause("parameter.unknown", type="string", pattern=patterns.misspelt()),
        },
    }


def _defined(name: str) -> Schema:
    return {"$ref": f"#/$defs/{name}"}


_BLANK, _NAMELESS, _PERHAPS_BLANK = map(_defined, ("blank", "nameless", "perhaps_blank"))
_NOTHING = {"properties": {"mode": _NAMELESS, "forward_to": _BLANK, "forward_sms_to": _BLANK}}


def _text(pattern: str) -> Schema:
    return {"type": ["string", "null"], "pattern": pattern}


def _names(pattern: str) -> Schema:
    """One text of names, or a list of them."""
    return {"anyOf": [_text(pattern), {"type": "array", "items": _text(pattern)}]}


def _clause(code: str, **schema: Any) -> Schema:
    return {"title": code, "description": RULES[code].description, **schema}


def _description(entry: CountryCapabilities) -> str:
    return (
        f"What check_mapping() of hoiio-numbers decides of requests about numbers of {entry.country}, "
        f"by the data of {entry.as_of}, as far as a schema can. Decided wholly: {_listed(Extent.WHOLLY)}. "
        f"Decided partly: {_listed(Extent.PARTLY)}. The rest is for the check to say: the other parts, the warnings, "
        "and texts with characters outside ASCII, which are let pass here."
    )


def _who(entry: CountryCapabilities) -> dict[str, Schema]:
    """The properties that say which number is meant."""
    states = countries.subdivisions(entry.country)
    return {
        "number": {
            "title": "Number",
            "description": f"A phone number of {entry.country}: in E.164 form, or as dialled there.",
            "type": "string",
            "pattern": patterns.number(calling_codes().get(entry.country)),
        },
        "country": {
            "title": "Country",
            "description": "The ISO 3166-1 code of the number's country.",
            "default": entry.country,
            **_text(patterns.optional(patterns.either([entry.country, *entry.territories]))),
        },
        "state": {
            "title": "State",
            "description": f"An ISO 3166-2 code of {entry.country}.",
            "examples": sorted(states),
            **_text(patterns.optional(_state(entry, *sorted(states)))),
        }
        if states
        else {"title": "State", "description": f"{entry.country} has none.", **_PERHAPS_BLANK},
    }


def _state(entry: CountryCapabilities, *states: str) -> str:
    return f"(?:{patterns.either([entry.country])}-)?{patterns.either(states)}"


def _asking(entry: CountryCapabilities, services: frozenset[Service]) -> dict[str, Schema]:
    """The properties that ask for services, where numbers can receive *services*."""
    texts = {
        "mode": ("Mode", MODES, "What forward_to receives; voice, where none is given."),
        "forward_to": ("URL for calls or faxes", MODES, "The URL that hears of calls, or of faxes in mode fax."),
        "forward_sms_to": ("URL for SMS", (Service.SMS,), "The URL that hears of SMS."),
    }
    limits = {"forward_to": _defined("url"), "forward_sms_to": _defined("url"), **_limits(entry, services)}
    return {
        name: {"title": title, "description": f"{text}{_lacking(entry, services, about)}", **limits[name]}
        for name, (title, about, text) in texts.items()
    }


def _lacking(entry: CountryCapabilities, services: frozenset[Service], about: tuple[Service, ...]) -> str:
    lacking = ["SMS" if service is Service.SMS else str(service) for service in about if service not in services]
    return f" Numbers of {entry.country} cannot receive {shown(lacking)}." if lacking else ""


def _limits(entry: CountryCapabilities, services: frozenset[Service]) -> dict[str, Schema]:
    """What each property is limited to where numbers can receive *services*."""
    modes = [mode for mode in MODES if mode in services]
    limits = {"mode": _mode(entry, modes)}
    if not modes:
        limits["forward_to"] = _PERHAPS_BLANK
    if Service.SMS not in services:
        limits["forward_sms_to"] = _PERHAPS_BLANK
    return limits


def _mode(entry: CountryCapabilities, modes: list[Service]) -> Schema:
    """The modes that can be named together; first of all the plain way to name one, for forms to offer."""
    if not modes:
        return _defined("perhaps_nameless")
    is_conflict = len(modes) > 1 and any(group.issuperset(modes) for group in entry.conflicts)
    together = [[mode] for mode in modes] if is_conflict else [modes]
    lists = [{"items": _text(patterns.names(group))} for group in together]
    return {
        "anyOf": [
            {"title": "One mode", "enum": [str(mode) for mode in modes]},
            {"title": "As text", **_text(patterns.names(*together))},
            {"title": "As a list", "type": "array", "anyOf": lists},
        ]
    }


def _between(entry: CountryCapabilities, services: frozenset[Service]) -> list[Schema]:
    """What holds between properties where numbers can receive *services*."""
    clauses = []
    if Service.FAX in services and Service.VOICE not in services:
        named = {"required": ["mode"], "properties": {"mode": {"not": _NAMELESS}}}
        clauses.append(_clause("service.unsupported", **_if_given("forward_to", named)))
    besides_sms = services.difference(*(group for group in entry.conflicts if Service.SMS in group)) | {Service.SMS}
    if Service.SMS in services and besides_sms != services:
        clauses.append(_clause("service.conflict", **_if_given("forward_sms_to", _terms(entry, besides_sms))))
    return clauses


def _terms(entry: CountryCapabilities, services: frozenset[Service]) -> Schema:
    """Everything that holds where numbers can receive *services*."""
    clauses = _between(entry, services)
    return {"properties": _limits(entry, services), **({"allOf": clauses} if clauses else {})}


def _if_given(name: str, then: Schema) -> Schema:
    return {"if": {"required": [name], "properties": {name: _defined("given")}}, "then": then}


def _in(entry: CountryCapabilities, states: list[CountryCapabilities]) -> list[Schema]:
    """What holds in each of the *states* with data of their own, and elsewhere."""
    if not states:
        return []
    elsewhere = _text(patterns.apart_from(_state(entry, *(str(place.state) for place in states))))
    clauses = [{"if": {"properties": {"state": elsewhere}}, "then": _terms(entry, entry.services)}]
    for place in states:
        state = {"type": "string", "pattern": patterns.certainly(_state(entry, str(place.state)))}
        there = {"required": ["state"], "properties": {"state": state}}
        clauses.append({"if": there, "then": _terms(entry, place.services)})
    return [_clause("service.unsupported", **clause) for clause in clauses]
