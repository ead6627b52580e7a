"""The same rules as straight-line Python on phonenumbers and `urlsplit`: what one writes without a library for them.

The facts that the rule engines cannot find out for themselves (what phonenumbers and a URL parser say) are read here
too. All that is left out is what none of the requests has: a country, a state and capabilities that are given.
"""

import re
from ipaddress import ip_address
from typing import NamedTuple
from urllib.parse import urlsplit

import phonenumbers
from phonenumbers import NumberParseException, ValidationResult

from benchmarks.inputs import Request
from hoiio_numbers import Registry

Broken = tuple[str | None, str]
"""A field, and the code of what is wrong with it."""

_DATA = Registry.default().in_force().countries
SERVICES = {country: frozenset(map(str, entry.services)) for country, entry in _DATA.items()}
"""What the numbers of each country can receive, from the library's own data."""

UNSUPPORTED = "none"
_HOMES = {region: country for country, entry in _DATA.items() for region in (country, *entry.territories)}
_BY_CALLING_CODE = {phonenumbers.country_code_for_region(country): country for country in _DATA}
_NUMBER = re.compile(r"[\s()-]*\+?[\d\s().-]*")
_FORBIDDEN = re.compile(r"[\s\\\x00-\x1f\x7f-\x9f]")
_NAME = re.compile(r"(?:(?!-)[a-z0-9_-]{1,63}(?<!-)\.)*(?!-)[a-z0-9_-]{1,63}(?<!-)\.?")
_PRIVATE_ENDINGS = frozenset({"localhost", "local", "internal", "test", "invalid", "example"})
_TOO_SHORT_OR_LONG = frozenset(
    {NumberParseException.TOO_SHORT_AFTER_IDD, NumberParseException.TOO_SHORT_NSN, NumberParseException.TOO_LONG}
)


class Url(NamedTuple):
    """What is known of one URL."""

    given: bool = True
    malformed: bool = False
    too_long: bool = False
    unreachable: bool = False
    credentials: bool = False


ABSENT, FINE = Url(given=False), Url()


def read_number(typed: str) -> tuple[str, str]:
    """The state of a number, and the country that sells it; that is empty for a number that is not usable."""
    text = typed.strip()
    if not text:
        return "missing", ""
    if not _NUMBER.fullmatch(text):
        return "malformed", ""
    try:
        number = phonenumbers.parse(text)
    except NumberParseException as error:
        return ("impossible" if error.error_type in _TOO_SHORT_OR_LONG else "malformed"), ""
    region = phonenumbers.region_code_for_number(number)
    # Cheaper than is_valid_number(), which would look for the region a second time; a valid number is a possible one.
    if region is not None and phonenumbers.is_valid_number_for_region(number, region):
        return "valid", _HOMES.get(region, UNSUPPORTED)
    if phonenumbers.is_possible_number_with_reason(number) != ValidationResult.IS_POSSIBLE:
        return "impossible", ""
    return "unassigned", _BY_CALLING_CODE.get(number.country_code or 0, UNSUPPORTED)


def read_url(typed: str | None) -> Url:
    """What is known of *typed* as a notify URL."""
    text = typed.strip() if typed else ""
    if not text:
        return ABSENT
    too_long = len(text) > 4000
    unreachable = False
    try:
        parts = urlsplit(text)
        host = parts.hostname or ""
        if parts.scheme not in {"http", "https"} or _FORBIDDEN.search(text) or parts.port == 0:
            return Url(malformed=True, too_long=too_long)
        last = host.rstrip(".").rpartition(".")[2]
        if ":" in host or last.isdecimal():
            unreachable = not ip_address(host).is_global
        elif not _NAME.fullmatch(host) or len(host) > 253:
            return Url(malformed=True, too_long=too_long)
        elif last in _PRIVATE_ENDINGS or last == host:
            unreachable = True
    except ValueError:
        return Url(malformed=True, too_long=too_long)
    credentials = "@" in parts.netloc and bool(parts.username or parts.password)
    return Url(True, False, too_long, unreachable, credentials) if too_long or unreachable or credentials else FINE


def read_modes(typed: str | None) -> set[str]:
    """The names in a mode, known or not."""
    return set(typed.lower().replace(",", " ").replace("+", " ").split()) if typed else set()


def check(request: Request) -> set[Broken]:
    """Every (field, code) that is wrong with the request."""
    state, country = read_number(request.number)
    broken = set[Broken]()
    if state != "valid":
        broken.add(("number", f"number.{state}"))
    if country == UNSUPPORTED:
        broken.add(("country", "country.unsupported"))
    calls, messages = read_url(request.forward_to), read_url(request.forward_sms_to)
    if calls is not FINE:
        broken.update(about_url("forward_to", calls))
    if messages is not FINE:
        broken.update(about_url("forward_sms_to", messages))
    broken.update(about_services(country, read_modes(request.mode), calls.given, messages.given))
    return broken


def about_url(field: str, url: Url) -> set[Broken]:
    """What is wrong with one URL."""
    broken = set[Broken]()
    if url.malformed:
        broken.add((field, "url.malformed"))
    if url.too_long:
        broken.add((field, "url.too_long"))
    if url.unreachable:
        broken.add((field, "url.unreachable"))
    if url.credentials:
        broken.add((field, "url.credentials"))
    return broken


def about_services(country: str, modes: set[str], calls: bool, messages: bool) -> set[Broken]:
    """What is wrong with what is asked for, where the modes are those named and *calls*, *messages* have a URL."""
    broken = set[Broken]()
    if not modes:
        if not calls and not messages:
            broken.add((None, "request.empty"))
    else:
        known = modes & {"voice", "fax"}
        if known != modes:
            broken.add(("mode", "mode.unknown"))
        if known and not calls:
            broken.add(("mode", "mode.unused"))
        if len(known) > 1:
            broken.add(("mode", "service.conflict"))
    services = SERVICES.get(country)
    if services is not None:
        if messages and "sms" not in services:
            broken.add(("forward_sms_to", "service.unsupported"))
        if calls and not modes and "voice" not in services:
            broken.add(("forward_to", "service.unsupported"))
        if any(mode not in services for mode in modes & {"voice", "fax"}):
            broken.add(("mode", "service.unsupported"))
    return broken
