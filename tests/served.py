"""An example as its reader starts it: a program of its own that serves."""

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import pytest

ROOT = Path(__file__).parent.parent


class Served(NamedTuple):
    """Where a program serves."""

    url: str
    process: "subprocess.Popen[str]"

    def ended(self) -> str:
        """End the program; all that it printed since it said where it serves."""
        self.process.terminate()
        assert self.process.stdout is not None
        return self.process.stdout.read()


@contextmanager
def served(*command: str, cwd: Path = ROOT) -> Iterator[Served]:
    """What *command* serves, once it has said where."""
    environment = {**os.environ, "PYTHONUNBUFFERED": "1"}
    process = subprocess.Popen(
        [sys.executable, *command],
        cwd=cwd,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    with process:
        assert process.stdout is not None
        said = ""
        try:
            for line in process.stdout:
                said += line
                if found := re.search(r"http://127\.0\.0\.1:[1-9]\d*", line):
                    yield Served(found[0], process)
                    break
            else:
                pytest.fail(said)
        finally:
            process.terminate()
