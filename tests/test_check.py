import copy
import pickle
import threading
from collections.abc import Iterator
from datetime import date, datetime, timedelta, timezone, tzinfo
from typing import Any, Self

import pytest
from test_cases import checker

from hoiio_numbers import (
    RULES,
    Checker,
    ListedNumber,
    Registry,
    Service,
    capabilities_for,
    check,
    check_config,
    check_mapping,
    registry,
    rule,
)
from hoiio_numbers.facts import Facts, Given
from hoiio_numbers.rulebook import Finding, Rulebook
from hoiio_numbers.violations import Violation

NUMBER, US, CALLS, SMS = "+6561234567", "+12125550123", "https://example.com/calls", "https://example.com/sms"


def codes(violations: tuple[Violation, ...]) -> list[str]:
    return [violation.code for violation in violations]


# -- misuse ------------------------------------------------------------------------------------------------------------

NO_DATES: list[Any] = ["2026-07-01", datetime(2026, 7, 1, tzinfo=timezone.utc), 20260701, 0, "", True, ("2026", 7, 1)]  # noqa: UP017 - as users write it


@pytest.mark.parametrize("on", NO_DATES, ids=repr)
def test_on_is_a_date(on: Any) -> None:
    with pytest.raises(TypeError, match=f"not {type(on).__name__}"):
        check_config(NUMBER, on=on)
    with pytest.raises(TypeError, match="on must be a date"):
        check_mapping({"number": NUMBER}, on=on)
    with pytest.raises(TypeError, match="on must be a date"):
        capabilities_for(NUMBER, on=on)
    for call in (Checker().check_available_numbers, Checker().check_rate):
        with pytest.raises(TypeError, match="on must be a date"):
            call("SG", on=on)
    with pytest.raises(TypeError, match="on must be a date"):
        Checker().check_subscribe(NUMBER, 1, on=on)


NO_CAPABILITIES: list[Any] = [
    5,
    0,
    True,
    False,
    1.5,
    b"voice",
    ["voice", 5],
    [None],
    [["voice"]],
    iter(["voice"]),
    object(),
]


@pytest.mark.parametrize("capabilities", NO_CAPABILITIES, ids=lambda value: str(type(value)))
def test_capabilities_are_words(capabilities: Any) -> None:
    with pytest.raises(TypeError, match="capabilities must be words"):
        check_config(NUMBER, capabilities=capabilities)
    with pytest.raises(TypeError, match="capabilities must be words"):
        check_mapping({"number": NUMBER}, capabilities=capabilities)


@pytest.mark.parametrize("capabilities", [frozenset({"sms"}), ("SMS",), {"sms": 1}.keys(), "sms"], ids=repr)
def test_any_collection_of_words_is_a_list_of_capabilities(capabilities: Any) -> None:
    assert check_config(NUMBER, forward_sms_to=SMS, capabilities=capabilities).ok


def test_a_number_must_be_handed_over_and_the_rest_by_name() -> None:
    with pytest.raises(TypeError, match="number"):
        check_config()  # type: ignore[call-arg]  # the misuse is the point
    with pytest.raises(TypeError, match="positional"):
        check_config(NUMBER, CALLS)  # type: ignore[call-arg]  # the misuse is the point


# -- checkers ----------------------------------------------------------------------------------------------------------


def test_a_checker_decides_by_another_registry() -> None:
    later = checker("turning")
    on = date(2030, 1, 1)
    assert later.check_config("+442079460000", forward_sms_to=SMS, on=on).ok
    assert not check_config("+442079460000", forward_sms_to=SMS, on=on).ok


def test_a_checker_decides_by_the_packaged_data_unless_told_otherwise() -> None:
    assert Checker().registry is Registry.default()
    assert Checker().rules is RULES


def test_the_functions_pass_everything_on_to_a_checker() -> None:
    urls: dict[str, Any] = {"forward_to": "localhost", "forward_sms_to": "http://localhost", "mode": "fax"}
    others: dict[str, Any] = {"country": "SG", "state": "AL", "capabilities": "sms", "on": date(2012, 1, 1)}
    there = check_config("6123 4567", **urls, **others).to_dict()
    assert there == Checker().check_config("6123 4567", **urls, **others).to_dict()
    assert there == check_mapping({"number": "6123 4567", **urls}, **others).to_dict()


class Turning:
    """A registry that is another one after each change."""

    def __init__(self, current: Registry) -> None:
        self.current = current


def test_a_checker_takes_the_current_registry_at_each_check() -> None:
    live = Turning(Registry.default())
    current = Checker(live)
    assert not current.check_config("+16001234567", country="CA", forward_to=CALLS).ok
    live.current = checker("canada").registry.current
    assert current.check_config("+16001234567", country="CA", forward_to=CALLS).ok


def test_equal_facts_of_two_registries_are_not_taken_for_each_other() -> None:
    live = Turning(checker("free").registry.current)
    current = Checker(live)
    assert current.check_config(NUMBER, forward_to=CALLS, mode="voice,fax").ok
    live.current = Registry.default()
    assert codes(current.check_config(NUMBER, forward_to=CALLS, mode="voice,fax").violations) == ["service.conflict"]


def test_a_checker_may_be_used_by_many_threads() -> None:
    shared, answers = Checker(), []
    numbers = [NUMBER, US, "+85221234567", "+442079460000", "abc", None] * 50

    def run() -> None:
        answers.append([shared.check_config(number, forward_sms_to=SMS).to_dict() for number in numbers])

    threads = [threading.Thread(target=run) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    expected = [check_config(number, forward_sms_to=SMS).to_dict() for number in numbers]
    assert answers == [expected] * 4


def test_what_is_remembered_stays_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(check, "MOST_REMEMBERED", 3)
    runs: list[str] = []

    @rule(code="house.counted", severity="error", reads=("number",), message="Never.")
    def counted(facts: Facts) -> Iterator[Finding]:
        """Runs are counted."""
        runs.append(facts.number)
        yield from ()

    bounded = Checker(rules=Rulebook([counted]))
    kinds = [None, "abc", "+651", "+6511111111", NUMBER]
    for number in kinds[:3] * 2:
        bounded.check_config(number)
    assert runs == ["missing", "malformed", "impossible"]
    for number in (kinds[3], kinds[0], kinds[4]):
        bounded.check_config(number)
    assert runs == ["missing", "malformed", "impossible", "unassigned", "missing", "valid"]


def test_what_is_remembered_is_bounded_by_a_reasonable_number() -> None:
    assert 1000 <= check.MOST_REMEMBERED <= 100_000


def test_nothing_depends_on_what_was_checked_before() -> None:
    fresh = [Checker().check_config(number, forward_to=CALLS).to_dict() for number in (NUMBER, "+6561234568", "x", "y")]
    shared = Checker()
    again = [shared.check_config(number, forward_to=CALLS).to_dict() for number in (NUMBER, "+6561234568", "x", "y")]
    assert fresh == again
    assert again[2] != again[3]


def test_the_functions_can_be_sent_to_other_processes() -> None:
    for function in (check_config, check_mapping, capabilities_for):
        assert pickle.loads(pickle.dumps(function)) == function  # noqa: S301 - our own
    assert copy.deepcopy(check_config) == check_config


def test_a_copy_of_another_checker_is_not_the_default_one() -> None:
    rules = RULES.silence("mode.unused")
    assert copy.copy(Checker(rules=rules)).rules is rules


# -- today -------------------------------------------------------------------------------------------------------------

GMT8 = timezone(timedelta(hours=8))
MIDNIGHT = datetime(2026, 7, 1, tzinfo=GMT8).timestamp()


def set_clock(monkeypatch: pytest.MonkeyPatch, now: float) -> None:
    class Clock(datetime):
        @classmethod
        def now(cls, tz: tzinfo | None = None) -> Self:
            return cls.fromtimestamp(now, tz)

    monkeypatch.setattr(registry, "datetime", Clock)
    monkeypatch.setattr(check, "time", lambda: now)


def test_today_is_the_date_in_the_vendor_s_time_zone(monkeypatch: pytest.MonkeyPatch) -> None:
    running = Checker()
    for seconds, today in ((-0.001, 30), (0, 1), (86_399.999, 1), (86_400, 2), (-86_400, 30), (86_400 * 9, 10)):
        set_clock(monkeypatch, MIDNIGHT + seconds)
        dates = {checker.check_config(NUMBER).on for checker in (running, Checker())} | {running.check_mapping({}).on}
        assert dates == {date(2026, 6 if today == 30 else 7, today)}


def test_the_data_turns_at_the_vendor_s_midnight(monkeypatch: pytest.MonkeyPatch) -> None:
    running, turn = checker("turning"), datetime(2030, 1, 1, tzinfo=GMT8).timestamp()
    for now, sold in ((turn - 0.001, False), (turn, True), (turn - 1, False)):
        set_clock(monkeypatch, now)
        assert running.check_config("+442079460000", forward_to=CALLS).ok is sold


def test_a_report_is_of_today_unless_told_otherwise() -> None:
    before, report, after = datetime.now(GMT8).date(), check_config(NUMBER), datetime.now(GMT8).date()
    assert before <= report.on <= after
    assert check_config(NUMBER, on=date(2013, 1, 1)).on == date(2013, 1, 1)


# -- capabilities_for --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("what", "country", "services"),
    [
        (NUMBER, "SG", {"voice", "fax"}),
        (" +65 6123-4567 ", "SG", {"voice", "fax"}),
        ("+6511111111", "SG", {"voice", "fax"}),
        ("+١٢١٢٥٥٥٠١٢٣", "US", {"voice", "sms"}),
        ("SG", "SG", {"voice", "fax"}),
        (" us ", "US", {"voice", "sms"}),
        ("AU", "AU", {"voice"}),
        ("CX", "AU", {"voice"}),
        ("+61891641234", "AU", {"voice"}),
    ],
)
def test_capabilities_are_told_for_a_number_or_a_country(what: str, country: str, services: set[str]) -> None:
    told = capabilities_for(what)
    assert told
    assert (told.country, set(map(str, told.services))) == (country, services)


@pytest.mark.parametrize(
    "what",
    [None, "", " ", "GB", "XX", "UK", "Singapore", "+442079460000", "61234567", "+651", "abc", "+", 65, 6561234567,
     True, b"SG", ["SG"], {}, object(), "\ud800", "x" * 100_000, "1" * 100_000],
    ids=lambda what: ascii(what)[:20] if isinstance(what, str) else str(type(what)),
)  # fmt: skip
def test_nothing_is_told_for_what_the_data_has_not(what: object) -> None:
    assert capabilities_for(what) is None


def test_nothing_is_told_for_a_number_of_several_countries() -> None:
    several = checker("canada")
    assert several.capabilities_for("+16001234567") is None
    told = several.capabilities_for("+14165551234")
    assert told
    assert told.country == "CA"


@pytest.mark.parametrize(
    ("what", "state", "of_state", "sms"),
    [
        ("US", "AK", "AK", False),
        (US, " us-ak ", "AK", False),
        ("US", "AL", None, True),
        ("US", "XX", None, True),
        ("US", 5, None, True),
        ("US", None, None, True),
    ],
)
def test_capabilities_are_told_for_a_state(what: str, state: object, of_state: str | None, sms: bool) -> None:
    told = checker("alaska").capabilities_for(what, state=state)
    assert told
    assert (told.state, told.supports("sms")) == (of_state, sms)


def test_capabilities_are_told_for_a_date() -> None:
    turning = checker("turning")
    assert turning.capabilities_for("GB", on=date(2029, 12, 31)) is None
    assert capabilities_for("SG", on=date(2012, 8, 31)) is None
    told = [turning.capabilities_for("SG", on=on) for on in (date(2019, 12, 31), date(2020, 1, 1))]
    assert [each and each.supports("sms") for each in told] == [False, True]


@pytest.mark.parametrize("keywords", [{"registry": "capabilities"}, {"rules": [*RULES.values()]}, {"rules": None}])
def test_a_checker_of_anything_else_is_a_type_error(keywords: dict[str, Any]) -> None:
    with pytest.raises(TypeError, match=r"must be a (Registry|Rulebook)"):
        Checker(**keywords)


@pytest.mark.parametrize("capabilities", [{"voice": True}, b"voice", [1], 5])
def test_capabilities_of_another_kind_are_a_type_error(capabilities: Any) -> None:
    with pytest.raises(TypeError, match="capabilities must be words"):
        check_config(NUMBER, capabilities=capabilities)


UNSUPPORTED = {field: ("service.unsupported", field) for field in ("forward_to", "forward_sms_to")}


@pytest.mark.parametrize(
    ("listed", "violations"),
    [
        (ListedNumber(number="+16001234567"), []),  # in no range that is known to be assigned
        (ListedNumber(number="+442079460000"), []),  # of a country that the data does not sell
        (ListedNumber(number="+14165551234", country="US"), []),  # of another country than the API says
        (ListedNumber(number="+16001234567", country="US", state="ZZ"), []),  # of a state that ISO 3166 does not know
        (ListedNumber(number="+6561234567", country="ZZ"), [UNSUPPORTED["forward_sms_to"]]),  # the data still says so
        (
            ListedNumber(number="+442079460000", country="GB", capabilities=frozenset({Service.FAX})),
            [UNSUPPORTED["forward_to"], UNSUPPORTED["forward_sms_to"]],
        ),
    ],
)
def test_what_the_api_says_of_its_own_number_is_not_doubted(
    listed: ListedNumber, violations: list[tuple[str, str]]
) -> None:
    report = check_config(listed, forward_to=CALLS, forward_sms_to=SMS)
    assert [(violation.code, violation.field) for violation in report.violations] == violations
    assert report.number == listed.number


def test_a_number_that_the_api_lists_is_still_to_be_a_number() -> None:
    report = check_config(ListedNumber(number="+65x"), forward_to=CALLS)
    assert codes(report.violations) == ["number.malformed"]


def test_a_page_and_a_duration_may_be_left_blank() -> None:
    assert {Checker().check_available_numbers("SG", page=page).facts.page for page in (None, "", " ")} == {Given.NO}
    assert {Checker().check_subscribe(NUMBER, each).facts.duration for each in (None, "", " ")} == {Given.NO}


def test_what_the_api_does_not_say_of_its_own_number_is_not_given() -> None:
    listed = ListedNumber(number=NUMBER)
    assert (listed.country, listed.state, listed.capabilities, listed.others) == (None, None, None, {})
    facts = check_config(ListedNumber(number=NUMBER)).facts
    assert (facts.country_given, facts.state_given) == (Given.NO, Given.NO)
    facts = check_config(ListedNumber(number=NUMBER, country="US", state="ZZ")).facts
    assert (facts.country_given, facts.state_given) == (Given.FINE, Given.FINE)


def test_where_nothing_is_misspelt_a_rule_finds_no_key() -> None:
    assert check_config(NUMBER).facts.request.misspelt == ()
