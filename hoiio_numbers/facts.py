"""A request reduced to a few facts, each from a small set. The rules decide from these and from nothing else."""

from collections.abc import Collection, Iterator
from datetime import date
from enum import StrEnum
from typing import NamedTuple

from attrs import field, frozen

from hoiio_numbers import countries, numbers, urls
from hoiio_numbers.numbers import Number, NumberState
from hoiio_numbers.registry import CountryCapabilities, Edition, Registry
from hoiio_numbers.services import MODES, Service, words
from hoiio_numbers.text import given, scalar
from hoiio_numbers.urls import Url

USABLE = frozenset({NumberState.UNASSIGNED, NumberState.VALID})
"""The states of a number that can be sent."""


class Call(StrEnum):
    """The API calls that send something worth checking."""

    CONFIGURE = "configure"
    AVAILABLE_NUMBERS = "available_numbers"
    RATE = "rate"
    SUBSCRIBE = "subscribe"


class Given(StrEnum):
    """How an optional parameter stands; only a country can be a mismatch, with the number beside it."""

    NO = "no"
    FINE = "fine"
    UNKNOWN = "unknown"
    MISMATCH = "mismatch"


class Unsettled(StrEnum):
    """Why there is no registry entry to decide by."""

    UNSUPPORTED = "unsupported"
    UNDETERMINED = "undetermined"


Candidates = tuple[CountryCapabilities, ...] | Unsettled


def _redacted(value: object) -> str:
    return repr(urls.redacted(value) if isinstance(value, str) else value)


@frozen
class Request:
    """The raw values behind the facts, for messages: our own rules never decide by them.

    `number` is how the number was understood and `country` the code that a report carries; everything else is as it
    was typed. Its repr keeps the credentials of URLs to itself.
    """

    on: date
    number: Number
    country: str | None
    typed_number: object = None
    typed_country: object = None
    typed_state: object = None
    unknown_modes: tuple[str, ...] = ()
    forward_to: object = field(default=None, repr=_redacted)
    forward_sms_to: object = field(default=None, repr=_redacted)
    duration: object = None
    page: object = None
    misspelt: tuple[tuple[str, str], ...] = ()


class Facts(NamedTuple):
    """What the rules decide by. All but `request` come from finite sets, and equal facts mean equal decisions.

    `edition` is the data in force, `country` its entry for the request (several when the number could be of
    several countries), `capabilities` the API's own list for the number, which then decides in the data's place.
    """

    call: Call
    edition: Edition
    number: NumberState
    country: Candidates
    country_given: Given
    state_given: Given
    modes: frozenset[Service]
    unknown_mode: bool
    forward_to: Url
    forward_sms_to: Url
    capabilities: frozenset[Service] | None
    duration: Given
    page: Given
    misspelt: bool
    request: Request

    @property
    def candidates(self) -> tuple[CountryCapabilities, ...]:
        """The registry entries that the services are held against; none where the country is not settled."""
        return self.country if isinstance(self.country, tuple) else ()

    @property
    def asked(self) -> tuple[Service, ...]:
        """The services asked for: those of the mode, voice for a `forward_to` without one, SMS for `forward_sms_to`."""
        return tuple(service for service in Service if self.field_asking(service))

    def field_asking(self, service: Service) -> str | None:
        """The parameter that asks for *service*, or None when nothing does."""
        if service is Service.SMS:
            return "forward_sms_to" if self.forward_sms_to else None
        if service in self.modes:
            return "mode"
        by_default = service is Service.VOICE and self.forward_to and not self.modes and not self.unknown_mode
        return "forward_to" if by_default else None

    def refused(self, service: Service) -> bool:
        """Whether the number cannot receive *service*: the API's own list says so, or every candidate's data."""
        if self.capabilities is not None:
            return service not in self.capabilities
        return bool(self.candidates) and not any(service in entry.services for entry in self.candidates)


def gather(
    call: Call,
    edition: Edition,
    on: date,
    *,
    number: object = None,
    country: object = None,
    state: object = None,
    mode: object = None,
    forward_to: object = None,
    forward_sms_to: object = None,
    capabilities: object = None,
    duration: object = None,
    page: object = None,
    misspelt: tuple[tuple[str, str], ...] = (),
) -> Facts:
    """The facts of one request to *call*, held against *edition*, the data in force *on* a date.

    Data of any type is a fact; only *capabilities* of a wrong type are the programmer's mistake, a TypeError.
    """
    region, country_given = _read_country(country, edition)
    registry = edition.registry
    read_number = numbers.read(number, region, registry.plan)
    candidates: Candidates
    home: str | None
    if region:
        home = registry.home(region)
        candidates = _entries(edition, home)
        if read_number.e164 and not _is_of(read_number, home, registry):
            country_given = Given.MISMATCH
    else:
        candidates = _candidates(read_number, edition)
        home = candidates[0].country if isinstance(candidates, tuple) and len(candidates) == 1 else None
    subdivision, state_given = _read_state(state, home)
    if home and subdivision:
        candidates = _entries(edition, home, subdivision)
    modes, unknown_modes = _read_modes(mode)
    return Facts(
        call=call,
        edition=edition,
        number=read_number.state,
        country=candidates,
        country_given=country_given,
        state_given=state_given,
        modes=modes,
        unknown_mode=bool(unknown_modes),
        forward_to=urls.read(forward_to),
        forward_sms_to=urls.read(forward_sms_to),
        capabilities=_read_capabilities(capabilities),
        duration=_read_duration(duration, edition),
        page=_read_page(page),
        misspelt=bool(misspelt),
        request=Request(
            on=on,
            number=read_number,
            country=home,
            typed_number=number,
            typed_country=country,
            typed_state=state,
            unknown_modes=unknown_modes,
            forward_to=forward_to,
            forward_sms_to=forward_sms_to,
            duration=duration,
            page=page,
            misspelt=misspelt,
        ),
    )


_MODES = {str(mode): mode for mode in MODES}


def _read_country(value: object, edition: Edition) -> tuple[str | None, Given]:
    code = given(value)
    if code is None:
        return None, Given.NO
    if isinstance(code, str):
        code = code.upper()
        # What the registry knows was held against ISO 3166 already, so that pycountry need not be imported for it.
        if edition.registry.home(code) in edition.registry.countries or code in countries.codes():
            return code, Given.FINE
    return None, Given.UNKNOWN


def _entries(edition: Edition, country: str, state: str | None = None) -> Candidates:
    entry = edition.capabilities(country, state)
    return (entry,) if entry else Unsettled.UNSUPPORTED


def _candidates(number: Number, edition: Edition) -> Candidates:
    if not number.e164:
        return Unsettled.UNDETERMINED
    return edition.entries(number.sellers) or Unsettled.UNSUPPORTED


def _is_of(number: Number, country: str, registry: Registry) -> bool:
    return country in number.sellers if country in registry.countries else numbers.is_of(number, country)


def _read_state(value: object, country: str | None) -> tuple[str | None, Given]:
    state = given(value)
    if state is not None and not isinstance(state, str):
        return None, Given.UNKNOWN
    if state is None or country is None:
        return None, Given.NO
    prefix, dash, rest = state.upper().partition("-")
    code = rest if dash and prefix == country else state.upper()
    return (code, Given.FINE) if code in countries.subdivisions(country) else (None, Given.UNKNOWN)


def _read_modes(value: object) -> tuple[frozenset[Service], tuple[str, ...]]:
    """The known modes that *value* names, and the names in it that are none."""
    named, unknown = set(), set()
    for name in _names(value):
        mode = _MODES.get(name.lower())
        if mode:
            named.add(mode)
        else:
            unknown.add(name)
    return frozenset(named), tuple(sorted(unknown))


def _names(value: object) -> Iterator[str]:
    for item in value if isinstance(value, list | tuple | set | frozenset) else (value,):
        if isinstance(item, str):
            yield from words(item)
        elif item is not None:
            yield scalar(item)


def _read_capabilities(value: object) -> frozenset[Service] | None:
    """The services that the API lists for the number, None where no list is given; raises TypeError for misuse."""
    if value is None or given(value) is None:
        return None
    if not isinstance(value, str):
        if not isinstance(value, Collection) or not all(isinstance(word, str) for word in value):
            raise TypeError(f"capabilities must be words such as 'voice', not {value!r}")
        value = " ".join(value)
    listed = {word.lower() for word in words(value)}
    return frozenset(service for service in Service if service in listed)


def _read_duration(value: object, edition: Edition) -> Given:
    """Fine for one of the data's durations, as a string or, where it is a count of months, as an int."""
    duration = given(value)
    if duration is None:
        return Given.NO
    durations = edition.registry.durations
    if isinstance(duration, int) and not isinstance(duration, bool):
        is_sold = duration in {int(months) for months in durations if months.isdecimal()}
    else:
        is_sold = isinstance(duration, str) and duration in durations
    return Given.FINE if is_sold else Given.UNKNOWN


def _read_page(value: object) -> Given:
    """Fine for an int of 1 or more, or a string of one."""
    page = given(value)
    if page is None:
        return Given.NO
    if isinstance(page, str):
        is_page = page.isascii() and page.isdigit() and bool(page.strip("0"))
    else:
        is_page = isinstance(page, int) and not isinstance(page, bool) and page >= 1
    return Given.FINE if is_page else Given.UNKNOWN
