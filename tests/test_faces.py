from itertools import combinations
from random import Random

import faces
import pytest

from hoiio_numbers import RULES, Checker
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
Pairs = set[tuple[tuple[str, object], tuple[str, object]]]


def pairs_of(checker: Checker, request: faces.Request) -> Pairs:
    facts = checker.check_mapping(request).facts
    return {*combinations([(name, getattr(facts, name)) for name in faces.FACTS], 2)}


def test_every_outcome_is_shown_by_a_request_and_so_is_having_none() -> None:
    checker, requests = faces.standard()
    shown = [faces.codes(checker.check_mapping(request)) for request in requests]
    assert {outcome for outcomes in shown for outcome in outcomes} == OUTCOMES
    assert [] in shown
    of_configure = {code for code, rule in RULES.items() if Call.CONFIGURE in rule.calls}
    assert {code for _, code in OUTCOMES} == of_configure - {"parameter.unknown"}, "which is of keys, not of values"


@pytest.mark.long
def test_no_two_facts_meet_that_meet_in_no_request() -> None:
    checker, requests = faces.standard()
    covered = set[tuple[tuple[str, object], tuple[str, object]]]().union(*(pairs_of(checker, it) for it in requests))
    chance = Random(2)  # noqa: S311 - a seed, so that every run is the same
    sold = [*checker.registry.current.countries]
    for _ in range(5000):
        request: faces.Request = {
            "number": chance.choice(faces.NUMBERS),
            "country": chance.choice([*faces.COUNTRIES, *sold]),
            "state": chance.choice(faces.STATES),
            "mode": chance.choice(faces.MODES),
            "forward_to": chance.choice(faces.URLS),
            "forward_sms_to": chance.choice(faces.URLS),
        }
        assert pairs_of(checker, request) <= covered, request


@pytest.mark.long
def test_they_are_few_and_the_same_each_time() -> None:
    checker, requests = faces.standard()
    assert faces.requests(checker) == requests
    assert faces.requests(checker, seed=2) != requests
    assert len(requests) < 1000


def test_they_hold_what_a_form_can_send() -> None:
    for request in faces.standard()[1]:
        for name, value in request.items():
            assert (
                value is None or isinstance(value, str) or (name == "mode" and all(isinstance(v, str) for v in value))
            )
