"""What more countries and more revisions of the data cost a check."""

from collections.abc import Iterable, Sequence
from datetime import date
from functools import partial
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory

import pycountry
from attrs import frozen
from phonenumbers import SUPPORTED_REGIONS

from benchmarks.inputs import COUNTRIES, SEED, Request, of_regions
from benchmarks.timing import Subject, Times, interleaved
from hoiio_numbers import Checker, Registry, Report

FIRST_YEAR, REVISIONS = 2001, 20
COMMON = 'conflicts = [["voice", "fax"]]\ndurations = ["1", "3", "12", "auto_extend"]\n'


@frozen
class Measured:
    """Times by what was asked of which registry."""

    countries: int
    times: dict[str, Times]


SIX, WORLD = "six countries, their numbers", "all regions, their numbers"
SIX_NUMBERS_OF_WORLD = "all regions, numbers of the six countries"


def measure_world(how_many: int, rounds: int) -> Measured:
    """A registry of all regions with numbers of all of them, beside the shipped six with numbers of those.

    Data files are for countries of ISO 3166; three of phonenumbers' 245 regions (AC, TA, XK) are none. Each request has
    one URL and is accepted: both registries run the same code, each on its own numbers. The ranges of all regions are
    compiled before the clock starts.
    """
    regions = sorted(region for region in SUPPORTED_REGIONS if pycountry.countries.get(alpha_2=region))
    with TemporaryDirectory() as directory:
        _write(Path(directory), regions, revisions=1)
        world = Checker(Registry.load(directory))
    six = Checker(Registry.default())
    six_numbers, world_numbers = of_regions(COUNTRIES, how_many), of_regions(regions, how_many)
    subjects = {
        SIX: Subject(partial(_ask, six), six_numbers),
        WORLD: Subject(partial(_ask, world), world_numbers),
        SIX_NUMBERS_OF_WORLD: Subject(partial(_ask, world), six_numbers),
    }
    _all_accepted(subjects.values())
    return Measured(len(regions), interleaved(subjects, rounds))


ONE, TWENTY = "one revision per country, today", "20 revisions per country, today"
ONE_ON_DATES, TWENTY_ON_DATES = "one revision per country, random dates", "20 revisions per country, random dates"


def measure_revisions(how_many: int, rounds: int) -> Measured:
    """Six countries with 20 revisions each, on 120 different dates, beside the same with one, on the same requests.

    Once all requests are checked as of today, and once each as of a date at random from those 20 years.
    """
    requests = of_regions(COUNTRIES, how_many)
    random = Random(SEED)  # noqa: S311 - the same dates each time are what is wanted
    first = date(FIRST_YEAR + 1, 1, 1).toordinal()
    dates = {r.number: date.fromordinal(first + random.randrange(REVISIONS * 365)) for r in requests}
    checkers = []
    for revisions in (1, REVISIONS):
        with TemporaryDirectory() as directory:
            _write(Path(directory), COUNTRIES, revisions)
            checkers.append(Checker(Registry.load(directory)))
    one, twenty = checkers
    subjects = {
        ONE: Subject(partial(_ask, one), requests),
        TWENTY: Subject(partial(_ask, twenty), requests),
        ONE_ON_DATES: Subject(partial(_ask_on, one, dates), requests),
        TWENTY_ON_DATES: Subject(partial(_ask_on, twenty, dates), requests),
    }
    _all_accepted(subjects.values())
    return Measured(len(COUNTRIES), interleaved(subjects, rounds))


def _ask(checker: Checker, request: Request) -> Report:
    report = checker.check_config(request.number, forward_to=request.forward_to)
    if not report.ok:
        raise AssertionError(f"{request}: {report}")
    return report


def _ask_on(checker: Checker, dates: dict[str, date], request: Request) -> Report:
    report = checker.check_config(request.number, forward_to=request.forward_to, on=dates[request.number])
    if not report.ok:
        raise AssertionError(f"{request}: {report}")
    return report


def _all_accepted(subjects: Iterable[Subject]) -> None:
    for check, requests in subjects:
        for request in requests:
            check(request)


def _write(directory: Path, countries: Sequence[str], revisions: int) -> None:
    """Data files in which every country has voice, and fax and SMS by the seed, anew in each revision."""
    random = Random(SEED)  # noqa: S311 - the same data each time are what is wanted
    (directory / "common.toml").write_text(COMMON)
    for place, country in enumerate(countries):
        starts = [date(FIRST_YEAR + year, 1 + place % 12, 1 + place // 12) for year in range(revisions)]
        text = "".join(_revision(start, random) for start in starts)
        (directory / f"{country}.toml").write_text(f'country = "{country}"\n{text}')


def _revision(start: date, random: Random) -> str:
    fax, sms = (random.choice(("true", "false")) for _ in range(2))
    return f'\n[[revision]]\nfrom = {start}\nsource = "made up"\nvoice = true\nfax = {fax}\nsms = {sms}\n'
