from collections.abc import Callable
from itertools import combinations
from random import Random

import faces
import pycountry
import pytest
from phonenumbers import SUPPORTED_REGIONS, example_number

from hoiio_numbers import RULES, Checker, countries
from hoiio_numbers.facts import Call

OUTCOMES = {
    (None, "request.empty"),
    ("country", "country.ambiguous"),
    ("country", "country.mismatch"),
    ("country", "country.unknown"),
    ("country", "country.unsupported"),
    ("forward_sms_to", "service.unsupported"),
    ("forward_sms_to", "url.credentials"),
    ("forward_sms_to", "url.malformed"),
    ("forward_sms_to", "url.too_long"),
    ("forward_sms_to", "url.unreachable"),
    ("forward_to", "service.unsupported"),
    ("forward_to", "url.credentials"),
    ("forward_to", "url.malformed"),
    ("forward_to", "url.too_long"),
    ("forward_to", "url.unreachable"),
    ("mode", "mode.unknown"),
    ("mode", "mode.unused"),
    ("mode", "service.conflict"),
    ("mode", "service.unsupported"),
    ("number", "number.impossible"),
    ("number", "number.malformed"),
    ("number", "number.missing"),
    ("number", "number.unassigned"),
    ("state", "state.unknown"),
}
OTHER_NUMBERS = [None, "5", "+65 abc", "+1 2", "+15005550006", "+491"]
OTHER_MODES: list[str | list[str] | None] = [
    None, "FAX", "voice", "fax+voice", "sms", ["sms", "voice"], "fax phone", "voice,fax,x",
]  # fmt: skip
SHORT_URLS = [
    "www.example.org", "http://sip.example.org:1/", "http://127.1/?", "http://[::]/", "http://u:p@example.org",
    "http://u@localhost",
]  # fmt: skip
OTHER_URLS = [None, *SHORT_URLS, *(f"{url}/{'y' * 5000}" for url in SHORT_URLS)]
Pairs = set[tuple[tuple[str, object], tuple[str, object]]]


def pairs_of(checker: Checker, request: faces.Request) -> Pairs:
    facts = checker.check_mapping(request).facts
    return {*combinations([(name, getattr(facts, name)) for name in faces.FACTS], 2)}


def test_every_outcome_is_shown_by_a_request_and_so_is_having_none() -> None:
    checker, requests = faces.checker(), faces.standard()
    shown = [faces.codes(checker.check_mapping(request)) for request in requests]
    assert {outcome for outcomes in shown for outcome in outcomes} == OUTCOMES
    assert [] in shown
    of_configure = {code for code, rule in RULES.items() if Call.CONFIGURE in rule.calls}
    assert {code for _, code in OUTCOMES} == of_configure - {"parameter.unknown"}, "which is of keys, not of values"


@pytest.mark.long
def test_no_two_facts_meet_that_meet_in_no_request(record_property: Callable[[str, object], None]) -> None:
    """Values of the test's own: every region's number, every country, subdivisions that are a country's or are not."""
    checker, requests = faces.checker(), faces.standard()
    covered = Pairs().union(*(pairs_of(checker, it) for it in requests))
    chance = Random(2)  # noqa: S311 - a seed, so that every run is the same
    examples = [it for it in map(example_number, sorted(SUPPORTED_REGIONS)) if it]
    numbers = [*OTHER_NUMBERS, *(f"+{it.country_code}{it.national_number}" for it in examples)]
    everywhere = sorted(it.alpha_2 for it in pycountry.countries)
    for _ in range(20_000):
        country = chance.choice([None, "", "UK", *checker.registry.current.countries, chance.choice(everywhere)])
        request: faces.Request = {
            "number": chance.choice(numbers),
            "country": country,
            "state": chance.choice([None, "?", "US-AK", *sorted(countries.subdivisions(country or ""))[:4]]),
            "mode": chance.choice(OTHER_MODES),
            "forward_to": chance.choice(OTHER_URLS),
            "forward_sms_to": chance.choice(OTHER_URLS),
        }
        assert pairs_of(checker, request) <= covered, request
    told = f"{len(requests)} requests, {len(OUTCOMES)} outcomes, {len(covered)} pairs of facts"
    record_property("count", f"What every face is held to: {told}")


@pytest.mark.long
def test_they_are_few_and_the_same_each_time() -> None:
    checker, requests = faces.checker(), faces.standard()
    assert faces.requests(checker) == requests
    assert faces.requests(checker, seed=2) != requests
    assert len(requests) < 1000


def test_they_hold_what_a_form_can_send() -> None:
    for request in faces.standard():
        for name, value in request.items():
            assert (
                value is None or isinstance(value, str) or (name == "mode" and all(isinstance(v, str) for v in value))
            )
