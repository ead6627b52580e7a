from collections import defaultdict
from collections.abc import Iterator, Mapping
from datetime import date
from string import Formatter
from typing import Any, ClassVar

import pytest
from test_cases import CASES, all_told

from hoiio_numbers import RULES, Checker, Outcome, Report, Rule, Rulebook, Severity, check_config, found, rule
from hoiio_numbers.facts import Call, Facts
from hoiio_numbers.rulebook import NO_ALTERNATIVES, OTHERWISE, Finding
from hoiio_numbers.violations import Violation

NUMBER, CALLS = "+6561234567", "https://example.com/calls"


@rule(
    code="house.no_calls", severity="warning", reads=("forward_to",), message="{field} is not for calls.", hint="Stop."
)
def no_calls(facts: Facts) -> Iterator[Finding]:
    """Calls are not wanted."""
    if facts.forward_to:
        yield found("forward_to", field="forward_to")


@rule(code="house.lucky", severity="error", reads=("request",), message="{number} has no 8 in it.")
def lucky(facts: Facts) -> Iterator[Finding]:
    """A number has an 8 in it."""
    if "8" not in (facts.request.number.e164 or ""):
        yield found("number", number=facts.request.number.e164)


def codes(report: Report) -> list[str]:
    return [violation.code for violation in report.violations]


def checked(rules: Rulebook, **request: object) -> Report:
    return Checker(rules=rules).check_config(**{"number": NUMBER, "forward_to": CALLS, **request})  # type: ignore[arg-type]  # any request


class Watched(Facts):
    """Facts that write down which of them were looked at."""

    looked_at: ClassVar[set[str]] = set()

    def __getattribute__(self, name: str) -> Any:
        if name in Facts._fields:
            self.looked_at.add(name)
        return super().__getattribute__(name)


def test_a_rule_reads_the_facts_that_it_names_and_no_others() -> None:
    read: dict[str, set[str]] = {code: set() for code in RULES}
    for _, report in all_told():
        facts = Watched._make(report.facts)
        for each in RULES.values():
            Watched.looked_at.clear()
            if each.is_about(facts):
                list(each.find(facts))
                list(each.evidence(facts))
            read[each.code] |= Watched.looked_at
    beside = {"call", "request"}  # which rules are asked is of the call, what they say of what was typed
    assert {code: names - beside for code, names in read.items()} == {code: {*RULES[code].reads} for code in RULES}


def told(template: str, hint: Mapping[str, str] | None = None, **params: Any) -> Violation:
    """The violation of a rule that says *template* of *params*, whatever is asked for."""

    @rule(code="house.told", severity="error", reads=("number",), message=template, hint=hint)
    def telling(_facts: Facts) -> Iterator[Finding]:
        """Two words
        and two."""
        yield found(None, **params)

    (violation,) = checked(Rulebook([telling])).violations
    assert telling.description == "Two words and two."
    return violation


def test_a_rule_may_have_no_hint_and_no_status() -> None:
    (violation,) = checked(Rulebook([lucky])).violations
    assert (violation.hint, violation.server_status, violation.source) == (None, None, None)


def test_a_hint_for_want_of_alternatives_comes_before_that_of_the_reason() -> None:
    hints = {"why": "Because.", OTHERWISE: "Else."}
    assert told("No.", hints, reason="why", alternatives=[]).hint == "Because."
    hints[NO_ALTERNATIVES] = "None."
    assert told("No.", hints, reason="why", alternatives=[]).hint == "None."
    assert told("No.", hints, reason="why", alternatives=["a"]).hint == "Because."
    assert told("No.", hints, reason="other", alternatives=["a"]).hint == "Else."


def test_services_are_written_as_people_write_them() -> None:
    assert told("{service}", service="sms").message == "SMS"
    assert told("{services}", services=["sms", "voice"]).message == "SMS and voice"
    assert told("{text}", text="sms").message == "sms"


def test_only_what_could_be_a_url_is_redacted() -> None:
    params: dict[str, Any] = {
        "url": "http://me:secret@example.com",
        "urls": ["//me@example.com", "me@example.com"],
        "who": "me@home",
    }
    assert told("No.", **params).params == {
        "url": "http://***@example.com",
        "urls": ["//***@example.com", "me@example.com"],
        "who": "me@home",
    }


# -- the rules that ship -----------------------------------------------------------------------------------------------


def test_the_rules_are_looked_up_by_code_and_in_order() -> None:
    assert list(RULES) == sorted(RULES)
    assert len(RULES) == len(list(RULES))
    assert all(RULES[code].code == code for code in RULES)
    assert repr(RULES) == f"<Rulebook of {len(RULES)} rules>"
    assert "house.lucky" not in RULES


@pytest.mark.parametrize("each", RULES.values(), ids=RULES)
def test_a_rule_is_described_and_reads_real_facts(each: Rule) -> None:
    assert each.description.endswith(".")
    assert "\n" not in each.description
    assert set(each.reads) <= set(Facts._fields)
    assert each.reads
    assert not each.reads_request


def texts(written: str | Mapping[str, str] | None) -> Mapping[Any, str]:
    """The texts by their reason, under None one for all of them."""
    return {None: written} if isinstance(written, str) else written or {}


@pytest.mark.parametrize("each", RULES.values(), ids=RULES)
def test_a_rule_has_a_hint_for_every_message(each: Rule) -> None:
    messages, hints = texts(each.message), texts(each.hint)
    assert hints
    assert hints.keys() & {None, OTHERWISE} or set(hints) >= set(messages) - {OTHERWISE}


@pytest.mark.parametrize("each", RULES.values(), ids=RULES)
def test_a_rule_fills_its_texts_from_its_params(each: Rule) -> None:
    told = [finding for _, report in all_told() for finding in report.violations if finding.code == each.code]
    assert told
    for violation in told:
        for text in (texts(each.message), texts(each.hint)):
            reason = str(violation.params.get("reason"))
            template = text.get(None) or text.get(reason) or text[OTHERWISE]
            assert {name for _, name, *_ in Formatter().parse(template) if name} <= set(violation.params)


@pytest.mark.parametrize(
    ("code", "keywords"),
    [
        ("service.unsupported", {"on": date(2010, 1, 1), "capabilities": [], "forward_to": "https://example.com"}),
        ("country.unsupported", {"on": date(2010, 1, 1), "country": "GB"}),
    ],
)
def test_a_hint_does_not_offer_what_is_not_there(code: str, keywords: dict[str, Any]) -> None:
    (told,) = (it for it in check_config(NUMBER, **keywords).violations if it.code == code)
    hints = RULES[code].hint
    assert isinstance(hints, Mapping)
    assert told.hint == hints[NO_ALTERNATIVES].format(service="voice")


@pytest.mark.parametrize(
    "fields",
    [
        {"reads": ("number", "weather")},
        {"reads": "number"},
        {"reads": ("raw",)},
        {"calls": "configure"},
        {"severity": "x"},
    ],
)
def test_a_rule_that_is_made_wrongly_is_no_rule(fields: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"names no fact|is not a valid"):
        rule(**{"code": "house.odd", "severity": "error", "reads": (), "message": "No.", **fields})(lambda _facts: ())


def test_what_could_be_a_password_is_hidden_from_every_rule_s_params() -> None:
    _, hidden, _ = found("mode", it="https://me:hunter2@example.com/", them=["http://hunter2@x", "fax"])
    assert hidden == {"it": "https://***@example.com/", "them": ["http://***@x", "fax"]}


def is_broken(each: Rule, facts: Facts) -> bool:
    """Whether the rule finds something; without the raw values it breaks off where it goes to tell of it."""
    try:
        return any(True for _ in each(facts))
    except AttributeError:
        return True


class NoValues:
    """Raw values that cannot be had."""


@pytest.mark.parametrize("each", RULES.values(), ids=RULES)
def test_our_own_rules_decide_nothing_by_raw_values(each: Rule) -> None:
    for case, report in all_told():
        blind = report.facts._replace(request=NoValues())  # type: ignore[arg-type]  # whoever looks is caught
        assert is_broken(each, blind) is (each.code in codes(report)), case


@pytest.mark.parametrize("each", RULES.values(), ids=RULES)
def test_a_rule_decides_by_the_facts_that_it_says_it_reads(each: Rule) -> None:
    answers = defaultdict(set)
    for _, report in all_told():
        if each.is_about(report.facts):
            read = tuple(getattr(report.facts, name) for name in each.reads)
            answers[report.facts.call, report.facts.edition, read].add(each.code in codes(report))
    assert answers
    assert all(len(answer) == 1 for answer in answers.values())


# -- other books -------------------------------------------------------------------------------------------------------


def test_a_rule_can_be_added() -> None:
    book = RULES.add(no_calls)
    assert len(book) == len(RULES) + 1
    assert "house.no_calls" not in RULES
    [violation] = checked(book).violations
    assert (violation.code, violation.severity) == ("house.no_calls", Severity.WARNING)
    assert (violation.message, violation.hint) == ("forward_to is not for calls.", "Stop.")
    assert (violation.source, violation.server_status) == (None, None)


def test_a_rule_of_the_same_code_replaces_the_other() -> None:
    @rule(code="number.missing", severity=Severity.WARNING, reads=("number",), message="Fine.")
    def nothing(_facts: Facts) -> Iterator[Finding]:
        """Nothing is wrong."""
        yield from ()

    book = RULES.add(nothing)
    assert len(book) == len(RULES)
    assert book["number.missing"] is nothing
    assert checked(book, number=None).ok
    assert not checked(RULES, number=None).ok


def test_a_rule_can_be_silenced() -> None:
    book = RULES.silence("request.empty", "number.missing")
    assert len(book) == len(RULES) - 2
    assert codes(checked(book, number="", forward_to="")) == []


def test_silencing_nothing_changes_nothing() -> None:
    assert list(RULES.silence()) == list(RULES)


@pytest.mark.parametrize("codes_", [["no.such"], ["number.missing", "number.mising"]])
def test_an_unknown_code_cannot_be_silenced(codes_: list[str]) -> None:
    with pytest.raises(KeyError, match=codes_[-1]):
        RULES.silence(*codes_)


def test_an_unknown_code_cannot_be_regraded() -> None:
    with pytest.raises(KeyError, match=r"no\.such"):
        RULES.regrade(Severity.ERROR, "number.missing", "no.such")


@pytest.mark.parametrize("severity", ["error", Severity.ERROR])
def test_a_rule_can_be_regraded(severity: Severity | str) -> None:
    book = RULES.regrade(severity, "url.unreachable", "number.unassigned")
    report = checked(book, forward_to="http://localhost")
    assert (report.ok, codes(report)) == (False, ["url.unreachable"])
    assert checked(RULES, forward_to="http://localhost").ok


def test_a_refusal_can_become_a_warning() -> None:
    report = checked(RULES.regrade("warning", "request.empty"), forward_to=None)
    assert report.ok
    assert [(violation.code, violation.severity) for violation in report.violations] == [
        ("request.empty", Severity.WARNING)
    ]


def test_a_severity_is_error_or_warning() -> None:
    with pytest.raises(ValueError, match="fatal"):
        RULES.regrade("fatal", "request.empty")


def test_a_book_may_be_empty() -> None:
    report = checked(Rulebook([]), number="abc")
    assert report.ok
    assert report.explain() == ()


def test_a_rule_is_for_the_calls_that_it_names() -> None:
    @rule(code="house.closed", severity="error", calls=Call, reads=("call",), message="Closed.")
    def closed(_facts: Facts) -> Iterator[Finding]:
        """Nothing is sold."""
        yield found(None)

    checker = Checker(rules=Rulebook([closed, no_calls]))
    assert codes(checker.check_rate("SG")) == ["house.closed"]
    assert codes(checker.check_config(NUMBER, forward_to=CALLS)) == ["house.no_calls", "house.closed"]


def test_a_finite_rule_is_remembered_for_equal_facts() -> None:
    runs: list[str] = []

    @rule(code="house.counted", severity="error", reads=("number",), message="Never.")
    def counted(facts: Facts) -> Iterator[Finding]:
        """Runs are counted."""
        runs.append(facts.number)
        yield from ()

    checker = Checker(rules=RULES.add(counted))
    for number in (NUMBER, NUMBER, "+6561234568", "abc", "abd"):
        assert checker.check_config(number, forward_to=CALLS).number in {number, None}
    assert runs == ["valid", "malformed"]


def test_what_quotes_no_raw_value_is_told_once_for_equal_facts() -> None:
    runs: list[str] = []

    @rule(code="house.terse", severity="error", reads=("number",), message="No.")
    def terse(facts: Facts) -> Iterator[Finding]:
        """Numbers are not wanted."""
        runs.append(facts.number)
        yield found("number")

    checker = Checker(rules=Rulebook([terse]))
    told = [checker.check_config(number).violations for number in (NUMBER, "+6561234568", "+6561234569")]
    assert [[it.message for it in violations] for violations in told] == [["No."]] * 3
    assert runs == ["valid"] * 2  # once to decide, once to tell


def test_what_quotes_a_raw_value_is_told_of_each_request() -> None:
    @rule(code="house.wordy", severity="error", reads=("number",), message="{number} is not wanted.")
    def wordy(facts: Facts) -> Iterator[Finding]:
        """Numbers are not wanted, and which number it is."""
        *_, number = facts.request
        yield found("number", number=number.e164)

    checker = Checker(rules=Rulebook([wordy]))
    for number in (NUMBER, "+6561234568"):
        assert [it.message for it in checker.check_config(number).violations] == [f"{number} is not wanted."]


def test_what_takes_anything_for_a_raw_value_is_told_of_each_request() -> None:
    @rule(code="house.lenient", severity="error", reads=("number",), message="{number} is not wanted.")
    def lenient(facts: Facts) -> Iterator[Finding]:
        """Numbers are not wanted, and which number it is, if there is one."""
        yield found("number", number=getattr(facts.request, "typed_number", "It"))

    (told,) = Checker(rules=Rulebook([lenient])).check_config(NUMBER).violations
    assert told.message == f"{NUMBER} is not wanted."


def test_what_shows_the_whole_request_is_told_of_each_request() -> None:
    @rule(code="house.open", severity="error", reads=("number",), message="{request} is not wanted.")
    def shows(facts: Facts) -> Iterator[Finding]:
        """Requests are not wanted, and which request it is."""
        yield found("number", request=f"{facts.request}")

    (told,) = Checker(rules=Rulebook([shows])).check_config(NUMBER).violations
    assert told.message.startswith("<Request on ")


def test_what_is_done_to_a_report_is_done_to_no_other() -> None:
    (first,) = check_config(NUMBER, forward_to=CALLS, mode="voice+fax").violations
    services = first.params["services"]
    assert isinstance(services, list)
    services.clear()
    (second,) = check_config(NUMBER, forward_to=CALLS, mode="voice+fax").violations
    assert second.params == {"services": ["voice", "fax"]}


def test_a_rule_that_reads_raw_values_runs_each_time() -> None:
    checker = Checker(rules=RULES.add(lucky))
    answers = [checker.check_config(number, forward_to=CALLS).ok for number in (NUMBER, "+6561234568", NUMBER)]
    assert answers == [False, True, False]
    assert codes(checker.check_config(NUMBER, forward_to=CALLS)) == ["house.lucky"]


def test_a_rule_that_reads_raw_values_may_catch_whatever_happens_to_it() -> None:
    @rule(code="house.calm", severity="error", reads=("request",), message="{number} is not wanted.")
    def calm(facts: Facts) -> Iterator[Finding]:
        """Numbers are not wanted, where there are any."""
        try:
            number = facts.request.number.e164
        except Exception:
            return
        yield found("number", number=number)

    report = Checker(rules=Rulebook([calm])).check_config(NUMBER)
    assert not report.ok
    assert [it.message for it in report.violations] == [f"{NUMBER} is not wanted."]
    assert [explanation.outcome for explanation in report.explain()] == [Outcome.FAILED]


def test_a_rule_that_reads_raw_values_stands_beside_those_that_do_not() -> None:
    report = checked(RULES.add(lucky), number="+6511111111", forward_to=None)
    assert codes(report) == ["house.lucky", "number.unassigned", "request.empty"]


@pytest.mark.parametrize(
    "value", [10**5000, NUMBER, ["https://user:hunter2@example.com"], b"x"], ids=lambda v: str(type(v))
)
def test_a_rule_that_reads_raw_values_is_explained_whatever_they_are(value: object) -> None:
    for parameter in ("number", "forward_to", "mode"):
        report = checked(RULES.add(lucky), **{parameter: value})
        told = {explanation.rule.code: explanation for explanation in report.explain()}["house.lucky"]
        assert told.outcome is Outcome.FAILED
        assert "hunter2" not in told.facts["request"]


def test_the_status_of_a_rule_may_depend_on_the_call() -> None:
    @rule(
        code="house.open",
        severity="error",
        calls=Call,
        reads=("call",),
        message="No.",
        server_status={"rate": "closed"},
    )
    def closed(_facts: Facts) -> Iterator[Finding]:
        """The rates are not told."""
        yield found(None)

    checker = Checker(rules=Rulebook([closed]))
    assert [violation.server_status for violation in checker.check_rate("SG").violations] == ["closed"]
    assert [violation.server_status for violation in checker.check_config(NUMBER).violations] == [None]


def test_a_rule_without_a_docstring_has_no_description() -> None:
    @rule(code="house.silent", severity="error", reads=("call",), message="No.")
    def silent(_facts: Facts) -> Iterator[Finding]:
        yield found(None)

    assert silent.description == ""


def test_a_service_goes_by_its_name_in_a_message() -> None:
    told = {report.violations[0].message for case, report in all_told() if case.name == "forward_sms_to asks for SMS"}
    assert told == {"Numbers of SG cannot receive SMS."}


def test_the_cases_reach_every_call() -> None:
    assert {case.call for case in CASES} == {*Call, "mapping"}
