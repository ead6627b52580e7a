"""What is exported besides schemas: the capability data in brief, and the table of decisions in every format."""

import csv
import io
import json
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from hoiio_numbers import RULES, Checker, Registry
from hoiio_numbers.exports import COLUMNS, FORMATS, Row, capability_index, decisions
from hoiio_numbers.services import words

ON = date(2026, 1, 1)
URL = "https://example.com/"
FILES = {
    "US.toml": """
country = "US"
sells_by_state = true
territories = ["PR"]
[[revision]]
from = 2012-09-01
source = "before"
voice = true
fax = false
sms = true
[revision.subdivisions.AK]
sms = false
[[revision]]
from = 2026-01-02
source = "after"
voice = true
fax = true
sms = true
limitations = "no MMS"
""",
    "common.toml": 'conflicts = [["fax", "voice"]]\ndurations = ["1", "auto_extend"]',
}


@pytest.fixture
def registry(tmp_path: Path) -> Registry:
    for name, text in FILES.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    return Registry.load(tmp_path)


# -- the data in brief -------------------------------------------------------------------------------------------------


def test_the_data_in_brief_holds_every_revision_and_marks_the_current(registry: Registry) -> None:
    index: Any = capability_index(registry, on=ON)
    country = index["countries"].pop("US")
    assert index == {
        "on": "2026-01-01",
        "services": ["voice", "fax", "sms"],
        "conflicts": [["voice", "fax"]],
        "durations": ["1", "auto_extend"],
        "countries": {},
    }
    assert country["states"].pop("AL") == "Alabama"
    assert len(country.pop("states")) > 49
    assert country == {
        "name": "United States",
        "calling_code": "1",
        "territories": ["PR"],
        "sells_by_state": True,
        "revisions": [
            {
                "from": "2012-09-01",
                "until": "2026-01-02",
                "current": True,
                "services": ["voice", "sms"],
                "subdivisions": {"AK": ["voice"]},
                "limitations": None,
                "source": "before",
            },
            {
                "from": "2026-01-02",
                "until": None,
                "current": False,
                "services": ["voice", "fax", "sms"],
                "subdivisions": {},
                "limitations": "no MMS",
                "source": "after",
            },
        ],
    }


def test_which_revision_is_current_is_a_matter_of_the_date(registry: Registry) -> None:
    for on, current in (
        (date(2012, 8, 31), [False, False]),
        (date(2012, 9, 1), [True, False]),
        (date(2026, 1, 2), [False, True]),
    ):
        index: Any = capability_index(registry, on=on)
        assert [revision["current"] for revision in index["countries"]["US"]["revisions"]] == current


def test_the_packaged_data_in_brief_says_what_the_registry_says() -> None:
    index: Any = capability_index()
    registry = Registry.default()
    assert [*index["countries"]] == [*registry.countries]
    for code, country in index["countries"].items():
        (current,) = (revision for revision in country["revisions"] if revision["current"])
        entry = registry.capabilities(code)
        assert entry is not None
        assert set(current["services"]) == entry.services
    assert index["countries"]["SG"]["states"] == {}
    seller: Any = capability_index(country=" cx ")
    assert [*seller["countries"]] == ["AU"]


def test_a_country_may_have_no_calling_code(tmp_path: Path) -> None:
    text = 'country = "AQ"\n[[revision]]\nfrom = 2012-09-01\nsource = "x"\nvoice = true\nfax = false\nsms = false\n'
    (tmp_path / "AQ.toml").write_text(text, encoding="utf-8")
    index: Any = capability_index(Registry.default().overlay(tmp_path), country="AQ")
    assert index["countries"]["AQ"]["calling_code"] is None


@pytest.mark.parametrize("export", [capability_index, decisions])
def test_a_country_without_data_is_refused(export: Callable[..., object]) -> None:
    with pytest.raises(ValueError, match="there is no data of GB"):
        export(country="GB")


# -- the table of decisions --------------------------------------------------------------------------------------------


def test_the_table_is_what_the_checker_decides(registry: Registry) -> None:
    checker = Checker(registry)
    rows = decisions(checker)
    assert len(rows) == (2 + 1) * 7, "a revision with one state, and one without, by seven sets of services"
    for row in rows:
        report = checker.check_config(
            "+12015550123",
            mode=[service for service in row.asked if service != "sms"],
            forward_to=URL if {"voice", "fax"} & {*row.asked} else None,
            forward_sms_to=URL if "sms" in row.asked else None,
            country=row.country,
            state=row.state,
            on=row.start,
        )
        assert row.ok == report.ok
        assert [brief.partition(" ")[0] for brief in row.violations] == [it.code for it in report.violations]


def test_a_table_is_of_one_country_or_of_one_date(registry: Registry) -> None:
    checker = Checker(registry)
    assert {(row.start, row.state) for row in decisions(checker, on=ON)} == {
        (date(2012, 9, 1), None),
        (date(2012, 9, 1), "AK"),
    }
    assert decisions(checker, on=date(2012, 8, 31)) == ()
    assert {row.country for row in decisions(country="pr", checker=checker)} == {"US"}


def test_a_warning_stands_in_the_table_and_refuses_nothing() -> None:
    checker = Checker(rules=RULES.regrade("warning", "service.conflict"))
    (row,) = (row for row in decisions(checker, country="SG") if row.asked == ("voice", "fax"))
    assert (row.ok, row.violations) == (True, ("service.conflict",))


def _markdown(text: str) -> list[list[str]]:
    head, rule, *rows = ([cell.strip() for cell in line[1:-1].split("|")] for line in text.splitlines())
    assert rule == ["---"] * len(COLUMNS)
    return [head, *rows]


def _json(text: str) -> list[list[str]]:
    def cell(value: object) -> str:
        if isinstance(value, list):
            return ", ".join(value)
        return {None: "", True: "yes", False: "no"}[value] if value in {None, True, False} else str(value)

    objects = json.loads(text)
    return [[*objects[0]], *([cell(value) for value in row.values()] for row in objects)]


def test_every_format_holds_the_same_table(registry: Registry, record_property: Callable[[str, object], None]) -> None:
    read = {"markdown": _markdown, "csv": lambda text: [*csv.reader(io.StringIO(text))], "json": _json}
    assert set(read) == set(FORMATS)
    for rows in (decisions(Checker(registry)), decisions()):
        tables = [read[form](write(rows)) for form, write in FORMATS.items()]
        assert tables[0] == tables[1] == tables[2]
        head, *lines = tables[0]
        assert tuple(head) == COLUMNS
        assert [_row(line) for line in lines] == [row.to_dict() for row in rows]
    record_property("count", f"decision table: {len(rows)} rows, equal in {', '.join(FORMATS)}")


def _row(cells: list[str]) -> dict[str, object]:
    country, state, start, end, asked, ok, violations = cells
    return {
        "country": country,
        "state": state or None,
        "from": start,
        "until": end or None,
        "asked": words(asked),
        "ok": ok == "yes",
        "violations": violations.split(", ") if violations else [],
    }


def test_a_code_of_a_users_own_breaks_no_table() -> None:
    row = Row("SG", None, ON, None, (), True, ("acme.a|b",))
    assert FORMATS["markdown"]([row]).splitlines()[-1] == r"| SG |  | 2026-01-01 |  |  | yes | acme.a\|b |"
