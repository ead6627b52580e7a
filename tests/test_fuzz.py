"""What the fuzzer has found is tried again: every input of the corpora, through its own door and every other."""

from collections.abc import Callable
from pathlib import Path

import pytest

from fuzz.targets import TARGETS

CORPORA = Path(__file__).parent.parent / "fuzz" / "corpora"
INPUTS = [file.read_bytes() for file in sorted(CORPORA.glob("*/*"))]


def test_every_target_has_a_corpus() -> None:
    assert sorted(TARGETS) == sorted(corpus.name for corpus in CORPORA.iterdir())


@pytest.mark.untraced
@pytest.mark.parametrize("name", TARGETS)
def test_the_corpora_are_replayed(name: str, record_property: Callable[[str, object], None]) -> None:
    for data in INPUTS:
        TARGETS[name](data)
    record_property("count", f"fuzzing, {name}: {len(INPUTS):,} inputs, 0 unexpected exceptions")
