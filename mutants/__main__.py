"""Try a sample of mutants, always the same one: say which no test noticed, and fail when these are too many.

    python -m mutants [COUNT] [SEED]

Each mutant has a process of its own, forked from this one, which has imported what every test needs but nothing of the
library. There the mutant is imported first, and then one module of tests after the other, until a test fails. A mutant
that takes too long is noticed, too. `equivalent.toml` lists those that no test can notice, and says why.
"""

import gc
import os
import resource
import signal
import sys
import tomllib
from collections import Counter
from collections.abc import Iterable, Iterator
from importlib import import_module
from importlib.util import find_spec, module_from_spec
from itertools import chain, islice
from pathlib import Path
from time import process_time

import pytest
from django.conf import settings

from mutants.making import Mutant, sample

DEFAULTS, LEAST_SCORE = ["640", "2012"], 95
SECONDS, MEMORY = 40, 2 * 2**30  # of the processor's time for each module of tests; the slowest takes a third of it

ROOT = Path(__file__).parent.parent
MODULES = (
    *("check", "facts", "rules", "rulebook", "report", "numbers", "numberplan", "automata", "urls", "mappings"),
    *("services", "text", "registry", "countries", "listed", "tomlfile", "datafiles", "directories", "live"),
    *("demands", "comparison"),
)
REQUESTS = ("check", "mappings", "rulebook", "cases", "registry", "report")
TESTS = {
    "check": ("check", "live"),
    "registry": ("registry", "live"),
    "tomlfile": ("datafiles", "registry"),
    "datafiles": ("datafiles", "registry"),
    "directories": ("registry", "datafiles", "live"),
    "demands": ("comparison", "exports"),
    "automata": ("automata", "check", "cases", "numberplan"),
    "numberplan": ("check", "cases", "numberplan", "numbers"),
    "numbers": ("check", "cases", "numbers"),
    "urls": ("check", "cases", "urls"),
    **{module: (module,) for module in ("report", "rulebook", "mappings", "countries", "text", "live", "comparison")},
}
"""The tests of single modules; the mutants of all are tried with those of `REQUESTS`, too."""

NEEDED = (
    *("attrs", "phonenumbers", "pycountry", "idna.core", "requests", "pdb", "hypothesis.strategies", "django.http"),
    *("werkzeug.datastructures", "starlette.datastructures", "multidict"),
)
LEFT_OUT = (
    "test_the_oldest_release_allowed_agrees_too",  # it is another process, which imports no mutant
    "test_a_possible_number_is_written_with_as_many_digits_as_are_said",  # it is about schemas, and takes long
)
OPTIONS = ["-x", "-q", "--noconftest", "-p", "no:cacheprovider", "-k", " and ".join(f"not {name}" for name in LEFT_OUT)]

SURVIVED, NOTICED, TOO_LONG, EQUIVALENT = "survived", "noticed", "took too long", "equivalent"
ENDS = {0: SURVIVED, 1: NOTICED, 2: EQUIVALENT, -signal.SIGXCPU: TOO_LONG, -signal.SIGALRM: TOO_LONG}


def _equivalent() -> set[tuple[str, str, str]]:
    """The keys of the mutants that no test can notice."""
    entries = tomllib.loads((Path(__file__).parent / "equivalent.toml").read_text(encoding="utf-8"))["equivalent"]
    return {(entry["module"], entry["was"], became) for entry in entries for became in entry["became"]}


def _import(mutant: Mutant) -> None:
    """The mutant in its module's place, from where all others will import."""
    name = f"hoiio_numbers.{mutant.path.stem}"
    spec = find_spec(name)
    assert spec  # noqa: S101 - the module is there
    module = sys.modules[name] = module_from_spec(spec)
    exec(compile(mutant.source, mutant.path, "exec"), vars(module))  # noqa: S102 - that is what it is for
    setattr(sys.modules["hoiio_numbers"], mutant.path.stem, module)


def _passes(tests: Iterable[str]) -> bool:
    """Whether every test of these modules does, in the time for each."""
    for name in dict.fromkeys(tests):
        resource.setrlimit(resource.RLIMIT_CPU, (round(process_time()) + SECONDS, resource.RLIM_INFINITY))
        if pytest.main([*OPTIONS, str(ROOT / "tests" / f"test_{name}.py")]):
            return False
    return True


def _try(mutant: Mutant | None) -> int:
    """One of the keys of `ENDS`. None stands for the library as it is, for which all tests are run."""
    if mutant is None:
        return 0 if _passes(chain(*TESTS.values(), REQUESTS)) else 1
    signal.alarm(10 * SECONDS)  # for one that waits for ever
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    if mutant.key in _equivalent():
        return 2
    _import(mutant)
    return 0 if _passes([*TESTS.get(mutant.path.stem, ()), *REQUESTS]) else 1


def _started(mutant: Mutant | None) -> int:
    """The id of a process that tries it, and ends with the key of `ENDS`."""
    pid = os.fork()
    if pid:
        return pid
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 1)
    os.dup2(nowhere, 2)
    try:
        os._exit(_try(mutant))
    finally:
        os._exit(1)


def _tried(mutants: Iterable[Mutant]) -> Iterator[tuple[Mutant | None, str]]:
    """What became of each, and of the library as it is, as many tried at once as there are processors."""
    waiting, running = chain([None], mutants), dict[int, Mutant | None]()
    while True:
        running.update((_started(mutant), mutant) for mutant in islice(waiting, (os.cpu_count() or 1) - len(running)))
        if not running:
            return
        pid, status = os.wait()
        yield running.pop(pid), ENDS.get(os.waitstatus_to_exitcode(status), NOTICED)


def main() -> int:
    """The command."""
    count, seed = [*sys.argv[1:], *DEFAULTS[len(sys.argv) - 1 :]]
    os.environ["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"
    settings.configure()  # for the tests' QueryDict
    for name in NEEDED:
        import_module(name)
    sys.dont_write_bytecode = False  # or else each process would compile all of the tests
    gc.freeze()
    gc.disable()  # nothing lives long enough to be worth looking for
    mutants = sample([ROOT / "hoiio_numbers" / f"{module}.py" for module in MODULES], int(count), seed)
    ends = Counter[str]()
    for mutant, end in _tried(mutants):
        if mutant is None:
            if end != SURVIVED:
                sys.exit("The tests fail without any mutant.")
            continue
        ends[end] += 1
        if end in {SURVIVED, TOO_LONG}:
            print(f"{mutant.path.relative_to(ROOT)}:{mutant.line}: {end}", *mutant.diff, sep="\n    ", flush=True)
    noticed = ends[NOTICED] + ends[TOO_LONG]
    score = 100 * noticed / (len(mutants) - ends[EQUIVALENT])
    print(
        f"{len(mutants)} mutants: {noticed} noticed ({ends[TOO_LONG]} for taking long), {ends[SURVIVED]} survived, "
        f"{ends[EQUIVALENT]} equivalent. Noticed of those that can be: {score:.1f} %, "
        f"of all: {100 * noticed / len(mutants):.1f} %."
    )
    return score < LEAST_SCORE


if __name__ == "__main__":
    sys.exit(main())
