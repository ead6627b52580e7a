import copy
import json
import pickle
from collections.abc import Iterator
from datetime import date
from typing import Any, TypeVar, cast

import pytest
from test_cases import CASES, Case, label, run

from hoiio_numbers import (
    CapabilityDataError,
    Checker,
    Explanation,
    Fault,
    HoiioError,
    InvalidRequestError,
    Outcome,
    Report,
    Severity,
    Source,
    Violation,
    check_config,
    check_mapping,
)

NUMBER, US, CALLS, SMS = "+6561234567", "+12125550123", "https://example.com/calls", "https://example.com/sms"
ON = date(2026, 7, 1)
T = TypeVar("T")


def fine() -> Report:
    return check_config(NUMBER, forward_to=CALLS, on=ON)


def warned() -> Report:
    return check_config("+65 1111 1111", forward_to="http://localhost:8000", on=ON)


def refused() -> Report:
    return check_config("+65 1111 1111", forward_to="http://localhost", forward_sms_to="ftp://x", mode="fax", on=ON)


def stored(value: T) -> T:
    return cast("T", pickle.loads(pickle.dumps(value)))  # noqa: S301 - our own bytes


def codes(violations: tuple[Violation, ...]) -> list[str]:
    return [violation.code for violation in violations]


@pytest.mark.parametrize(("report", "ok"), [(fine(), True), (warned(), True), (refused(), False)])
def test_a_report_is_true_when_there_is_no_error(report: Report, ok: bool) -> None:
    assert report.ok is bool(report) is ok


def test_a_report_is_no_sequence() -> None:
    report = refused()
    for access in ("__len__", "__getitem__", "__iter__", "__contains__"):
        assert not hasattr(report, access)


def test_errors_and_warnings_part_the_violations_in_their_order() -> None:
    report = refused()
    assert codes(report.violations) == [
        "number.unassigned",
        "url.unreachable",
        "service.unsupported",
        "url.malformed",
    ]
    assert codes(report.errors) == ["service.unsupported", "url.malformed"]
    assert codes(report.warnings) == ["number.unassigned", "url.unreachable"]


def test_by_field_groups_the_violations_in_their_order() -> None:
    report = refused()
    grouped = report.by_field()
    assert list(grouped) == ["number", "forward_to", "forward_sms_to"]
    assert [violation for group in grouped.values() for violation in group] == list(report.violations)
    assert fine().by_field() == {}


def test_by_field_has_the_request_as_a_whole_under_none() -> None:
    assert codes(check_config(NUMBER).by_field()[None]) == ["request.empty"]


def test_raise_for_errors_is_silent_without_errors() -> None:
    fine().raise_for_errors(strict=True)
    warned().raise_for_errors()


@pytest.mark.parametrize(("report", "strict"), [(refused(), False), (refused(), True), (warned(), True)])
def test_raise_for_errors_raises_for_errors_and_strictly_for_warnings(report: Report, strict: bool) -> None:
    with pytest.raises(InvalidRequestError) as caught:
        report.raise_for_errors(strict=strict)
    assert caught.value.report is report
    assert isinstance(caught.value, HoiioError)
    assert isinstance(caught.value, ValueError)


def test_an_invalid_request_says_everything_that_is_wrong_with_it() -> None:
    error = InvalidRequestError(check_config("abc"))
    assert str(error).splitlines() == [
        "error: number: 'abc' has 'a' in it, which no phone number has. [number.malformed]",
        "error: Nothing is asked for: no mode, no forward_to and no forward_sms_to. [request.empty]",
    ]


def test_a_repr_tells_the_outcome_the_number_and_the_codes() -> None:
    assert repr(fine()) == "<Report ok: +6561234567>"
    assert repr(warned()) == "<Report ok: +6511111111: number.unassigned, url.unreachable>"
    assert repr(check_config(None)) == "<Report refused: no usable number: number.missing, request.empty>"


def test_a_report_says_what_it_understood() -> None:
    report = check_config("08 9164 1234", country="cx", forward_to=CALLS, on=ON)
    assert (report.number, report.country, report.on) == ("+61891641234", "AU", ON)


# -- explanations ------------------------------------------------------------------------------------------------------


def explained(report: Report) -> dict[str, Explanation]:
    return {explanation.rule.code: explanation for explanation in report.explain()}


@pytest.mark.parametrize("report", [fine(), warned(), refused()])
def test_a_report_out_of_a_pickle_says_the_same(report: Report) -> None:
    again = stored(report)
    assert (again.to_dict(), again.to_problem(), repr(again)) == (report.to_dict(), report.to_problem(), repr(report))
    assert (bool(again), again.by_field(), again.warnings) == (bool(report), report.by_field(), report.warnings)
    assert stored(again).to_dict() == report.to_dict()
    with pytest.raises(AttributeError, match="a report out of a pickle has no facts"):
        again.explain()
    with pytest.raises(AttributeError, match="has no facts: its facts stayed in the process that made it"):
        _ = again.facts
    if report.violations:
        with pytest.raises(InvalidRequestError) as caught:
            again.raise_for_errors(strict=True)
        assert str(stored(caught.value)) == str(caught.value)


def test_a_copy_of_a_report_is_the_report() -> None:
    report = refused()
    assert copy.copy(report) is copy.deepcopy(report) is report


def test_an_explanation_tells_passed_failed_and_not_applicable() -> None:
    told = explained(check_config(NUMBER, forward_sms_to=SMS, on=ON))
    assert told["number.malformed"].outcome is Outcome.PASSED
    assert told["service.unsupported"].outcome is Outcome.FAILED
    assert told["country.mismatch"].outcome is Outcome.NOT_APPLICABLE
    assert [str(told[code].to_dict()["outcome"]) for code in ("number.malformed", "country.mismatch")] == [
        "passed",
        "not applicable",
    ]


def test_an_explanation_tells_all_that_a_url_is() -> None:
    told = explained(check_config(NUMBER, forward_to=f"http://me@localhost/{'x' * 4000}", on=ON))["url.too_long"]
    assert told.facts == {"forward_to": "given, too long, unreachable, credentials", "forward_sms_to": "not given"}


OF_NO_URL = {"url.credentials", "url.malformed", "url.too_long", "url.unreachable"}
OF_NUMBERS = {"number.impossible", "number.unassigned"}


@pytest.mark.parametrize(
    ("call", "request_", "codes"),
    [
        (
            "configure",
            {"number": " "},
            {"number.malformed", *OF_NUMBERS, *OF_NO_URL, "mode.unknown", "mode.unused", "state.unknown"}
            | {"country.ambiguous", "country.mismatch", "country.unknown", "country.unsupported"}
            | {"service.conflict", "service.unsupported"},
        ),
        (
            "configure",
            {"number": "x", "country": "SG", "mode": "voice"},
            {*OF_NUMBERS, *OF_NO_URL, "country.ambiguous", "country.mismatch", "service.conflict", "state.unknown"},
        ),
        (
            "configure",
            {"number": "+651", "mode": "x", "forward_to": "localhost"},
            {"country.ambiguous", "country.mismatch", "country.unknown", "country.unsupported", "mode.unused"}
            | {"number.unassigned", "service.conflict", "service.unsupported", "state.unknown"}
            | {"url.credentials", "url.unreachable"},
        ),
        (
            "configure",
            {"number": "+6511111111", "country": "XX", "state": "AL", "forward_to": CALLS, "forward_sms_to": "x"},
            {"country.ambiguous", "country.mismatch", "mode.unknown", "mode.unused"},
        ),
        (
            "configure",
            {"number": NUMBER, "country": "SG", "forward_to": CALLS, "capabilities": "voice"},
            {"country.ambiguous", "country.unsupported", "mode.unknown", "mode.unused", "service.conflict"}
            | {"state.unknown"},
        ),
        (
            "available_numbers",
            {},
            {"country.unknown", "country.unsupported", "page.invalid", "state.required", "state.unknown"},
        ),
        ("available_numbers", {"country": "SG", "page": 1}, {"state.required", "state.unknown"}),
        ("available_numbers", {"country": "US", "state": "AL"}, {"page.invalid"}),
        ("subscribe", {"number": NUMBER, "duration": 1}, {"country.unknown"}),
        ("subscribe", {"number": "x"}, {"country.unknown", "country.unsupported", "duration.unknown", *OF_NUMBERS}),
        ("rate", {}, {"country.unknown", "country.unsupported"}),
        ("rate", {"country": "GB"}, set()),
    ],
)
def test_a_rule_is_not_applicable_where_there_is_nothing_to_judge(
    call: str, request_: dict[str, Any], codes: set[str]
) -> None:
    told = run(Checker(), call, request_, on=ON).explain()
    assert {each.rule.code for each in told if each.outcome is Outcome.NOT_APPLICABLE} == codes


def test_an_explanation_is_of_the_rules_of_its_call() -> None:
    assert "duration.missing" not in explained(fine())
    assert "country.missing" not in explained(fine())


def test_an_explanation_tells_the_facts_that_were_read() -> None:
    report = check_config(
        US, country="US", state="AL", mode="fax,x", forward_to="http://a@localhost", capabilities=[], on=ON
    )
    told = explained(report)
    assert told["number.missing"].facts == {"number": "valid"}
    assert told["state.unknown"].facts == {"state_given": "fine"}
    assert told["country.ambiguous"].facts == {
        "country": "US",
        "capabilities": "none",
        "modes": "fax",
        "unknown_mode": "yes",
        "forward_to": "given, unreachable, credentials",
        "forward_sms_to": "not given",
    }
    assert told["service.conflict"].facts["edition"] == "the data of AU, HK, NZ, SG, US, VN"


def test_an_explanation_tells_what_was_not_given() -> None:
    told = explained(check_config("+999", on=ON))
    assert told["service.unsupported"].facts["capabilities"] == "not given"
    assert told["service.unsupported"].facts["country"] == "undetermined"
    assert told["mode.unknown"].facts == {"modes": "none", "unknown_mode": "no"}


def test_an_explanation_tells_that_no_data_is_in_force() -> None:
    told = explained(check_config(NUMBER, forward_to=CALLS, on=date(2012, 8, 31)))
    assert told["service.conflict"].facts["edition"] == "the data of no country"
    assert told["country.unsupported"].facts["country"] == "unsupported"


def case(name: str) -> Case:
    return next(case for case in CASES if case.name == name)


def test_an_explanation_tells_a_state_and_several_candidates() -> None:
    of_state = explained(case("a state with data of its own decides").run())
    assert of_state["service.unsupported"].facts["country"] == "US-AK"
    of_several = explained(case("candidates that differ in a service asked for are named").run())
    assert of_several["country.ambiguous"].facts["country"] == "CA or US"


@pytest.mark.parametrize(
    ("request_", "code", "outcome", "keys"),
    [
        ({"forward_sms_to": SMS}, "service.unsupported", Outcome.FAILED, ["revision.sms"]),
        ({"forward_to": CALLS}, "service.unsupported", Outcome.PASSED, ["revision.voice"]),
        ({"forward_to": CALLS, "capabilities": "voice"}, "service.unsupported", Outcome.PASSED, []),
        ({"forward_to": CALLS, "mode": "voice,fax"}, "service.conflict", Outcome.FAILED, ["conflicts"]),
        ({"forward_to": CALLS, "forward_sms_to": SMS}, "service.conflict", Outcome.PASSED, ["conflicts"]),
        ({"forward_to": CALLS}, "country.unsupported", Outcome.PASSED, ["revision.from"]),
        ({"forward_to": CALLS}, "number.malformed", Outcome.PASSED, []),
        ({}, "service.unsupported", Outcome.NOT_APPLICABLE, []),
    ],
)
def test_an_explanation_names_the_lines_of_the_data(
    request_: dict[str, str], code: str, outcome: Outcome, keys: list[str]
) -> None:
    told = explained(check_config(NUMBER, on=ON, **request_))[code]
    assert told.outcome is outcome
    assert [source.key for source in told.sources] == keys
    assert all(source.line > 0 and source.file.endswith(".toml") for source in told.sources)


def test_the_data_behind_the_other_calls_is_named_too() -> None:
    by_state = explained(case("a country that sells its numbers by state takes one").run())
    assert [source.key for source in by_state["state.required"].sources] == ["sells_by_state"]
    subscribed = explained(case("a number is subscribed to for one of the durations of the data").run())
    assert [source.key for source in subscribed["duration.unknown"].sources] == ["durations"]


@pytest.mark.parametrize("case", CASES, ids=label)
def test_an_explanation_agrees_with_its_report(case: Case) -> None:
    report = case.run()
    failed = {explanation.rule.code for explanation in report.explain() if explanation.outcome is Outcome.FAILED}
    assert failed == set(codes(report.violations))
    json.dumps([explanation.to_dict() for explanation in report.explain()])


def test_an_explanation_as_a_dict_is_stable() -> None:
    told = explained(check_config(NUMBER, forward_sms_to=SMS, on=ON))["service.unsupported"].to_dict()
    assert list(told) == ["code", "outcome", "description", "facts", "sources"]
    assert (told["code"], told["outcome"]) == ("service.unsupported", "failed")
    assert told["sources"] == [source.to_dict() for source in sources(check_config(NUMBER, forward_sms_to=SMS, on=ON))]


def sources(report: Report) -> Iterator[Source]:
    return (violation.source for violation in report.violations if violation.source)


# -- JSON --------------------------------------------------------------------------------------------------------------


def test_a_report_as_a_dict_is_stable() -> None:
    report = check_config(NUMBER, forward_sms_to=SMS, on=ON)
    [found] = report.violations
    assert report.to_dict() == {
        "ok": False,
        "number": NUMBER,
        "country": "SG",
        "on": "2026-07-01",
        "violations": [found.to_dict()],
    }
    assert found.source
    assert found.to_dict() == {
        "code": "service.unsupported",
        "field": "forward_sms_to",
        "severity": "error",
        "message": found.message,
        "hint": found.hint,
        "params": dict(found.params),
        "source": {
            "file": "capabilities/SG.toml",
            "line": found.source.line,
            "key": "revision.sms",
            "text": "sms = false",
            "as_of": "2012-09-01",
            "citation": found.source.citation,
        },
        "server_status": "error_incoming_sms_not_supported",
    }


def test_a_report_without_violations_as_a_dict() -> None:
    expected = {"ok": True, "number": NUMBER, "country": "SG", "on": "2026-07-01", "violations": []}
    assert fine().to_dict() == expected


def test_problem_details_are_those_of_rfc_9457() -> None:
    problem = check_config("abc", on=ON).to_problem()
    assert list(problem) == ["type", "title", "status", "detail", "errors"]
    assert (problem["title"], problem["status"]) == ("The request cannot work.", 422)
    assert problem["detail"] == " ".join(map(str, check_config("abc").errors))


def test_a_problem_is_of_the_type_of_its_first_error_and_each_error_has_its_own() -> None:
    problem = check_config("+16001234567", forward_to=CALLS, mode="fax", on=ON).to_problem()
    errors = problem["errors"]
    assert isinstance(errors, list)
    assert [(error["severity"], error["type"]) for error in errors] == [
        ("warning", "/hoiio-numbers/rules/number.unassigned.html"),
        ("error", "/hoiio-numbers/rules/service.unsupported.html"),
    ]
    assert problem["type"] == "/hoiio-numbers/rules/service.unsupported.html"


def test_a_problem_without_errors_is_of_the_type_of_its_first_warning_or_of_none() -> None:
    assert warned().to_problem()["type"] == f"/hoiio-numbers/rules/{warned().warnings[0].code}.html"
    assert fine().to_problem()["type"] == "/hoiio-numbers/rules/index.html"


def test_the_pages_of_the_rules_may_be_elsewhere() -> None:
    problem = check_config("", forward_to=CALLS, on=ON).to_problem(pages="https://docs.example.com/rules/")
    assert problem["type"] == "https://docs.example.com/rules/number.missing.html"


HOSTILE_KEY = "forward~to/ü \ud800"


@pytest.mark.parametrize(
    ("data", "pointers"),
    [
        ({"number": "abc", "mode": "fax", "forward_to": CALLS}, ["#/number"]),
        ({"number": NUMBER}, ["#"]),
        ({"number": NUMBER, "forward_to": CALLS, "forward~to/": 1}, ["#/forward~0to~1"]),
        ({"number": NUMBER, "forward_to": CALLS, "forward to%": 1}, ["#/forward%20to%25"]),
        ({"number": NUMBER, "forward_to": CALLS, "forwardtö": 1}, ["#/forwardt%C3%B6"]),
        ({"number": NUMBER, "forward_to": CALLS, "forward_to\ud800": 1}, ["#/forward_to%5Cud800"]),
    ],
)
def test_a_problem_points_to_the_fields(data: dict[str, object], pointers: list[str]) -> None:
    problem = check_mapping(data, on=ON).to_problem()
    errors = problem["errors"]
    assert isinstance(errors, list)
    assert [error["pointer"] for error in errors] == pointers
    assert all(isinstance(error["code"], str) and isinstance(error["message"], str) for error in errors)


def test_the_problem_of_warnings_tells_the_warnings() -> None:
    assert warned().to_problem()["detail"] == " ".join(map(str, warned().warnings))
    assert fine().to_problem()["errors"] == []


HOSTILE = ["\ud800", "\x00", "a" * 100_000, 10**5000, float("nan"), b"\xff", [[]], {"a": ()}, object(), "😀", "\u202e"]


def name(value: object) -> str:
    return ascii(value[:10]) if isinstance(value, str) else type(value).__name__


@pytest.mark.parametrize("value", HOSTILE, ids=name)
@pytest.mark.parametrize("parameter", ["number", "country", "state", "mode", "forward_to", "forward_sms_to"])
def test_what_a_report_tells_is_json_whatever_was_typed(parameter: str, value: object) -> None:
    report = check_mapping({"number": US, parameter: value, HOSTILE_KEY: value})
    for told in (report.to_dict(), report.to_problem(), [each.to_dict() for each in report.explain()]):
        assert json.loads(json.dumps(told, allow_nan=False)) == told


@pytest.mark.parametrize("call", ["page", "duration"])
@pytest.mark.parametrize(
    "value", [10**5000, -(10**5000), 2**53, 1 - 2**53, float("nan"), "x" * 100_000, [1], b""], ids=name
)
def test_what_the_other_calls_tell_is_json_whatever_was_typed(call: str, value: object) -> None:
    checker = Checker()
    is_page = call == "page"
    report = checker.check_available_numbers("SG", page=value) if is_page else checker.check_subscribe(NUMBER, value)
    assert json.loads(json.dumps(report.to_dict(), allow_nan=False)) == report.to_dict()


# -- messages ----------------------------------------------------------------------------------------------------------


def message(value: object) -> str:
    [found, *_] = check_config(NUMBER, country=value, forward_to=CALLS).violations
    return found.message


def test_a_message_cuts_a_value_at_60_characters() -> None:
    assert "x" * 60 in message("x" * 60)
    assert "x" * 60 not in message("x" * 61)
    assert len(message("x" * 1_000_000)) < 200


def test_a_message_escapes_control_characters() -> None:
    assert "a\\x00b\\n\\x1b[31m\\ud800" in message("a\x00b\n\x1b[31m\ud800c")
    assert message("a\x00b\n\ud800c").isprintable()


def test_params_keep_a_value_as_it_was_typed() -> None:
    [found] = check_config(NUMBER, country="  a\x00b ", forward_to=CALLS).violations
    assert found.params["country"] == "a\x00b"


@pytest.mark.parametrize(("number", "character"), [("+65x", "x"), ("6+5", "+"), ("6561234567", None), (65, None)])
def test_params_name_the_character_that_no_number_has(number: object, character: str | None) -> None:
    [found] = check_config(number, forward_to=CALLS).violations
    assert (found.code, found.params["character"]) == ("number.malformed", character)


def test_a_violation_is_told_with_its_field() -> None:
    found = Violation("a.b", "number", Severity.ERROR, "It is wrong.")
    assert str(found) == "number: It is wrong."
    assert str(Violation("a.b", None, Severity.ERROR, "It is wrong.")) == "It is wrong."
    assert found.to_dict()["source"] is None
    assert (found.hint, dict(found.params), found.server_status) == (None, {}, None)


def test_a_source_is_told_with_its_date() -> None:
    assert str(Source("SG.toml", 8, "revision.sms", as_of=ON)) == "SG.toml:8: revision.sms, as of 2026-07-01"
    assert str(Source("common.toml", 5, "conflicts")) == "common.toml:5: conflicts"
    assert Source("common.toml", 5, "conflicts").to_dict()["as_of"] is None


def test_faults_of_data_are_told_one_a_line() -> None:
    faults = [
        Fault("SG.toml", 8, "revision.sms", "is missing.", "Write it."),
        Fault("SG.toml", None, None, "cannot be read.", "Check it."),
    ]
    error = CapabilityDataError(faults)
    assert error.faults == tuple(faults)
    assert str(error) == "SG.toml:8: revision.sms: is missing. Write it.\nSG.toml: cannot be read. Check it."
