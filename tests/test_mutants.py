import tomllib
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parent.parent
EQUIVALENT = tomllib.loads((ROOT / "mutants" / "equivalent.toml").read_text(encoding="utf-8"))["equivalent"]


@pytest.mark.parametrize("entry", EQUIVALENT, ids=lambda entry: f"{entry['module']}: {entry['was']}")
def test_an_equivalent_mutant_is_of_code_that_is_there(entry: dict[str, Any]) -> None:
    text = (ROOT / "hoiio_numbers" / f"{entry['module']}.py").read_text(encoding="utf-8")
    assert entry["was"] in " ".join(text.split())
    assert entry["became"]
    assert entry["was"] not in entry["became"]
    assert entry["why"].endswith(".")
