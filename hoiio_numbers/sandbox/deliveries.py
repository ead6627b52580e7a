"""Notifications that the sandbox sends to the URLs of its numbers, as the vendor's server does.

A URL is another's word for where to send something. So by default one is only called on this machine; its host is
looked up once, and what was checked is what is connected to; no redirect is followed, and of an answer only the status
counts. A plain socket is what can promise that, and an end in time.
"""

import re
import socket
import ssl
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, suppress
from datetime import datetime
from ipaddress import IPv4Address, IPv6Address, ip_address
from secrets import token_hex
from time import monotonic
from typing import NamedTuple
from urllib.parse import quote, urlencode, urlsplit

from hoiio_numbers import urls
from hoiio_numbers.sandbox.store import CURRENCY, Delivery, Held, Store
from hoiio_numbers.text import shown
from hoiio_numbers.urls import Url

KINDS = ("call", "sms", "fax")
LONGEST_SMS, LONGEST_PART = 160, 152
SECONDS = 5.0
"""How long a receiver may take from the connection to the end of its answer."""
LONGEST_ANSWER = 65_536
AGENT = "hoiio-sandbox"
_SAFE = "%/:?#[]@!$&'()*+,;=~"  # what a URL may hold as it is; other characters are escaped


class UndeliverableError(Exception):
    """A notification that is not sent; its text says why."""


class _Destination(NamedTuple):
    """Whom to connect to for a URL, and what to ask of it."""

    is_secure: bool
    addresses: tuple[str, ...]
    port: int
    host: str
    target: str


def send(
    store: Store, app_id: str, kind: str, number: str, sender: str, details: Mapping[str, str], *, anywhere: bool
) -> list[Delivery]:
    """Let a call, an SMS or a fax arrive at a number, and announce it where the number is configured to.

    *details* are parameters of the notification: `msg` of an `sms`, `tag` of a `call`, `fax_url` or `fax_error_code` of
    a `fax`. Raises ValueError for another *kind*, `UndeliverableError` where nothing is configured to hear of it, and
    `RefusedError` for a number that is not the application's.
    """
    if kind not in KINDS:
        raise ValueError(f"kind must be one of {', '.join(KINDS)}, not {shown(kind)!r}")
    held = store.held(app_id, number)
    url, sent = url_for(kind, held), []
    for parameters in notifications(kind, held, sender, store.now(), details):
        sent.append(Delivery(app_id, number, kind, url, store.now(), deliver(url, parameters, anywhere=anywhere)))
        store.record(sent[-1])
    return sent


def parts(text: str) -> list[str]:
    """The messages in which an SMS arrives: one of at most 160 characters, or several of at most 152."""
    if len(text) <= LONGEST_SMS:
        return [text]
    return [text[start : start + LONGEST_PART] for start in range(0, len(text), LONGEST_PART)]


def notifications(
    kind: str, held: Held, sender: str, at: datetime, details: Mapping[str, str]
) -> Iterator[dict[str, str]]:
    """The parameters of each notification of one event, as the reference has them."""
    common = {"from": sender, "to": held.number, "date": f"{at:%Y-%m-%d %H:%M:%S}"}
    cost = {"currency": CURRENCY, "debit": "0.000"}
    if kind == "call":
        tag = {"tag": details["tag"]} if details.get("tag") else {}
        yield {"ivr_block": "answer", "session": _reference("S"), "txn_ref": _reference("TX"), **common, **tag}
    elif kind == "sms":
        for part in parts(details.get("msg", "")):
            yield {"txn_ref": _reference("TX"), "msg": part, **common, **cost}
    elif failed := details.get("fax_error_code"):
        status = {"fax_status": "failed", "fax_error_code": failed, "duration": "0"}
        yield {"txn_ref": _reference("TX"), **status, **common, **cost}
    else:
        url = details.get("fax_url") or "https://example.com/fax.pdf"
        yield {"txn_ref": _reference("TX"), "fax_status": "answered", "fax_url": url, "duration": "1", **common, **cost}


def url_for(kind: str, held: Held) -> str:
    """The URL that hears of such an event; raises `UndeliverableError` when none does."""
    mode = {"call": "voice", "fax": "fax"}.get(kind)
    if mode is None:
        name, url = "forward_sms_to", held.forward_sms_to
    elif held.mode != mode:
        raise UndeliverableError(f"{held.number} is in mode {held.mode}, in which it receives no {kind}")
    else:
        name, url = "forward_to", held.forward_to
    if not url:
        raise UndeliverableError(f"{held.number} announces no {kind}: its {name} is not set")
    return url


def deliver(url: str, parameters: Mapping[str, str], *, anywhere: bool) -> str:
    """POST a notification; what became of it in a word. To addresses of this machine only, unless *anywhere*."""
    try:
        to = _destination(url, urlencode(parameters), anywhere=anywhere)
    except UndeliverableError as error:
        return f"not sent: {error}"
    try:
        return f"HTTP {_status(to)}"
    except OSError as error:
        return f"failed: {error.strerror or error}"


def _status(to: _Destination) -> str:
    """The status that a POST is answered with; raises OSError when there is none in time."""
    ends = monotonic() + SECONDS
    with ExitStack() as open_now:
        connection = open_now.enter_context(_connected(to, SECONDS))
        if to.is_secure:  # the certificate must be for the host
            secured = ssl.create_default_context().wrap_socket(connection, server_hostname=to.host)
            connection = open_now.enter_context(secured)
        connection.sendall(_request(to))
        answer = b""
        try:
            while len(answer) < LONGEST_ANSWER:  # to its end, where it ends soon: some receivers make a noise otherwise
                connection.settimeout(max(ends - monotonic(), 0.001))
                chunk = connection.recv(LONGEST_ANSWER)
                if not chunk:
                    break
                answer += chunk
        except OSError:
            if b"\n" not in answer:
                raise
    status = re.match(rb"HTTP/1\.[01] ([1-9][0-9][0-9])\b", answer)
    if not status:
        raise OSError("the answer is no HTTP")
    return status[1].decode()


def _connected(to: _Destination, seconds: float) -> socket.socket:
    """A connection to the first of the addresses that takes one: `localhost` often has two."""
    *others, last = to.addresses
    for address in others:
        with suppress(OSError):
            return socket.create_connection((address, to.port), seconds / len(to.addresses))
    return socket.create_connection((last, to.port), seconds / len(to.addresses))


def _request(to: _Destination) -> bytes:
    host = f"[{to.host}]" if ":" in to.host else to.host.encode("idna").decode()
    headers = [f"Host: {host}:{to.port}", f"User-Agent: {AGENT}", "Content-Length: 0", "Connection: close"]
    return "\r\n".join([f"POST {quote(to.target, safe=_SAFE)} HTTP/1.1", *headers, "", ""]).encode()


def _destination(url: str, query: str, *, anywhere: bool) -> _Destination:
    flags = urls.read(url)
    if Url.MALFORMED in flags:
        raise UndeliverableError("the URL is malformed")
    if Url.CREDENTIALS in flags:
        raise UndeliverableError("the URL holds credentials")
    host, split = str(urls.parse(url).host), urlsplit(url)
    is_secure = split.scheme.lower() == "https"
    port = split.port or (443 if is_secure else 80)
    target = f"{split.path or '/'}?{split.query}&{query}" if split.query else f"{split.path or '/'}?{query}"
    return _Destination(is_secure, _checked(host, port, anywhere=anywhere), port, host, target)


def _checked(host: str, port: int, *, anywhere: bool) -> tuple[str, ...]:
    """The addresses of *host*, all of which may be connected to."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        raise UndeliverableError(f"there is no host {host}") from None
    addresses = list(dict.fromkeys(str(address[0]) for *_, address in found))
    for address in addresses:
        if not (anywhere or _is_of_this_machine(ip_address(address.partition("%")[0]))):
            raise UndeliverableError(f"{host} is not on this machine ({address})")
    return tuple(addresses)


def _is_of_this_machine(address: IPv4Address | IPv6Address) -> bool:
    """Whether it is a loopback address itself; an IPv4 one that is dressed as IPv6 is none."""
    return address.is_loopback and getattr(address, "ipv4_mapped", None) is None


def _reference(prefix: str) -> str:
    return f"{prefix}-{token_hex(8)}"
