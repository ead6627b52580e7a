"""Requests that every face of the checker is held to: they show every outcome, and every two facts that can meet.

    for request in faces.standard():
        assert what_the_face_says_of(request) == faces.codes(faces.checker().check_mapping(request))

The facts are millions of combinations, too many for a face with a server or a browser in it. What goes wrong between
a face and the checker is an outcome that gets lost, or two facts that get into each other's way; so there is a request
for each distinct outcome (field and code) that a configure request can have, and one for every pair of fact values.

A request is what a form or a JSON body holds: strings, for `mode` also a list of them, None for what was left out. The
same data and seed give the same requests.
"""

from collections.abc import Iterable, Iterator
from functools import cache
from itertools import chain, combinations, product
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory

from attrs import evolve
from phonenumbers import PhoneNumberFormat, example_number, format_number

from hoiio_numbers import RULES, Checker, Registry, Report, Rulebook, countries
from hoiio_numbers.mappings import PARAMETERS

Request = dict[str, str | list[str] | None]
Fact = tuple[str, object]
Outcome = tuple[str | None, str]
Pair = tuple[Fact, Fact]
Part = tuple[tuple[Fact, ...], list[Request]]
"""Facts that some parameters have together, and requests of these parameters that have them."""

OVERLAY = {
    "CA": "voice = true\nfax = true\nsms = false",  # shares +1 with the US, and differs
    "DE": "voice = false\nfax = true\nsms = false",
    "MY": "voice = false\nfax = false\nsms = false",
    "US": "voice = true\nfax = false\nsms = true\n[revision.subdivisions.AK]\nsms = false",
}
"""What the packaged data lacks for every outcome to be possible."""

FACTS = (
    "number", "country", "country_given", "state_given", "modes", "unknown_mode", "forward_to", "forward_sms_to",
)  # fmt: skip
"""The facts that a request can have. (`capabilities` and `on` are the programmer's.)"""

NUMBERS = [
    None, "", "+65x", "61234567", "+651", "+6511111111", "+16001234567", "+44 1111 111111", "+1 800 234 5678",
    "+61 8 9164 1234", "(65) 6123-4567",
]  # fmt: skip
ELSEWHERE = "GB"
COUNTRIES = [None, "  ", "us", "XX", "Singapore", ELSEWHERE]
STATES = [None, "ak", "US-AL", "ON", "nowhere"]
MODES: list[str | list[str] | None] = [
    None, [], [""], "voice", ["Fax"], "voice, fax", ["voice", "fax"], "telex", ["voice", "telex"], ["fax", "telex"],
    ["fax", "telex", "voice"],
]  # fmt: skip
LONG = "x" * 4000
CHOICES = 8
URLS = [
    None, " ", "https://example.com/in", " https://Example.com:8443/in?a=b&c=ü ", "example.com", "ftp://example.com/",
    f"example.com/{LONG}", f"https://example.com/{LONG}", "http://localhost:8000/", f"http://10.0.0.1/{LONG}",
    "https://me:secret@example.com/", f"https://me@example.com/{LONG}", "http://me@[::1]/", f"http://me@10.0.0.1/{LONG}",
]  # fmt: skip


HINTLESS = Checker(rules=Rulebook([evolve(RULES["number.missing"], message="Where to?", hint=None)]))
"""A checker with one rule, which has no hint as those of users may have none."""


def full_registry(directory: Path) -> Registry:
    """The packaged data with `OVERLAY` over it, whose files are written to *directory*."""
    for code, services in OVERLAY.items():
        text = f'country = "{code}"\n[[revision]]\nfrom = 2012-09-01\nsource = "the tests"\n{services}\n'
        (directory / f"{code}.toml").write_text(text, encoding="utf-8")
    return Registry.default().overlay(directory)


@cache
def checker() -> Checker:
    """A checker by `full_registry()`, by which every outcome is possible."""
    with TemporaryDirectory() as directory:
        return Checker(full_registry(Path(directory)))


@cache
def standard() -> list[Request]:
    """The requests of `checker()`, which take seconds to make: once in a process, by the first test that asks."""
    return requests(checker())


def codes(report: Report) -> list[Outcome]:
    """What a face should say, and where."""
    return [(violation.field, violation.code) for violation in report.violations]


def requests(checker: Checker, seed: int = 1) -> list[Request]:
    """Some hundred requests, as this module's docstring says."""
    chance = Random(seed)  # noqa: S311 - a seed, so that every run is the same
    parts = _parts(checker)
    chosen = []
    missing = dict.fromkeys(_every_pair(parts))  # a dict keeps their order
    while missing:
        wanted = next(iter(missing))
        suiting = [[part for part in some if _agrees(dict(part[0]), wanted)] for some in parts]
        choices = [_any_of(suiting, chance) for _ in range(CHOICES)]
        shown, request = max(choices, key=lambda choice: len(missing.keys() & choice[0]))
        chosen.append(request)
        missing = {pair: None for pair in missing if pair not in shown}
    return [*_plainest(checker, parts), *chosen]


def _parts(checker: Checker) -> list[list[Part]]:
    """The parameters that decide together, parted by their facts: the place, the mode, each URL."""
    registry = checker.registry.current
    sold = [code for country in registry.countries.values() for code in (country.code, *country.territories)]
    examples = [_example(code) for code in (*sold, ELSEWHERE)]
    states = [min(some) for some in map(countries.subdivisions, (*sold, ELSEWHERE)) if some]
    places = product([*NUMBERS, *examples], [*COUNTRIES, *sold], [*STATES, *states])
    return [
        _parted(checker, FACTS[:4], ({"number": it[0], "country": it[1], "state": it[2]} for it in places)),
        _parted(checker, FACTS[4:6], ({"mode": mode} for mode in MODES)),
        _parted(checker, FACTS[6:7], ({"forward_to": url} for url in URLS)),
        _parted(checker, FACTS[7:], ({"forward_sms_to": url} for url in URLS)),
    ]


def _example(country: str) -> str:
    number = example_number(country)
    assert number, f"the metadata has an example of a number of {country}"
    return format_number(number, PhoneNumberFormat.E164)


def _parted(checker: Checker, facts: Iterable[str], ways: Iterable[Request]) -> list[Part]:
    parts: dict[tuple[Fact, ...], list[Request]] = {}
    for way in ways:
        known = checker.check_mapping(way).facts
        parts.setdefault(tuple((name, getattr(known, name)) for name in facts), []).append(way)
    return [*parts.items()]


def _every_pair(parts: list[list[Part]]) -> Iterator[Pair]:
    for facts, _ in chain.from_iterable(parts):
        yield from combinations(facts, 2)
    for some, others in combinations(parts, 2):
        for (facts, _), (further, _) in product(some, others):
            yield from product(facts, further)


def _any_of(parts: list[list[Part]], chance: Random) -> tuple[set[Pair], Request]:
    """A request that is left to chance, with every pair of its facts."""
    facts: list[Fact] = []
    request: Request = {}
    for some in parts:
        known, ways = chance.choice(some)
        facts += known
        request |= chance.choice(ways)
    return {*combinations(facts, 2)}, request


def _agrees(facts: dict[str, object], wanted: Pair) -> bool:
    return all(facts.get(name, value) == value for name, value in wanted)


def _plainest(checker: Checker, parts: list[list[Part]]) -> list[Request]:
    """For each outcome, and for having none, the request with a URL at most in which the least else is found."""
    places, modes, *urls = parts
    places = _unlike(checker, places)
    plainest: dict[Outcome | None, tuple[int, Request]] = {}
    every_mode = (product(places, modes, some[:2]) for some in urls)  # with no URL and with one that is fine
    every_url = (product(places, modes[:1], some) for some in urls)  # with no mode
    for chosen in chain(*every_mode, *every_url):
        request: Request = dict.fromkeys(PARAMETERS)
        for _, ways in chosen:
            request |= ways[0]
        found = codes(checker.check_mapping(request))
        outcomes: list[Outcome | None] = [*found] or [None]
        for outcome in outcomes:
            if outcome not in plainest or len(found) < plainest[outcome][0]:
                plainest[outcome] = len(found), request
    return [request for _, request in plainest.values()]


def _unlike(checker: Checker, places: list[Part]) -> list[Part]:
    """The first of the places in which the same is found when every service is asked for."""
    url = "https://example.com/"
    everything: Request = {"mode": ["voice", "fax"], "forward_to": url, "forward_sms_to": url}
    unlike: dict[tuple[Outcome, ...], Part] = {}
    for facts, ways in places:
        outcomes = codes(checker.check_mapping({**ways[0], **everything}))
        unlike.setdefault(tuple(outcomes), (facts, ways))
    return [*unlike.values()]
