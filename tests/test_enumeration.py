"""The domain of decisions is finite, so it is gone through whole.

Each fact has one or more samples: raw values that are known to have it. Every consistent combination of facts is made
by a request of samples, decided by `check_config()`, and held against `expected()`, which states the specification in
a straight line and shares no code with the library.
"""

from collections.abc import Callable, Iterator, Mapping
from collections.abc import Set as AbstractSet
from datetime import date
from functools import cache
from itertools import combinations, product
from pathlib import Path
from random import Random
from typing import NamedTuple

import pytest
from attrs import evolve

from hoiio_numbers import RULES, Checker, Registry, Report, Rule, Rulebook, countries, numbers, urls
from hoiio_numbers.comparison import compare
from hoiio_numbers.facts import Facts
from hoiio_numbers.rulebook import Finding

pytestmark = pytest.mark.long

VOICE, FAX, SMS = SERVICES = ("voice", "fax", "sms")
SUBSETS = [frozenset(some) for count in range(4) for some in combinations(SERVICES, count)]
ON = date(2026, 1, 1)

# One country for each set of services, and two pairs that share a calling code: one that differs and one that agrees.
ALONE = dict(zip(("SG", "HK", "VN", "NZ", "DE", "MY", "TH", "PH"), SUBSETS, strict=True))
SHARING = {"US": {VOICE, SMS}, "CA": {VOICE, FAX}, "RU": {VOICE}, "KZ": {VOICE}}
DATA = {**ALONE, **SHARING, "AU": {VOICE, SMS}}
IN_ALASKA = {VOICE}
SOLD_AS = {"CX": "AU"}

Found = frozenset[tuple[str | None, str, str]]
"""What is wrong with a request: fields, codes and services."""


class Number(NamedTuple):
    """A number, how far it gets, and the countries that it can be of."""

    text: object
    state: str
    of: frozenset[str] = frozenset()


def _number(text: object, state: str, *of: str) -> Number:
    return Number(text, state, frozenset(of))


NUMBERS = [
    _number(None, "missing"),
    _number("+65x", "malformed"),
    _number("+651", "impossible"),
    _number("+6511111111", "unassigned", "SG"),
    _number("+16001234567", "unassigned", "US", "CA"),
    _number("+441111111111", "unassigned", "GB"),
    _number("+6561234567", "valid", "SG"),
    _number("+85221234567", "valid", "HK"),
    _number("+842101234567", "valid", "VN"),
    _number("+6432345678", "valid", "NZ"),
    _number("+4930123456", "valid", "DE"),
    _number("+60323856789", "valid", "MY"),
    _number("+6621234567", "valid", "TH"),
    _number("+63232345678", "valid", "PH"),
    _number("+12015550123", "valid", "US"),
    _number("+18002345678", "valid", "US", "CA"),
    _number("+78001234567", "valid", "RU", "KZ"),
    _number("+61891641234", "valid", "AU"),
    _number("+442079460000", "valid", "GB"),
]
COUNTRIES = [None, "XX", 7, "SG", "US", "CX", "GB", "TW"]  # TW has data from a later date on
KNOWN_COUNTRIES = {*DATA, "CX", "GB", "TW"}
STATES = [None, "AK", "US-AL", "ON", "nowhere", 7]
STATES_OF = {"US": {"AK", "US-AL"}, "CA": {"ON"}}
MODES = [(some, unknown) for some in SUBSETS if SMS not in some for unknown in (False, True)]
LIMIT = 60
LONG = "x" * LIMIT
URLS = {
    frozenset(facts.split()): value
    for facts, value in {
        "": None,
        "given": "https://example.com/in",
        "given too_long": f"https://example.com/{LONG}",
        "given unreachable": "http://localhost/",
        "given credentials": "https://me:secret@example.com/",
        "given too_long unreachable": f"http://localhost/{LONG}",
        "given too_long credentials": f"https://me@example.com/{LONG}",
        "given unreachable credentials": "http://me@10.0.0.1/",
        "given too_long unreachable credentials": f"http://me@10.0.0.1/{LONG}",
        "given malformed": "example.com",
        "given malformed too_long": f"example.com/{LONG}",
    }.items()
}
CAPABILITIES = [None, *SUBSETS]


def expected(  # noqa: C901, PLR0912 - a straight line has no parts
    number: Number,
    country: object,
    state: object,
    mode: tuple[frozenset[str], bool],
    to: frozenset[str],
    sms_to: frozenset[str],
    capabilities: frozenset[str] | None,
) -> Found:
    """The specification, from top to bottom."""
    found: list[tuple[str | None, str, str]] = []
    if number.state != "valid":
        found.append(("number", f"number.{number.state}", ""))
    usable = number.state in {"valid", "unassigned"}

    entries: list[str] = []
    supported = True
    home = None
    if country is not None and country not in KNOWN_COUNTRIES:
        found.append(("country", "country.unknown", ""))
    if country in KNOWN_COUNTRIES:
        home = SOLD_AS.get(str(country), str(country))
        if usable and home not in number.of:
            found.append(("country", "country.mismatch", ""))
        entries = [home] if home in DATA else []
        supported = bool(entries)
    elif usable:
        entries = sorted(number.of & set(DATA))
        supported = bool(entries)
        home = entries[0] if len(entries) == 1 else None
    if not supported and capabilities is None:
        found.append(("country", "country.unsupported", ""))

    is_state = home is not None and state in STATES_OF.get(home, set())
    if state is not None and (not isinstance(state, str) or (home is not None and not is_state)):
        found.append(("state", "state.unknown", ""))
    services = [IN_ALASKA if (entry, state) == ("US", "AK") and is_state else DATA[entry] for entry in entries]

    named, unknown = mode
    if unknown:
        found.append(("mode", "mode.unknown", ""))
    if named and not to:
        found.append(("mode", "mode.unused", ""))
    for field, url in (("forward_to", to), ("forward_sms_to", sms_to)):
        found += [(field, f"url.{fact}", "") for fact in url - {"given"}]

    asking = dict.fromkeys(named, "mode")
    if to and not named and not unknown:
        asking[VOICE] = "forward_to"
    if sms_to:
        asking[SMS] = "forward_sms_to"
    if {VOICE, FAX} <= set(asking):
        found.append(("mode", "service.conflict", "voice fax"))
    for service, field in asking.items():
        if capabilities is not None:
            refused = service not in capabilities
        else:
            refused = bool(services) and all(service not in offered for offered in services)
        if refused:
            found.append((field, "service.unsupported", service))
    if capabilities is None and any(len({service in offered for offered in services}) > 1 for service in asking):
        found.append(("country", "country.ambiguous", ""))
    if not named and not unknown and not to and not sms_to:
        found.append((None, "request.empty", ""))

    return frozenset(found)


def _file(code: str, services: AbstractSet[str], head: str = "", tail: str = "", start: str = "2012-09-01") -> str:
    flags = "\n".join(f"{service} = {str(service in services).lower()}" for service in SERVICES)
    return f'country = "{code}"\n{head}\n[[revision]]\nfrom = {start}\nsource = "a test"\n{flags}\n{tail}\n'


def _files() -> dict[str, str]:
    heads = {"AU": 'territories = ["CX"]'}
    tails = {"US": "[revision.subdivisions.AK]\nsms = false"}
    files = {code: _file(code, services, heads.get(code, ""), tails.get(code, "")) for code, services in DATA.items()}
    files["TW"] = _file("TW", {VOICE}, start="2027-01-01")
    files["common"] = 'conflicts = [["voice", "fax"]]\ndurations = ["1"]\n'
    return files


def _registry(directory: Path, files: dict[str, str]) -> Registry:
    directory.mkdir(exist_ok=True)
    for name, text in files.items():
        (directory / f"{name}.toml").write_text(text, encoding="utf-8")
    return Registry.load(directory)


@pytest.fixture(autouse=True)
def _quick_reading(monkeypatch: pytest.MonkeyPatch) -> None:
    """Read each of the few samples once, and keep those that are too long short: millions of requests are made of them.

    How a value is read has tests of its own.
    """
    monkeypatch.setattr(urls, "LONGEST", LIMIT)
    read = (urls.parse, urls.fault, urls.read, urls.redacted, numbers.read, numbers.region_of)
    for function in (*read, countries.code_meant, countries.subdivision_meant):
        monkeypatch.setattr(f"{function.__module__}.{function.__name__}", cache(function))


@pytest.fixture(scope="module")
def registry(tmp_path_factory: pytest.TempPathFactory) -> Registry:
    return _registry(tmp_path_factory.mktemp("data"), _files())


Findings = dict[str, list[Finding]]
"""What the rules found, by code."""


def _found(report: Report) -> Found:
    """What a report's rules found; without its texts, which would take most of the time."""
    facts = report.facts
    return _named({rule.code: [*rule.find(facts)] for rule in report.decision.broken})


def _named(findings: Findings) -> Found:
    return frozenset(
        (field, code, _service(params) if code.startswith("service.") else "")
        for code, some in findings.items()
        for field, params, _ in some
    )


def _service(params: Mapping[str, object]) -> str:
    return str(params.get("service") or " ".join(_list(params.get("services"))))


def _list(value: object) -> list[str]:
    return value if isinstance(value, list) else []


def _places(checker: Checker) -> list[tuple[Number, object, object]]:
    """Numbers, countries and states, one sample for each combination of the facts that they make."""
    samples: dict[object, tuple[Number, object, object]] = {}
    for number, country, state in product(NUMBERS, COUNTRIES, STATES):
        facts = checker.check_config(number.text, country=country, state=state, on=ON).facts
        samples.setdefault(facts[:6], (number, country, state))
    return [*samples.values()]


def _mode(mode: tuple[frozenset[str], bool]) -> list[str]:
    named, unknown = mode
    return [*sorted(named), *(["telex"] if unknown else [])]


def _keeping(registry: Registry, kept: Findings) -> Checker:
    """A checker whose rules put in *kept* what they find: to have it found again would take as long once more."""

    def keeping(rule: Rule) -> Rule:
        def find(facts: Facts) -> list[Finding]:
            findings = [*rule.find(facts)]
            if findings:
                kept[rule.code] = findings
            return findings

        return evolve(rule, find=find)

    return Checker(registry, rules=Rulebook(map(keeping, RULES.values())))


SLICES = 4


@pytest.mark.parametrize("part", range(SLICES))
def test_every_combination_of_facts_is_decided_as_the_specification_says(
    part: int, registry: Registry, record_property: Callable[[str, object], None]
) -> None:
    findings: Findings = {}
    checker = _keeping(registry, findings)
    places = _places(Checker(registry))
    count = 0
    for number, country, state in places[part::SLICES]:
        for mode, to, sms_to in product(MODES, URLS, URLS):
            refusals = {}
            for capabilities in CAPABILITIES:
                findings.clear()
                report = checker.check_config(
                    number.text,
                    country=country,
                    state=state,
                    mode=_mode(mode),
                    forward_to=URLS[to],
                    forward_sms_to=URLS[sms_to],
                    capabilities=capabilities,
                    on=ON,
                )
                found = _named(findings)
                assert [rule.code for rule in report.decision.broken] == [*findings]
                assert len(found) == sum(map(len, findings.values())), "nothing is found twice"
                assert found == expected(number, country, state, mode, to, sms_to, capabilities)
                refusals[capabilities] = {it[2] for it in found if it[1] == "service.unsupported"}
                count += 1
            _hold_invariants(refusals, mode, to, sms_to)
    record_property(
        "count", f"enumeration: {count:,} combinations of facts ({len(places)} places in all), 0 disagreements"
    )


def _hold_invariants(
    refusals: dict[frozenset[str] | None, set[str]],
    mode: tuple[frozenset[str], bool],
    to: frozenset[str],
    sms_to: frozenset[str],
) -> None:
    asked = mode[0] | ({SMS} if sms_to else set()) | ({VOICE} if to and mode == (frozenset(), False) else set())
    for capabilities, refused in refusals.items():
        assert refused <= asked
        if capabilities is not None:
            assert not refused & capabilities, "a refused service is never also asked and allowed"
            assert all(refusals[capabilities | {more}] <= refused for more in SERVICES), (
                "adding a capability never adds a refusal"
            )


# -- invariants over a part of the domain: each pair of facts --------------------------------------------------------


def _requests() -> Iterator[dict[str, object]]:
    """Every number and country with each pair of what else there is."""
    for number, country in product(NUMBERS, COUNTRIES):
        for mode, to in product(MODES, URLS.values()):
            yield {"number": number.text, "country": country, "mode": _mode(mode), "forward_to": to}
        for state, sms_to in product(STATES, URLS.values()):
            yield {"number": number.text, "country": country, "state": state, "forward_sms_to": sms_to}


def _decisions(registry: Registry, on: date = ON) -> list[Found]:
    checker = Checker(registry)
    return [_found(checker.check_config(request.pop("number"), **request, on=on)) for request in _requests()]  # type: ignore[arg-type]


def test_strict_is_a_superset(registry: Registry) -> None:
    checker = Checker(registry)
    for request in _requests():
        report = checker.check_config(request.pop("number"), **request, on=ON)  # type: ignore[arg-type]
        refused, refused_strictly = _raises(report, strict=False), _raises(report, strict=True)
        assert refused == (not report.ok) == bool(report.errors)
        assert refused_strictly == bool(report.violations) >= refused


def _raises(report: Report, *, strict: bool) -> bool:
    try:
        report.raise_for_errors(strict=strict)
    except ValueError:
        return True
    return False


def test_the_order_of_modes_and_of_arguments_never_matters(registry: Registry) -> None:
    checker = Checker(registry)
    for request in _requests():
        mode = [*_list(request.pop("mode", []))]
        number = request.pop("number")
        backwards = dict(reversed(request.items()))
        there = checker.check_config(number, **request, mode=mode, on=ON)  # type: ignore[arg-type]
        back = checker.check_config(number, **backwards, mode=tuple(reversed(mode)), on=ON)  # type: ignore[arg-type]
        assert there.to_dict() == back.to_dict()


def test_the_order_of_data_files_never_matters(registry: Registry, tmp_path: Path) -> None:
    backwards = _registry(tmp_path / "backwards", dict(reversed(_files().items())))
    assert _decisions(backwards) == _decisions(registry)


def test_an_overlay_equals_editing_the_file(registry: Registry, tmp_path: Path) -> None:
    edit = {
        "SG": _file("SG", {SMS}, tail="[[revision]]\nfrom = 2014-01-01\nsource = 'x'\nvoice=true\nfax=true\nsms=true")
    }
    edited = _registry(tmp_path / "edited", {**_files(), **edit})
    (tmp_path / "upper").mkdir()
    (tmp_path / "upper" / "SG.toml").write_text(edit["SG"], encoding="utf-8")
    overlaid = registry.overlay(tmp_path / "upper")
    assert _decisions(overlaid) == _decisions(edited) != _decisions(registry)
    assert compare(overlaid, edited) == ()


def test_the_comparison_is_empty_exactly_when_decisions_are_equal(
    tmp_path: Path, record_property: Callable[[str, object], None]
) -> None:
    """Pairs of data sets, each a few random edits apart, decided on the day of every revision and in every place."""
    chance = Random(1)  # noqa: S311 - a seed, so that every run is the same
    equal = 0
    pairs = 60
    for pair in range(pairs):
        files, others = _few_files(chance), _few_files(chance)
        edited = {name: chance.choice([files[name], others[name]]) for name in files}
        old, new = _registry(tmp_path / f"{pair}-old", files), _registry(tmp_path / f"{pair}-new", edited)
        days = sorted({date(2000, 1, 1), *old.turns, *new.turns})
        same = all(_few_decisions(old, day) == _few_decisions(new, day) for day in days)
        assert (compare(old, new) == ()) == same
        equal += same
    assert 0 < equal < pairs
    record_property("count", f"comparison: {pairs} pairs of data sets, {equal} of them equal, 0 wrong answers")


def _few_files(chance: Random) -> dict[str, str]:
    """Data that often decides alike however it is written: few services, few dates, a revision that changes nothing."""
    services = chance.choice([{VOICE}, {VOICE, SMS}])
    again = _file("SG", services, start=chance.choice(["2014-01-01", "2015-01-01"])).split("\n", 2)[2]
    alaska = f"[revision.subdivisions.AK]\nsms = {chance.choice(['true', 'false'])}"
    return {
        "SG": _file("SG", services, tail=chance.choice(["", again])),
        "US": _file("US", {VOICE, SMS}, chance.choice(["", "sells_by_state = true"]), chance.choice(["", alaska])),
        "common": f"conflicts = [['voice', '{chance.choice(['fax', 'fax', 'sms'])}']]\ndurations = ['1']\n",
    }


def _few_decisions(registry: Registry, day: date) -> list[object]:
    checker = Checker(registry)
    places = [("SG", None), ("US", None), ("US", "AK"), ("US", "AL")]
    urls = [None, "https://example.com/"]
    configured = [
        _found(
            checker.check_config(
                None, country=country, state=state, mode=[*mode], forward_to=to, forward_sms_to=sms, on=day
            )
        )
        for (country, state), mode, to, sms in product(places, SUBSETS[:5], urls, urls)
    ]
    listed = [_found(checker.check_available_numbers(country, state=state, on=day)) for country, state in places]
    return [*configured, *listed]
