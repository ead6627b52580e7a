"""A call of the client beside the same form sent with requests alone; and how soon the sandbox serves."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

import requests
from attrs import frozen

from benchmarks import inputs
from benchmarks.processes import python
from benchmarks.singles import AnswersDifferError
from benchmarks.timing import Subject, Times, interleaved
from hoiio_numbers import Hoiio
from hoiio_numbers.sandbox.server import Settings

OURS, PLAIN = "hoiio.number.rate()", "requests.Session().post().json()"

READY = """
from time import perf_counter

import pytest

@pytest.fixture
def start():
    return perf_counter()

def test_ready(start, hoiio_sandbox):
    print("\\n", 1000 * (perf_counter() - start))
"""


@frozen
class Calls:
    """The times of a call, and in how many milliseconds the pytest fixture is ready, imports included."""

    times: dict[str, Times]
    ready_milliseconds: float


def measure(calls: int, rounds: int, processes: int) -> Calls:
    """Time the calls against a sandbox in a process of its own, after both answered the same."""
    with _sandbox() as settings, Hoiio(**settings) as hoiio, requests.Session() as session:
        url, timeout = f"{settings['base_url']}number/get_rates", 10.0
        form = {"app_id": settings["app_id"], "access_token": settings["access_token"], "country": "SG"}

        def plain(_request: object) -> object:
            return session.post(url, form, timeout=timeout, allow_redirects=False).json()

        def ours(_request: object) -> object:
            return hoiio.number.rate("SG")

        answer = session.post(url, form, timeout=timeout).json()
        if [str(it.rate) for it in hoiio.number.rate("SG").entries] != [it["rate"] for it in answer["entries"]]:
            raise AnswersDifferError(OURS, PLAIN)
        some = inputs.clean(calls)
        times = interleaved({OURS: Subject(ours, some), PLAIN: Subject(plain, some)}, rounds)
    _ready()  # bytecode is on disk from then on
    return Calls(times, median(_ready() for _ in range(processes)))


@contextmanager
def _sandbox() -> Iterator[Settings]:
    command = [sys.executable, "-m", "hoiio_numbers", "sandbox"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:  # noqa: S603 - the command above
        lines = [server.stdout.readline() for _ in range(3)] if server.stdout else []
        app_id, access_token, base_url = (line.partition("=")[2].strip().strip("'") for line in lines)
        yield {"app_id": app_id, "access_token": access_token, "base_url": base_url}
        server.terminate()


def _ready() -> float:
    with TemporaryDirectory() as directory:
        test = Path(directory) / "test_ready.py"
        test.write_text(READY, encoding="utf-8")
        printed = python("-m", "pytest", "--quiet", "--capture=no", "--rootdir", directory, str(test))
    return float(printed.splitlines()[1])
