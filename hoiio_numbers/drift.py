"""Where the capability data and the API disagree, and the edit of a data file that would agree."""

from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import date

from attrs import frozen

from hoiio_numbers.client import NumberAPI
from hoiio_numbers.models import Country
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
    """One disagreement, in a sentence, and the edits that end it; none where no data file says such a thing."""

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
    reported = {country.code: country for country in number.available_countries().entries}
    for code, country in sorted(reported.items()):
        places = _places(number, country)
        entry = edition.countries.get(code)
        yield from _about_prefix(country)
        if entry is None:
            yield Drift(
                code, f"The API sells numbers of {code}, of which the data knows none.", (_file(country, places, on),)
            )
            continue
        if entry.sells_by_state != bool(country.states):
            yield _about_states(country, entry)
        if _differ(places, edition, code):
            yield Drift(code, _difference(places, edition, code), tuple(_revised(places, entry, on)))
    for code in sorted(set(edition.countries) - set(reported)):
        nothing: Places = {None: frozenset()}
        if edition.countries[code].services:
            problem = f"The data sells numbers of {code}, which the API does not list."
            yield Drift(code, problem, tuple(_revised(nothing, edition.countries[code], on)))


def _places(number: NumberAPI, country: Country) -> Places:
    """What the API says of each place; one of which it says nothing, and has no number now, is left out."""
    listed: dict[str | None, frozenset[Service] | None] = {it.code: it.capabilities for it in country.states}
    listed = listed or {None: country.capabilities}
    asked = {state: said or _sampled(number, country.code, state) for state, said in listed.items()}
    return {state: services for state, services in asked.items() if services is not None}


def _sampled(number: NumberAPI, country: str, state: str | None) -> frozenset[Service] | None:
    """What any number of a page can receive."""
    entries = number.available_numbers(country, state, preflight=False).entries
    said = [entry.capabilities for entry in entries if entry.capabilities is not None]
    return frozenset().union(*said) if said else None


def _about_prefix(country: Country) -> Iterator[Drift]:
    code = calling_codes().get(country.code)
    if country.prefix and country.prefix != str(code):
        said = shown(country.prefix)
        yield Drift(country.code, f"The API gives {country.code} the calling code {said}, the numbering plan {code}.")


def _about_states(country: Country, entry: CountryCapabilities) -> Drift:
    sells = "by state" if country.states else "as a whole"
    line = f"sells_by_state = {str(bool(country.states)).lower()}\n"
    source = entry.sources.get("sells_by_state")
    at = source or entry.sources["country"]
    edit = Edit(at.file, at.line, line if source else f"{at.text}\n{line}")
    return Drift(country.code, f"The API sells numbers of {country.code} {sells}, the data does not.", (edit,))


def _differ(places: Places, edition: Edition, code: str) -> list[str | None]:
    entries = {state: edition.capabilities(code, state) for state in places}
    return [state for state, entry in entries.items() if entry and entry.services != places[state]]


def _difference(places: Places, edition: Edition, code: str) -> str:
    state = _differ(places, edition, code)[0]
    entry = edition.capabilities(code, state)
    theirs, ours = (shown(sorted(services)) for services in (places[state], entry.services if entry else ()))
    others = len(_differ(places, edition, code)) - 1
    beside = f" (and {others} more places)" if others else ""
    return f"Numbers of {code}{f'-{state}' if state else ''}{beside} receive {theirs} by the API, {ours} by the data."


# -- edits -------------------------------------------------------------------------------------------------------------


def _revised(places: Places, entry: CountryCapabilities, on: date) -> Iterator[Edit]:
    """A revision from that date on; in one that begins with it the lines that differ."""
    start = entry.sources["from"]
    if entry.as_of < on:
        yield Edit(start.file, None, _revision(places, on))
        return
    services = _mostly(places)
    for service in Service:
        if (service in services) != (service in entry.services):
            yield Edit(start.file, entry.sources[service].line, f"{service} = {_flag(service, services)}\n")


def _file(country: Country, places: Places, on: date) -> Edit:
    by_state = "sells_by_state = true\n" if country.states else ""
    return Edit(f"{country.code}.toml", None, f'country = "{country.code}"\n{by_state}\n{_revision(places, on)}')


def _revision(places: Places, on: date) -> str:
    services = _mostly(places)
    lines = ["[[revision]]", f"from = {on}", f'source = "Hoiio Number API, what it answered on {on}"']
    lines += [f"{service} = {_flag(service, services)}" for service in Service]
    for state, differing in places.items():
        if state and differing != services:
            lines += ["", f"[revision.subdivisions.{state}]"]
            lines += [f"{service} = {_flag(service, differing)}" for service in sorted(differing ^ services)]
    return "\n".join(lines) + "\n"


def _mostly(places: Places) -> frozenset[Service]:
    """What most places have, which then stands for the country."""
    ((services, _),) = Counter(places.values()).most_common(1) or [(frozenset(), 0)]
    return services


def _flag(service: Service, services: frozenset[Service]) -> str:
    return str(service in services).lower()
