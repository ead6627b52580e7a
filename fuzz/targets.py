"""The doors: each takes bytes and raises when what comes of them is not what the library promises."""

import asyncio
import json
from collections.abc import Callable
from contextlib import suppress
from functools import cache
from typing import Any
from unittest.mock import patch
from urllib.parse import parse_qsl

import requests
from multidict import MultiDict
from requests.adapters import BaseAdapter
from starlette.types import ASGIApp, Message

from hoiio_numbers import (
    ApiError,
    CapabilityDataError,
    Checker,
    Hoiio,
    NotificationError,
    OutcomeUnknownError,
    Registry,
    SubscribedNumber,
    check_mapping,
    directories,
    parse_notification,
)
from hoiio_numbers.datafiles import parse
from hoiio_numbers.sandbox import deliveries
from hoiio_numbers.sandbox.control import Control
from hoiio_numbers.sandbox.faults import Faults
from hoiio_numbers.sandbox.http import application
from hoiio_numbers.sandbox.page import Page
from hoiio_numbers.sandbox.protocol import Protocol
from hoiio_numbers.sandbox.store import Store

NUMBER = "+6511111111"


def mapping(data: bytes) -> None:
    """A JSON object, or else a form: a report comes of it, and JSON of that."""
    text = data.decode("utf-8", "surrogateescape")
    try:
        body = json.loads(text)
    except (ValueError, RecursionError):
        body = MultiDict(parse_qsl(text, keep_blank_values=True, errors="surrogateescape"))
    if isinstance(body, dict | MultiDict):
        report = check_mapping(body)
        json.dumps([report.to_dict(), report.to_problem()]).encode()
        assert report.ok is not bool(report.errors)  # noqa: S101 - what is promised


def data_file(data: bytes) -> None:
    """The name of a data file in the first line, and what is in it: a country or faults that name its lines."""
    name, _, content = data.partition(b"\n")
    file = parse(name.decode("latin-1") or "SG.toml", "fuzzed", content)
    assert all(fault.line and fault.mend for fault in file.faults), file.faults  # noqa: S101 - what is promised
    with suppress(CapabilityDataError):
        registry = Registry(directories.assemble([file], Registry.default().data))
        checker = Checker(registry)
        checker.check_config(NUMBER, forward_sms_to="https://example.com/").to_dict()
        checker.check_subscribe(NUMBER, 1).to_dict()


class _Canned(BaseAdapter):
    """Answers every request with the same bytes."""

    body = b""

    def send(self, request: requests.PreparedRequest, **_options: object) -> requests.Response:  # type: ignore[override]
        response = requests.Response()
        response.status_code = 200
        response.request = request
        response._content = self.body  # noqa: SLF001 - there is no other way to make one
        return response

    def close(self) -> None:
        """Nothing is open."""


@cache
def _client() -> tuple[Hoiio, _Canned]:
    session, canned = requests.Session(), _Canned()
    session.mount("http://", canned)
    return Hoiio("app", "token", base_url="http://fuzzed.example.com/open/", session=session, timeout=0.001), canned


def answer(data: bytes) -> None:
    """The body of an answer to each of the calls: an object or a typed error comes of it."""
    hoiio, canned = _client()
    canned.body = data
    calls: list[Callable[[], object]] = [
        hoiio.number.available_countries,
        lambda: [*hoiio.number.iter_available_numbers("SG")],
        lambda: hoiio.number.rate("SG"),
        lambda: hoiio.number.subscribe(SubscribedNumber(number=NUMBER), 1),
        lambda: hoiio.number.configure(NUMBER, forward_to="https://example.com/"),
        lambda: [*map(repr, hoiio.number.subscribed_numbers().entries)],
    ]
    for call in calls:
        with suppress(ApiError, OutcomeUnknownError):
            call()


def notification(data: bytes) -> None:
    """A query, as bytes and as text: a notification or an error that says why not."""
    for received in (data, data.decode("utf-8", "surrogateescape")):
        with suppress(NotificationError):
            repr(parse_notification(received))


@cache
def _sandbox() -> tuple[ASGIApp, Faults, bytes]:
    store = Store()
    first = store.first_application(1000)
    store.subscribe(first.app_id, NUMBER, "SG", "1")
    registry, faults = Registry.default(), Faults()
    protocol = Protocol(store, registry)
    control = Control(protocol, store, faults, anywhere=False)
    served = application(protocol, control, faults, Page(protocol, control, store, registry).served)
    return served, faults, f"app_id={first.app_id}&access_token={first.access_token}&".encode()


def sandbox(data: bytes) -> None:
    """A method, a path, a query and a body, each on a line: an answer with a status, and never a failure.

    Nothing leaves this process: a notification is taken for delivered, for its URL may be anybody's.
    """
    served, faults, credentials = _sandbox()
    method, rest, query, body = (data.split(b"\n", 3) + [b""] * 4)[:4]
    path = b"/" + rest
    scope: dict[str, Any] = {
        "type": "http",
        "method": method.decode("latin-1") or "POST",
        "path": path.decode("latin-1"),
        "raw_path": path,
        "root_path": "",
        "query_string": credentials + query,
        "headers": [(b"host", b"localhost"), (b"content-type", b"application/json")],  # as the page wants it
        "client": ("127.0.0.1", 50_000),
        "server": ("127.0.0.1", 80),
        "state": {},
    }
    sent: list[Message] = []

    async def receive() -> Message:
        return {"type": "http.request", "body": body}

    async def send(message: Message) -> None:
        sent.append(message)

    async def call() -> None:
        await served(scope, receive, send)

    with patch.object(deliveries, "deliver", return_value="HTTP 200"):
        asyncio.run(call())
    faults.clear()  # the call may have planned some, and they would be the next one's
    if path.startswith(b"/open/number/") and sent[0]["status"] == 200:
        status = json.loads(b"".join(message.get("body", b"") for message in sent))["status"]
        assert status != "error_internal_server_error", status  # noqa: S101 - what is promised


TARGETS: dict[str, Callable[[bytes], None]] = {
    target.__name__: target for target in (mapping, data_file, answer, notification, sandbox)
}
