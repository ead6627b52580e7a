"""The fixture `hoiio_sandbox`: as pytest finds it where this is installed, and used directly."""

import os
import subprocess
import sys
from importlib.metadata import entry_points
from pathlib import Path

from hoiio_numbers import Hoiio
from hoiio_numbers.sandbox import Sandbox

TESTS = """
import os

import pytest
from hoiio_numbers import Hoiio, InsufficientCreditError


@pytest.mark.parametrize("turn", [1, 2])
def test_each_test_has_a_number_api_of_its_own(hoiio_sandbox, turn):
    with Hoiio() as hoiio:
        assert hoiio.number.subscribed_numbers().entries == ()
        hoiio.number.subscribe("+16001234567", 1)
        assert len(hoiio_sandbox.charges()) == 1


def test_an_account_without_credit(hoiio_sandbox):
    poor = hoiio_sandbox.add_application(credit=0)
    with Hoiio(**hoiio_sandbox.settings_of(poor)) as hoiio:
        with pytest.raises(InsufficientCreditError):
            hoiio.number.subscribe("+16001234567", 1)


def test_without_it_nothing_is_set():
    assert not [name for name in os.environ if name.startswith("HOIIO_")]
"""


def pytest_in(directory: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """pytest as a user of ours runs it: no configuration but what is installed."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("PYTEST_", "HOIIO_"))}
    command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "-W", "error", *arguments]
    return subprocess.run(command, cwd=directory, env=environment, capture_output=True, text=True, check=False)


def test_pytest_finds_the_fixture_by_its_entry_point(tmp_path: Path) -> None:
    (found,) = entry_points(group="pytest11", name="hoiio-numbers")
    assert found.value == "hoiio_numbers.pytest_plugin"
    (tmp_path / "test_shop.py").write_text(TESTS, encoding="utf-8")
    ran = pytest_in(tmp_path, "-q")
    assert (ran.returncode, ran.stderr) == (0, ""), ran.stdout
    assert "4 passed" in ran.stdout


def test_it_is_listed_with_what_it_is_for(tmp_path: Path) -> None:
    listed = pytest_in(tmp_path, "--fixtures").stdout
    _, _, entry = listed.partition("hoiio_sandbox -- ")
    assert "a `Hoiio()` without arguments uses it" in entry


def test_used_directly_it_is_running_and_in_the_environment(hoiio_sandbox: Sandbox) -> None:
    assert {name: os.environ[name] for name in hoiio_sandbox.environment} == hoiio_sandbox.environment
    with Hoiio() as hoiio:
        assert hoiio.base_url == hoiio_sandbox.base_url
        assert hoiio.number.available_countries().entries
