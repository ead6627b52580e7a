"""What imports cost in fresh processes, over a bare interpreter."""

from statistics import median
from time import perf_counter

from attrs import frozen

from benchmarks.processes import python

BARE, REQUESTS = "bare interpreter", "import requests"
OURS, FIRST_CHECK = "import hoiio_numbers", "import check_config, and a first check"
PROGRAMS = {
    BARE: "",
    REQUESTS: "import requests",
    OURS: "import hoiio_numbers",
    FIRST_CHECK: (
        "from hoiio_numbers import check_config; "
        "assert check_config('+6561234567', forward_to='https://hooks.acme-telecom.com/calls').ok"
    ),
    "import phonenumbers": "import phonenumbers",
    "import pycountry": "import pycountry",
    "import attrs": "import attrs",
}


@frozen
class Import:
    """The median process: milliseconds more than those of the bare interpreter."""

    milliseconds: float
    per_requests: float


def measure(rounds: int) -> dict[str, Import]:
    """Time every program in turns, after each ran once, so that its bytecode is on disk and its files in memory."""
    taken: dict[str, list[float]] = {name: [] for name in PROGRAMS}
    for number in range(rounds + 1):
        for name, program in PROGRAMS.items():
            seconds = _seconds(program)
            if number:
                taken[name].append(seconds)
    typical = {name: median(figures) for name, figures in taken.items()}
    over = {name: 1000 * (figure - typical[BARE]) for name, figure in typical.items()}
    return {name: Import(figure, figure / over[REQUESTS]) for name, figure in over.items()}


def _seconds(program: str) -> float:
    start = perf_counter()
    python("-c", program)
    return perf_counter() - start
