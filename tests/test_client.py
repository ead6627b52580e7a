"""The client, beside a server that remembers what it was sent."""

import copy
import json
import math
import pickle
import re
from collections.abc import Callable, Iterator
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from scripted import Reply, Server, ok

from hoiio_numbers import (
    KEEP,
    RULES,
    AvailableNumber,
    Checker,
    Hoiio,
    InvalidRequestError,
    NumberNotYoursError,
    OutcomeUnknownError,
    ParameterError,
    Registry,
    Service,
    Severity,
    SubscribedNumber,
    UnexpectedAnswerError,
    client,
)
from hoiio_numbers.sandbox import Sandbox

URL = "https://example.com/calls"
SMS_URL = "https://example.com/sms"
HELD = {
    "number": "+6561234567",
    "forward_to": "https://user:secret@example.com/fax",
    "forward_sms_to": None,
    "mode": "fax",
    "expiry": "2012-12-31",
    "auto_extend_status": "enabled",
    "country": "SG",
    "state": "",
    "capabilities": ["VOICE", "FAX"],
}


@pytest.fixture
def server() -> Iterator[Server]:
    with Server(ok()) as server:
        yield server


@pytest.fixture
def hoiio(server: Server) -> Iterator[Hoiio]:
    with Hoiio("an-app", "a-token", base_url=server.base_url) as hoiio:
        yield hoiio


def sent(server: Server, number: int = -1) -> dict[str, str]:
    """The form of a request, without the credentials."""
    form = {name: values[0] for name, values in server.received[number].form.items()}
    return {name: value for name, value in form.items() if name not in {"app_id", "access_token"}}


# -- what is refused ---------------------------------------------------------------------------------------------------

Call = Callable[[Hoiio], object]
REFUSED: list[tuple[str, Call]] = [
    ("number.missing", lambda it: it.number.configure("", forward_to=URL)),
    ("number.malformed", lambda it: it.number.configure("+1800FLOWERS", forward_to=URL)),
    ("number.malformed", lambda it: it.number.reconfigure("6123 4567", forward_to=URL)),
    ("number.impossible", lambda it: it.number.configure("+651", forward_to=URL)),
    ("country.unsupported", lambda it: it.number.configure("+442079460000", forward_to=URL)),
    ("mode.unknown", lambda it: it.number.configure("+6561234567", forward_to=URL, mode="telex")),
    ("service.conflict", lambda it: it.number.configure("+6561234567", forward_to=URL, mode=["voice", "fax"])),
    ("service.unsupported", lambda it: it.number.configure("+6561234567", forward_sms_to=URL)),
    ("url.malformed", lambda it: it.number.configure("+6561234567", forward_to="example.com")),
    ("url.too_long", lambda it: it.number.configure("+6561234567", forward_to=f"{URL}?{'x' * 4000}")),
    ("request.empty", lambda it: it.number.configure("+6561234567")),
    ("number.missing", lambda it: it.number.subscribe(" ", 1)),
    ("number.malformed", lambda it: it.number.subscribe("6561234567", 1)),
    ("number.impossible", lambda it: it.number.subscribe("+651", 1)),
    ("country.unsupported", lambda it: it.number.subscribe("+442079460000", 1)),
    ("duration.missing", lambda it: it.number.subscribe("+6561234567", "")),
    ("duration.unknown", lambda it: it.number.subscribe("+6561234567", 2)),
    ("country.missing", lambda it: it.number.rate("")),
    ("country.unknown", lambda it: it.number.rate("UK")),
    ("country.unsupported", lambda it: it.number.rate("GB")),
    ("country.missing", lambda it: it.number.available_numbers("")),
    ("country.unknown", lambda it: it.number.available_numbers("Singapore")),
    ("country.unsupported", lambda it: it.number.available_numbers("FR")),
    ("state.required", lambda it: it.number.available_numbers("US")),
    ("state.required", lambda it: it.number.iter_available_numbers("US")),
    ("state.unknown", lambda it: it.number.available_numbers("US", "ZZ")),
    ("page.invalid", lambda it: it.number.available_numbers("SG", page=0)),
]
UNREACHABLE = {
    "country.mismatch": "no call is given a number and a country",
    "parameter.unknown": "Python refuses a misspelt keyword itself",
}


@pytest.mark.parametrize(("code", "call"), REFUSED, ids=lambda value: value if isinstance(value, str) else "")
def test_a_refused_call_sends_nothing(hoiio: Hoiio, server: Server, code: str, call: Call) -> None:
    with pytest.raises(InvalidRequestError) as caught:
        call(hoiio)
    assert code in [error.code for error in caught.value.report.errors]
    assert isinstance(caught.value, ValueError)
    assert server.received == []


def test_every_error_code_was_tried(record_property: Callable[[str, object], None]) -> None:
    errors = {code for code, rule in RULES.items() if rule.severity is Severity.ERROR}
    assert {code for code, _ in REFUSED} == errors - set(UNREACHABLE)
    record_property("count", f"client: {len(REFUSED)} refused calls of {len(errors)} error codes sent 0 requests")


@pytest.mark.parametrize(
    ("call", "form"),
    [
        (
            lambda number: number.configure("+6561234567", forward_sms_to=URL, mode=["fax", "telex"], preflight=False),
            {"number": "+6561234567", "forward_sms_to": URL, "mode": "fax,telex"},
        ),
        (lambda number: number.configure(" new ", preflight=False), {"number": "new"}),
        (lambda number: number.configure(None, preflight=False), {"number": ""}),
        (lambda number: number.rate("xx", preflight=False), {"country": "xx"}),
        (lambda number: number.rate(None, preflight=False), {"country": ""}),
        (
            lambda number: number.available_numbers("FR", "fr-idf", page=0, preflight=False),
            {"country": "FR", "state": "IDF", "page": "0"},
        ),
        (
            lambda number: [*number.iter_available_numbers("FR", preflight=False)] == [],
            {"country": "FR", "page": "1"},
        ),
        (
            lambda number: number.subscribe("+6561234567", 2, preflight=False),
            {"number": "+6561234567", "duration": "2"},
        ),
    ],
)
def test_without_preflight_it_is_sent_as_it_was_given(
    hoiio: Hoiio, server: Server, call: Callable[[Any], Any], form: dict[str, str]
) -> None:
    assert call(hoiio.number)
    assert sent(server) == form


def test_what_was_refused_and_sent_is_in_the_report(hoiio: Hoiio) -> None:
    done = hoiio.number.configure("+6561234567", forward_sms_to=SMS_URL, preflight=False)
    assert [error.code for error in done.report.errors] == ["service.unsupported"]


# -- what is sent ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("call", "form"),
    [
        (lambda number: number.available_countries(), {}),
        (lambda number: number.available_numbers("us", "us-al", page="2"), {
            "country": "US", "state": "AL", "page": "2",
        }),
        (lambda number: number.available_numbers(" sg "), {"country": "SG"}),
        (lambda number: number.available_numbers("cx"), {"country": "AU"}),
        (lambda number: number.rate("sg"), {"country": "SG"}),
        (lambda number: number.subscribe("+65 6123-4567", " 12 "), {"number": "+6561234567", "duration": "12"}),
        (lambda number: number.configure("+6561234567", forward_to=f" {URL} ", mode=" FAX "), {
            "number": "+6561234567", "forward_to": URL, "mode": "fax",
        }),
        (lambda number: number.configure("+6561234567", forward_to=URL, forward_sms_to=" "), {
            "number": "+6561234567", "forward_to": URL,
        }),
        (lambda number: number.subscribed_numbers(), {}),
    ],
)  # fmt: skip
def test_what_was_typed_is_sent_in_its_normal_form(
    hoiio: Hoiio, server: Server, call: Callable[[Any], Any], form: dict[str, str]
) -> None:
    server.script = [ok(entries=[])]
    call(hoiio.number)
    assert sent(server) == form


def test_a_configuration_carries_its_warnings(hoiio: Hoiio) -> None:
    done = hoiio.number.configure("+16001234567", forward_to="http://localhost/")
    assert (done.number, done.forward_to, done.forward_sms_to, done.mode) == (
        "+16001234567",
        "http://localhost/",
        None,
        None,
    )
    assert [warning.code for warning in done.report.warnings] == ["number.unassigned", "url.unreachable"]


# -- what comes back ---------------------------------------------------------------------------------------------------


def test_countries_come_with_or_without_states(hoiio: Hoiio, server: Server) -> None:
    alabama = {"code": "AL", "name": "Alabama", "capability": ["VOICE", "SMS", "TELEX"], "new": 1}
    us = {"code": "US", "name": "USA", "prefix": "1", "states": [alabama]}
    server.script = [
        ok(entries_count="3", entries=[us, {"code": "SG", "prefix": 65, "states": None}, {"code": "HK"}], extra=[1])
    ]
    answer = hoiio.number.available_countries()
    assert (answer.entries_count, answer.others) == (3, {"extra": [1]})
    usa, singapore, hong_kong = answer.entries
    assert [(it.name, it.code, it.prefix) for it in answer.entries] == [
        ("USA", "US", "1"),
        ("SG", "SG", "65"),
        ("HK", "HK", ""),
    ]
    (state,) = usa.states
    assert (state.name, state.code, state.others) == ("Alabama", "AL", {"new": 1})
    assert state.capabilities == frozenset({Service.VOICE, Service.SMS})
    assert singapore.states == hong_kong.states == ()
    assert hong_kong.capabilities is None


@pytest.mark.parametrize("key", ["capability", "capabilities"])
@pytest.mark.parametrize("words", [["VOICE", "fax "], "voice, FAX"])
def test_capabilities_go_by_two_names_and_come_in_two_shapes(
    hoiio: Hoiio, server: Server, key: str, words: object
) -> None:
    server.script = [ok(total_entries_count="21", entries_count=1, entries=[{"number": "+6561234567", key: words}])]
    answer = hoiio.number.available_numbers("SG")
    assert (answer.total_entries_count, answer.entries_count) == (21, 1)
    assert answer.entries == (
        AvailableNumber(number="+6561234567", country="SG", capabilities=frozenset({Service.VOICE, Service.FAX})),
    )


def test_numbers_may_come_bare(hoiio: Hoiio, server: Server) -> None:
    server.script = [ok(entries=["+12055550100"])]
    answer = hoiio.number.available_numbers("US", "AL")
    assert (answer.total_entries_count, answer.entries_count) == (None, 1)
    assert answer.entries == (AvailableNumber(number="+12055550100", country="US", state="AL"),)


@pytest.mark.parametrize("rate", ['"0.10"', "0.10", '" 0.10 "'])
@pytest.mark.parametrize("duration", ['"12"', "12"])
def test_money_is_exact_whether_text_or_number(hoiio: Hoiio, server: Server, rate: str, duration: str) -> None:
    body = f'{{"status": "success_ok", "currency": "SGD", "entries": [{{"duration": {duration}, "rate": {rate}}}]}}'
    server.script = [Reply(body.encode())]
    (entry,) = hoiio.number.rate("SG").entries
    assert (str(entry.rate), entry.duration) == ("0.10", 12)


@pytest.mark.parametrize("duration", ["auto_extend", "٣", "9" * 5000])
def test_a_duration_that_is_no_count_is_kept_as_it_is(hoiio: Hoiio, server: Server, duration: str) -> None:
    server.script = [ok(entries=[{"duration": duration, "rate": 4}])]
    assert hoiio.number.rate("SG").entries[0].duration == duration


@pytest.mark.parametrize(
    "expiry", ["2012-12-31", "2012-12-31 23:59:59", "2012-12-31 23:59:59.5", "2012-12-31T00:00:00Z"]
)
def test_an_expiry_is_a_day_with_or_without_a_time_behind_it(hoiio: Hoiio, server: Server, expiry: str) -> None:
    server.script = [ok(debit="4.00", currency="USD", expiry=expiry)]
    bought = hoiio.number.subscribe("+16001234567", "auto_extend")
    assert (bought.debit, bought.currency, bought.expiry) == (Decimal("4.00"), "USD", date(2012, 12, 31))
    assert (bought.number, bought.duration) == ("+16001234567", "auto_extend")
    assert [warning.code for warning in bought.report.warnings] == ["number.unassigned"]


def test_what_a_purchase_does_not_say_is_none(hoiio: Hoiio) -> None:
    bought = hoiio.number.subscribe("+6561234567", 1)
    assert (bought.debit, bought.currency, bought.expiry) == (None, None, None)


@pytest.mark.parametrize("unset", [{"forward_sms_to": ""}, {"forward_sms_to": None}, {}])
def test_a_url_that_is_not_set_is_none(hoiio: Hoiio, server: Server, unset: dict[str, None]) -> None:
    held = {name: value for name, value in HELD.items() if name != "forward_sms_to"}
    server.script = [ok(entries_count="1", entries=[{**held, **unset}])]
    (number,) = hoiio.number.subscribed_numbers().entries
    assert number == SubscribedNumber(
        number="+6561234567",
        country="SG",
        capabilities=frozenset({Service.VOICE, Service.FAX}),
        forward_to="https://user:secret@example.com/fax",
        mode="fax",
        expiry=date(2012, 12, 31),
        auto_extend_status="enabled",
    )
    assert number.auto_extends


@pytest.mark.parametrize("status", ["disabled", None])
def test_a_number_that_does_not_extend_itself(status: str | None) -> None:
    assert not SubscribedNumber(number="+6561234567", auto_extend_status=status).auto_extends


WRONG = [
    ({"entries_count": "many"}, "entries_count of the answer is 'many', not a count"),
    ({"entries_count": "9" * 5000}, f"entries_count of the answer is '{'9' * 59}…', not a count"),
    ({"entries_count": -1}, "entries_count of the answer is '-1', not a count"),
    ({"entries_count": True}, "entries_count of the answer is 'True', not text"),
    ({"entries": "none"}, "entries of the answer is 'none', not a list"),
    ({"entries": [{"number": "+6561234567"}, None]}, "entries[1] is null, not an object"),
    ({"entries": [{"forward_to": URL}]}, "entries[0] has no number"),
    ({}, "the answer has no entries"),
    ({"entries": [{**HELD, "expiry": "soon"}]}, "expiry of entries[0] is 'soon', not a date"),
    (
        {"entries": [{**HELD, "capabilities": {"voice": True}}]},
        "capabilities of entries[0] is an object, not a list of words",
    ),
    ({"entries": [{**HELD, "capabilities": [1]}]}, "capabilities of entries[0] is a list, not a list of words"),
    ({"entries": [{**HELD, "mode": ["fax"]}]}, "mode of entries[0] is a list, not text"),
]


@pytest.mark.parametrize(("fields", "meaning"), WRONG)
def test_an_answer_of_other_types_is_an_error_that_names_the_place(
    hoiio: Hoiio, server: Server, fields: dict[str, Any], meaning: str
) -> None:
    server.script = [ok(**fields)]
    with pytest.raises(UnexpectedAnswerError) as caught:
        hoiio.number.subscribed_numbers()
    assert caught.value.meaning == meaning


@pytest.mark.parametrize("debit", [True, [], "4,00"])
def test_an_amount_that_is_none_leaves_a_purchase_unknown(hoiio: Hoiio, server: Server, debit: object) -> None:
    server.script = [ok(debit=debit)]
    with pytest.raises(OutcomeUnknownError, match="not an amount"):
        hoiio.number.subscribe("+6561234567", 1)


def test_no_repr_holds_the_password_of_a_url(hoiio: Hoiio, server: Server) -> None:
    server.script = [ok(entries=[HELD]), ok(entries=[HELD]), ok(), ok()]
    listed = hoiio.number.subscribed_numbers()
    changed = hoiio.number.reconfigure(listed.entries[0], mode="voice")
    done = hoiio.number.configure("+6561234567", forward_to=HELD["forward_to"])  # type: ignore[arg-type]
    for result in (listed, changed, done):
        assert "https://***@example.com/fax" in repr(result)
        assert "secret" not in repr(result)


def test_answers_can_be_copied_and_stored(hoiio: Hoiio, server: Server) -> None:
    server.script = [ok(entries=[HELD], new={"a": 1})]
    answer = hoiio.number.subscribed_numbers()
    assert pickle.loads(pickle.dumps(answer)) == copy.deepcopy(answer) == answer  # noqa: S301 - our own bytes
    assert len({*answer.entries, *answer.entries}) == 1


# -- numbers that the API listed ---------------------------------------------------------------------------------------


def test_a_listed_number_is_not_doubted(hoiio: Hoiio, server: Server) -> None:
    british = AvailableNumber(number="+442079460000", country="GB", capabilities=frozenset({Service.SMS}))
    done = hoiio.number.configure(british, forward_sms_to=SMS_URL)
    assert done.report.violations == ()
    assert hoiio.number.subscribe(british, 1).report.violations == ()
    assert sent(server) == {"number": "+442079460000", "duration": "1"}
    with pytest.raises(InvalidRequestError) as caught:
        hoiio.number.configure(british, forward_to=URL)
    assert [error.code for error in caught.value.report.errors] == ["service.unsupported"]


def test_what_was_known_of_a_listed_number_is_in_the_riddle(hoiio: Hoiio, server: Server) -> None:
    server.script = [Reply(b"", 502)]
    held = SubscribedNumber(number="+6561234567", expiry=date(2012, 12, 31))
    with pytest.raises(OutcomeUnknownError) as caught:
        hoiio.number.subscribe(held, 1)
    assert caught.value.before is held


# -- pages -------------------------------------------------------------------------------------------------------------


def _page(first: int, count: int, total: int | None = None) -> Reply:
    total_given = {} if total is None else {"total_entries_count": str(total)}
    return ok(entries=[{"number": f"+65{61230000 + n}"} for n in range(first, first + count)], **total_given)


@pytest.mark.parametrize(
    ("pages", "numbers", "requests"),
    [
        ([_page(0, 20, 45), _page(20, 20, 45), _page(40, 5, 45)], 45, 3),
        ([_page(0, 20), _page(20, 5), _page(0, 0)], 25, 3),
        ([_page(0, 0, 0)], 0, 1),
        ([_page(0, 20, 40), _page(0, 20, 40)], 20, 2),
        ([_page(0, 20, 45), _page(10, 20, 45), _page(30, 15, 45)], 45, 3),
        ([_page(0, 20, 7), _page(20, 20, 7), _page(0, 0, 7)], 40, 3),
        ([ok()], 0, 1),
    ],
)
def test_all_numbers_come_once_and_the_pages_end(
    hoiio: Hoiio, server: Server, pages: list[Reply], numbers: int, requests: int
) -> None:
    server.script = [*pages, _page(0, 0)]
    found = [entry.number for entry in hoiio.number.iter_available_numbers("SG")]
    assert (len(found), len(set(found)), len(server.received)) == (numbers, numbers, requests)
    assert [sent(server, number)["page"] for number in range(requests)] == [str(page + 1) for page in range(requests)]


def test_a_page_is_asked_for_when_it_is_needed(hoiio: Hoiio, server: Server) -> None:
    server.script = [_page(0, 20, 45), _page(20, 20, 45)]
    numbers = hoiio.number.iter_available_numbers("SG")
    assert len(server.received) == 0
    assert [next(numbers).number for _ in range(20)][-1] == "+6561230019"
    assert len(server.received) == 1


def test_a_server_that_makes_up_numbers_for_ever_is_found_out(
    hoiio: Hoiio, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(client, "MOST_PAGES", 30)
    server.script = [_page(20 * page, 20) for page in range(40)]
    with pytest.raises(UnexpectedAnswerError, match="does not end: 30 pages came"):
        list(hoiio.number.iter_available_numbers("SG"))


# -- reconfigure -------------------------------------------------------------------------------------------------------

US = {
    **HELD,
    "number": "+12015550123",
    "country": "US",
    "mode": "voice",
    "capabilities": ["VOICE", "SMS"],
    "forward_to": URL,
}


@pytest.mark.parametrize(
    ("held", "given", "form"),
    [
        (US, {"forward_sms_to": SMS_URL}, {"forward_to": URL, "forward_sms_to": SMS_URL, "mode": "voice"}),
        (US, {"forward_to": None, "forward_sms_to": SMS_URL}, {"forward_sms_to": SMS_URL}),
        (US, {"forward_to": None}, {}),
        (US, {"mode": None}, {"forward_to": URL}),
        (US, {"mode": KEEP}, {"forward_to": URL, "mode": "voice"}),
        ({**US, "forward_to": "", "mode": "voice"}, {"forward_sms_to": SMS_URL}, {"forward_sms_to": SMS_URL}),
        (HELD, {"mode": "voice"}, {"forward_to": HELD["forward_to"], "mode": "voice"}),
    ],
)
def test_what_is_not_given_is_kept_and_none_clears(
    hoiio: Hoiio, server: Server, held: dict[str, Any], given: dict[str, Any], form: dict[str, str]
) -> None:
    server.script = [ok(entries=[HELD | {"number": "+6569999999"}, held]), ok()]
    change = hoiio.number.reconfigure(held["number"], **given)
    assert server.paths == ["POST number/get_active", "POST number/update_forwarding"]
    assert sent(server) == {"number": held["number"], **form}
    assert {name: value for name, value in change.after.items() if value} == form
    assert change.sent


def test_a_dry_run_shows_before_and_after_and_sends_nothing(hoiio: Hoiio, server: Server) -> None:
    server.script = [ok(entries=[US])]
    change = hoiio.number.reconfigure("+1 (201) 555-0123", forward_to="http://localhost/", dry_run=True)
    assert change.changes == {"forward_to": (URL, "http://localhost/")}
    assert (change.before.number, change.before.forward_to, change.sent) == ("+12015550123", URL, False)
    assert [warning.code for warning in change.report.warnings] == ["url.unreachable"]
    assert server.paths == ["POST number/get_active"]


def test_the_whole_is_checked_with_what_is_kept(hoiio: Hoiio, server: Server) -> None:
    server.script = [ok(entries=[US])]
    with pytest.raises(InvalidRequestError) as caught:
        hoiio.number.reconfigure(str(US["number"]), mode="fax")
    assert [(error.code, error.field) for error in caught.value.report.errors] == [("service.unsupported", "mode")]
    assert server.paths == ["POST number/get_active"]
    assert hoiio.number.reconfigure(str(US["number"]), mode="fax", preflight=False).sent


def test_a_number_that_is_not_ours_is_said_to_be(hoiio: Hoiio, server: Server) -> None:
    server.script = [ok(entries=[US])]
    with pytest.raises(NumberNotYoursError, match=r"does not subscribe to the number \+6561234567"):
        hoiio.number.reconfigure("+6561234567", forward_to=URL)


def test_a_user_who_silenced_the_empty_request_can_reconfigure(server: Server) -> None:
    server.script = [ok(entries=[US]), ok()]
    checker = Checker(rules=RULES.silence("request.empty"))
    hoiio = Hoiio("an-app", "a-token", base_url=server.base_url, checker=checker)
    assert hoiio.number.reconfigure(str(US["number"]), forward_to=None).sent


# -- the client itself -------------------------------------------------------------------------------------------------


def test_settings_come_from_the_environment(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOIIO_APP_ID", " env-app ")
    monkeypatch.setenv("HOIIO_ACCESS_TOKEN", "env-token")
    monkeypatch.setenv("HOIIO_BASE_URL", server.base_url.removesuffix("/"))
    with Hoiio() as hoiio:
        assert hoiio.base_url == server.base_url
        hoiio.number.available_countries()
    assert server.received[0].form == {"app_id": ["env-app"], "access_token": ["env-token"]}
    with Hoiio("mine", base_url=server.base_url) as hoiio:
        hoiio.number.available_countries()
    assert server.received[1].form == {"app_id": ["mine"], "access_token": ["env-token"]}


NO_TIMES = (0, -1, math.nan, math.inf, 1e300)


@pytest.mark.parametrize("seconds", NO_TIMES)
def test_a_time_in_which_nothing_can_be_done_leaves_no_purchase_unknown(
    hoiio: Hoiio, server: Server, seconds: float
) -> None:
    for call in (
        lambda: hoiio.number.subscribe("+6561234567", 1, timeout=seconds),
        lambda: hoiio.number.rate("SG", timeout=seconds),
        lambda: hoiio.call("user/get_balance", {}, timeout=seconds),
        lambda: Hoiio("an-app", "a-token", timeout=seconds),
    ):
        with pytest.raises(ValueError, match=f"more than 0, not {re.escape(str(seconds))}"):
            call()
    assert server.received == []


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        ({"app_id": None}, "no app_id was given: pass app_id= or set HOIIO_APP_ID"),
        ({"access_token": " "}, "no access_token was given: pass access_token= or set HOIIO_ACCESS_TOKEN"),
        (
            {"base_url": "api.example"},
            "base_url must be an absolute http or https URL without credentials, query or fragment, not 'api.example'",
        ),
        (
            {"base_url": "https://c.example/open?x=1"},
            r"without credentials, query or fragment, not 'https://c.example/",
        ),
        ({"base_url": "https://c.example/open#x"}, r"without credentials, query or fragment, not 'https://c.example/"),
        ({"base_url": "https://a:b@c.example"}, r"not 'https://\*\*\*@c.example'"),
        ({"timeout": 0}, "timeout must be a finite number of seconds, more than 0, not 0"),
    ],
)
def test_a_client_that_cannot_work_is_not_made(
    arguments: dict[str, Any], problem: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("HOIIO_APP_ID", "HOIIO_ACCESS_TOKEN", "HOIIO_BASE_URL"):
        monkeypatch.delenv(name, raising=False)
    with pytest.raises(ValueError, match=problem):
        Hoiio(**{"app_id": "an-app", "access_token": "a-token", **arguments})


def test_a_base_url_of_the_environment_is_called_by_its_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOIIO_BASE_URL", "api.example")
    with pytest.raises(ValueError, match="HOIIO_BASE_URL must be an absolute http or https URL"):
        Hoiio("an-app", "a-token")
    assert Hoiio("an-app", "a-token", base_url="https://api.example/open").base_url == "https://api.example/open/"


def test_the_vendors_server_is_the_default(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("HOIIO_BASE_URL", raising=False)
    assert repr(Hoiio("an-app", "a-token")) == "<Hoiio at https://secure.hoiio.com/open/>"


def test_a_checker_of_ones_own_decides(hoiio: Hoiio, server: Server) -> None:
    strict = Checker(Registry.default(), rules=RULES.regrade("error", "number.unassigned"))
    refusing = Hoiio("an-app", "a-token", base_url=server.base_url, checker=strict)
    hoiio.number.configure("+16001234567", forward_to=URL)
    with pytest.raises(InvalidRequestError):
        refusing.number.configure("+16001234567", forward_to=URL)


# -- the guide, word for word ------------------------------------------------------------------------------------------


def test_the_guide(record_property: Callable[[str, object], None]) -> None:
    with Sandbox() as sandbox, Hoiio(**sandbox.settings) as hoiio:
        printed: list[str] = []

        res = hoiio.number.available_countries()
        for country in res.entries:
            printed.append(f"{country.name} [{country.code}] with number prefix {country.prefix}")
            printed += [f"{state.name} [{state.code}]" for state in country.states]
        assert {"United States [US] with number prefix 1", "Alabama [AL]", "Singapore [SG] with number prefix 65"} <= {
            *printed
        }

        res_numbers = hoiio.number.available_numbers("US", "AL")
        assert "+16001234567" in [entry.number for entry in res_numbers.entries]
        assert (res_numbers.total_entries_count, len(res_numbers.entries)) == (46, 20)

        res_numbers = hoiio.number.available_numbers("SG")
        assert len(res_numbers.entries) == 20
        second = hoiio.number.available_numbers("SG", page=2)
        assert not {*res_numbers.entries} & {*second.entries}

        rates = hoiio.number.rate("US")
        printed = [f"{entry.duration} month: {entry.rate} {rates.currency}" for entry in rates.entries]
        assert printed == ["1 month: 4.00 SGD", "3 month: 11.40 SGD", "12 month: 40.80 SGD"]

        bought = hoiio.number.subscribe("+16001234567", 1)
        assert (bought.debit, bought.currency) == (Decimal("4.00"), "SGD")
        first_expiry = bought.expiry
        extended = hoiio.number.subscribe("+16001234567", "auto_extend")
        assert extended.expiry is not None
        assert first_expiry is not None
        assert extended.expiry > first_expiry

        hoiio.number.configure("+16001234567", forward_to="http://my.server.com/voice")
        hoiio.number.configure("+16001234567", forward_sms_to="http://my.server.com/sms")
        hoiio.number.configure(
            "+16001234567", forward_to="http://my.server.com/voice", forward_sms_to="http://my.server.com/sms"
        )
        with pytest.raises(InvalidRequestError) as refused:
            hoiio.number.configure(
                "+16001234567",
                forward_to="http://my.server.com/fax",
                forward_sms_to="http://my.server.com/sms",
                mode="fax",
            )
        assert [(it.code, it.params["service"]) for it in refused.value.report.errors] == [
            ("service.unsupported", "fax")
        ]
        with pytest.raises(ParameterError) as answered:
            hoiio.number.configure(
                "+16001234567",
                forward_to="http://my.server.com/fax",
                forward_sms_to="http://my.server.com/sms",
                mode="fax",
                preflight=False,
            )
        assert (
            answered.value.api_status == refused.value.report.errors[0].server_status == "error_service_not_available"
        )

        (number,) = hoiio.number.subscribed_numbers().entries
        assert number.number == "+16001234567"
        assert number.forward_to == "http://my.server.com/voice"
        assert number.forward_sms_to == "http://my.server.com/sms"
        assert number.expiry == extended.expiry
        assert number.auto_extend_status == "enabled"
        assert (number.country, number.state) == ("US", "AL")
        assert json.dumps(sorted(number.capabilities or ())) == '["sms", "voice"]'
    record_property("count", "guide: its 12 snippets ran against the sandbox")
