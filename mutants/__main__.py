"""Try a sample of mutants, always the same one: say which no test noticed, and fail when these are too many.

    python -m mutants [COUNT] [SEED]

Each mutant has a process of its own, forked from this one, which has imported what every test needs but nothing of the
library. There the mutant is imported first, and then one module of tests after the other, until a test fails. A mutant
that takes too long is noticed, too. `equivalent.toml` lists those that no test can notice, and says why.
"""

import os
import resource
import signal
import sys
import tomllib
from collections import Counter
from collections.abc import Iterable, Iterator
from importlib import import_module
from importlib.util import find_spec, module_from_spec
from itertools import islice
from pathlib import Path
from time import monotonic

import pytest
from django.conf import settings

from mutants.making import Mutant, sample

COUNT, SEED, LEAST_SCORE = "600", "2012", 95
SECONDS, MEMORY = 90, 4 * 2**30  # for each module of tests, none of which comes near

ROOT = Path(__file__).parent.parent
MODULES = (
    *("check", "facts", "rules", "rulebook", "numbers", "numberplan", "urls"),
    *("mappings", "services", "registry", "countries", "text", "listed"),
)
REQUESTS = ("check", "mappings", "rulebook", "cases", "registry", "report")
TESTS = {
    "check": ("check", "live"),
    "registry": ("registry", "live"),
    "numberplan": ("numberplan", "numbers"),
    **{module: (module,) for module in ("rulebook", "numbers", "urls", "mappings", "countries", "text")},
}
"""The tests of single modules; the mutants of all are tried with those of `REQUESTS`, too."""

NEEDED = ("attrs", "hypothesis", "idna", "phonenumbers", "pycountry", "requests", "sybil")
IN_ANOTHER_PROCESS = "test_the_oldest_release_allowed_agrees_too"  # it takes long, and imports no mutant
OPTIONS = ["-x", "-q", "--noconftest", "-p", "no:cacheprovider", "-k", f"not {IN_ANOTHER_PROCESS}"]

SURVIVED, NOTICED, TOO_LONG = "survived", "noticed by a test", "took too long"


def _import(mutant: Mutant) -> None:
    """The mutant in its module's place, from where all others will import."""
    name = f"hoiio_numbers.{mutant.path.stem}"
    spec = find_spec(name)
    assert spec  # noqa: S101 - the module is there
    module = sys.modules[name] = module_from_spec(spec)
    exec(compile(mutant.source, mutant.path, "exec"), vars(module))  # noqa: S102 - that is what it is for
    setattr(sys.modules["hoiio_numbers"], mutant.path.stem, module)


def _passes(module: str) -> bool:
    """Whether all tests of *module* do."""
    for name in dict.fromkeys([*TESTS.get(module, ()), *REQUESTS]):
        signal.alarm(SECONDS)
        if pytest.main([*OPTIONS, str(ROOT / "tests" / f"test_{name}.py")]):
            return False
    return True


def _started(mutant: Mutant) -> int:
    """A process that ends with 0 if the mutant survives."""
    pid = os.fork()
    if pid:
        return pid
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 1)
    os.dup2(nowhere, 2)
    try:
        _import(mutant)
        os._exit(0 if _passes(mutant.path.stem) else 1)
    finally:
        os._exit(1)


def _tried(mutants: Iterable[Mutant]) -> Iterator[tuple[Mutant, str]]:
    """What became of each, as many tried at once as there are processors."""
    waiting, running = iter(mutants), dict[int, Mutant]()
    while True:
        running.update((_started(mutant), mutant) for mutant in islice(waiting, (os.cpu_count() or 1) - len(running)))
        if not running:
            return
        pid, status = os.wait()
        ended = os.waitstatus_to_exitcode(status)
        yield running.pop(pid), TOO_LONG if ended == -signal.SIGALRM else NOTICED if ended else SURVIVED


def main() -> int:
    """The command."""
    count, seed = [*sys.argv[1:], COUNT, SEED][:2] if len(sys.argv) != 2 else [sys.argv[1], SEED]
    begun = monotonic()
    os.environ["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"
    settings.configure()  # for the tests' QueryDict
    for name in NEEDED:
        import_module(name)
    mutants = sample([ROOT / "hoiio_numbers" / f"{module}.py" for module in MODULES], int(count), seed)
    became = Counter[str]()
    for mutant, what in _tried(mutants):
        became[what] += 1
        if what != NOTICED:
            print(f"{mutant.path.relative_to(ROOT)}:{mutant.line}: {what}", *mutant.diff, sep="\n    ", flush=True)
    print(became, round(monotonic() - begun))
    return 0


if __name__ == "__main__":
    sys.exit(main())
