from datetime import date
from pathlib import Path

import pytest

from hoiio_numbers import Registry
from hoiio_numbers.comparison import Change, compare

SHIPPED = Path(__file__).parent.parent / "capabilities"


def laid_over(tmp_path: Path, **files: str) -> Registry:
    for code, text in files.items():
        (tmp_path / f"{code}.toml").write_text(text, encoding="utf-8")
    return Registry.default().overlay(tmp_path)


def file(code: str, *revisions: str, head: str = "") -> str:
    tables = [f'[[revision]]\nsource = "a test"\n{revision}\n' for revision in revisions]
    return f'country = "{code}"\n{head}\n' + "\n".join(tables)


VOICE = "from = 2012-09-01\nvoice = true\nfax = false\nsms = false"
LATER_SMS = "from = 2020-01-01\nvoice = true\nfax = false\nsms = true"


def test_equal_decisions_are_no_change_however_they_are_written(tmp_path: Path) -> None:
    split = VOICE.replace("2012-09-01", "2015-05-05")
    assert compare(Registry.default(), laid_over(tmp_path, HK=file("HK", VOICE, split))) == ()


def test_a_change_holds_from_its_date_on_and_is_told_once(tmp_path: Path) -> None:
    again = LATER_SMS.replace("2020", "2022")
    changes = compare(Registry.default(), laid_over(tmp_path, HK=file("HK", VOICE, LATER_SMS, again)))
    assert changes[0] == Change("HK", None, "sms", date(2020, 1, 1), None, ("service.unsupported sms",), ())
    assert [change.what for change in changes] == ["sms", "voice and sms", "fax and sms", "voice, fax and sms"]


def test_a_change_for_a_while_ends(tmp_path: Path) -> None:
    back = VOICE.replace("2012-09-01", "2021-01-01")
    changes = compare(Registry.default(), laid_over(tmp_path, HK=file("HK", VOICE, LATER_SMS, back)))
    assert {(change.start, change.end) for change in changes} == {(date(2020, 1, 1), date(2021, 1, 1))}


def test_a_state_a_territory_and_sale_by_state_are_decisions(tmp_path: Path) -> None:
    alaska = "from = 2012-09-01\nvoice = true\nfax = false\nsms = true\n[revision.subdivisions.AK]\nsms = false"
    us = file("US", alaska, head='territories = ["PR"]')
    changes = compare(Registry.default(), laid_over(tmp_path, US=us))
    assert {(change.country, change.state) for change in changes} == {
        ("US", "AK"),
        ("US", None),
        ("PR", None),
        ("PR", "AK"),
    }
    told = {(change.country, change.state, change.what): (change.before, change.after) for change in changes}
    assert told["US", None, "numbers of any state"] == (("state.required",), ())
    assert told["US", "AK", "sms"] == ((), ("service.unsupported sms",))
    assert told["PR", None, "voice"] == (("country.unsupported",), ("as US",))


def test_durations_and_conflicts_are_decisions(tmp_path: Path) -> None:
    changes = compare(
        Registry.default(), laid_over(tmp_path, common='conflicts = [["voice", "sms"]]\ndurations = ["1", "6"]')
    )
    assert [change.what for change in changes if change.country is None] == [
        f"a duration of {duration}" for duration in ("12", "3", "6", "auto_extend")
    ]
    assert any("service.conflict" in change.before for change in changes)
    assert changes[-1].to_dict()["start"] is None


@pytest.mark.parametrize("code", ["MY", "FR"])
def test_back_again_is_the_same_changes_mirrored(tmp_path: Path, code: str) -> None:
    shipped, other = Registry.default(), laid_over(tmp_path, **{code: file(code, VOICE, LATER_SMS)})
    there, back = compare(shipped, other), compare(other, shipped)
    assert [(it.before, it.after) for it in there] == [(it.after, it.before) for it in back]
    assert there
    assert there[0].to_dict() == {
        "country": code,
        "state": None,
        "what": "voice",
        "start": "2012-09-01",
        "end": None,
        "before": ["country.unsupported"],
        "after": [],
    }
