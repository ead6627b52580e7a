"""The sandbox among clients that do not know HTTP, send too much or too slowly, crowd in, or want others' numbers."""

import socket
from collections.abc import Callable, Iterator
from contextlib import ExitStack, suppress
from urllib.parse import urlsplit

import pytest
import requests

from hoiio_numbers import ApiError, Hoiio, NumberNotYoursError, Registry
from hoiio_numbers.sandbox import Sandbox, openapi
from hoiio_numbers.sandbox.http import LONGEST_BODY

CROWD = 250  # connections of one process: each has two ends here, and 1,024 files may be open


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with Sandbox() as sandbox:
        yield sandbox


def connected(sandbox: Sandbox, sent: bytes = b"") -> socket.socket:
    connection = socket.create_connection(("127.0.0.1", urlsplit(sandbox.base_url).port or 0), timeout=10)
    connection.sendall(sent)
    return connection


def still_serves(sandbox: Sandbox) -> bool:
    with Hoiio(**sandbox.settings) as hoiio:
        return hoiio.number.rate("SG").entries_count == 3


MALFORMED = {
    "no HTTP": b"hello\r\n\r\n",
    "no version": b"GET /open/number/get_rates\r\n\r\n",
    "another version": b"GET / HTTP/9.9\r\n\r\n",
    "bytes": bytes(range(256)) + b"\r\n\r\n",
    "a header without a name": b"GET / HTTP/1.1\r\n: x\r\n\r\n",
    "a header without an end": b"GET / HTTP/1.1\r\nX: " + b"x" * 200_000,
    "a body of no length": b"POST /open/number/get_rates HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n",
    "two lengths": b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab",
    "a chunk of no size": b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
    "TLS": bytes.fromhex("16030100c8010000c40303") + b"\x00" * 190,
}


@pytest.mark.parametrize("sent", MALFORMED.values(), ids=MALFORMED)
def test_malformed_requests_are_refused_and_forgotten(sandbox: Sandbox, sent: bytes) -> None:
    with connected(sandbox) as connection:
        try:
            connection.sendall(sent)
            answer = connection.recv(65_536)
        except ConnectionError:
            answer = b""
        assert answer == b"" or answer.startswith(b"HTTP/1.1 4")
    assert still_serves(sandbox)


@pytest.mark.parametrize("length", [LONGEST_BODY + 1, 20_000_000])
def test_a_body_that_is_too_long_is_not_kept(sandbox: Sandbox, length: int) -> None:
    url = f"{sandbox.base_url}number/get_rates"
    answer = requests.post(url, data=b"a=" + b"x" * length, timeout=30).json()
    assert answer == {"status": "error_malformed_params"}
    assert still_serves(sandbox)


def test_a_crowd_of_half_requests_keeps_nobody_waiting(
    sandbox: Sandbox, record_property: Callable[[str, object], None]
) -> None:
    half = b"POST /open/number/get_rates HTTP/1.1\r\nHost: x\r\nContent-Length: 99\r\n\r\napp_id"
    with ExitStack() as crowd:
        for _ in range(CROWD):
            crowd.enter_context(connected(sandbox, half))
            crowd.enter_context(connected(sandbox))
        assert still_serves(sandbox)
    assert still_serves(sandbox)
    record_property("count", f"sandbox: {2 * CROWD} connections at once, half of them within a request; it served on")


CALLS = sorted(openapi.document(Registry.default())["paths"])


@pytest.mark.parametrize("path", CALLS)
def test_no_call_does_anything_with_another_applications_number(sandbox: Sandbox, path: str) -> None:
    mine, theirs = sandbox.add_application(), sandbox.add_application()
    with Hoiio(**sandbox.settings_of(mine)) as hoiio, Hoiio(**sandbox.settings_of(theirs)) as other:
        wanted = next(hoiio.number.iter_available_numbers("HK")).number
        hoiio.number.subscribe(wanted, 1)
        hoiio.number.configure(wanted, forward_to="https://example.com/mine")
        before = (hoiio.number.subscribed_numbers(), sandbox.charges(), sandbox.deliveries())
        parameters = {"number": wanted, "to": wanted, "kind": "call", "from": "+6591234567", "country": "HK"}
        answer: object = None
        with suppress(ApiError):
            answer = other.call(path[1:], {**parameters, "duration": "1", "forward_to": "https://example.com/theirs"})
        assert wanted not in str(answer)
        assert other.number.subscribed_numbers().entries == ()
        assert (hoiio.number.subscribed_numbers(), sandbox.charges(), sandbox.deliveries()) == before


def test_no_reconfiguration_is_of_another_applications_number(sandbox: Sandbox) -> None:
    with Hoiio(**sandbox.settings) as mine, Hoiio(**sandbox.settings_of(sandbox.add_application())) as theirs:
        bought = next(mine.number.iter_available_numbers("HK"))
        mine.number.subscribe(bought, 1)
        with pytest.raises(NumberNotYoursError):
            theirs.number.reconfigure(bought.number, forward_to="https://example.com/theirs")
