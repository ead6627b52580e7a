"""What the API reports beside the data files: every edit that is printed ends the disagreement that it is for."""

import shutil
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner
from scripted import Reply, Server, ok

from hoiio_numbers import Hoiio, Registry
from hoiio_numbers.cli import command
from hoiio_numbers.drift import Drift, drift
from hoiio_numbers.registry import today
from hoiio_numbers.sandbox import Sandbox

CAPABILITIES = Path(__file__).parent.parent / "capabilities"


@pytest.fixture
def ours(tmp_path: Path) -> Path:
    return Path(shutil.copytree(CAPABILITIES, tmp_path / "ours"))


@pytest.fixture
def theirs(tmp_path: Path) -> Path:
    return Path(shutil.copytree(CAPABILITIES, tmp_path / "theirs"))


def found(ours: Path, theirs: Path) -> list[Drift]:
    with Sandbox(registry=Registry.load(theirs)) as sandbox, Hoiio(**sandbox.settings) as hoiio:
        return list(drift(hoiio.number, Registry.load(ours)))


def replace(directory: Path, name: str, old: str, new: str) -> None:
    text = (directory / name).read_text(encoding="utf-8")
    assert old in text
    (directory / name).write_text(text.replace(old, new), encoding="utf-8")


def apply(directory: Path, drifts: list[Drift]) -> None:
    for edit in (edit for it in drifts for edit in it.edits):
        file = directory / Path(edit.file).name
        file.write_text(edit.applied(file.read_text(encoding="utf-8") if file.exists() else ""), encoding="utf-8")


MALAYSIA = """country = "MY"
[[revision]]
from = 2020-01-01
source = "the reference's later pages"
voice = true
fax = true
sms = false
"""
IN_ALASKA = "\n[revision.subdivisions.AK]\nsms = false\n"

CHANGES: dict[str, tuple[Callable[[Path], object], list[str]]] = {
    "nothing": (lambda _: None, []),
    "a service more": (
        lambda theirs: replace(theirs, "SG.toml", "sms = false", "sms = true"),
        ["Numbers of SG receive fax, sms and voice by the API, fax and voice by the data."],
    ),
    "a service less": (
        lambda theirs: replace(theirs, "US.toml", "sms = true", "sms = false"),
        ["Numbers of US-AK (and 50 more places) receive voice by the API, sms and voice by the data."],
    ),
    "a state of its own": (
        lambda theirs: replace(theirs, "US.toml", "sms = true", "sms = true\n" + IN_ALASKA),
        ["Numbers of US-AK receive voice by the API, sms and voice by the data."],
    ),
    "a country more": (
        lambda theirs: (theirs / "MY.toml").write_text(MALAYSIA),
        ["The API sells numbers of MY, of which the data knows none."],
    ),
    "a country less": (
        lambda theirs: (theirs / "NZ.toml").unlink(),
        ["The data sells numbers of NZ, which the API does not list."],
    ),
    "by state no more": (
        lambda theirs: replace(theirs, "US.toml", "sells_by_state = true", "sells_by_state = false"),
        ["The API sells numbers of US as a whole, the data does not."],
    ),
    "by state now": (
        lambda theirs: replace(theirs, "NZ.toml", 'country = "NZ"', 'country = "NZ"\nsells_by_state = true'),
        ["The API sells numbers of NZ by state, the data does not."],
    ),
}


EARLIER: dict[str, Callable[[Path], object]] = {
    "long ago": lambda _: None,
    "today": lambda directory: [
        file.write_text(file.read_text(encoding="utf-8").replace("2012-09-01", str(today())), encoding="utf-8")
        for file in directory.glob("??.toml")
    ],
}


@pytest.mark.parametrize("earlier", EARLIER.values(), ids=EARLIER)
@pytest.mark.parametrize(
    ("ours_says", "theirs_says"),
    [
        ("", IN_ALASKA),
        (IN_ALASKA, ""),
        (IN_ALASKA, IN_ALASKA.replace("sms", "voice")),
        (IN_ALASKA, IN_ALASKA + "fax = true\n"),
        (IN_ALASKA, IN_ALASKA + IN_ALASKA.replace("AK", "WY")),
        (IN_ALASKA + IN_ALASKA.replace("AK", "WY"), IN_ALASKA.replace("sms = false", "fax = true\nvoice = false")),
    ],
)
def test_what_differs_in_a_state_is_mended_whenever_the_revision_began(
    ours: Path, theirs: Path, earlier: Callable[[Path], object], ours_says: str, theirs_says: str
) -> None:
    for directory, says in ((ours, ours_says), (theirs, theirs_says)):
        replace(directory, "US.toml", "sms = true", "sms = true\n" + says)
        earlier(directory)
    drifts = found(ours, theirs)
    assert len(drifts) == 1
    apply(ours, drifts)
    assert found(ours, theirs) == []


def test_a_state_of_a_revision_of_today_with_a_later_one_below_it_is_told_only(ours: Path, theirs: Path) -> None:
    later = (
        f"\n[[revision]]\nfrom = {today() + timedelta(days=9)}\nsource = 'me'\nvoice = true\nfax = true\nsms = true\n"
    )
    for directory, says in ((ours, ""), (theirs, IN_ALASKA)):
        EARLIER["today"](directory)
        replace(directory, "US.toml", "sms = true", f"sms = true\n{says}{later}")
    (only,) = found(ours, theirs)
    assert (only.problem, only.edits) == ("Numbers of US-AK receive voice by the API, sms and voice by the data.", ())
    for directory in (ours, theirs):
        replace(directory, "US.toml", str(today()), "2012-09-01")
    apply(ours, found(ours, theirs))
    assert found(ours, theirs) == []
    assert [it.start for it in Registry.load(ours).countries["US"].revisions][1] == today()


def test_a_new_revision_forgets_nothing(ours: Path) -> None:
    limits = 'limitations = "No \\"short\\" codes."\n'
    replace(ours, "US.toml", "sms = true", f"sms = true\n{limits}{IN_ALASKA}")
    with Server(
        ok(entries=[{"code": "us", "states": [{"code": "us-al", "capability": ["VOICE"]}, {"code": "AK"}]}]),
        Reply(b'{"status": "error_no_number_available"}'),
    ) as server:
        hoiio = Hoiio("an-app", "a-token", base_url=server.base_url)
        apply(ours, [it for it in drift(hoiio.number, Registry.load(ours)) if it.country == "US"])
    edition = Registry.load(ours).in_force()
    assert edition.countries["US"].as_of == today()
    assert edition.countries["US"].limitations == 'No "short" codes.'
    assert edition.countries["US"].services == edition.capabilities("US", "AK").services == {"voice"}  # type: ignore[union-attr]


def test_a_territory_that_is_sold_by_itself(ours: Path, theirs: Path) -> None:
    replace(theirs, "AU.toml", 'territories = ["CC", "CX"]', 'territories = ["CC"]')
    (theirs / "CX.toml").write_text(MALAYSIA.replace("MY", "CX"), encoding="utf-8")
    drifts = found(ours, theirs)
    assert [it.problem for it in drifts] == ["The API sells numbers of CX by themselves, the data as AU's."]
    apply(ours, drifts)
    assert found(ours, theirs) == []
    replace(ours, "AU.toml", 'territories = ["CC"]', 'territories = [\n"CX", "CC"]')
    (ours / "CX.toml").unlink()
    assert [edit.file for edit in found(ours, theirs)[0].edits] == ["CX.toml"]


def test_a_country_whose_first_revision_is_to_come_gets_an_earlier_one(ours: Path, theirs: Path) -> None:
    (theirs / "MY.toml").write_text(MALAYSIA, encoding="utf-8")
    (ours / "MY.toml").write_text(MALAYSIA.replace("2020-01-01", "2999-01-01"), encoding="utf-8")
    apply(ours, found(ours, theirs))
    assert found(ours, theirs) == []
    assert len(Registry.load(ours).countries["MY"].revisions) == 2


def test_how_a_country_is_to_be_sold_is_told_before_it_is(ours: Path, theirs: Path) -> None:
    by_state = MALAYSIA.replace("\n", "\nsells_by_state = true\n", 1)
    (theirs / "MY.toml").write_text(MALAYSIA, encoding="utf-8")
    (ours / "MY.toml").write_text(by_state.replace("2020-01-01", "2999-01-01"), encoding="utf-8")
    drifts = found(ours, theirs)
    assert [it.problem for it in drifts] == [
        "The API sells numbers of MY already, the data later.",
        "The API sells numbers of MY as a whole, the data does not.",
    ]
    apply(ours, drifts)
    assert found(ours, theirs) == []


@pytest.mark.parametrize(
    ("entry", "problem"),
    [
        ({"code": '../x"\n'}, "is no country of ISO 3166-1"),
        (
            {"code": "HK", "capability": ["VOICE"], "states": [{"code": "XX", "capability": ["SMS"]}]},
            "in XX, which ISO 3166-2 does not know",
        ),
    ],
)
def test_a_place_that_there_is_not_gets_no_edit(ours: Path, entry: dict[str, object], problem: str) -> None:
    with Server(ok(entries=[entry])) as server:
        hoiio = Hoiio("an-app", "a-token", base_url=server.base_url)
        told = [it for it in drift(hoiio.number, Registry.load(ours)) if problem in it.problem]
    assert [it.edits for it in told] == [()]


@pytest.mark.parametrize(("change", "problems"), CHANGES.values(), ids=CHANGES)
def test_each_disagreement_is_told_and_ended(
    ours: Path, theirs: Path, change: Callable[[Path], object], problems: list[str]
) -> None:
    change(theirs)
    drifts = found(ours, theirs)
    assert [it.problem for it in drifts] == problems
    apply(ours, drifts)
    assert found(ours, theirs) == []


def test_a_revision_of_today_is_mended_line_by_line(ours: Path, theirs: Path) -> None:
    for directory in (ours, theirs):
        replace(directory, "HK.toml", "2012-09-01", str(today()))
    replace(theirs, "HK.toml", "fax = false", "fax = true")
    drifts = found(ours, theirs)
    (edit,) = drifts[0].edits
    assert (edit.line, edit.text) == (9, "fax = true\n")
    apply(ours, drifts)
    assert found(ours, theirs) == []


def test_another_calling_code_is_no_data_files_matter(ours: Path) -> None:
    with Server(ok(entries=[{"code": "SG", "prefix": "66", "capability": ["VOICE", "FAX"]}])) as server:
        hoiio = Hoiio("an-app", "a-token", base_url=server.base_url)
        (ours / "common.toml").rename(ours.parent / "common.toml")
        alone = ours.parent / "alone"
        alone.mkdir()
        for file in (ours / "SG.toml", ours.parent / "common.toml"):
            shutil.copy(file, alone)
        (only,) = drift(hoiio.number, Registry.load(alone))
    assert only.to_dict() == {
        "country": "SG",
        "problem": "The API gives SG the calling code 66, the numbering plan 65.",
        "edits": [],
    }


def test_places_of_which_the_api_says_nothing_are_no_disagreement(ours: Path) -> None:
    codes = [file.stem for file in ours.glob("??.toml")]
    countries = ok(entries=[{"code": code, "states": [{"code": "AL"}] if code == "US" else []} for code in codes])
    with Server(countries, ok(entries=[])) as server:
        hoiio = Hoiio("an-app", "a-token", base_url=server.base_url)
        assert list(drift(hoiio.number, Registry.load(ours))) == []


def test_it_is_about_a_date(ours: Path, theirs: Path) -> None:
    with Sandbox(registry=Registry.load(theirs)) as sandbox, Hoiio(**sandbox.settings) as hoiio:
        before = list(drift(hoiio.number, Registry.load(ours), on=date(2012, 9, 1) - timedelta(days=1)))
    assert len(before) == 6


def test_on_the_command_line(ours: Path, theirs: Path) -> None:
    replace(theirs, "SG.toml", "sms = false", "sms = true")
    with Sandbox(registry=Registry.load(theirs)) as sandbox:
        runner = CliRunner(env=dict(sandbox.environment))
        result = runner.invoke(command, ["capabilities", "drift", "--data", str(ours)])
        assert result.exit_code == 1
        assert "drift: Numbers of SG receive fax, sms and voice by the API" in result.stdout
        assert f"{ours}/SG.toml, at the end\n   | [[revision]]\n   | from = {today()}" in result.stdout
        assert runner.invoke(command, ["capabilities", "drift", "--json"]).stdout.startswith(
            '[\n  {\n    "country": "SG"'
        )
        agreed = runner.invoke(command, ["capabilities", "drift", "--data", str(theirs)])
        assert (agreed.exit_code, agreed.stdout) == (0, "The data agrees with the API.\n")
