"""What existing clients of the API send and rely on: each line of the facts about them is a test.

The published Python client (PyPI `hoiio` 0.1.5, for Python 2) is replayed: its requests exactly, and its reading of the
answers as it goes about it, told in our own words.
"""

import json
import logging
from collections.abc import Iterator
from datetime import date, datetime
from types import SimpleNamespace
from typing import Any

import pytest
import requests

from hoiio_numbers.sandbox import Sandbox

US, SG = "+16001234567", "+6511111111"
CALLS = "https://example.com/calls?from=us&at=1"
SMS = "https://example.com/sms"


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with Sandbox() as sandbox:
        yield sandbox


def get(sandbox: Sandbox, verb: str, **parameters: object) -> requests.Response:
    """A call as the oldest clients make it: everything in the query string, the access token, too."""
    sent = {**parameters, "app_id": sandbox.app_id, "access_token": sandbox.access_token}
    return requests.get(f"{sandbox.base_url}number/{verb}", params=sent, timeout=30)  # type: ignore[arg-type]


def post(sandbox: Sandbox, verb: str, **parameters: object) -> dict[str, Any]:
    sent = {**parameters, "app_id": sandbox.app_id, "access_token": sandbox.access_token}
    answer = requests.post(f"{sandbox.base_url}number/{verb}", sent, timeout=30).json()
    assert isinstance(answer, dict)
    return answer


@pytest.fixture(scope="module")
def held(sandbox: Sandbox) -> list[dict[str, Any]]:
    """Two subscribed numbers as they are listed: one of a state with every setting, one without any."""
    assert post(sandbox, "subscribe", number="+16502222222", duration="auto_extend")["status"] == "success_ok"
    assert post(sandbox, "subscribe", number="+6561234560", duration="3")["status"] == "success_ok"
    set_up = post(sandbox, "update_forwarding", number="+16502222222", forward_to=CALLS, forward_sms_to=SMS)
    assert set_up == {"status": "success_ok"}
    return [it for it in post(sandbox, "get_active")["entries"] if it["number"] in {"+16502222222", "+6561234560"}]


# -- the published Python client, 0.1.5 --------------------------------------------------------------------------------


def read(response: requests.Response) -> SimpleNamespace:
    """An answer as that client holds it: each field converted by its name, each entry an object of its fields."""

    def converted(name: str, value: Any) -> Any:
        if name == "entries":
            return [SimpleNamespace(**{name: converted(name, value) for name, value in it.items()}) for it in value]
        if name == "expiry":
            return datetime.strptime(value, "%Y-%m-%d")  # noqa: DTZ007 - it knows no time zones
        if name in {"entries_count", "total_entries_count", "duration"}:
            return int(value)
        if name in {"rate", "debit"}:
            return float(value)
        if name == "auto_extend_status":
            return value == "disabled"  # inverted, as it is there
        if isinstance(value, list):
            return [SimpleNamespace(**it) if isinstance(it, dict) else it for it in value]
        return value

    return SimpleNamespace(**{name: converted(name, value) for name, value in response.json().items()})


def test_python_available_countries(sandbox: Sandbox) -> None:
    answer = read(get(sandbox, "get_countries"))
    assert answer.status == "success_ok"
    assert answer.entries_count == len(answer.entries) == 6
    by_code = {country.code: country for country in answer.entries}
    assert (by_code["US"].name, by_code["US"].prefix) == ("United States", "1")
    assert ("Alabama", "AL") in {(state.name, state.code) for state in by_code["US"].states}
    assert all(isinstance(country.states, list) for country in answer.entries)


def test_python_available_numbers(sandbox: Sandbox) -> None:
    alabama = read(get(sandbox, "get_choices", country="US", state="AL"))
    assert alabama.total_entries_count > alabama.entries_count == len(alabama.entries) == 20
    assert all(entry.number.startswith("+1") and entry.capability == ["VOICE", "SMS"] for entry in alabama.entries)
    pages = [read(get(sandbox, "get_choices", country="SG", page=page)) for page in (1, 2, 3, 4)]
    assert sum(page.entries_count for page in pages) == pages[0].total_entries_count
    assert pages[3].entries == []


def test_python_rate(sandbox: Sandbox) -> None:
    answer = read(get(sandbox, "get_rates", country="US"))
    assert answer.currency == "SGD"
    assert [(entry.duration, entry.rate) for entry in answer.entries] == [(1, 4.0), (3, 11.4), (12, 40.8)]


def test_python_subscribe_configure_and_list(sandbox: Sandbox) -> None:
    bought = read(get(sandbox, "subscribe", number=US, duration=1))
    assert (bought.status, bought.currency, bought.debit) == ("success_ok", "SGD", 4.0)
    extended = read(get(sandbox, "subscribe", number=US, duration="auto_extend"))
    assert extended.expiry > bought.expiry
    configured = get(sandbox, "update_forwarding", number=US, forward_to=CALLS, forward_sms_to=SMS, mode="voice")
    assert read(configured).status == "success_ok"
    listed = read(get(sandbox, "get_active"))
    (number,) = [entry for entry in listed.entries if entry.number == US]
    assert (number.forward_to, number.forward_sms_to, number.mode) == (CALLS, SMS, "voice")
    assert (number.country, number.state, number.expiry) == ("US", "AL", extended.expiry)
    assert number.auto_extend_status is False  # what that client makes of `enabled`
    assert number.capabilities == ["VOICE", "SMS"]


def test_python_errors_are_read_like_answers(sandbox: Sandbox) -> None:
    assert read(get(sandbox, "subscribe", number=US, duration=2)).status == "error_invalid_duration"
    assert read(get(sandbox, "get_choices", country="US")).status == "error_state_param_missing"


def test_its_token_in_the_query_is_logged_by_nobody(sandbox: Sandbox, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    get(sandbox, "get_active")
    get(sandbox, "no_such_verb")
    get(sandbox, "no/such/path")
    ours = [record.getMessage() for record in caplog.records if not record.name.startswith("urllib3")]
    assert [line for line in ours if "GET /open/number/get_active HTTP/1.1" in line]
    assert not [line for line in ours if sandbox.access_token in line]


# -- what existing clients in five languages rely on -------------------------------------------------------------------


def test_states_is_always_an_array_and_each_state_has_its_capability(sandbox: Sandbox) -> None:
    countries = post(sandbox, "get_countries")["entries"]
    assert {type(country["states"]) for country in countries} == {list}
    assert [country["code"] for country in countries if country["states"]] == ["US"]
    for state in (state for country in countries for state in country["states"]):
        assert set(state) == {"code", "name", "capability"}
        assert state["capability"] == ["VOICE", "SMS"]


def test_a_subscribed_number_always_has_every_field_and_an_unset_one_is_empty(held: list[dict[str, Any]]) -> None:
    for number in held:
        assert {"state", "mode", "forward_to", "forward_sms_to"} <= set(number)
        assert None not in number.values()
    unset = held[1]
    assert (unset["state"], unset["forward_to"], unset["forward_sms_to"], unset["mode"]) == ("", "", "", "voice")
    assert (held[0]["state"], held[0]["forward_to"]) == ("CA", CALLS)


def test_both_counts_are_always_there(sandbox: Sandbox) -> None:
    for country, state in [("US", "NY"), ("SG", "")]:
        for page in (1, 2, 9):
            answer = post(sandbox, "get_choices", country=country, state=state, page=page)
            assert int(answer["entries_count"]) == len(answer["entries"])
            assert int(answer["total_entries_count"]) >= 45 - 2
    for verb, parameters in [("get_countries", {}), ("get_rates", {"country": "US"}), ("get_active", {})]:
        answer = post(sandbox, verb, **parameters)
        assert int(answer["entries_count"]) == len(answer["entries"])


@pytest.mark.parametrize("country", ["AU", "HK", "NZ", "SG", "US", "VN"])
def test_every_choice_has_its_capability(sandbox: Sandbox, country: str) -> None:
    entries = post(sandbox, "get_choices", country=country, state="AK" if country == "US" else "")["entries"]
    assert len(entries) == 20
    for entry in entries:
        assert set(entry) == {"number", "capability"}
        assert "VOICE" in entry["capability"]


def test_a_page_past_the_end_is_success_with_no_entries(sandbox: Sandbox) -> None:
    answer = post(sandbox, "get_choices", country="HK", page=4)
    assert (answer["status"], answer["entries_count"], answer["entries"]) == ("success_ok", "0", [])


def test_rates_are_for_one_three_and_twelve_months_only(sandbox: Sandbox) -> None:
    for country in ("US", "SG"):
        rates = post(sandbox, "get_rates", country=country)["entries"]
        assert [entry["duration"] for entry in rates] == ["1", "3", "12"]


@pytest.mark.parametrize(
    ("verb", "parameters"),
    [
        ("get_choices", {"country": "XX"}),
        ("get_rates", {}),
        ("subscribe", {"number": "1", "duration": "1"}),
        ("update_forwarding", {"number": "+85221234500"}),
        ("get_active", {"access_token": "wrong"}),
    ],
)
def test_errors_come_with_http_200(sandbox: Sandbox, verb: str, parameters: dict[str, str]) -> None:
    form = {"app_id": sandbox.app_id, "access_token": sandbox.access_token, **parameters}
    response = requests.post(f"{sandbox.base_url}number/{verb}", form, timeout=30)
    assert response.status_code == 200
    assert list(response.json()) == ["status"]
    assert response.json()["status"].startswith("error_")


def test_the_expiry_of_a_subscribed_number_is_a_bare_date(held: list[dict[str, Any]]) -> None:
    for number in held:
        assert date.fromisoformat(number["expiry"]).isoformat() == number["expiry"]


def test_the_expiry_of_a_purchase_is_the_references_bare_date(sandbox: Sandbox) -> None:
    expiry = post(sandbox, "subscribe", number="+842101234500", duration="12")["expiry"]
    assert date.fromisoformat(expiry).isoformat() == expiry


def test_counts_amounts_and_durations_are_texts_as_in_the_reference(sandbox: Sandbox) -> None:
    rates = post(sandbox, "get_rates", country="SG")
    bought = post(sandbox, "subscribe", number="+6432345600", duration="1")
    values = [rates["entries_count"], *rates["entries"][0].values(), bought["debit"], bought["expiry"]]
    assert {type(value) for value in values} == {str}


def test_auto_extend_status_is_one_of_its_two_words(held: list[dict[str, Any]]) -> None:
    assert [number["auto_extend_status"] for number in held] == ["enabled", "disabled"]


# -- what a server should take -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("verb", ["get_countries", "get_choices", "get_rates", "get_active"])
def test_get_and_post_are_interchangeable(sandbox: Sandbox, verb: str) -> None:
    assert get(sandbox, verb, country="AU").json() == post(sandbox, verb, country="AU")


def test_the_plus_of_a_number_travels_escaped_either_way(sandbox: Sandbox) -> None:
    response = get(sandbox, "subscribe", number=SG, duration=1)
    assert "number=%2B6511111111" in str(response.request.url)
    assert response.json()["status"] == "success_ok"
    assert post(sandbox, "update_forwarding", number=SG, forward_to=CALLS)["status"] == "success_ok"


def test_a_browser_client_labels_its_form_as_json(sandbox: Sandbox) -> None:
    form = f"app_id={sandbox.app_id}&access_token={sandbox.access_token}&country=US"
    labelled = {"Content-Type": "application/json"}
    response = requests.post(f"{sandbox.base_url}number/get_rates", form, headers=labelled, timeout=30)
    assert response.json()["status"] == "success_ok"


@pytest.mark.parametrize("state", ["", "AL"])
def test_an_empty_or_needless_state_is_taken(sandbox: Sandbox, state: str) -> None:
    answer = post(sandbox, "get_choices", country="NZ", state=state)
    assert (answer["status"], answer["entries_count"]) == ("success_ok", "20")


def test_no_answer_begins_with_a_byte_order_mark(sandbox: Sandbox) -> None:
    for verb in ("get_countries", "get_choices", "get_rates", "subscribe", "update_forwarding", "get_active"):
        body = get(sandbox, verb).content
        assert body[:1] == b"{"
        assert isinstance(json.loads(body), dict)


# -- bugs of known clients that the server shows -----------------------------------------------------------------------


def test_a_misnamed_sms_url_is_ignored_as_the_real_server_does(sandbox: Sandbox) -> None:
    """One Java client sends `forward_to_sms`, so that its users' SMS are never forwarded."""
    number = "+61255501000"
    post(sandbox, "subscribe", number=number, duration=1)
    assert post(sandbox, "update_forwarding", number=number, forward_to_sms=SMS)["status"] == "success_ok"
    (listed,) = [entry for entry in post(sandbox, "get_active")["entries"] if entry["number"] == number]
    assert listed["forward_sms_to"] == ""


def test_a_misspelt_endpoint_is_told_apart_from_an_answer(sandbox: Sandbox) -> None:
    """Another client calls `number/suscribe`."""
    response = get(sandbox, "suscribe", number=US, duration=1)
    assert (response.status_code, response.json()) == (404, {"status": "error_no_such_call"})
