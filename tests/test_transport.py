"""One POST: what is repeated and what is not, and that every answer ends in an object or a typed error."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
import requests
from hypothesis import given
from hypothesis import strategies as st
from requests.adapters import HTTPAdapter
from scripted import DROPPED, HANGS, Certificate, Reply, Server, certificate_in, ok, refusal
from urllib3.util import Retry

from hoiio_numbers import (
    ApiError,
    CredentialsError,
    Hoiio,
    HoiioError,
    OutcomeUnknownError,
    ParameterError,
    RateLimitError,
    ServerError,
    TransportError,
    UnexpectedAnswerError,
    transport,
)
from hoiio_numbers.statuses import STATUSES

NUMBER = "+6561234567"
RATES = ok(currency="SGD", entries=[{"duration": "1", "rate": "0.020"}])
BUSY = refusal("error_rate_limit_exceeded")
GATEWAY = Reply(b"<html>Bad gateway</html>", 502)


@pytest.fixture(autouse=True)
def _no_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    """Back-off is measured by what it asks for, in its own test."""
    monkeypatch.setattr(transport, "FIRST_PAUSE", 0.0)


@contextmanager
def api(*script: Reply, timeout: float = 30) -> Iterator[tuple[Hoiio, Server]]:
    with Server(*script) as server, Hoiio("an-app", "a-token", base_url=server.base_url, timeout=timeout) as hoiio:
        yield hoiio, server


# -- what is sent ------------------------------------------------------------------------------------------------------


def test_a_call_is_a_form_in_a_post_with_the_credentials_in_it() -> None:
    with api(ok(debit="4", currency="SGD", expiry="2026-12-31")) as (hoiio, server):
        hoiio.number.subscribe("+65 6123-4567", 1)
    (sent,) = server.received
    assert (sent.method, sent.path) == ("POST", "/open/number/subscribe")
    assert sent.headers["Content-Type"] == "application/x-www-form-urlencoded"
    assert sent.form == {
        "app_id": ["an-app"],
        "access_token": ["a-token"],
        "number": ["+6561234567"],
        "duration": ["1"],
    }


def test_text_that_is_no_unicode_is_sent_escaped() -> None:
    with api(refusal("error_mode_invalid")) as (hoiio, server), pytest.raises(ParameterError):
        hoiio.number.configure(NUMBER, forward_to="https://example.com/", mode="\udc00", preflight=False)
    assert server.received[0].form["mode"] == ["\\udc00"]


# -- what is repeated --------------------------------------------------------------------------------------------------

PASSING = {
    "dropped": DROPPED,
    "half an answer": Reply(b'{"status": "success_ok"}', sent_bytes=7),
    "a gateway": GATEWAY,
    "HTTP 429": Reply(b"slow down", 429),
    "too many": BUSY,
    "internal": refusal("error_internal_server_error", 500),
    "a timeout": Reply(b"", 408),
}


@pytest.mark.parametrize("trouble", PASSING.values(), ids=PASSING)
def test_reads_and_configure_are_repeated(trouble: Reply) -> None:
    with api(trouble, trouble, RATES, trouble, ok()) as (hoiio, server):
        assert str(hoiio.number.rate("SG").entries[0].rate) == "0.020"
        hoiio.number.configure(NUMBER, forward_to="https://example.com/")
    assert server.paths == ["POST number/get_rates"] * 3 + ["POST number/update_forwarding"] * 2
    assert server.received[0].form == server.received[2].form


@pytest.mark.parametrize("trouble", PASSING.values(), ids=PASSING)
def test_a_purchase_goes_out_once_whatever_comes(trouble: Reply) -> None:
    with api(trouble) as (hoiio, server), pytest.raises(HoiioError) as caught:
        hoiio.number.subscribe(NUMBER, 1)
    assert server.paths == ["POST number/subscribe"]
    refused = trouble in (BUSY, PASSING["HTTP 429"])
    assert isinstance(caught.value, RateLimitError if refused else OutcomeUnknownError)


@pytest.mark.parametrize(
    "body",
    [
        b"<html>",
        b'{"status": "success_ok", "debit": []}',
        b'{"status": "success_ok", "debit": 1e9999999999999999999}',
        b'"success_ok"',
    ],
)
def test_a_purchase_whose_answer_cannot_be_understood_may_have_been_made(body: bytes) -> None:
    with api(Reply(body)) as (hoiio, _), pytest.raises(OutcomeUnknownError) as caught:
        hoiio.number.subscribe(NUMBER, "auto_extend")
    assert (caught.value.number, caught.value.duration, caught.value.before) == (NUMBER, "auto_extend", None)
    assert not caught.value.should_retry
    assert str(caught.value).startswith(f"It is not known whether {NUMBER} was subscribed to (auto_extend): ")


def test_a_purchase_that_redirects_is_not_followed_and_may_have_been_made() -> None:
    with api(Reply(b"", 307, {"Location": "/open/number/subscribe"})) as (hoiio, server):
        with pytest.raises(OutcomeUnknownError):
            hoiio.number.subscribe(NUMBER, 1)
        assert len(server.received) == 1


def test_a_purchase_has_a_new_connection_and_other_calls_share_one() -> None:
    bought = ok(debit="4", currency="SGD", expiry="2026-12-31")
    with api(RATES, RATES, bought, bought, RATES) as (hoiio, server):
        hoiio.number.rate("SG")
        hoiio.number.rate("SG")
        hoiio.number.subscribe(NUMBER, 1)
        hoiio.number.subscribe(NUMBER, 1)
        hoiio.number.rate("SG")
    rates, bought_on = [{it.peer for it in server.received if name in it.path} for name in ("get_rates", "subscribe")]
    assert (len(rates), len(bought_on), len(rates | bought_on)) == (1, 2, 3)


class Adapter(HTTPAdapter):
    """One that a user made, which knows more than its parent."""

    def __init__(self, name: str) -> None:
        self.name = name
        super().__init__(max_retries=Retry(5, allowed_methods=None, status_forcelist=[500, 502], backoff_factor=0))

    def init_poolmanager(self, connections: int, maxsize: int, block: bool = False, **options: Any) -> None:
        assert self.name
        super().init_poolmanager(connections, maxsize, block, **options)


def test_not_even_a_session_that_repeats_everything_repeats_a_purchase() -> None:
    session = requests.Session()
    session.mount("http://", Adapter("mine"))
    session.headers["X-Mine"] = "yes"
    with Server(GATEWAY) as server:
        hoiio = Hoiio("an-app", "a-token", base_url=server.base_url, session=session)
        with pytest.raises(OutcomeUnknownError):
            hoiio.number.subscribe(NUMBER, 1)
        assert server.paths == ["POST number/subscribe"]
        assert server.received[0].headers["X-Mine"] == "yes"


def test_a_session_that_is_given_stays_open_and_its_own_adapters_serve() -> None:
    answers = []

    class InProcess(requests.adapters.BaseAdapter):
        def send(self, request: requests.PreparedRequest, **_options: object) -> requests.Response:  # type: ignore[override]
            response = requests.Response()
            response.status_code = 200
            response._content = RATES.body if "rates" in str(request.url) else ok(debit=1).body  # noqa: SLF001
            answers.append(request.url)
            return response

        def close(self) -> None:
            answers.append("closed")

    session = requests.Session()
    session.mount("http://", InProcess())
    with Hoiio("an-app", "a-token", base_url="http://nowhere.example/open", session=session) as hoiio:
        hoiio.number.rate("SG")
        assert str(hoiio.number.subscribe(NUMBER, 1).debit) == "1"
    assert answers == [f"http://nowhere.example/open/number/{verb}" for verb in ("get_rates", "subscribe")]


@pytest.mark.parametrize(
    "raised",
    [
        ConnectionResetError(104, "reset"),
        TimeoutError("late"),
        ValueError("odd"),
        requests.JSONDecodeError("odd", "", 0),
    ],
)
def test_what_an_adapter_of_ones_own_raises_is_no_word_that_nothing_was_sent(raised: Exception) -> None:
    class Failing(requests.adapters.BaseAdapter):
        def send(self, *_arguments: object, **_options: object) -> requests.Response:
            raise raised

        def close(self) -> None:
            """Nothing is open."""

    session = requests.Session()
    session.mount("http://", Failing())
    hoiio = Hoiio("an-app", "a-token", base_url="http://nowhere.example/open", session=session)
    with pytest.raises(OutcomeUnknownError):
        hoiio.number.subscribe(NUMBER, 1)
    with pytest.raises(TransportError) as caught:
        hoiio.number.rate("SG", timeout=0.1)
    assert caught.value.sent


def test_what_cannot_succeed_later_is_not_repeated() -> None:
    with api(refusal("error_invalid_access_token", 401)) as (hoiio, server), pytest.raises(CredentialsError) as caught:
        hoiio.number.subscribed_numbers()
    assert len(server.received) == 1
    error = caught.value
    assert (error.http_status, error.api_status, error.endpoint) == (
        401,
        "error_invalid_access_token",
        "number/get_active",
    )
    assert (error.should_retry, error.retry_after) == (False, None)
    assert json.loads(error.body) == {"status": "error_invalid_access_token"}
    assert str(error) == ("number/get_active: the access_token is not one of this app_id [error_invalid_access_token]")


def test_attempts_are_counted_and_end() -> None:
    with api(DROPPED) as (hoiio, server), pytest.raises(TransportError) as caught:
        hoiio.number.rate("SG")
    assert len(server.received) == caught.value.attempts == transport.ATTEMPTS
    assert caught.value.sent
    assert str(caught.value).startswith("number/get_rates: no answer came, tried 5 times: ")


# -- time --------------------------------------------------------------------------------------------------------------


def test_pauses_double_up_to_a_cap_and_are_jittered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.undo()
    spans: list[float] = []
    pauses: list[float] = []

    def least(low: float, high: float) -> float:
        spans.append(high)
        return low

    monkeypatch.setattr("random.uniform", least)
    monkeypatch.setattr(transport, "sleep", pauses.append)
    monkeypatch.setattr(transport, "ATTEMPTS", 8)
    with api(DROPPED) as (hoiio, server), pytest.raises(TransportError):
        hoiio.number.rate("SG")
    assert spans == [0.5, 1.0, 2.0, 4.0, 8.0, 8.0, 8.0, 8.0]
    assert pauses == [0] * 7
    assert len(server.received) == 8


@pytest.mark.parametrize(("header", "pauses"), [("7", [7]), ("Thu, 01 Jan 2026 00:00:00 GMT", [0]), ("soon", [0.0])])
def test_the_server_says_how_long_to_wait(monkeypatch: pytest.MonkeyPatch, header: str, pauses: list[float]) -> None:
    slept: list[float] = []
    monkeypatch.setattr(transport, "sleep", slept.append)
    with api(refusal("error_rate_limit_exceeded", 429, Retry_After=header), RATES) as (hoiio, _):
        hoiio.number.rate("SG")
    assert slept == pauses


def test_a_wait_past_the_deadline_is_not_waited() -> None:
    with api(refusal("error_rate_limit_exceeded", Retry_After="60")) as (hoiio, server):
        with pytest.raises(RateLimitError) as caught:
            hoiio.number.rate("SG")
        assert (caught.value.retry_after, len(server.received)) == (60, 1)


@pytest.mark.parametrize("call", ["rate", "subscribe"])
def test_a_server_that_says_nothing_is_given_up(call: str) -> None:
    with api(HANGS, timeout=0.2) as (hoiio, server):
        if call == "rate":
            with pytest.raises(TransportError) as silent:
                hoiio.number.rate("SG")
            assert silent.value.sent
        else:
            with pytest.raises(OutcomeUnknownError):
                hoiio.number.subscribe(NUMBER, 1, timeout=0.1)
        assert len(server.received) == 1


def test_a_call_may_have_a_time_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(transport, "ATTEMPT_SECONDS", 0.05)
    with api(HANGS, timeout=3600) as (hoiio, server):
        with pytest.raises(TransportError) as caught:
            hoiio.number.rate("SG", timeout=0.12)
        assert 2 <= caught.value.attempts <= 3
        assert 1 <= len(server.received) <= 3  # the last attempt may have no time left to arrive


def test_a_pause_that_took_all_the_time_leaves_an_error_that_says_what_the_network_said(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    clock = iter([0.0, 0.0, 0.0, 31.0, 31.0])
    monkeypatch.setattr(transport, "monotonic", lambda: next(clock))
    with api(BUSY, HANGS) as (hoiio, _), pytest.raises(TransportError) as caught:
        hoiio.number.rate("SG")
    assert caught.value.attempts == 2
    assert "timed out" in str(caught.value)


def test_any_other_call_has_the_clients_time() -> None:
    with api(HANGS, timeout=0.2) as (hoiio, server), pytest.raises(TransportError) as caught:
        hoiio.call("user/get_balance", {})
    assert (caught.value.attempts, [it.path for it in server.received]) == (1, ["/open/user/get_balance"])


# -- what never left ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "base_url",
    ["http://127.0.0.1:1/open/", "http://nowhere.invalid/", "http://a..b.example/", f"http://{'a' * 64}.example"],
)
def test_a_purchase_that_never_left_is_no_riddle(base_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("hoiio_numbers.client._base_url", lambda url: url)  # two of these are refused before
    hoiio = Hoiio("an-app", "a-token", base_url=base_url)
    with pytest.raises(TransportError) as caught:
        hoiio.number.subscribe(NUMBER, 1)
    assert (caught.value.sent, caught.value.attempts) == (False, 1)


@pytest.mark.parametrize(
    ("variable", "value"), [("REQUESTS_CA_BUNDLE", "/nowhere.pem"), ("HTTPS_PROXY", "http://127.0.0.1:1")]
)
def test_the_environment_of_requests_counts(monkeypatch: pytest.MonkeyPatch, variable: str, value: str) -> None:
    monkeypatch.setenv(variable, value)
    with pytest.raises(TransportError) as caught:
        Hoiio("an-app", "a-token", base_url="https://127.0.0.2:1/").number.subscribe(NUMBER, 1)
    assert not caught.value.sent


def test_a_proxy_of_the_environment_is_used(monkeypatch: pytest.MonkeyPatch) -> None:
    with Server(RATES) as proxy:
        monkeypatch.setenv("HTTP_PROXY", proxy.base_url)
        Hoiio("an-app", "a-token", base_url="http://api.example/open/").number.rate("SG")
        assert proxy.received[0].path == "http://api.example/open/number/get_rates"


def test_a_host_without_a_proxy_is_called_directly(monkeypatch: pytest.MonkeyPatch) -> None:
    with Server(RATES) as server:
        monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
        monkeypatch.setenv("NO_PROXY", "127.0.0.1")
        Hoiio("an-app", "a-token", base_url=server.base_url).number.rate("SG")
        assert len(server.received) == 1


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Certificate:
    return certificate_in(tmp_path_factory.mktemp("tls"))


def test_a_certificate_that_nobody_vouches_for_gets_nothing_unless_it_is_trusted(
    certificate: Certificate, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Server(ok(debit="4")) as server:
        server.secure(certificate)
        hoiio = Hoiio("an-app", "a-token", base_url=server.base_url)
        with pytest.raises(TransportError, match="certificate verify failed") as caught:
            hoiio.number.subscribe(NUMBER, 1)
        assert not caught.value.sent
        assert server.received == []
        monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(certificate.public))
        with Hoiio("an-app", "a-token", base_url=server.base_url) as trusting:
            assert str(trusting.number.subscribe(NUMBER, 1).debit) == "4"


# -- every answer ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", [*STATUSES, "error_country_param_missing", "error_that_is_new"])
@pytest.mark.parametrize("http_status", [200, 400])
def test_every_status_has_an_error_that_says_what_to_do(name: str, http_status: int) -> None:
    known = STATUSES.get(name)
    kind = known.error if known else ParameterError if name.endswith("missing") else ApiError
    retried = bool(known and known.should_retry)
    with api(refusal(name, http_status)) as (hoiio, server), pytest.raises(ApiError) as caught:
        hoiio.number.rate("SG")
    error = caught.value
    assert type(error) is kind
    assert (error.api_status, error.http_status, error.should_retry) == (name, http_status, retried)
    assert len(server.received) == (transport.ATTEMPTS if retried else 1)
    assert error.meaning[0].islower()
    assert error.hint.endswith(".")


@pytest.mark.parametrize(
    ("name", "kind"), [("error_that_is_new", ServerError), ("error_insufficient_credit", ApiError)]
)
def test_a_failure_with_a_status_that_is_new_is_no_refusal(name: str, kind: type[ApiError]) -> None:
    with api(refusal(name, 503)) as (hoiio, server):
        with pytest.raises(kind) as caught:
            hoiio.number.rate("SG")
        assert (caught.value.api_status, caught.value.should_retry) == (name, kind is ServerError)
        assert len(server.received) == (transport.ATTEMPTS if kind is ServerError else 1)
        with pytest.raises(OutcomeUnknownError if kind is ServerError else kind):
            hoiio.number.subscribe(NUMBER, 1)


STRANGE = {
    "nothing": b"",
    "a page": b"<html>Welcome to the hotel Wi-Fi</html>",
    "half a document": b'{"status": "succ',
    "a list": b'["success_ok"]',
    "a text": b'"success_ok"',
    "null": b"null",
    "no status": b'{"entries": []}',
    "a status that is no error": b'{"status": "success_soon"}',
    "a status of another type": b'{"status": ["success_ok"]}',
    "entries of another type": b'{"status": "success_ok", "entries": {"duration": 1}}',
    "an entry of another type": b'{"status": "success_ok", "entries": [7]}',
    "an entry without its rate": b'{"status": "success_ok", "entries": [{"duration": 1}]}',
    "a rate that is no amount": b'{"status": "success_ok", "entries": [{"duration": 1, "rate": "much"}]}',
    "a number beyond all": b'{"status": "success_ok", "entries": [{"duration": 1, "rate": 1e9999999999999999999}]}',
    "a rate without end": b'{"status": "success_ok", "entries": [{"duration": 1, "rate": Infinity}]}',
    "a rate that is no number": b'{"status": "success_ok", "entries": [{"duration": 1, "rate": "NaN"}]}',
    "bytes": b"\xff\xfe\x00",
    "too deep": b'{"status":' + b"[" * 100_000,
    "a number too long to read": b'{"status": ' + b"9" * 5000 + b"}",
}


@pytest.mark.parametrize("body", STRANGE.values(), ids=STRANGE)
@pytest.mark.parametrize("http_status", [200, 403, 503])
def test_any_body_ends_in_a_typed_error(body: bytes, http_status: int) -> None:
    with api(Reply(body, http_status)) as (hoiio, server), pytest.raises(ApiError) as caught:
        hoiio.number.rate("SG")
    expected = {200: UnexpectedAnswerError, 403: ApiError, 503: ServerError}[http_status]
    assert type(caught.value) is expected
    assert len(server.received) == (transport.ATTEMPTS if http_status == 503 else 1)
    assert len(str(caught.value)) < 300


@pytest.fixture(scope="module")
def echo() -> Iterator[Server]:
    with Server(RATES) as server:
        yield server


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text() | st.sampled_from(["status", "entries", "rate"]), inner),
)


@pytest.mark.untraced
@given(body=st.binary() | JSON.map(lambda value: json.dumps(value).encode()))
def test_generated_bodies_end_in_a_typed_error_too(echo: Server, body: bytes) -> None:
    echo.script[:] = [Reply(body)]
    with pytest.raises(UnexpectedAnswerError):
        Hoiio("an-app", "a-token", base_url=echo.base_url).number.rate("SG")


def test_a_success_that_http_calls_a_failure_is_none() -> None:
    with api(Reply(RATES.body, 404)) as (hoiio, _), pytest.raises(ApiError) as caught:
        hoiio.number.rate("SG")
    assert (caught.value.http_status, caught.value.api_status) == (404, "success_ok")


def test_a_byte_order_mark_is_no_trouble() -> None:
    with api(Reply(b"\xef\xbb\xbf" + RATES.body)) as (hoiio, _):
        assert hoiio.number.rate("SG").currency == "SGD"


def test_many_threads_share_a_client() -> None:
    with api(RATES) as (hoiio, server):
        failures: list[BaseException] = []

        def ask() -> None:
            try:
                for _ in range(5):
                    assert hoiio.number.rate("SG").currency == "SGD"
            except BaseException as error:
                failures.append(error)

        threads = [threading.Thread(target=ask) for _ in range(32)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert failures == []
        assert len(server.received) == 160
        assert all(it.form["access_token"] == ["a-token"] for it in server.received)
