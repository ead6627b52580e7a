"""Where the capability data and the API disagree, and the edit of a data file that would agree."""

import json
import sys
from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import date

from attrs import frozen

from hoiio_numbers import countries
from hoiio_numbers.client import NumberAPI
from hoiio_numbers.errors import NumberNotAvailableError
from hoiio_numbers.models import Country, State
from hoiio_numbers.numberplan import calling_codes
from hoiio_numbers.registry import CountryCapabilities, Edition, Registry, today
from hoiio_numbers.services import Service
from hoiio_numbers.text import shown

Places = Mapping[str | None, frozenset[Service]]
"""What numbers can receive in each state of a country, or under None in a country without."""


@frozen
class Edit:
    """What to change in a data file: *text* replaces its line *line*, counted from 1; None: goes to its end."""

    file: str
    line: int | None
    text: str

    def applied(self, content: str) -> str:
        """The *content* of the file after the edit; that of a file which is not there yet is empty."""
        if self.line is None:
            return content + ("\n" if content else "") + self.text
        lines = content.splitlines(keepends=True)
        lines[self.line - 1] = self.text
        return "".join(lines)


@frozen
class Drift:
    """One disagreement, in a sentence, and the edits that end it; none where no data file says such a thing.

    Made in their order, the edits do not move each other's lines: those of a file go from its end to its beginning.
    """

    country: str
    problem: str
    edits: tuple[Edit, ...] = ()

    def to_dict(self) -> dict[str, object]:
        """The disagreement as JSON."""
        edits = [{"file": edit.file, "line": edit.line, "text": edit.text} for edit in self.edits]
        return {"country": self.country, "problem": self.problem, "edits": edits}


def drift(number: NumberAPI, registry: Registry, *, on: date | None = None) -> Iterator[Drift]:
    """Every disagreement between what the API reports and what *registry* says of the date *on*, by default today.

    Asks for the countries and, where they come without capabilities, for a page of the numbers of each place.
    """
    on = on or today()
    edition = registry.in_force(on)
    reported = {country.code.upper(): country for country in number.available_countries().entries}
    for code, country in sorted(reported.items()):
        if code not in countries.codes():
            yield Drift(code, f"The API sells numbers of {shown(code)!r}, which is no country of ISO 3166-1.")
            continue
        yield from _about_prefix(code, country)
        yield from _about_services(code, _places(number, code, country), edition, on, by_state=bool(country.states))
        yield from _about_states(code, country, edition)
    for code in sorted(set(edition.countries) - set(reported)):
        if edition.countries[code].services:
            problem = f"The data sells numbers of {code}, which the API does not list."
            yield Drift(code, problem, _mended({None: frozenset()}, edition, code, on))


# -- what the API reports ----------------------------------------------------------------------------------------------


def _places(number: NumberAPI, code: str, country: Country) -> Places:
    """What the API says of each place; one of which it says nothing, and has no number now, is left out."""
    listed: dict[str | None, frozenset[Service] | None] = {None: country.capabilities}
    if country.states:
        known = countries.subdivisions(code)
        listed = {_state(it): it.capabilities for it in country.states if _state(it) in known}
    asked = {state: _sampled(number, code, state) if said is None else said for state, said in listed.items()}
    return {state: services for state, services in asked.items() if services is not None}


def _state(state: State) -> str:
    return state.code.upper().rpartition("-")[2]


def _sampled(number: NumberAPI, country: str, state: str | None) -> frozenset[Service] | None:
    """What any number of a page can receive."""
    try:
        entries = number.available_numbers(country, state, preflight=False).entries
    except NumberNotAvailableError:
        return None
    said = [entry.capabilities for entry in entries if entry.capabilities is not None]
    return frozenset().union(*said) if said else None


# -- disagreements -----------------------------------------------------------------------------------------------------


def _about_prefix(code: str, country: Country) -> Iterator[Drift]:
    ours = calling_codes().get(code)
    if country.prefix and country.prefix != str(ours):
        said = shown(country.prefix)
        yield Drift(code, f"The API gives {code} the calling code {said}, the numbering plan {ours}.")


def _about_states(code: str, country: Country, edition: Edition) -> Iterator[Drift]:
    if unknown := sorted({_state(it) for it in country.states} - {*countries.subdivisions(code)}):
        yield Drift(code, f"The API sells numbers of {code} in {shown(unknown)}, which ISO 3166-2 does not know.")
    data = edition.registry.countries.get(code)
    if data and data.sells_by_state != bool(country.states):
        sells = "by state" if country.states else "as a whole"
        line = f"sells_by_state = {_flag(country.states)}\n"
        source = data.sources.get("sells_by_state")
        at = source or data.sources["country"]
        edit = Edit(at.file, at.line, line if source else f"{at.text}\n{line}")
        yield Drift(code, f"The API sells numbers of {code} {sells}, the data does not.", (edit,))


def _about_services(code: str, places: Places, edition: Edition, on: date, *, by_state: bool) -> Iterator[Drift]:
    home, data = edition.registry.home(code), edition.registry.countries.get(code)
    if home != code:
        edits = (_file(code, places, on, by_state=by_state), *_without_territory(edition, home, code))
        yield Drift(code, f"The API sells numbers of {code} by themselves, the data as {home}'s.", edits)
    elif data is None:
        edits = (_file(code, places, on, by_state=by_state),)
        yield Drift(code, f"The API sells numbers of {code}, of which the data knows none.", edits)
    elif code not in edition.countries:
        edits = (Edit(data.sources["country"].file, None, _revision(places, on)),)
        yield Drift(code, f"The API sells numbers of {code} already, the data later.", edits)
    elif differing := [state for state in places if _ours(edition, code, state) != places[state]]:
        state = differing[0]
        theirs, ours = (shown(sorted(services)) for services in (places[state], _ours(edition, code, state)))
        where = f"{code}-{state}" if state else code
        beside = f" (and {len(differing) - 1} more places)" if len(differing) > 1 else ""
        problem = f"Numbers of {where}{beside} receive {theirs} by the API, {ours} by the data."
        yield Drift(code, problem, _mended(places, edition, code, on))


def _ours(edition: Edition, code: str, state: str | None) -> frozenset[Service]:
    return (edition.subdivisions.get((code, state or "")) or edition.countries[code]).services


# -- edits -------------------------------------------------------------------------------------------------------------


def _file(code: str, places: Places, on: date, *, by_state: bool) -> Edit:
    states = "sells_by_state = true\n" if by_state else ""
    return Edit(f"{code}.toml", None, f'country = "{code}"\n{states}\n{_revision(places, on)}')


def _without_territory(edition: Edition, home: str, code: str) -> Iterator[Edit]:
    """The line of the territories without one; a list of several lines is for its owner to edit."""
    data = edition.registry.countries[home]
    source = data.sources["territories"]
    if source.text.partition("#")[0].rstrip().endswith("]"):
        others = ", ".join(f'"{it}"' for it in data.territories if it != code)
        yield Edit(source.file, source.line, f"territories = [{others}]\n")


def _mended(places: Places, edition: Edition, code: str, on: date) -> tuple[Edit, ...]:
    """A revision from that date on; in one that begins with it the lines that differ."""
    entry = edition.countries[code]
    if entry.as_of < on:
        text = _revision(_with_the_others(places, edition, code), on, entry.limitations)
        return (Edit(entry.sources["from"].file, None, text),)
    return tuple(sorted(_lines(places, edition, entry), key=lambda edit: -(edit.line or sys.maxsize)))


def _with_the_others(places: Places, edition: Edition, code: str) -> Places:
    """The *places*, and those of which only the data speaks, as it does."""
    if None in places:
        return places
    ours = ((state, it.services) for (country, state), it in edition.subdivisions.items() if country == code)
    return {**dict(ours), **places}


def _revision(places: Places, on: date, limitations: str | None = None) -> str:
    services = _mostly(places)
    lines = ["[[revision]]", f"from = {on}", f'source = "Hoiio Number API, what it answered on {on}"']
    lines += [_line(service, services) for service in Service]
    if limitations:
        lines.append(f"limitations = {json.dumps(limitations, ensure_ascii=False)}")
    return "\n".join([*lines, *_tables(places, services)]) + "\n"


def _tables(places: Places, services: frozenset[Service]) -> Iterator[str]:
    """The lines of a table for each state in which numbers do not receive just these *services*."""
    for state, differing in places.items():
        if state and differing != services:
            yield from ("", f"[revision.subdivisions.{state}]")
            yield from (_line(service, differing) for service in sorted(differing ^ services))


def _lines(places: Places, edition: Edition, entry: CountryCapabilities) -> Iterator[Edit]:
    """The lines of a revision and of its subdivisions that say otherwise, and the tables that are missing."""
    services, start = _mostly(places), entry.sources["from"]
    for service in services ^ entry.services:
        yield Edit(start.file, entry.sources[service].line, f"{_line(service, services)}\n")
    new = {}
    for state, wanted in places.items():
        if override := edition.subdivisions.get((entry.country, state or "")):
            yield from _overridden(override, wanted, services)
        else:
            new[state] = wanted
    tables = "\n".join([*_tables(new, services)][1:])
    revisions = edition.registry.countries[entry.country].revisions
    if tables and start.line == max(revision.source.line for revision in revisions):  # else they would be another's
        yield Edit(start.file, None, f"{tables}\n")


def _overridden(override: CountryCapabilities, wanted: frozenset[Service], base: frozenset[Service]) -> Iterator[Edit]:
    """The lines of a subdivision's table; what it is silent about goes below the first one."""
    own = {it: override.sources[it] for it in Service if ".subdivisions." in override.sources[it].key}
    added = [_line(service, wanted) for service in sorted(wanted ^ base) if service not in own]
    for service, source in own.items():
        if added or (service in wanted) != (service in override.services):
            yield Edit(source.file, source.line, "\n".join([_line(service, wanted), *added]) + "\n")
            added = []


def _mostly(places: Places) -> frozenset[Service]:
    """What most places have, which then stands for the country."""
    ((services, _),) = Counter(places.values()).most_common(1) or [(frozenset(), 0)]
    return services


def _line(service: Service, services: frozenset[Service]) -> str:
    return f"{service} = {_flag(service in services)}"


def _flag(value: object) -> str:
    return str(bool(value)).lower()
