"""What a notify URL is: absent, fine or malformed; and when given too long, unreachable, with credentials.

Hosts are read as browsers read them (WHATWG URL: UTS 46 mapping, IPv4 in any spelling), labels judged by IDNA 2008.
Which addresses the vendor's servers cannot reach is taken from IANA's special-purpose address registries.
"""

import re
from enum import IntFlag
from functools import cache
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


ABSENT, FINE = Url(0), Url.GIVEN

# What nearly every notify URL looks like, so that one match settles it: no user, a short name in lower-case ASCII whose
# last label is letters and none of the reserved ones, and printable ASCII after it.
_is_ordinary = re.compile(
    r"https?://(?:[a-z0-9]{1,20}+(?:-[a-z0-9]{1,12}+){0,3}+\.){1,4}+"
    r"(?!(?:localhost|local|internal|test|invalid|example)(?:[/?#:]|\Z))[a-z]{2,13}+"
    r"(?::[1-9][0-9]{0,3}+)?+(?:[/?#][!-\[\]-~]*+)?+"
).fullmatch
# Patterns that few URLs are held against: re compiles them when they are first used.
_FORBIDDEN = r"[\s\\\x00-\x1f\x7f-\x9f\ud800-\udfff]"
_SCHEME = r"([A-Za-z][A-Za-z0-9+.-]*):"
_AUTHORITY_END = r"[/?#]"
_BRACKETED = r"(?s)\[([^\[\]%]*)\](?::(.*))?"
_ASCII_LABEL = r"(?!-)[a-z0-9_-]{1,63}(?<!-)"
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
        super().__init__(reason)
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
    known = FINE
    if isinstance(text, str) and len(text) > LONGEST:
        known |= Url.TOO_LONG
    try:
        address = parse(text)
    except MalformedURLError:
        return known | Url.MALFORMED
    if not _is_reachable(address.host):
        known |= Url.UNREACHABLE
    user, _, password = address.userinfo.partition(":")
    if user or password:
        known |= Url.CREDENTIALS
    return known


def parse(value: object) -> Address:
    """The address that *value* names; raises `MalformedURLError` with the reason when it is no absolute http(s) URL."""
    text = given(value)
    if not isinstance(text, str):
        raise MalformedURLError("type")
    if forbidden := re.search(_FORBIDDEN, text):
        raise MalformedURLError(_reason_against(forbidden[0]))
    scheme = re.match(_SCHEME, text)
    if not scheme:
        raise MalformedURLError("not_absolute")
    if scheme[1].lower() not in {"http", "https"}:
        raise MalformedURLError("scheme")
    rest = text[scheme.end() :]
    if not rest.startswith("//"):
        raise MalformedURLError("no_host")
    authority = re.split(_AUTHORITY_END, rest[2:], maxsplit=1)[0]
    userinfo, _, host_and_port = authority.rpartition("@")
    host, port = _parted(host_and_port)
    if port and not (port.isascii() and port.isdigit() and _is_port(port.lstrip("0"))):
        raise MalformedURLError("port")
    return Address(userinfo, host)


def fault(value: object) -> str | None:
    """Why *value* is no URL that can be called, or None when it is one."""
    try:
        parse(value)
    except MalformedURLError as malformed:
        return malformed.reason
    return None


def redacted(text: str) -> str:
    """*text* with what stands before an `@`, where a password could be, as `***`."""
    if "@" not in text and "＠" not in text:
        return text
    # Where a URL is malformed, or its "port" could be the start of a password with a / ? or # in it, it is open where
    # the authority ends, and everything up to the last @ may be a secret.
    is_clear = fault(text) is None and (re.match(_USERINFO, text) or not re.match(_COLON_IN_AUTHORITY, text))
    return re.sub(_USERINFO if is_clear else _PERHAPS_USERINFO, r"\1***@", text)


def _reason_against(character: str) -> str:
    if character == "\\":
        return "backslash"
    if character.isspace():
        return "white_space"
    return "surrogate" if "\ud800" <= character <= "\udfff" else "control_character"


def _parted(host_and_port: str) -> tuple[Host, str | None]:
    if host_and_port.startswith("["):
        bracketed = re.fullmatch(_BRACKETED, host_and_port)
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
    if len(name) > _LONGEST_NAME:  # no letter takes less than an octet
        raise MalformedURLError("host")
    labels = name.split(".")
    octets = [_octets(label) for label in labels]
    if sum(octets) + len(octets) - 1 > _LONGEST_NAME:
        raise MalformedURLError("host")
    if re.fullmatch(_NUMBER, labels[-1]):
        return _ipv4(labels)
    return ".".join(labels)


def _mapped(text: str) -> str:
    """*text* by the UTS 46 mapping: lower case, compatibility forms folded, every kind of dot a dot."""
    if text.isascii():
        return text.lower()
    import idna

    try:
        return idna.uts46_remap(text, std3_rules=False)
    except UnicodeError:
        raise MalformedURLError("host") from None


def _octets(label: str) -> int:
    """How many octets a valid label takes on the wire."""
    if label.isascii():
        if re.fullmatch(_ASCII_LABEL, label):
            return len(label)
    elif len(label) <= _LONGEST_LABEL:
        import idna

        try:
            return len(idna.alabel(label))
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
    if not re.fullmatch(_NUMBER, label):
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
    return not any(host in network for network in _unreachable_ipv4())


@cache
def _ipv6_networks() -> tuple[IPv6Network, IPv6Network]:
    return IPv6Network("2000::/3"), IPv6Network("2001:db8::/32")


@cache
def _unreachable_ipv4() -> tuple[IPv4Network, ...]:
    return tuple(map(IPv4Network, _SPECIAL_IPV4.split()))
