"""Fuzz one target, or each in turn, and keep what opened a new way through the code.

    python -m fuzz [SECONDS] [TARGET]

SECONDS are for each target, by default a minute.
"""

import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

CORPORA = Path(__file__).parent / "corpora"
WORDS = Path(__file__).parent / "words.dict"


def _fuzz(name: str, seconds: str) -> None:
    """Never comes back: libFuzzer ends the process."""
    import atheris

    with atheris.instrument_imports(include=["hoiio_numbers"]):
        from fuzz.targets import TARGETS

    kept = CORPORA / name  # what fails is kept there, too, so that the tests fail until it is mended
    limits = [f"-max_total_time={seconds}", "-max_len=8192", "-timeout=10"]  # int() takes 4,300 digits and no more
    options = [*limits, f"-dict={WORDS}", f"-artifact_prefix={kept}/", "-print_final_stats=1"]
    atheris.Setup([sys.argv[0], str(kept), *options], TARGETS[name])
    atheris.Fuzz()


def main() -> int:
    """The command."""
    if find_spec("atheris") is None:
        sys.exit("atheris, which fuzzes, is not installed; there is one for Python up to 3.13.")
    seconds, *chosen = sys.argv[1:] or ["60"]
    if chosen and chosen[-1] == "--here":
        _fuzz(chosen[0], seconds)
    names = chosen or sorted(corpus.name for corpus in CORPORA.iterdir())
    runs = [subprocess.run([sys.executable, "-m", "fuzz", seconds, name, "--here"], check=False) for name in names]  # noqa: S603 - itself
    return int(any(run.returncode for run in runs))


if __name__ == "__main__":
    sys.exit(main())
