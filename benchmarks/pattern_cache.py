"""What phonenumbers' pattern cache does to the base line and to a check; run as a program, it is one fresh process.

The cache cannot be switched off again, so each measurement needs a process of its own; with and without take turns.
"""

import json
import sys
from collections.abc import Mapping, Sequence
from statistics import median

from benchmarks.inputs import Request
from benchmarks.processes import python
from benchmarks.timing import Subject, interleaved

ON, OFF = "with", "without"
CLEAN, DIRTY, WORLD = "clean mix", "dirty mix", "numbers of all regions"

Figures = dict[str, float]


def measure(mixes: Mapping[str, Sequence[Request]], processes: int) -> dict[str, Figures]:
    """Microseconds of the three calls, and of a check, on each of *mixes*: with the cache, and without it."""
    taken: dict[str, list[Figures]] = {ON: [], OFF: []}
    for _ in range(processes):
        for setting, figures in taken.items():
            figures.append(_in_fresh_process(setting, mixes))
    return {
        setting: {name: median(one[name] for one in figures) for name in figures[0]}
        for setting, figures in taken.items()
    }


def _in_fresh_process(setting: str, mixes: Mapping[str, Sequence[Request]]) -> Figures:
    printed = python("-m", __name__, setting, given=json.dumps(mixes))
    return {str(name): float(figure) for name, figure in json.loads(printed).items()}


def _program(setting: str) -> None:
    import phonenumbers

    from hoiio_numbers import check_config

    if setting == ON:
        phonenumbers.enable_pattern_cache()

    # As in `peers` and `singles`, which would import all of the peers.
    def three_calls(request: Request) -> object:
        try:
            number = phonenumbers.parse(request.number)
        except phonenumbers.NumberParseException:
            return None
        return phonenumbers.is_valid_number(number), phonenumbers.region_code_for_number(number)

    def ours(request: Request) -> object:
        number, forward_to, forward_sms_to, mode = request
        report = check_config(number, forward_to=forward_to, forward_sms_to=forward_sms_to, mode=mode)
        return report.ok or report.violations

    mixes = json.load(sys.stdin)
    subjects = {}
    for name, mix in mixes.items():
        requests = [Request(*values) for values in mix]
        subjects[f"three calls, {name}"] = Subject(three_calls, requests)
        if name != WORLD:  # most of which the library refuses, for the shipped data has six countries
            subjects[f"hoiio-numbers, {name}"] = Subject(ours, requests)
    # One after the other, for together they would throw each other's patterns out of Python's cache.
    times = {name: interleaved({name: subject}, rounds=3)[name] for name, subject in subjects.items()}
    print(json.dumps({name: one.typical for name, one in times.items()}))


if __name__ == "__main__":
    _program(sys.argv[1])
