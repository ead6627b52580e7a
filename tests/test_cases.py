"""The cases of `cases/*.toml`, and whether they are complete.

A case is a request, to `call` (configure unless it says otherwise), and `expected`, every violation in order, each with
as much of it as is telling. `usual` is what every request of a file holds unless it says otherwise; `each` runs a case
once for each value of one parameter, `each_on` for each date. `data` names a set of `data.toml`, which is laid over the
data that ships. What TOML cannot write is a Python literal, `{ literal = "None" }`, or text filled up,
`{ padded = "a", to = 4000 }`.
"""

import ast
import tomllib
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from attrs import frozen

from hoiio_numbers import RULES, Checker, Outcome, Registry, Report, Severity, Violation
from hoiio_numbers.datafiles import parse
from hoiio_numbers.directories import assemble
from hoiio_numbers.rulebook import OTHERWISE

FILES = {path.stem: tomllib.loads(path.read_text("utf-8")) for path in (Path(__file__).parent / "cases").glob("*.toml")}
DATA: Mapping[str, Mapping[str, str]] = FILES.pop("data")["data"]
USUAL_DATE = date(2026, 7, 1)

WARNINGS = {"number.unassigned", "country.ambiguous", "mode.unused", "url.unreachable", "url.credentials"}
PRE_EMPTS = {
    "number.missing": "error_number_param_missing",
    "number.malformed": "error_number_invalid",
    "number.impossible": "error_number_invalid",
    "country.missing": "error_country_param_missing",
    "state.required": "error_state_param_missing",
    "mode.unknown": "error_mode_invalid",
    "service.conflict": "error_mode_invalid",
    "url.malformed": "error_forward_to_invalid",
    "url.too_long": "error_forward_to_invalid",
    "url.unreachable": "error_unable_to_resolve_forward_to",
    "duration.missing": "error_duration_param_missing",
    "duration.unknown": "error_invalid_duration",
    "page.invalid": "error_page_invalid",
}
PRE_EMPTS_BY_SERVICE = {
    "sms": "error_incoming_sms_not_supported",
    "voice": "error_service_not_available",
    "fax": "error_service_not_available",
}
SENDING_A_COUNTRY = {"available_numbers", "rate"}
FOR_BOTH_URLS = {"service.unsupported", "url.malformed", "url.too_long", "url.unreachable", "url.credentials"}


@frozen
class Case:
    """One request and what is to be said of it."""

    family: str
    name: str
    call: str
    request: Mapping[str, Any]
    keywords: Mapping[str, Any]
    on: date
    data: str | None
    expected: tuple[Mapping[str, Any], ...]
    report: Mapping[str, Any]

    def run(self) -> Report:
        return run(checker(self.data), self.call, self.request, on=self.on, **self.keywords)


def run(checker: Checker, call: str, request: Mapping[str, Any], **keywords: Any) -> Report:
    match call:
        case "configure":
            return checker.check_config(**{"number": None, **request}, **keywords)
        case "mapping":
            return checker.check_mapping(request, **keywords)
        case "available_numbers":
            return checker.check_available_numbers(**{"country": None, **request}, **keywords)
        case "rate":
            return checker.check_rate(**{"country": None, **request}, **keywords)
    assert call == "subscribe", call
    return checker.check_subscribe(**{"number": None, "duration": None, **request}, **keywords)


@cache
def checker(data: str | None = None) -> Checker:
    """A checker on the data that ships, with one of the small sets laid over it."""
    shipped = Registry.default()
    if data is None:
        return Checker(shipped)
    files = [parse(name, name, text.encode()) for name, text in DATA[data].items()]
    return Checker(Registry(assemble(files, shipped.data)))


def value(written: Any) -> Any:
    """What a value of a case file stands for."""
    match written:
        case {"literal": literal, **nothing} if not nothing:
            return ast.literal_eval(literal)
        case {"padded": start, "to": length, **fill} if fill.keys() <= {"with"}:
            return start.ljust(length, fill.get("with", "a"))
        case dict():
            return {name: value(entry) for name, entry in written.items()}
    return [value(entry) for entry in written] if isinstance(written, list) else written


def cases() -> Iterator[Case]:
    for family, file in sorted(FILES.items()):
        for case in file["case"]:
            for request, on in variants(case):
                yield Case(
                    family,
                    case["name"],
                    case.get("call", "configure"),
                    {**value(file["usual"]), **request},
                    value(case.get("keywords", {})),
                    on,
                    case.get("data"),
                    tuple(map(value, case["expected"])),
                    value(case.get("report", {})),
                )


def variants(case: Mapping[str, Any]) -> Iterator[tuple[dict[str, Any], date]]:
    request = value(case.get("request", {}))
    for on in case.get("each_on", [USUAL_DATE]):
        for name, values in case.get("each", {}).items():
            yield from (({**request, name: each}, on) for each in value(values))
        if "each" not in case:
            yield request, on


CASES = tuple(cases())


def label(case: Case) -> str:
    return f"{case.family}: {case.name}"


@pytest.mark.parametrize("case", CASES, ids=label)
def test_every_violation_of_a_request_is_told_in_order(case: Case) -> None:
    report = case.run()
    told = [(found.code, found.field) for found in report.violations]
    expected = [
        (telling.get("code", found), telling.get("field"))
        for telling, (found, _) in zip(case.expected, [*told, *[("", None)] * len(case.expected)], strict=False)
    ]
    assert told == expected
    for found, telling in zip(report.violations, case.expected, strict=True):
        assert_told(found, telling)


def assert_told(found: Violation, telling: Mapping[str, Any]) -> None:
    if "reason" in telling:
        assert found.params["reason"] == telling["reason"]
    params = telling.get("params", {})
    assert {name: found.params[name] for name in params} == params
    assert telling.get("hint", "") in (found.hint or "")
    assert telling.get("source", "") in str(found.source)


@pytest.mark.parametrize("case", [case for case in CASES if case.report], ids=label)
def test_a_report_says_what_was_understood(case: Case) -> None:
    report = case.run()
    assert {name: getattr(report, name) for name in case.report} == dict(case.report)
    assert report.on == case.on


def is_for_either_url(case: Case) -> bool:
    return case.call == "configure" and not {"forward_sms_to", "mode"} & case.request.keys()


EITHER_URL = [case for case in CASES if case.family == "url" and is_for_either_url(case)]


@pytest.mark.parametrize("case", EITHER_URL, ids=label)
def test_both_urls_are_judged_alike(case: Case) -> None:
    forward_to = case.request["forward_to"]
    asked = {**case.request, "forward_to": None, "forward_sms_to": forward_to}
    swapped = [(found.code, found.field) for found in run(checker(), "configure", asked, on=case.on).violations]
    assert swapped == [(telling["code"], "forward_sms_to") for telling in case.expected]


def as_mapping(case: Case) -> Report:
    data = {name: entry for name, entry in case.request.items() if name != "capabilities"}
    keywords = {"capabilities": case.request.get("capabilities")}
    return checker(case.data).check_mapping(data, on=case.on, **keywords)


@pytest.mark.parametrize("case", [case for case in CASES if case.call == "configure"], ids=label)
def test_a_mapping_is_judged_as_its_parameters_are(case: Case) -> None:
    assert as_mapping(case).to_dict() == case.run().to_dict()


@cache
def all_told() -> tuple[tuple[Case, Report], ...]:
    return tuple((case, case.run()) for case in CASES)


def violations() -> Iterator[tuple[Case, Violation]]:
    for case, report in all_told():
        yield from ((case, found) for found in report.violations)


def test_every_rule_has_a_passing_and_a_refused_case() -> None:
    seen = {(each.rule.code, each.outcome) for _, report in all_told() for each in report.explain()}
    wanted = {(code, outcome) for code in RULES for outcome in (Outcome.PASSED, Outcome.FAILED)}
    assert wanted - seen == set()


def test_every_rule_is_the_only_one_broken_in_some_case() -> None:
    alone = {report.violations[0].code for _, report in all_told() if len(report.violations) == 1}
    assert set(RULES) - alone == set()


def test_every_reason_of_every_rule_has_a_refused_case() -> None:
    texts = {code: rule.message for code, rule in RULES.items()}
    reasons = {(code, reason) for code, text in texts.items() if isinstance(text, Mapping) for reason in text}
    reasons = {(code, reason) for code, reason in reasons if reason != OTHERWISE}
    assert reasons - {(found.code, found.params.get("reason")) for _, found in violations()} == set()


def test_every_rule_of_both_urls_has_a_refused_case_for_each() -> None:
    wanted = {(code, field) for code in FOR_BOTH_URLS for field in ("forward_to", "forward_sms_to")}
    assert wanted - {(found.code, found.field) for _, found in violations()} == set()


def test_a_request_is_fine_when_it_has_no_error() -> None:
    for case, report in all_told():
        assert report.ok is WARNINGS.issuperset(found.code for found in report.violations), case


def test_a_violation_is_an_error_unless_the_specification_says_warning() -> None:
    for _, found in violations():
        assert found.severity is (Severity.WARNING if found.code in WARNINGS else Severity.ERROR)


def pre_empted(found: Violation, call: str) -> str | None:
    if found.code == "service.unsupported":
        return PRE_EMPTS_BY_SERVICE[str(found.params["service"])]
    if found.code in {"country.unknown", "country.unsupported"}:
        return "error_no_number_available" if call in SENDING_A_COUNTRY else None
    return PRE_EMPTS.get(found.code)


def test_a_violation_names_the_status_that_it_pre_empts() -> None:
    for case, found in violations():
        assert found.server_status == pre_empted(found, case.call), found


def test_every_status_is_pre_empted_in_some_case() -> None:
    statuses = {*PRE_EMPTS.values(), *PRE_EMPTS_BY_SERVICE.values(), "error_no_number_available"}
    assert {found.server_status for _, found in violations()} == {*statuses, None}


def test_a_message_is_one_sentence_with_nothing_left_to_fill_in() -> None:
    for _, found in violations():
        for text in filter(None, (found.message, found.hint)):
            assert text.endswith((".", ".)")), text
            assert not text[0].islower(), text
            assert "None" not in text, text
            assert "\n" not in text, text


def is_scalar(param: object) -> bool:
    if isinstance(param, list):
        return all(isinstance(entry, str) for entry in param)
    return param is None or isinstance(param, str | int | bool)


def test_params_hold_json_scalars_and_lists_of_strings() -> None:
    for _, found in violations():
        assert all(map(is_scalar, found.params.values())), found


def test_the_cases_are_counted(record_property: Callable[[str, object], None]) -> None:
    families = Counter(case.family for case in CASES)
    counts = ", ".join(f"{family} {count}" for family, count in sorted(families.items()))
    record_property("count", f"{len(CASES)} cases: {counts}")
    assert len({(case.family, case.name) for case in CASES}) == sum(len(file["case"]) for file in FILES.values())
