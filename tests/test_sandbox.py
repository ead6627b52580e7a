"""The sandbox as a server: every endpoint, every status, every odd request, over real HTTP."""

import json
import logging
import socket
import sqlite3
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from pathlib import Path
from threading import Barrier
from typing import Any
from urllib.parse import urlencode

import pytest
import requests

from hoiio_numbers import Hoiio, NumberNotAvailableError, Registry, statuses
from hoiio_numbers.registry import VENDOR_TIME
from hoiio_numbers.sandbox import Sandbox
from hoiio_numbers.sandbox.http import LONGEST_BODY, MOST_PARAMETERS
from hoiio_numbers.sandbox.store import Application

US, SG, HK = "+16001234567", "+6561234560", "+85221234500"
ANOTHERS = "+6561234604"
URL = "https://example.com/in"
VERBS = ("get_countries", "get_choices", "get_rates", "subscribe", "update_forwarding", "get_active")
READS = {"get_countries": {}, "get_choices": {"country": "SG"}, "get_rates": {"country": "SG"}, "get_active": {}}


@pytest.fixture(scope="module")
def stocked() -> Iterator[Sandbox]:
    """One for all the tests of refusals: it has US and SG, and another application a number of SG."""
    with Sandbox() as sandbox:
        buy(sandbox, US)
        buy(sandbox, SG)
        call(sandbox, "subscribe", {"number": ANOTHERS, "duration": "1"}, sandbox.add_application())
        yield sandbox


def credentials(application: Application | Sandbox) -> dict[str, str]:
    return {"app_id": application.app_id, "access_token": application.access_token}


def call(
    sandbox: Sandbox, verb: str, parameters: dict[str, str] | None = None, application: Application | None = None
) -> dict[str, Any]:
    """What a POST of the parameters, with credentials unless they are among them, is answered."""
    form = {**credentials(application or sandbox), **(parameters or {})}
    response = requests.post(f"{sandbox.base_url}number/{verb}", form, timeout=30)
    assert (response.status_code, response.headers["Content-Type"]) == (200, "application/json")
    answer = response.json()
    assert isinstance(answer, dict)
    return answer


def active(sandbox: Sandbox, application: Application | None = None) -> list[dict[str, Any]]:
    entries = call(sandbox, "get_active", application=application)["entries"]
    assert isinstance(entries, list)
    return entries


def buy(sandbox: Sandbox, number: str, duration: str = "1") -> dict[str, Any]:
    answer = call(sandbox, "subscribe", {"number": number, "duration": duration})
    assert answer["status"] == "success_ok"
    return answer


def go_to(sandbox: Sandbox, day: date) -> None:
    sandbox.advance(datetime.combine(day, time(12), VENDOR_TIME) - sandbox.now())


def exchange(sandbox: Sandbox, request: bytes) -> bytes:
    """What the server says to *request*, until it closes the connection."""
    host, port = sandbox.base_url.split("/")[2].rsplit(":", 1)
    with socket.create_connection((host, int(port)), timeout=30) as connection:
        connection.sendall(request)
        return b"".join(iter(lambda: connection.recv(65_536), b""))


# -- the six endpoints -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_all_six_endpoints_answer_get_and_post(sandbox: Sandbox, method: str) -> None:
    forms = {
        **READS,
        "subscribe": {"number": SG, "duration": "1"},
        "update_forwarding": {"number": SG, "forward_to": URL},
    }
    assert set(forms) == set(VERBS)
    for verb, form in sorted(forms.items(), key=lambda item: item[0] != "subscribe"):
        sent = {**credentials(sandbox), **form}
        how = {"params": sent} if method == "GET" else {"data": sent}
        response = requests.request(method, f"{sandbox.base_url}number/{verb}", timeout=30, **how)  # type: ignore[arg-type]
        assert response.json()["status"] == "success_ok", verb


def test_countries_are_those_of_the_data(fresh: Sandbox) -> None:
    answer = call(fresh, "get_countries")
    edition = Registry.default().in_force()
    countries = {entry["code"]: entry for entry in answer["entries"]}
    assert list(countries) == list(edition.countries)
    assert answer["entries_count"] == str(len(countries))
    assert {code: entry["prefix"] for code, entry in countries.items()} == {
        "AU": "61",
        "HK": "852",
        "NZ": "64",
        "SG": "65",
        "US": "1",
        "VN": "84",
    }
    assert countries["US"]["name"] == "United States"
    assert {"code": "AL", "name": "Alabama", "capability": ["VOICE", "SMS"]} in countries["US"]["states"]
    assert all(entry["states"] == [] for code, entry in countries.items() if code != "US")


def test_numbers_come_in_pages_of_twenty(fresh: Sandbox) -> None:
    pages = [call(fresh, "get_choices", {"country": "SG", "page": str(page)}) for page in range(1, 5)]
    assert [len(page["entries"]) for page in pages] == [20, 20, 6, 0]
    assert [page["entries_count"] for page in pages] == ["20", "20", "6", "0"]
    assert {page["total_entries_count"] for page in pages} == {"46"}
    numbers = [entry["number"] for page in pages for entry in page["entries"]]
    assert len(set(numbers)) == 46
    assert {tuple(entry["capability"]) for page in pages for entry in page["entries"]} == {("VOICE", "FAX")}
    assert call(fresh, "get_choices", {"country": "SG"}) == pages[0]


def test_a_number_that_is_taken_is_not_for_sale_until_it_ends(sandbox: Sandbox) -> None:
    first = call(sandbox, "get_choices", {"country": "US", "state": "AL"})
    assert first["entries"][0]["number"] == US
    buy(sandbox, US)
    second = call(sandbox, "get_choices", {"country": "US", "state": "AL"})
    assert (second["total_entries_count"], second["entries"][0]) == ("45", first["entries"][1])
    sandbox.advance(timedelta(days=40))
    assert call(sandbox, "get_choices", {"country": "US", "state": "AL"}) == first


@pytest.mark.parametrize("code", ["us", "US", " us "])
@pytest.mark.parametrize("state", ["AL", "al", "US-AL", " us-al "])
def test_codes_are_read_in_either_case(fresh: Sandbox, code: str, state: str) -> None:
    answer = call(fresh, "get_choices", {"country": code, "state": state})
    assert answer["entries"][0]["number"] == US


@pytest.mark.parametrize("state", ["", " ", "AL", "01", "nonsense"])
def test_an_empty_or_needless_state_does_no_harm(fresh: Sandbox, state: str) -> None:
    assert call(fresh, "get_choices", {"country": "SG", "state": state}) == call(
        fresh, "get_choices", {"country": "SG"}
    )


@pytest.mark.parametrize(("page", "count"), [("", "20"), (" ", "20"), (" 3 ", "6"), ("03", "6"), ("0" * 20 + "3", "6")])
def test_a_page_is_read_as_a_number(fresh: Sandbox, page: str, count: str) -> None:
    assert call(fresh, "get_choices", {"country": "SG", "page": page})["entries_count"] == count


@pytest.mark.parametrize("page", ["4", "999999999", "1234567890", "7" * 5_000], ids=len)
def test_a_page_past_the_end_is_success_and_empty(fresh: Sandbox, page: str) -> None:
    answer = call(fresh, "get_choices", {"country": "SG", "page": page})
    assert answer == {"status": "success_ok", "total_entries_count": "46", "entries_count": "0", "entries": []}


def test_rates_are_texts_for_one_three_and_twelve_months(fresh: Sandbox) -> None:
    assert call(fresh, "get_rates", {"country": "US"}) == {
        "status": "success_ok",
        "currency": "SGD",
        "entries_count": "3",
        "entries": [
            {"duration": "1", "rate": "4.00"},
            {"duration": "3", "rate": "11.40"},
            {"duration": "12", "rate": "40.80"},
        ],
    }


def test_what_the_rates_say_is_what_is_debited(sandbox: Sandbox) -> None:
    rates = {entry["duration"]: entry["rate"] for entry in call(sandbox, "get_rates", {"country": "HK"})["entries"]}
    for duration, rate in rates.items():
        before = sandbox.credit_of(sandbox.app_id)
        assert buy(sandbox, HK, duration)["debit"] == rate
        assert before - sandbox.credit_of(sandbox.app_id) == Decimal(rate)


def test_a_subscription_says_until_when_and_a_held_number_is_extended(sandbox: Sandbox) -> None:
    go_to(sandbox, date(2031, 1, 31))
    bought = call(sandbox, "subscribe", {"number": "+1 600 123-4567", "duration": "1"})
    assert bought == {"status": "success_ok", "currency": "SGD", "debit": "4.00", "expiry": "2031-02-28"}
    assert buy(sandbox, US, "3")["expiry"] == "2031-05-28"
    assert buy(sandbox, US, "auto_extend")["expiry"] == "2031-06-28"
    (held,) = active(sandbox)
    assert (held["expiry"], held["auto_extend_status"]) == ("2031-06-28", "enabled")
    go_to(sandbox, date(2031, 8, 1))
    assert active(sandbox)[0]["expiry"] == "2031-08-28"
    assert [str(charge.amount) for charge in sandbox.charges()] == ["4.00", "11.40", "4.00", "4.00", "4.00"]


def test_a_new_number_has_every_field_and_no_settings(sandbox: Sandbox) -> None:
    go_to(sandbox, date(2031, 1, 15))
    buy(sandbox, US)
    buy(sandbox, SG)
    common = {"forward_to": "", "forward_sms_to": "", "mode": "voice", "expiry": "2031-02-15"}
    assert call(sandbox, "get_active") == {
        "status": "success_ok",
        "entries_count": "2",
        "entries": [
            {
                "number": US,
                **common,
                "auto_extend_status": "disabled",
                "country": "US",
                "state": "AL",
                "capabilities": ["VOICE", "SMS"],
            },
            {
                "number": SG,
                **common,
                "auto_extend_status": "disabled",
                "country": "SG",
                "state": "",
                "capabilities": ["VOICE", "FAX"],
            },
        ],
    }


def test_to_configure_replaces_the_whole_setting(sandbox: Sandbox) -> None:
    buy(sandbox, US)

    def configured(**settings: str) -> tuple[str, str, str]:
        assert call(sandbox, "update_forwarding", {"number": US, **settings}) == {"status": "success_ok"}
        (held,) = active(sandbox)
        return held["forward_to"], held["forward_sms_to"], held["mode"]

    assert configured(forward_to=URL, forward_sms_to=f"{URL}?sms") == (URL, f"{URL}?sms", "voice")
    assert configured(forward_sms_to=URL) == ("", URL, "voice")
    assert configured(forward_to=f" {URL} ", mode=" VOICE ") == (URL, "", "voice")
    assert configured() == ("", "", "voice")


def test_a_fax_number_keeps_its_mode_until_it_is_left_out(sandbox: Sandbox) -> None:
    buy(sandbox, SG)
    for settings, mode in [({"mode": "fax", "forward_to": URL}, "fax"), ({"forward_to": URL}, "voice")]:
        call(sandbox, "update_forwarding", {"number": SG, **settings})
        assert active(sandbox)[0]["mode"] == mode


def test_applications_see_only_their_own(sandbox: Sandbox) -> None:
    other = sandbox.add_application(Decimal(50))
    buy(sandbox, US)
    assert active(sandbox, other) == []
    refused = call(sandbox, "update_forwarding", {"number": US, "forward_to": URL}, other)
    assert refused == {"status": "error_number_not_assigned"}
    assert sandbox.credit_of(other.app_id) == 50
    with pytest.raises(KeyError, match="nobody"):
        sandbox.credit_of("nobody")


# -- statuses ----------------------------------------------------------------------------------------------------------

ANSWERED: dict[str, tuple[str, dict[str, str]]] = {
    "error_malformed_params": ("get_rates", {"country": "S" * LONGEST_BODY}),
    "error_invalid_access_token": ("get_active", {"access_token": "another's"}),
    "error_invalid_app_id": ("get_active", {"app_id": "nobody"}),
    "error_number_invalid": ("subscribe", {"number": "+65", "duration": "1"}),
    "error_number_not_assigned": ("update_forwarding", {"number": HK, "forward_to": URL}),
    "error_number_not_available": ("subscribe", {"number": "+6569999999", "duration": "1"}),
    "error_no_number_available": ("get_choices", {"country": "GB"}),
    "error_subscribe_number_not_available": ("subscribe", {"number": ANOTHERS, "duration": "1"}),
    "error_invalid_duration": ("subscribe", {"number": HK, "duration": "2"}),
    "error_page_invalid": ("get_choices", {"country": "SG", "page": "0"}),
    "error_forward_to_invalid": ("update_forwarding", {"number": US, "forward_to": "example.com"}),
    "error_mode_invalid": ("update_forwarding", {"number": SG, "forward_to": URL, "mode": "sms"}),
    "error_incoming_sms_not_supported": ("update_forwarding", {"number": SG, "forward_sms_to": URL}),
    "error_service_not_available": ("update_forwarding", {"number": US, "forward_to": URL, "mode": "fax"}),
}
"""A request for each status that the sandbox answers to a request alone."""

ANSWERED_ELSEWHERE = {
    "error_invalid_http_method": "test_other_methods_get_the_apis_own_answer",
    "error_rate_limit_exceeded": "test_past_the_rate_limit_calls_are_refused_until_the_clock_has_moved",
    "error_internal_server_error": "test_what_breaks_the_server_is_the_apis_own_status_and_a_line_in_the_log",
    "error_exceed_max_subscriptions": "test_an_account_may_be_at_its_limit",
    "error_not_allowed_for_trial": "test_an_account_may_be_at_its_limit",
    "error_insufficient_credit": "test_an_account_may_be_at_its_limit",
}
"""What needs more than a request: the test that shows it."""

NEVER_BY_ITSELF = {
    "error_developer_suspended",  # the account's own: `add_application(refusal=…)`
    "error_permission_denied",
    "error_user_not_live",
    "error_pick_number_not_available",  # the reference does not say when
    "error_auto_extend_not_available",  # every number of the sandbox can be extended
    "error_unable_to_resolve_forward_to",  # no notify URL is looked up
}


def test_every_status_of_the_reference_is_answered_or_never() -> None:
    assert {*ANSWERED, *ANSWERED_ELSEWHERE, *NEVER_BY_ITSELF} == set(statuses.STATUSES)
    assert len(ANSWERED) + len(ANSWERED_ELSEWHERE) + len(NEVER_BY_ITSELF) == len(statuses.STATUSES)
    assert set(ANSWERED_ELSEWHERE.values()) <= set(globals())


@pytest.mark.parametrize("status", ANSWERED)
def test_a_request_gets_its_status(stocked: Sandbox, status: str) -> None:
    before = active(stocked), stocked.charges()
    verb, parameters = ANSWERED[status]
    assert call(stocked, verb, parameters) == {"status": status}
    assert (active(stocked), stocked.charges()) == before


@pytest.mark.parametrize(
    ("verb", "parameters", "status"),
    [
        ("get_choices", {}, "error_country_param_missing"),
        ("get_choices", {"country": ""}, "error_country_param_missing"),
        ("get_choices", {"country": "US"}, "error_state_param_missing"),
        ("get_choices", {"country": "US", "state": ""}, "error_state_param_missing"),
        ("get_choices", {"country": "US", "state": "XX"}, "error_no_number_available"),
        ("get_choices", {"country": "US", "state": "Alabama"}, "error_no_number_available"),
        ("get_choices", {"country": "US", "state": "GB-AL"}, "error_no_number_available"),
        ("get_choices", {"country": "+6561234560"}, "error_no_number_available"),
        ("get_choices", {"country": "SG", "page": "-1"}, "error_page_invalid"),
        ("get_choices", {"country": "SG", "page": "1.0"}, "error_page_invalid"),
        ("get_choices", {"country": "SG", "page": "٣"}, "error_page_invalid"),
        ("get_choices", {"country": "SG", "page": "0" * 5_000}, "error_page_invalid"),
        ("get_rates", {}, "error_country_param_missing"),
        ("get_rates", {"country": "Singapore"}, "error_no_number_available"),
        ("subscribe", {"duration": "1"}, "error_number_param_missing"),
        ("subscribe", {"number": SG}, "error_duration_param_missing"),
        ("subscribe", {"number": SG, "duration": "AUTO_EXTEND"}, "error_invalid_duration"),
        ("subscribe", {"number": "6561234560", "duration": "1"}, "error_number_invalid"),
        ("subscribe", {"number": "+442071838750", "duration": "1"}, "error_number_not_available"),
        ("update_forwarding", {"forward_to": URL}, "error_number_param_missing"),
        ("update_forwarding", {"number": "nonsense"}, "error_number_invalid"),
        ("update_forwarding", {"number": US, "forward_to": "x" * 4_001}, "error_forward_to_invalid"),
        ("update_forwarding", {"number": US, "forward_to": f"https://e.com/{'x' * 4_000}"}, "error_forward_to_invalid"),
        ("update_forwarding", {"number": US, "forward_sms_to": "ftp://example.com"}, "error_forward_to_invalid"),
        ("update_forwarding", {"number": US, "forward_to": URL, "mode": "voice,fax"}, "error_mode_invalid"),
        ("get_active", {"app_id": ""}, "error_app_id_param_missing"),
        ("get_active", {"access_token": ""}, "error_access_token_param_missing"),
        ("get_active", {"app_id": "\0 ; drop table application"}, "error_invalid_app_id"),
        ("get_active", {"access_token": "é"}, "error_invalid_access_token"),
    ],
)
def test_other_requests_get_theirs(stocked: Sandbox, verb: str, parameters: dict[str, str], status: str) -> None:
    assert call(stocked, verb, parameters) == {"status": status}


@pytest.mark.parametrize(
    ("account", "status"),
    [
        ({"credit": Decimal("9.99")}, "error_insufficient_credit"),
        ({"most_numbers": 0}, "error_exceed_max_subscriptions"),
        ({"trial": True}, "error_not_allowed_for_trial"),
    ],
)
def test_an_account_may_be_at_its_limit(sandbox: Sandbox, account: dict[str, Any], status: str) -> None:
    application = sandbox.add_application(**account)
    refused = call(sandbox, "subscribe", {"number": SG, "duration": "1"}, application)
    assert refused == {"status": status}
    assert (sandbox.charges(), active(sandbox, application)) == ([], [])


@pytest.mark.parametrize("status", statuses.STATUSES)
def test_an_application_can_be_made_to_be_refused_with_any_status(fresh: Sandbox, status: str) -> None:
    application = fresh.add_application(refusal=status)
    assert {call(fresh, verb, {}, application)["status"] for verb in VERBS} == {status}


def test_past_the_rate_limit_calls_are_refused_until_the_clock_has_moved() -> None:
    with Sandbox(rate_limit=3) as sandbox:
        other = sandbox.add_application()
        assert [call(sandbox, "get_active")["status"] for _ in range(5)] == [
            *["success_ok"] * 3,
            *["error_rate_limit_exceeded"] * 2,
        ]
        assert call(sandbox, "get_active", application=other)["status"] == "success_ok"
        sandbox.advance(timedelta(seconds=61))
        assert [call(sandbox, "get_active")["status"] for _ in range(4)][2:] == [
            "success_ok",
            "error_rate_limit_exceeded",
        ]


def test_without_a_limit_nobody_counts(fresh: Sandbox) -> None:
    assert {call(fresh, "get_active")["status"] for _ in range(70)} == {"success_ok"}


def test_what_breaks_the_server_is_the_apis_own_status_and_a_line_in_the_log(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with Sandbox(db=tmp_path / "state.db") as sandbox:
        with closing(sqlite3.connect(tmp_path / "state.db")) as saboteur:
            saboteur.execute("drop table subscription")
        response = requests.get(f"{sandbox.base_url}number/get_active", credentials(sandbox), timeout=30)
        token = sandbox.access_token
        assert (response.status_code, response.json()) == (200, {"status": "error_internal_server_error"})
        assert call(sandbox, "get_countries")["status"] == "success_ok"
    assert [record.levelno for record in caplog.records if record.name == "uvicorn.error"].count(logging.ERROR) == 1
    assert "no such table: subscription" in caplog.text
    assert token not in caplog.text


# -- data that is not the packaged one ---------------------------------------------------------------------------------


def data(directory: Path, code: str, *, by_state: bool = False, sms: str = "true", since: str = "2012-09-01") -> str:
    text = f'country = "{code}"\nsells_by_state = {str(by_state).lower()}\n'
    revision = '\n[[revision]]\nfrom = {}\nsource = "me"\nvoice = true\nfax = false\nsms = {}\n'
    text += revision.format("2012-09-01", "false") if since > "2012-09-01" else ""
    (directory / f"{code}.toml").write_text(text + revision.format(since, sms), encoding="utf-8")
    return code


def test_a_country_of_the_users_own_data_is_sold_like_the_others(tmp_path: Path) -> None:
    data(tmp_path, "CA", by_state=True)
    with Sandbox(registry=Registry.default().overlay(tmp_path)) as sandbox:
        (canada,) = [entry for entry in call(sandbox, "get_countries")["entries"] if entry["code"] == "CA"]
        assert (canada["prefix"], len(canada["states"])) == ("1", 13)
        assert call(sandbox, "get_choices", {"country": "CA"}) == {"status": "error_state_param_missing"}
        listed = call(sandbox, "get_choices", {"country": "CA", "state": "ON"})["entries"]
        assert listed[0]["capability"] == ["VOICE", "SMS"]
        buy(sandbox, listed[0]["number"])
        (held,) = active(sandbox)
        assert (held["country"], held["state"], held["capabilities"]) == ("CA", "ON", ["VOICE", "SMS"])


def test_the_clock_brings_later_data_into_force(tmp_path: Path) -> None:
    data(tmp_path, "SG", since="2040-01-01")
    with Sandbox(registry=Registry.default().overlay(tmp_path), credit=Decimal(10_000)) as sandbox:
        buy(sandbox, SG, "auto_extend")
        sms = {"number": SG, "forward_sms_to": URL}
        assert call(sandbox, "update_forwarding", sms) == {"status": "error_incoming_sms_not_supported"}
        go_to(sandbox, date(2040, 1, 1))
        assert call(sandbox, "get_choices", {"country": "SG"})["entries"][0]["capability"] == ["VOICE", "SMS"]
        assert call(sandbox, "update_forwarding", sms) == {"status": "success_ok"}


def test_a_number_that_the_data_sells_no_more_is_still_held_but_receives_nothing(tmp_path: Path) -> None:
    data(tmp_path, "GB")
    db = tmp_path / "state.db"
    with Sandbox(registry=Registry.default().overlay(tmp_path), db=db) as sandbox:
        number = call(sandbox, "get_choices", {"country": "GB"})["entries"][0]["number"]
        buy(sandbox, number)
    with Sandbox(db=db) as sandbox:
        (held,) = active(sandbox)
        assert (held["number"], held["country"], held["state"], held["capabilities"]) == (number, "GB", "", [])
        refused = call(sandbox, "update_forwarding", {"number": number, "forward_to": URL})
        assert refused == {"status": "error_service_not_available"}


def test_durations_are_those_of_the_data(tmp_path: Path) -> None:
    (tmp_path / "common.toml").write_text('durations = ["2", "fortnight"]\n', encoding="utf-8")
    with Sandbox(registry=Registry.default().overlay(tmp_path)) as sandbox:
        rates = call(sandbox, "get_rates", {"country": "US"})["entries"]
        assert rates == [{"duration": "2", "rate": "8.00"}]
        assert buy(sandbox, US, "2")["debit"] == "8.00"
        for duration in ("1", "fortnight"):
            refused = call(sandbox, "subscribe", {"number": SG, "duration": duration})
            assert refused == {"status": "error_invalid_duration"}


# -- HTTP --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "PROPFIND"])
def test_other_methods_get_the_apis_own_answer(fresh: Sandbox, method: str) -> None:
    for verb in VERBS:
        response = requests.request(method, f"{fresh.base_url}number/{verb}", data=credentials(fresh), timeout=30)
        assert (response.status_code, response.json()) == (200, {"status": "error_invalid_http_method"})


@pytest.mark.parametrize("verb", ["subscribed", "GET_ACTIVE", "get_active.json", "%00", "é", "x" * 5_000], ids=len)
def test_an_unknown_verb_is_an_error_in_json(fresh: Sandbox, verb: str) -> None:
    response = requests.post(f"{fresh.base_url}number/{verb}", credentials(fresh), timeout=30)
    assert (response.status_code, response.json()) == (404, {"status": "error_no_such_call"})


@pytest.mark.parametrize("path", ["", "number", "number/", "number/get_active/", "voice/call", "../x", "number/a/b"])
def test_another_path_is_not_found_and_never_a_redirect_with_the_token_in_it(fresh: Sandbox, path: str) -> None:
    response = requests.get(fresh.base_url + path, credentials(fresh), timeout=30, allow_redirects=False)
    assert response.status_code == 404
    assert fresh.access_token not in f"{response.text} {response.headers}"


@pytest.mark.parametrize(
    "content_type",
    ["application/json", "text/plain", "application/x-www-form-urlencoded; charset=latin-1", "multipart/form-data", ""],
)
def test_a_form_is_read_whatever_its_content_type_says(fresh: Sandbox, content_type: str) -> None:
    form = urlencode({**credentials(fresh), "country": "SG"})
    response = requests.post(
        f"{fresh.base_url}number/get_rates", form, headers={"Content-Type": content_type}, timeout=30
    )
    assert response.json()["status"] == "success_ok"


def test_a_body_in_chunks_and_without_a_length_is_read(fresh: Sandbox) -> None:
    form = urlencode({**credentials(fresh), "country": "SG"}).encode()
    chunks = (form[start : start + 7] for start in range(0, len(form), 7))
    response = requests.post(f"{fresh.base_url}number/get_rates", chunks, timeout=30)
    assert response.json()["status"] == "success_ok"


def test_parameters_may_be_split_between_query_and_body(fresh: Sandbox) -> None:
    url = f"{fresh.base_url}number/get_rates?country=SG"
    assert requests.post(url, credentials(fresh), timeout=30).json()["status"] == "success_ok"
    same = requests.post(url, {**credentials(fresh), "country": "SG"}, timeout=30)
    assert same.json()["status"] == "success_ok"


@pytest.mark.parametrize(
    ("query", "body"),
    [
        ("country=SG&country=US", b""),
        ("country=SG", b"country=US"),
        ("", b"country=SG&country="),
        ("", b"country=%ff"),
        ("", b"country=%ed%a0%80"),
        ("", b"country=\xc3\xa9"),
        ("", b"\x00\xff\xfe" * 100),
        ("", b"&".join(b"p%d=1" % number for number in range(MOST_PARAMETERS + 1))),
        ("", b"country=SG&" + b"x" * LONGEST_BODY),
    ],
    ids=["twice", "twice-in-two-places", "twice-once-empty", "latin-1", "surrogate", "raw", "binary", "many", "long"],
)
def test_parameters_that_cannot_be_read_are_malformed(fresh: Sandbox, query: str, body: bytes) -> None:
    url = f"{fresh.base_url}number/get_rates?{urlencode(credentials(fresh))}&{query}"
    response = requests.post(url, body, timeout=30)
    assert (response.status_code, response.json()) == (200, {"status": "error_malformed_params"})


def test_a_form_of_megabytes_is_refused_and_its_sender_hears_of_it(fresh: Sandbox) -> None:
    with requests.Session() as session:
        for _ in range(2):
            response = session.post(f"{fresh.base_url}number/get_rates", b"x" * 8_000_000, timeout=30)
            assert response.json() == {"status": "error_malformed_params"}


def test_two_notify_urls_of_full_length_fit_into_a_form(sandbox: Sandbox) -> None:
    buy(sandbox, US)
    longest = f"https://example.com/?{'%20' * 1_326}"[:4_000]
    assert len(longest) == 4_000 - 1
    settings = {"number": US, "forward_to": longest, "forward_sms_to": longest}
    assert call(sandbox, "update_forwarding", settings) == {"status": "success_ok"}
    assert active(sandbox)[0]["forward_sms_to"] == longest


def test_raw_bytes_in_a_query_are_malformed_not_a_failure(fresh: Sandbox) -> None:
    answer = exchange(
        fresh, b"GET /open/number/get_rates?country=\xff HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
    )
    assert b" 400 " in answer or b"error_malformed_params" in answer


def test_an_old_http_and_a_head_are_answered(fresh: Sandbox) -> None:
    query = urlencode(credentials(fresh)).encode()
    old = exchange(fresh, b"GET /open/number/get_active?%b HTTP/1.0\r\n\r\n" % query)
    assert json.loads(old.partition(b"\r\n\r\n")[2]) == {"status": "success_ok", "entries_count": "0", "entries": []}
    assert requests.head(f"{fresh.base_url}number/get_active", timeout=30).status_code == 200


def test_answers_have_no_byte_order_mark_and_are_utf_8(fresh: Sandbox) -> None:
    for verb, form in READS.items():
        body = requests.post(f"{fresh.base_url}number/{verb}", {**credentials(fresh), **form}, timeout=30).content
        assert body.startswith(b'{"status":')
        json.loads(body.decode("utf-8"))


def test_a_client_that_goes_away_harms_nobody(fresh: Sandbox) -> None:
    half = b"POST /open/number/get_active HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\napp_id="
    host, port = fresh.base_url.split("/")[2].split(":")
    for _ in range(20):
        with socket.create_connection((host, int(port)), timeout=30) as connection:
            connection.sendall(half)
    assert call(fresh, "get_active")["status"] == "success_ok"


# -- starting and ending -----------------------------------------------------------------------------------------------


def _threads() -> list[threading.Thread]:
    return [thread for thread in threading.enumerate() if thread.name == "hoiio-sandbox"]


def test_it_is_ready_when_entered_and_gone_afterwards() -> None:
    before = len(_threads())
    with Sandbox() as sandbox:
        url = sandbox.base_url
        assert call(sandbox, "get_countries")["status"] == "success_ok"
        assert len(_threads()) == before + 1
    assert len(_threads()) == before
    with pytest.raises(requests.ConnectionError):
        requests.get(url, timeout=30)


def test_it_may_be_left_at_once_and_entered_again() -> None:
    sandbox = Sandbox()
    ids = set()
    for _ in range(3):
        with sandbox:
            ids.add(sandbox.app_id)
    assert len(ids) == 3


def test_while_it_runs_it_is_not_entered_again() -> None:
    before = len(_threads())
    with Sandbox() as sandbox:
        with pytest.raises(RuntimeError, match="is running already"):
            sandbox.__enter__()
        assert call(sandbox, "get_countries")["status"] == "success_ok"
    assert len(_threads()) == before


def test_an_error_inside_ends_it_too() -> None:
    before = len(_threads())
    with pytest.raises(ZeroDivisionError), Sandbox():
        raise ZeroDivisionError
    assert len(_threads()) == before


def test_half_a_request_does_not_keep_it_from_ending(caplog: pytest.LogCaptureFixture) -> None:
    with socket.socket() as connection:
        with Sandbox() as sandbox:
            host, port = sandbox.base_url.split("/")[2].split(":")
            connection.connect((host, int(port)))
            connection.sendall(b"POST /open/number/get_active HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\na")
            call(sandbox, "get_active")
        assert not [thread for thread in _threads() if not thread.daemon]
    assert "Traceback" not in caplog.text


@pytest.mark.parametrize("what", ["base_url", "app_id", "access_token", "settings", "environment", "charges"])
def test_before_and_after_there_is_nothing_to_ask(what: str) -> None:
    sandbox = Sandbox()
    with pytest.raises(RuntimeError, match="enter it first: with Sandbox"):
        _ = getattr(sandbox, what) if what != "charges" else sandbox.charges()
    with sandbox:
        pass
    with pytest.raises(RuntimeError, match="enter it first: with Sandbox"):
        _ = sandbox.base_url


def test_the_settings_are_a_clients(fresh: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    assert fresh.base_url.startswith("http://127.0.0.1:")
    assert fresh.base_url.endswith("/open/")
    assert fresh.settings == {
        "app_id": fresh.app_id,
        "access_token": fresh.access_token,
        "base_url": fresh.base_url,
    }
    for name, value in fresh.environment.items():
        monkeypatch.setenv(name, value)
    with Hoiio() as hoiio:
        assert hoiio.number.subscribed_numbers().entries == ()


def test_only_this_machines_own_address_reaches_it(fresh: Sandbox) -> None:
    port = int(fresh.base_url.split("/")[2].split(":")[1])
    with pytest.raises(OSError):  # noqa: PT011 - refused on Linux, no such address on others
        socket.create_connection(("127.0.0.2", port), timeout=30)


def test_it_listens_elsewhere_when_told() -> None:
    with Sandbox(host="0.0.0.0") as sandbox:  # noqa: S104 - what is tested
        port = sandbox.base_url.split("/")[2].split(":")[1]
        requests.get(f"http://127.0.0.2:{port}/", timeout=30)


@pytest.mark.parametrize(
    ("address", "problem"),
    [({"host": ""}, "the host is empty"), ({"port": 65_536}, "no port 65536"), ({"port": -1}, "no port -1")],
)
def test_an_address_that_is_none_is_refused_and_is_not_every_network(address: dict[str, Any], problem: str) -> None:
    with pytest.raises(OSError, match=problem), Sandbox(**address):
        pass


def test_it_speaks_ipv6() -> None:
    with Sandbox(host="::1") as sandbox, Hoiio(**sandbox.settings) as hoiio:
        assert sandbox.base_url.startswith("http://[::1]:")
        assert hoiio.number.rate("SG").entries


def test_a_port_that_is_taken_is_a_clear_error_and_leaves_nothing(fresh: Sandbox, tmp_path: Path) -> None:
    before = threading.enumerate()
    port = int(fresh.base_url.split("/")[2].split(":")[1])
    with pytest.raises(OSError, match=rf"Address already in use.*127\.0\.0\.1.*{port}"), Sandbox(port=port):
        pass
    assert threading.enumerate() == before
    with Sandbox(db=tmp_path / "state.db"):
        pass
    assert [file.name for file in tmp_path.iterdir()] == ["state.db"]


def test_a_port_of_ones_own_choice(fresh: Sandbox) -> None:
    with socket.create_server(("127.0.0.1", 0)) as reserved:
        port = reserved.getsockname()[1]
    with Sandbox(port=port) as chosen:
        assert chosen.base_url == f"http://127.0.0.1:{port}/open/"
        assert chosen.base_url != fresh.base_url


def test_a_file_keeps_credentials_numbers_and_clock(tmp_path: Path) -> None:
    db = tmp_path / "state.db"
    with Sandbox(db=db, credit=Decimal(50)) as sandbox:
        sandbox.advance(timedelta(days=400))
        buy(sandbox, SG)
        kept = credentials(sandbox), active(sandbox), sandbox.charges(), sandbox.credit_of(sandbox.app_id)
    with Sandbox(db=str(db)) as sandbox:
        assert kept == (credentials(sandbox), active(sandbox), sandbox.charges(), sandbox.credit_of(sandbox.app_id))
        assert kept[-1] == 40


def test_two_sandboxes_share_a_file(tmp_path: Path) -> None:
    db = tmp_path / "state.db"
    with Sandbox(db=db) as one, Sandbox(db=db) as two:
        buy(one, SG)
        assert credentials(two) == credentials(one)
        assert active(two) == active(one) != []
        other = one.add_application()
        refused = call(two, "subscribe", {"number": SG, "duration": "1"}, other)
        assert refused == {"status": "error_subscribe_number_not_available"}


# -- many at once ------------------------------------------------------------------------------------------------------


def test_of_64_applications_after_one_number_one_gets_it_and_one_is_charged(
    sandbox: Sandbox, record_property: Callable[[str, object], None]
) -> None:
    applications = [sandbox.add_application(Decimal(100)) for _ in range(64)]
    together = Barrier(len(applications))

    def subscribe(application: Application) -> str:
        with Hoiio(**sandbox.settings_of(application)) as hoiio:
            together.wait()
            try:
                return str(hoiio.number.subscribe(US, 1).debit)
            except NumberNotAvailableError as error:
                return error.api_status or ""

    with ThreadPoolExecutor(len(applications)) as threads:
        answers = list(threads.map(subscribe, applications))
    refused = answers.count("error_subscribe_number_not_available")
    assert (answers.count("4.00"), refused) == (1, 63)
    (charge,) = sandbox.charges()
    winner = applications[answers.index("4.00")]
    assert (charge.app_id, charge.amount) == (winner.app_id, Decimal("4.00"))
    assert [sandbox.credit_of(it.app_id) for it in applications if it is not winner] == [Decimal(100)] * 63
    assert active(sandbox, winner)[0]["number"] == US
    record_property("count", f"sandbox: 64 threads after one number: 1 has it, {refused} are refused, 1 charge")
