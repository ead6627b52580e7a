"""Fresh processes, as a user's would be: of this checkout, without settings that a developer's shell may have."""

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent


def python(*arguments: str, given: str | None = None) -> str:
    """What a fresh interpreter prints; it may write bytecode, as an installation does, and so starts from bytecode."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "HOIIO_"))}
    command = [sys.executable, *arguments]
    ran = subprocess.run(command, check=True, cwd=ROOT, env=kept, input=given, stdout=subprocess.PIPE, text=True)  # noqa: S603 - a benchmark's own program
    return ran.stdout
