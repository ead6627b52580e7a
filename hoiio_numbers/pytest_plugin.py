"""The pytest fixture `hoiio_sandbox`: a Number API of each test's own, which pytest finds where this is installed."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from hoiio_numbers.sandbox import Sandbox


@pytest.fixture
def hoiio_sandbox(monkeypatch: pytest.MonkeyPatch) -> "Iterator[Sandbox]":
    """A running `Sandbox`; a `Hoiio()` without arguments uses it, for its settings are in the environment."""
    from hoiio_numbers.sandbox import Sandbox

    with Sandbox() as sandbox:
        for name, value in sandbox.environment.items():
            monkeypatch.setenv(name, value)
        yield sandbox
