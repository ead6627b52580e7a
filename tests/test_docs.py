"""What the documentation lists is all that there is; its code blocks are run by conftest.py."""

import re
from pathlib import Path

import attrs
import pytest

from hoiio_numbers import IncomingCall, IncomingFax, IncomingSMS, PurchaseOutcome
from hoiio_numbers.cli import command
from hoiio_numbers.client import NumberAPI
from hoiio_numbers.sandbox.faults import Fault
from hoiio_numbers.statuses import STATUSES, status

DOCS = Path(__file__).parent.parent / "docs"


PAGES = [*DOCS.glob("*.md"), *DOCS.parent.glob("*.md"), *DOCS.parent.glob("capabilities/*.md")]


def test_every_code_block_is_of_a_kind_that_is_run() -> None:
    text = "\n".join(page.read_text(encoding="utf-8") for page in PAGES)
    opened = re.findall(r"^ *(```.*|~~~.*)$", text, re.MULTILINE)[::2]  # every second one closes
    assert {it for it in opened if not it.startswith("```{")} == {
        f"```{kind}" for kind in ("console", "html", "python", "sh", "toml", "yaml")
    }


def rows(page: str, first_cell: str) -> list[list[str]]:
    """The rows of a page's tables whose first cell matches."""
    lines = (DOCS / page).read_text(encoding="utf-8").splitlines()
    table = [[cell.strip() for cell in line.strip("|").split(" | ")] for line in lines if line.startswith("| ")]
    return [row for row in table if re.fullmatch(first_cell, row[0])]


def test_the_table_of_statuses_is_the_librarys() -> None:
    listed = rows("client.md", r"`error_\w+`")
    assert listed == [[f"`{name}`", f"`{it.error.__name__}`", it.meaning] for name, it in STATUSES.items()]
    for name, word in [("error_…_param_missing", "page"), ("any other", "…")]:
        ((_, raised, meaning),) = rows("client.md", f"`?{name}`?")
        meant = status(name.replace("…", word))
        said = (
            meant.meaning.replace(word, "…", 1)
            if "…" in name
            else "the API refuses, with a status that is new to us: …"
        )
        assert (raised, meaning) == (f"`{meant.error.__name__}`", said)


def test_the_table_of_calls_has_every_call() -> None:
    listed = {row[0].strip("`").partition("(")[0] for row in rows("client.md", r"`\w+\(.*\)`")}
    assert listed == {name for name in vars(NumberAPI) if not name.startswith("_")}


def test_the_table_of_faults_is_the_sandboxs() -> None:
    assert [row[0] for row in rows("sandbox.md", "`[a-z-]+`")] == [f"`{fault}`" for fault in Fault]


def test_the_tables_of_outcomes_and_of_notifications_have_each() -> None:
    outcomes = [row[0] for row in rows("client.md", "|".join(f"`{outcome}`" for outcome in PurchaseOutcome))]
    assert outcomes == [f"`{outcome}`" for outcome in PurchaseOutcome]
    kinds = {row[0].strip("`"): row[2] for row in rows("notifications.md", r"`Incoming\w+`")}
    own = {kind: {it.name for it in attrs.fields(kind)} for kind in (IncomingCall, IncomingSMS, IncomingFax)}
    common = set.intersection(*own.values())
    assert {kind.__name__: names - common for kind, names in own.items()} == {
        name: set(re.findall(r"`(\w+)`", text)) - {"answered", "failed"} for name, text in kinds.items()
    }


@pytest.mark.parametrize("verb", command.commands)
def test_every_verb_has_a_heading(verb: str) -> None:
    headings = re.findall(r"^## (.+)$", (DOCS / "command-line.md").read_text(encoding="utf-8"), re.MULTILINE)
    assert verb in {word for heading in headings for word in re.split(r"[ ,]+", heading)}
