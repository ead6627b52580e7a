"""What a notify URL is: absent, fine or malformed; and when given too long, unreachable, with credentials.

Hosts are read as browsers read them (WHATWG URL: UTS 46 mapping, IPv4 in any spelling), labels judged by IDNA 2008.
Which addresses the vendor's servers cannot reach is taken from IANA's special-purpose address registries.
"""

import re
from bisect import bisect_right
from enum import IntFlag
from functools import cache, lru_cache
from ipaddress import AddressValueError, IPv4Address, IPv4Network, IPv6Address, IPv6Network
from typing import NamedTuple

from hoiio_numbers.text import given

LONGEST = 4000
"""Characters of the longest notify URL that the API takes."""

Host = str | IPv4Address | IPv6Address


class Url(IntFlag):
    """What is known of one URL; no flag at all means that none was given."""

    GIVEN = 1
    MALFORMED = 2
    TOO_LONG = 4
    UNREACHABLE = 8
    CREDENTIALS = 16


ABSENT, FINE, FINE_BUT_TOO_LONG, MALFORMED = Url(0), Url.GIVEN, Url.GIVEN | Url.TOO_LONG, Url.GIVEN | Url.MALFORMED

# What nearly every notify URL looks like, so that one match settles it: no user, a short name in ASCII whose last label
# is letters and begins like none of the reserved ones, and after it only what RFC 3986 lets URLs be made of.
_is_ordinary = re.compile(
    r"https?://(?:[A-Za-z0-9_]{1,20}+(?:-[A-Za-z0-9_]{1,12}+){0,3}+\.){1,4}+"
    r"(?![LITElite](?i:ocal|nternal|est|nvalid|xample))[A-Za-z]{2,13}+"
    r"(?::[1-9][0-9]{0,3}+)?+(?:[/?#][A-Za-z0-9._~:/?#\[\]@!$&'()*+,;=%-]*+)?+"
).fullmatch
_FORBIDDEN_IN_ASCII = bytes((*range(0x21), *b"\\", 0x7F))
_AS_NUL = bytes.maketrans(_FORBIDDEN_IN_ASCII, bytes(len(_FORBIDDEN_IN_ASCII)))  # which is forbidden itself
# Patterns that few URLs are held against, compiled when they are first used.
_pattern = cache(re.compile)
_FORBIDDEN = r"[\s\\\x00-\x1f\x7f-\x9f\ud800-\udfff]"
_SCHEME_AND_AUTHORITY = r"([A-Za-z][A-Za-z0-9+.-]*):(//)?([^/?#]*)"
_BRACKETED = r"(?s)\[([^\[\]%]*)\](?::(.*))?"
_ASCII_LABEL = r"(?!-)[a-z0-9_-]{1,63}(?<!-)"
_ASCII_NAME = rf"{_ASCII_LABEL}(?:\.{_ASCII_LABEL})*"
_NUMBER = r"0x[0-9a-f]*|[0-9]+"
_COLON_IN_AUTHORITY = r"\s*+[^:]*+:/*+[^/?#:]*+:"
_USERINFO = r"\A(\s*+(?:[A-Za-z][A-Za-z0-9+.-]*:)?/*+)[^/?#]*@"
_PERHAPS_USERINFO = r"(?si)\A(\s*+(?:https?:)?/*+).*[@＠]"
_LONGEST_LABEL, _LONGEST_NAME = 63, 253
_SPECIAL_IPV4 = """
    0.0.0.0/8 10.0.0.0/8 100.64.0.0/10 127.0.0.0/8 169.254.0.0/16 172.16.0.0/12 192.0.0.0/24
    192.0.2.0/24 192.168.0.0/16 198.18.0.0/15 198.51.100.0/24 203.0.113.0/24 224.0.0.0/4 240.0.0.0/4
"""
_RESERVED_LABELS = frozenset({"localhost", "local", "internal", "test", "invalid", "example"})


class MalformedURLError(Exception):
    """Not a URL that can be called; `reason` is the word that `params["reason"]` carries."""

    def __init__(self, reason: str) -> None:
        self.reason = reason


class Address(NamedTuple):
    """The part of a URL that says whom to call: a name in lower case and without its final dot, or an IP address."""

    userinfo: str
    host: Host


def read(value: object) -> Url:
    """Everything there is to know of *value* as a notify URL."""
    if isinstance(value, str) and len(value) <= LONGEST and _is_ordinary(value):
        return FINE
    text = given(value)
    if text is None:
        return ABSENT
    if not isinstance(text, str):
        return MALFORMED
    known, address = FINE if len(text) <= LONGEST else FINE_BUT_TOO_LONG, _parsed(text)
    if isinstance(address, str):
        return MALFORMED if known is FINE else known | MALFORMED
    if not _is_reachable(address.host):
        known |= Url.UNREACHABLE
    user, _, password = address.userinfo.partition(":")
    if user or password:
        known |= Url.CREDENTIALS
    return known


def parse(value: object) -> Address:
    """The address that *value* names; raises `MalformedURLError` with the reason when it is no absolute http(s) URL."""
    found = _found(value)
    if isinstance(found, str):
        raise MalformedURLError(found)
    return found


def fault(value: object) -> str | None:
    """Why *value* is no URL that can be called, or None when it is one."""
    found = _found(value)
    return found if isinstance(found, str) else None


def _found(value: object) -> Address | str:
    text = given(value)
    return _parsed(text) if isinstance(text, str) else "type"


@lru_cache(4)  # what is wrong with both URLs of a request is told right after it is found
def _parsed(text: str) -> Address | str:
    """The address that *text* names, or the reason against it."""
    try:
        return _address(text)
    except MalformedURLError as malformed:
        return malformed.reason


def _address(text: str) -> Address:
    if forbidden := _forbidden(text):
        raise MalformedURLError(_reason_against(forbidden))
    parts = _pattern(_SCHEME_AND_AUTHORITY).match(text)
    if not parts:
        raise MalformedURLError("not_absolute")
    scheme, slashes, authority = parts.groups()
    if scheme.lower() not in {"http", "https"}:
        raise MalformedURLError("scheme")
    if not slashes:
        raise MalformedURLError("no_host")
    userinfo, _, host_and_port = authority.rpartition("@")
    host, port = _parted(host_and_port)
    if port and not (port.isascii() and port.isdigit() and _is_port(port.lstrip("0"))):
        raise MalformedURLError("port")
    return Address(userinfo, host)


def redacted(text: str) -> str:
    """*text* with what stands before an `@`, where a password could be, as `***`."""
    if "@" not in text and "＠" not in text:
        return text
    # Where a URL is malformed, or its "port" could be the start of a password with a / ? or # in it, it is open where
    # the authority ends, and everything up to the last @ may be a secret.
    is_clear = fault(text) is None and (
        _pattern(_USERINFO).match(text) or not _pattern(_COLON_IN_AUTHORITY).match(text)
    )
    return _pattern(_USERINFO if is_clear else _PERHAPS_USERINFO).sub(r"\1***@", text)


def _forbidden(text: str) -> str:
    """The first character of *text* that may be in no URL, if there is one."""
    if text.isascii():  # as most are, and where all are looked at in a fraction of the time
        place = text.encode().translate(_AS_NUL).find(0)
        return "" if place < 0 else text[place]
    found = _pattern(_FORBIDDEN).search(text)
    return found[0] if found else ""


def _reason_against(character: str) -> str:
    if character == "\\":
        return "backslash"
    if character.isspace():
        return "white_space"
    return "surrogate" if "\ud800" <= character <= "\udfff" else "control_character"


def _parted(host_and_port: str) -> tuple[Host, str | None]:
    if host_and_port.startswith("["):
        bracketed = _pattern(_BRACKETED).fullmatch(host_and_port)
        if not bracketed:
            raise MalformedURLError("host")
        try:
            return IPv6Address(bracketed[1]), bracketed[2]
        except AddressValueError:
            raise MalformedURLError("host") from None
    host, _, port = host_and_port.partition(":")
    if not host:
        raise MalformedURLError("no_host")
    return _host(host), port


def _is_port(digits: str) -> bool:
    return 1 <= len(digits) <= 5 and int(digits) <= 65535


def _host(text: str) -> Host:
    name = _mapped(text).removesuffix(".")
    # No letter takes less than an octet, so that a long text need not be encoded.
    if len(name) > _LONGEST_NAME or _octets(name) > _LONGEST_NAME:
        raise MalformedURLError("host")
    labels = name.split(".")
    return _ipv4(labels) if _pattern(_NUMBER).fullmatch(labels[-1]) else name


def _mapped(text: str) -> str:
    """*text* by the UTS 46 mapping: lower case, compatibility forms folded, every kind of dot a dot."""
    if text.isascii():
        return text.lower()
    import idna

    try:
        return idna.uts46_remap(text, std3_rules=False)
    except UnicodeError:
        raise MalformedURLError("host") from None


def _octets(name: str) -> int:
    """How many octets a name, or a label of one, takes on the wire; raises `MalformedURLError` for no valid one."""
    if name.isascii():
        if _pattern(_ASCII_NAME).fullmatch(name):
            return len(name)
    elif "." in name:
        labels = name.split(".")
        return sum(map(_octets, labels)) + len(labels) - 1
    elif len(name) <= _LONGEST_LABEL:
        import idna

        try:
            return len(idna.alabel(name))
        except UnicodeError:
            pass
    raise MalformedURLError("host")


def _ipv4(labels: list[str]) -> IPv4Address:
    numbers = [_ipv4_number(label) for label in labels]
    *leading, last = numbers
    if len(numbers) > 4 or any(number > 255 for number in leading) or last >= 256 ** (5 - len(numbers)):
        raise MalformedURLError("host")
    return IPv4Address(last + sum(number << 8 * (3 - place) for place, number in enumerate(leading)))


def _ipv4_number(label: str) -> int:
    """One part of an IPv4 address: decimal, octal after a zero, hexadecimal after `0x` (which alone is zero)."""
    if not _pattern(_NUMBER).fullmatch(label):
        raise MalformedURLError("host")
    try:
        if label.startswith("0x"):
            return int(label[2:] or "0", 16)
        return int(label, 8 if label.startswith("0") else 10)
    except ValueError:  # an 8 or a 9 in an octal number
        raise MalformedURLError("host") from None


def _is_reachable(host: Host) -> bool:
    if isinstance(host, str):
        first, dot, _ = host.partition(".")
        return bool(first and dot) and host.rpartition(".")[2] not in _RESERVED_LABELS
    if isinstance(host, IPv6Address):
        if host.ipv4_mapped is None:
            public, documentation = _ipv6_networks()
            return host in public and host not in documentation
        host = host.ipv4_mapped
    return bisect_right(_bounds_of_unreachable_ipv4(), int(host)) % 2 == 0


@cache
def _ipv6_networks() -> tuple[IPv6Network, IPv6Network]:
    return IPv6Network("2000::/3"), IPv6Network("2001:db8::/32")


@cache
def _bounds_of_unreachable_ipv4() -> tuple[int, ...]:
    """Where networks begin and end, in order: between them is where an odd count of bounds is at or below."""
    networks = map(IPv4Network, _SPECIAL_IPV4.split())
    return tuple(bound for network in networks for bound in (int(network[0]), int(network[-1]) + 1))
