"""The credentials appear in no URL, log record, repr, exception or warning: looked for everywhere at once."""

import logging
import pickle
import traceback
from collections.abc import Callable, Iterator

import pytest
from scripted import DROPPED, Reply, Server, ok, refusal

from hoiio_numbers import Hoiio, HoiioError, transport

APP_ID, TOKEN = "canary-app/id+1", "canary token&é"
ESCAPED = ("canary-app", "canary+token", "canary%20token", "canary token")


def _has_secret(text: str) -> bool:
    return any(secret in text for secret in (APP_ID, TOKEN, *ESCAPED))


@pytest.fixture
def logged(caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch) -> Iterator[pytest.LogCaptureFixture]:
    """Every logger at DEBUG, those of requests and urllib3 among them."""
    monkeypatch.setattr(transport, "FIRST_PAUSE", 0.0)
    for name in ("urllib3", "requests", "hoiio_numbers"):
        monkeypatch.setattr(logging.getLogger(name), "level", logging.DEBUG)
    with caplog.at_level(logging.DEBUG):
        yield caplog


ECHO = f'{{"status": "error_{TOKEN}", "seen": "{APP_ID}&{TOKEN}"}}'.encode()
SCRIPTS = {
    "an answer": ok(entries=[]),
    "a refusal": refusal("error_invalid_access_token"),
    "an echo": Reply(ECHO),
    "an echo on a page": Reply(b"<html>" + ECHO + b"canary+token%26%C3%A9</html>", 502),
    "an echo in an answer": Reply(ECHO.replace(b"error_", b"success_")),
    "nothing": DROPPED,
    "elsewhere": Reply(b"", 307, {"Location": f"http://127.0.0.1:1/?access_token={TOKEN}"}),
}


@pytest.mark.parametrize("reply", SCRIPTS.values(), ids=SCRIPTS)
@pytest.mark.parametrize(
    "call",
    [lambda it: it.number.rate("SG"), lambda it: it.number.subscribe("+6561234567", 1)],
    ids=["a read", "a purchase"],
)
def test_no_secret_gets_out(logged: pytest.LogCaptureFixture, reply: Reply, call: Callable[[Hoiio], object]) -> None:
    with Server(reply) as server, Hoiio(APP_ID, TOKEN, base_url=server.base_url) as hoiio:
        seen = [repr(hoiio), repr(hoiio.number)]
        try:
            seen.append(repr(call(hoiio)))
        except HoiioError as error:
            chain: list[BaseException] = [error]
            while below := chain[-1].__cause__ or chain[-1].__context__:
                chain.append(below)
            for raised in chain:
                seen += [str(raised), repr(raised), repr(vars(raised))]
                assert isinstance(raised, HoiioError)  # those of requests hold the request itself
            seen += traceback.format_exception(error)
            seen.append(repr(pickle.dumps([str(it) for it in chain])))
        assert server.received[0].form["access_token"] == [TOKEN]
        assert all("access_token" not in it.path for it in server.received)
    seen += [f"{record.getMessage()} {record.args}" for record in logged.records]
    assert any("urllib3" in record.name for record in logged.records)
    assert not [text for text in seen if _has_secret(text)]
