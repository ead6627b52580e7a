"""Notifications that the sandbox sends to the URLs of its numbers, as the vendor's server does.

A URL is another's word for where to send something. So by default one is only called on this machine; its host is
looked up once, and what was checked is what is connected to; no redirect is followed, and of an answer only the status
is read.
"""

import socket
from collections.abc import Iterator, Mapping
from datetime import datetime
from ipaddress import IPv4Address, IPv6Address, ip_address
from secrets import token_hex
from typing import NamedTuple
from urllib.parse import urlencode, urlsplit

from urllib3 import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.exceptions import HTTPError

from hoiio_numbers import urls
from hoiio_numbers.sandbox.store import CURRENCY, Delivery, Held, Store
from hoiio_numbers.text import shown
from hoiio_numbers.urls import Url

KINDS = ("call", "sms", "fax")
LONGEST_SMS, LONGEST_PART = 160, 152
SECONDS = 5.0
"""How long a receiver may take to be connected to, and to answer."""


class UndeliverableError(Exception):
    """A notification that is not sent; its text says why."""


class _Destination(NamedTuple):
    """Whom to connect to for a URL, and what to ask of it."""

    is_secure: bool
    address: str
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
    host = f"[{to.host}]" if ":" in to.host else to.host
    with _connections(to) as pool:
        try:
            headers = {"Host": f"{host}:{to.port}", "User-Agent": "hoiio-sandbox"}
            answer = pool.urlopen("POST", to.target, body=b"", headers=headers, redirect=False, preload_content=False)
        except HTTPError as error:
            return f"failed: {type(error).__name__}"
        answer.close()
        return f"HTTP {answer.status}"


def _connections(to: _Destination) -> HTTPConnectionPool:
    """Connections to the address that was checked; of a secure one the certificate must be for the host."""
    if not to.is_secure:
        return HTTPConnectionPool(to.address, to.port, timeout=SECONDS, retries=False)
    named = to.host
    return HTTPSConnectionPool(
        to.address, to.port, timeout=SECONDS, retries=False, server_hostname=named, assert_hostname=named
    )


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


def _checked(host: str, port: int, *, anywhere: bool) -> str:
    """The first address of *host*, all of which may be connected to."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        raise UndeliverableError(f"there is no host {host}") from None
    addresses = [str(address[0]) for *_, address in found]
    for address in addresses:
        if not (anywhere or _is_of_this_machine(ip_address(address.partition("%")[0]))):
            raise UndeliverableError(f"{host} is not on this machine ({address})")
    return addresses[0]


def _is_of_this_machine(address: IPv4Address | IPv6Address) -> bool:
    """Whether it is a loopback address itself; an IPv4 one that is dressed as IPv6 is none."""
    return address.is_loopback and getattr(address, "ipv4_mapped", None) is None


def _reference(prefix: str) -> str:
    return f"{prefix}-{token_hex(8)}"
