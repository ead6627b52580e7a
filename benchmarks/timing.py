"""Times of functions on the same inputs, taken in turns, so that what disturbs one disturbs them all."""

import gc
from collections.abc import Callable, Mapping, Sequence
from random import Random
from statistics import median
from time import perf_counter
from typing import NamedTuple

from benchmarks.inputs import Request, chunks

CHUNKS = 8
"""A round goes over the inputs in so many parts; each part is timed for every function before the next one."""

MICROSECONDS = 1e6


class Subject(NamedTuple):
    """A function to time, and the requests to call it with."""

    check: Callable[[Request], object]
    requests: Sequence[Request]


class Times(NamedTuple):
    """Microseconds per call, one figure for each round."""

    rounds: tuple[float, ...]

    @property
    def typical(self) -> float:
        """The median round."""
        return median(self.rounds)

    def ratio(self, other: "Times") -> float:
        """The median of what this takes per what *other* takes in the same round."""
        return median(mine / its for mine, its in zip(self.rounds, other.rounds, strict=True))


def interleaved(subjects: Mapping[str, Subject], rounds: int) -> dict[str, Times]:
    """The times of all *subjects*, after a round that warms up.

    Garbage collection stays on, as it is where the functions are used: each pays for what it leaves behind. What
    was there before is frozen, and collected between rounds, outside the clock.
    """
    gc.collect()
    gc.freeze()
    turns = Random(0)  # noqa: S311 - the same turns each time are what is wanted
    taken: dict[str, list[float]] = {name: [] for name in subjects}
    for number in range(rounds + 1):
        gc.collect()
        seconds = _round(subjects, turns)
        for name, subject in subjects.items():
            if number:
                taken[name].append(seconds[name] * MICROSECONDS / len(subject.requests))
    gc.unfreeze()
    return {name: Times(tuple(figures)) for name, figures in taken.items()}


def _round(subjects: Mapping[str, Subject], turns: Random) -> dict[str, float]:
    parts = {name: list(chunks(subject.requests, CHUNKS)) for name, subject in subjects.items()}
    seconds = dict.fromkeys(subjects, 0.0)
    for place in range(CHUNKS):
        names = list(subjects)
        turns.shuffle(names)
        for name in names:
            check, requests = subjects[name].check, parts[name][place]
            start = perf_counter()
            for request in requests:
                check(request)
            seconds[name] += perf_counter() - start
    return seconds
