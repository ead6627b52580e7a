"""The documentation as a site: it is built without a warning, and what it makes of the code is all there."""

import doctest
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import hoiio_numbers
from hoiio_numbers import RULES, Registry, Report, check_config

ROOT = Path(__file__).parent.parent
MADE = ("_build", "matrix", "reference", "rules", "__pycache__")
MOUNTED = "/hoiio-numbers/"
"""Where problem documents look for the site on the server that sends them."""


@pytest.fixture(scope="module")
def docs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The documentation's sources, after they were built in a copy, with a new page and one of a rule that is gone."""
    project = tmp_path_factory.mktemp("project")
    docs = shutil.copytree(ROOT / "docs", project / "docs", ignore=shutil.ignore_patterns(*MADE))
    shutil.copytree(ROOT / "capabilities", project / "capabilities")
    for file in ROOT.glob("*.md"):
        shutil.copy(file, project)
    (docs / "tomorrow.md").write_text("# Tomorrow's page\n\nNobody names it.\n", encoding="utf-8")
    (docs / "rules").mkdir()
    (docs / "rules" / "gone.md").write_text("# gone\n", encoding="utf-8")
    sphinx = [sys.executable, "-m", "sphinx", "--quiet", "--fail-on-warning", "--keep-going", "docs", "site"]
    built = subprocess.run(sphinx, cwd=project, capture_output=True, text=True, check=False)
    assert (built.returncode, built.stdout, built.stderr) == (0, "", "")
    return docs


@pytest.fixture(scope="module")
def site(docs: Path) -> Path:
    return docs.parent / "site"


def examples(docs: Path, code: str) -> Iterator[Report]:
    """The reports of a rule's page: of the request that breaks it, and of the mended one; each prints what it says."""
    page = (docs / "rules" / f"{code}.md").read_text(encoding="utf-8")
    names: dict[str, Any] = {}
    for block in re.findall(r"^```python\n(.*?)^```$", page, re.MULTILINE | re.DOTALL):
        test = doctest.DocTestParser().get_doctest(block, names, code, None, None)
        doctest.DebugRunner().run(test, clear_globs=False)
        names = test.globs
        yield names["report"]


def page_of(site: Path, problem_type: object) -> Path:
    return site / str(problem_type).removeprefix(MOUNTED)


@pytest.mark.parametrize("code", RULES)
def test_a_rule_has_a_page_with_a_request_that_breaks_it_and_a_mended_one(docs: Path, code: str) -> None:
    page = (docs / "rules" / f"{code}.md").read_text(encoding="utf-8")
    assert re.findall("^## (.*)", page, re.MULTILINE) == ["Cause", "Mend", "Server status", "Example"]
    refused, mended = examples(docs, code)
    assert code in {violation.code for violation in refused.violations}
    assert mended.violations == ()


@pytest.mark.parametrize("code", RULES)
def test_the_types_of_a_problem_are_paths_of_the_rules_pages(docs: Path, site: Path, code: str) -> None:
    problem = next(examples(docs, code)).to_problem()
    errors = problem["errors"]
    assert isinstance(errors, list)
    types = {error["code"]: error["type"] for error in errors}
    assert problem["type"] in types.values()
    assert f"<h1>{code}<" in page_of(site, types[code]).read_text(encoding="utf-8")


def test_the_type_of_a_problem_that_is_none_is_a_page_too(site: Path) -> None:
    fine = check_config("+6561234567", forward_to="https://example.com/calls")
    assert page_of(site, fine.to_problem()["type"]).is_file()


def test_a_page_of_a_rule_that_is_gone_is_taken_away(site: Path) -> None:
    assert {page.stem for page in (site / "rules").glob("*.html")} == {*RULES, "index"}


def test_the_matrix_has_every_revision_with_its_date_and_source(docs: Path) -> None:
    matrix = (docs / "matrix" / "index.md").read_text(encoding="utf-8")
    for country in Registry.default().countries.values():
        for it in country.revisions:
            row = rf"^\| {country.code} .*\| {it.start} \|.*\| {re.escape(str(it.source.citation))}\..* \|$"
            assert re.search(row, matrix, re.MULTILINE), row


def test_the_reference_has_every_public_name(site: Path) -> None:
    for name in hoiio_numbers.__all__:
        home = hoiio_numbers._HOMES[name]  # noqa: SLF001 - where the public names come from
        page = (site / "reference" / f"{home}.html").read_text(encoding="utf-8")
        assert f'id="hoiio_numbers.{home}.{name}"' in page, name


def test_the_reference_tells_what_the_code_tells_nobody_else(site: Path) -> None:
    page = (site / "reference" / "report.html").read_text(encoding="utf-8")
    assert "Every violation, ordered by field" in page  # of a cached property, which attrs makes a slot of
    assert 'id="hoiio_numbers.report.Outcome.PASSED"' in page


def test_the_reference_makes_no_protocol(site: Path) -> None:
    page = (site / "reference" / "check.html").read_text(encoding="utf-8")
    assert 'id="hoiio_numbers.check.HasCurrentRegistry"' in page
    assert "*args" not in re.sub("<[^>]*>", "", page)


def test_a_page_that_nobody_names_is_found(site: Path) -> None:
    assert 'href="tomorrow.html"' in (site / "index.html").read_text(encoding="utf-8")


def test_llms_txt_lists_every_page(site: Path) -> None:
    text = (site / "llms.txt").read_text(encoding="utf-8")
    assert text.startswith("# hoiio-numbers\n\n> Says before anything is sent")
    listed = re.findall(r"^- \[[^]]+\]\(([^)]+)\): \S.*$", text, re.MULTILINE)
    assert all((site / page).is_file() for page in listed)
    pages = {str(page.relative_to(site / "_sources")).removesuffix(".md.txt") for page in site.rglob("*.md.txt")}
    found = {page.removeprefix("_sources/").removesuffix(".md.txt").removesuffix(".html") for page in listed}
    assert found == pages - {"index"}


def test_contributors_are_sent_to_rooms_that_are_there() -> None:
    text = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    rooms = set(re.findall(r"`((?:hoiio_numbers|tests|docs|capabilities)/[\w/.]*)`", text)) - {"capabilities/XX.toml"}
    assert len(rooms) > 20
    assert [room for room in rooms if not (ROOT / room).exists()] == []
