"""A request reduced to a few facts, each from a small set. The rules decide from these and from nothing else."""

from collections.abc import Callable, Collection, Iterator, Mapping
from datetime import date
from enum import StrEnum
from functools import cache
from types import MappingProxyType
from typing import Any, NamedTuple

from hoiio_numbers import countries, numbers, urls
from hoiio_numbers.listed import ListedNumber
from hoiio_numbers.numberplan import plan_of
from hoiio_numbers.numbers import Number, NumberState, ReadNumber
from hoiio_numbers.registry import CountryCapabilities, Edition, Registry
from hoiio_numbers.services import MODES, Service, words
from hoiio_numbers.text import capitals, given, scalar
from hoiio_numbers.urls import ABSENT, Url

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


NOT_GIVEN = Given.NO
NO_SERVICES: frozenset[Service] = frozenset()


class Unsettled(StrEnum):
    """Why there is no registry entry to decide by."""

    UNSUPPORTED = "unsupported"
    UNDETERMINED = "undetermined"


Candidates = tuple[CountryCapabilities, ...] | Unsettled


class Request(NamedTuple):
    """The raw values behind the facts, for messages: our own rules never decide by them.

    `number` is how the number was understood and `country` the code that a report carries; everything else is as it
    was typed.
    """

    on: date
    country: str | None
    typed_number: object
    typed_country: object
    typed_state: object
    unknown_modes: tuple[str, ...]
    forward_to: object
    forward_sms_to: object
    duration: object
    page: object
    misspelt: tuple[tuple[str, str], ...]
    number: Number

    def __repr__(self) -> str:
        """Keep the credentials of URLs out of logs."""
        return f"<Request on {self.on}: {self.number}>"


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

    def __repr__(self) -> str:
        """Keep the raw values, in which there may be secrets, out of logs."""
        return f"<Facts {self[:-1]}>"

    @property
    def candidates(self) -> tuple[CountryCapabilities, ...]:
        """The registry entries that the services are held against; none where the country is not settled."""
        return self.country if isinstance(self.country, tuple) else ()

    @property
    def asked(self) -> Mapping[Service, str]:
        """The services asked for, each with the parameter that asks."""
        by_default = bool(self.forward_to) and not self.modes and not self.unknown_mode
        return _asked(self.modes, by_default, bool(self.forward_sms_to))

    def refused(self, service: Service) -> bool:
        """Whether the number cannot receive *service*: the API's own list says so, or every candidate's data."""
        if self.capabilities is not None:
            return service not in self.capabilities
        return bool(self.candidates) and not any(service in entry.services for entry in self.candidates)


Gathered = tuple[tuple[Any, ...], tuple[Any, ...], ReadNumber]
"""The values of `Facts` but for the request, of `Request` but for the number, and of `Number`, without their names."""


def named(gathered: Gathered) -> Facts:
    """What was gathered, with its names."""
    settled, raw, number = gathered
    facts: Facts = _new(Facts, (*settled, _new(Request, (*raw, _new(Number, number)))))
    return facts


_new: Callable[..., Any] = tuple.__new__  # quicker than `_make()`, which counts


class Unseen:
    """Stands for the raw values where there must be none: to look for one, or to show them, is an error."""

    def __getattr__(self, name: str) -> object:
        raise LookupError(name)

    def __repr__(self) -> str:
        raise LookupError("the request")


UNSEEN: Any = Unseen()


@cache
def _asked(modes: frozenset[Service], by_default: bool, sms: bool) -> Mapping[Service, str]:
    """Modes ask for themselves, a `forward_to` without one for voice, a `forward_sms_to` for SMS."""
    asked = {mode: "mode" for mode in MODES if mode in modes}
    if by_default:
        asked[Service.VOICE] = "forward_to"
    if sms:
        asked[Service.SMS] = "forward_sms_to"
    return MappingProxyType(asked)


def gather(
    call: Call,
    edition: Edition,
    on: date,
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
) -> Gathered:
    """The facts of one request to *call*, held against *edition*, the data in force *on* a date.

    They come as the plain tuples that `named` puts names to, since most reports are never asked for them. Data of any
    type is a fact; only *capabilities* of a wrong type are the programmer's mistake, a TypeError.
    """
    if not isinstance(number, str) and isinstance(number, ListedNumber):  # nearly all are text, which is told at once
        place = (number.country or country, number.state or state)
        listed = capabilities if number.capabilities is None else number.capabilities
        urls_given = (forward_to, forward_sms_to)
        doubted = gather(call, edition, on, number.number, *place, mode, *urls_given, listed, duration, page, misspelt)
        return _undoubted(named(doubted))[:-1], *doubted[1:]
    registry = edition.registry
    region, country_given, state_given = None, NOT_GIVEN, NOT_GIVEN
    if country is not None:
        region, country_given = _read_country(country, registry)
    candidates: Candidates
    if region is None:
        read = number_state, e164, _, sellers, _ = numbers.read(number, None, edition.plan)
        found, home = edition.sold_by[sellers]
        candidates = found or (Unsettled.UNSUPPORTED if e164 else Unsettled.UNDETERMINED)
    else:
        home = registry.home(region)
        plan = edition.plan if home in registry.countries else plan_of(home)
        read = number_state, e164, _, sellers, _ = numbers.read(number, region, plan)
        candidates = _entries(edition, home)
        if e164 and home not in sellers:
            country_given = Given.MISMATCH
    if state is not None:
        subdivision, state_given = _read_state(state, home)
        if subdivision:
            candidates = _entries(edition, str(home), subdivision)
    modes = NO_SERVICES
    unknown_modes: tuple[str, ...] = ()
    if mode is not None:
        modes, unknown_modes = _read_modes(mode)
    settled = (
        call,
        edition,
        number_state,
        candidates,
        country_given,
        state_given,
        modes,
        bool(unknown_modes),
        ABSENT if forward_to is None else urls.read(forward_to),
        ABSENT if forward_sms_to is None else urls.read(forward_sms_to),
        None if capabilities is None else _read_capabilities(capabilities),
        NOT_GIVEN if duration is None else _read_duration(duration, registry),
        NOT_GIVEN if page is None else _read_page(page),
        bool(misspelt),
    )
    raw = (on, home, number, country, state, unknown_modes, forward_to, forward_sms_to, duration, page, misspelt)
    return settled, raw, read


def _undoubted(facts: Facts) -> Facts:
    """The facts of a number that the API itself lists, as it lists it: nothing that it says of it is questioned."""
    return facts._replace(
        number=NumberState.VALID if facts.number is NumberState.UNASSIGNED else facts.number,
        country=facts.country if len(facts.candidates) == 1 else Unsettled.UNDETERMINED,
        country_given=Given.NO if facts.country_given is Given.NO else Given.FINE,
        state_given=Given.NO if facts.state_given is Given.NO else Given.FINE,
    )


_MODES = {str(mode): mode for mode in MODES}
_ALONE = {mode: frozenset({mode}) for mode in MODES}


def _read_country(value: object, registry: Registry) -> tuple[str | None, Given]:
    code = given(value)
    if code is None:
        return None, Given.NO
    if isinstance(code, str):
        code = capitals(code)
        # What the registry knows was held against ISO 3166 already, so that pycountry need not be imported for it.
        if registry.home(code) in registry.countries or code in countries.codes():
            return code, Given.FINE
    return None, Given.UNKNOWN


def _entries(edition: Edition, country: str, state: str | None = None) -> Candidates:
    entry = edition.capabilities(country, state)
    return (entry,) if entry else Unsettled.UNSUPPORTED


def _read_state(value: object, country: str | None) -> tuple[str | None, Given]:
    state = given(value)
    if state is not None and not isinstance(state, str):
        return None, Given.UNKNOWN
    if state is None or country is None:
        return None, Given.NO
    code = capitals(state)
    prefix, dash, rest = code.partition("-")
    if dash and prefix == country:
        code = rest
    return (code, Given.FINE) if code in countries.subdivisions(country) else (None, Given.UNKNOWN)


def _read_modes(value: object) -> tuple[frozenset[Service], tuple[str, ...]]:
    """The known modes that *value* names, and the names in it that are none."""
    if isinstance(value, str) and (only := _MODES.get(value.lower())):
        return _ALONE[only], ()
    named, unknown = set(), set()
    for name in _names(value):
        mode = _MODES.get(name.lower())
        if mode:
            named.add(mode)
        else:
            unknown.add(name)
    return frozenset(named), tuple(sorted(unknown))


def _names(value: object) -> Iterator[str]:
    for item in value if isinstance(value, (list, tuple, set, frozenset)) else (value,):
        if isinstance(item, str):
            yield from words(urls.redacted(item) if "//" in item else item)  # afterwards a password could be in two
        elif item is not None:
            yield scalar(item)


def _read_capabilities(value: object) -> frozenset[Service] | None:
    """The services that the API lists for the number, None where no list is given; raises TypeError for misuse."""
    if given(value) is None:
        return None
    if not isinstance(value, str):
        if not isinstance(value, Collection) or isinstance(value, Mapping | bytes | bytearray):
            raise TypeError(f"capabilities must be words such as 'voice', not {type(value).__name__}")
        if strange := [type(word).__name__ for word in value if not isinstance(word, str)]:
            raise TypeError(f"capabilities must be words such as 'voice', not {strange[0]}")
        value = " ".join(value)
    listed = {word.lower() for word in words(value)}
    return frozenset(service for service in Service if service in listed)


def _read_duration(value: object, registry: Registry) -> Given:
    """Fine for one of the data's durations, as a string or, where it is a count of months, as an int."""
    duration = given(value)
    if duration is None:
        return Given.NO
    durations = registry.durations
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
