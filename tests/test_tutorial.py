"""The tutorial, followed word for word: its blocks in order, in one shell and a clean virtual environment."""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from itertools import takewhile
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
DONE = "-- done --"


def blocks() -> list[tuple[str, str]]:
    return BLOCK.findall((ROOT / "docs" / "tutorial.md").read_text(encoding="utf-8"))


def commands(block: str) -> Iterator[tuple[str, str]]:
    """Each command of a console block, and what it is said to print."""
    for session in f"\n{block}".split("\n$ ")[1:]:
        command, _, printed = session.partition("\n")
        yield command, printed


class Shell:
    """A bash that stays, so that what one command sets the next one finds."""

    def __init__(self, directory: Path) -> None:
        kept = {
            name: value for name, value in os.environ.items() if not name.startswith(("HOIIO", "PY", "VIRTUAL_ENV"))
        }
        path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"  # its python3 is the one under test
        self._bash = subprocess.Popen(
            ["bash", "--norc"],
            cwd=directory,
            # pip tells of its own age and of the machine's settings, and compiles what is never imported.
            env={**kept, "PATH": path, "PIP_QUIET": "2", "PIP_COMPILE": "no"},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def run(self, command: str) -> str:
        """What a command prints, up to the mark that is printed after it."""
        assert self._bash.stdin
        assert self._bash.stdout
        self._bash.stdin.write(f"{command}\necho '{DONE}'\n")
        self._bash.stdin.flush()
        return "".join(takewhile(f"{DONE}\n".__ne__, self._bash.stdout))

    def close(self) -> None:
        self._bash.communicate()


def alike(printed: str, expected: str) -> bool:
    pattern = ".*".join(map(re.escape, expected.strip().split("…")))
    return re.fullmatch(pattern, "\n".join(line.rstrip() for line in printed.strip().splitlines())) is not None


@pytest.mark.long
def test_the_tutorial_works_to_the_end(tmp_path: Path, record_property: Callable[[str, object], None]) -> None:
    unwanted = shutil.ignore_patterns(".*", "__pycache__", "docs", "tests")
    shell = Shell(shutil.copytree(ROOT, tmp_path / "hoiio-numbers", ignore=unwanted))
    followed = 0
    try:
        for language, block in blocks():
            if language == "console":
                for command, expected in commands(block):
                    printed = shell.run(command)
                    assert alike(printed, expected), f"$ {command}\n{printed}"
                    followed += 1
            else:
                name = block.partition("\n")[0].removeprefix("# ")
                (tmp_path / "hoiio-tutorial" / name).write_text(block, encoding="utf-8")
                followed += 1
    finally:
        shell.close()
    record_property("count", f"the tutorial: {followed} commands and files, in a clean virtual environment")
