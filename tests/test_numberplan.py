import os
import random
import re
import subprocess
import sys
import tomllib
from collections.abc import Callable, Iterator
from functools import cache
from itertools import pairwise
from pathlib import Path

import phonenumbers
import pytest
from phonenumbers import NumberParseException, PhoneNumberFormat, ValidationResult
from soak import SOAK

from hoiio_numbers import automata, numberplan
from hoiio_numbers.automata import contains
from hoiio_numbers.numberplan import NumberPlan, Place

COUNT = 1_000_000 if SOAK else 50_000
SLICES = 4
ROOT = Path(__file__).parent.parent
COMPILED_ONCE = cache(re.compile)


@pytest.fixture
def compiled_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """phonenumbers compiles more patterns than `re` remembers, and older releases cannot be told to keep them."""
    monkeypatch.setattr(re, "compile", COMPILED_ONCE)


def is_canonical_and_valid(number: int, region: str) -> bool:
    """What phonenumbers says of a number, asked the long way."""
    text = f"+{number}"
    try:
        parsed = phonenumbers.parse(text, None)
    except NumberParseException:
        return False
    return (
        phonenumbers.format_number(parsed, PhoneNumberFormat.E164) == text
        and phonenumbers.is_possible_number_with_reason(parsed) == ValidationResult.IS_POSSIBLE
        and phonenumbers.is_valid_number(parsed)
        and phonenumbers.is_valid_number_for_region(parsed, region)
    )


def _edges(region: str) -> set[int]:
    """The numbers on both sides of every bound of a region's ranges."""
    return {number for bound in numberplan.ranges_of(region) for number in (bound - 1, bound)}


def _at_random(region: str, count: int, chance: random.Random) -> Iterator[int]:
    """Numbers with the region's calling code, half of them from its ranges."""
    code, ranges = numberplan.calling_codes()[region], numberplan.ranges_of(region)
    for _ in range(count // 2):
        digits = chance.randint(4, 12)
        yield code * 10**digits + chance.randrange(10**digits)
        start = chance.randrange(0, len(ranges), 2)
        yield chance.randrange(ranges[start], ranges[start + 1])


@pytest.mark.long
@pytest.mark.usefixtures("compiled_once")
@pytest.mark.parametrize("part", range(SLICES))
def test_phonenumbers_agrees_at_every_edge_and_at_random(
    part: int, record_property: Callable[[str, object], None]
) -> None:
    chance = random.Random(part)  # noqa: S311 - a seed, so that every run is the same
    regions = sorted(numberplan.calling_codes())[part::SLICES]
    disagreeing, asked, left_out = [], 0, 0
    for region in regions:
        ranges, open_ones = numberplan.ranges_of(region), numberplan.read_otherwise(numberplan.calling_codes()[region])
        numbers = _edges(region) | set(_at_random(region, COUNT // SLICES // len(regions), chance))
        for number in numbers:
            asked += 1
            if contains(ranges, number) != is_canonical_and_valid(number, region):
                if contains(ranges, number) or not contains(open_ones, number):
                    disagreeing.append((region, number))
                left_out += 1
    assert disagreeing == []
    record_property(
        "count", f"number plan: {asked:,} numbers of {len(regions)} regions, 0 disagreements, {left_out} left out"
    )


PLACES_OF_THE_UNPARSED = {
    NumberParseException.TOO_SHORT_NSN: Place(ValidationResult.TOO_SHORT),
    NumberParseException.TOO_LONG: Place(ValidationResult.TOO_LONG),
}


def place_by_phonenumbers(number: int) -> Place | None:
    """The place of a number that is read as it stands, asked the long way."""
    text = f"+{number}"
    try:
        parsed = phonenumbers.parse(text, None)
    except NumberParseException as error:
        return PLACES_OF_THE_UNPARSED.get(error.error_type)
    if phonenumbers.format_number(parsed, PhoneNumberFormat.E164) != text:
        return None
    possible = phonenumbers.is_possible_number_with_reason(parsed)
    if possible != ValidationResult.IS_POSSIBLE:
        return Place(possible)
    return Place(possible, phonenumbers.is_valid_number(parsed), phonenumbers.region_code_for_number(parsed))


@pytest.mark.long
@pytest.mark.usefixtures("compiled_once")
@pytest.mark.parametrize("part", range(SLICES))
def test_phonenumbers_agrees_about_places_at_every_edge_and_at_random(
    part: int, record_property: Callable[[str, object], None]
) -> None:
    chance = random.Random(part)  # noqa: S311 - a seed, so that every run is the same
    codes = sorted(set(numberplan.calling_codes().values()))[part::SLICES]
    disagreeing, asked, left_out = [], 0, 0
    for code in codes:
        bounds, _ = numberplan.places_of(code)
        around = {number for bound in bounds for number in (bound - 1, bound) if number >= 1000}
        most = len(str(code)) + numberplan.LENGTHS[-1]
        edges = {number for number in around if str(number).startswith(str(code)) and len(str(number)) <= most}
        region, open_ones = phonenumbers.COUNTRY_CODE_TO_REGION_CODE[code][0], numberplan.read_otherwise(code)
        for number in edges | set(_at_random(region, COUNT // SLICES // len(codes), chance)):
            asked += 1
            found, expected = numberplan.place(f"+{number}"), place_by_phonenumbers(number)
            if found != expected:
                if found is not None or not contains(open_ones, number):
                    disagreeing.append((number, found, expected))
                left_out += 1
    assert disagreeing == []
    record_property(
        "count", f"places: {asked:,} numbers of {len(codes)} calling codes, 0 disagreements, {left_out} left out"
    )


def test_a_number_of_no_country_has_no_place() -> None:
    assert numberplan.place("+80012345678") is None


@pytest.mark.parametrize("text", ["+9991", "+9991234567", "+21012345678", "+99999999999999999999"])
def test_a_number_without_a_calling_code_is_malformed_as_phonenumbers_says(text: str) -> None:
    assert numberplan.place(text) == numberplan.Place(None)
    with pytest.raises(phonenumbers.NumberParseException) as caught:
        phonenumbers.parse(text)
    assert caught.value.error_type == phonenumbers.NumberParseException.INVALID_COUNTRY_CODE


@pytest.mark.parametrize("region", ["US", "SG", "HK", "VN", "AU", "NZ", "CX", "CC"])
def test_nothing_is_left_out_where_numbers_are_sold(region: str) -> None:
    open_ones = numberplan.read_otherwise(numberplan.calling_codes()[region])
    numbers = {number for bound in open_ones for number in (bound - 1, bound)}
    assert not any(is_canonical_and_valid(number, region) for number in numbers if contains(open_ones, number))


def test_a_number_that_would_be_none_without_its_prefix_is_not_left_out() -> None:
    """Russia's national prefix is 8, but 800 123-45-67 keeps its own."""
    assert contains(numberplan.ranges_of("RU"), 78001234567)
    assert numberplan.place("+78001234567") == Place(ValidationResult.IS_POSSIBLE, is_valid=True, region="RU")


@pytest.mark.untraced
def test_ranges_are_sorted_apart_and_not_empty() -> None:
    for region in numberplan.calling_codes():
        ranges = numberplan.ranges_of(region)
        assert len(ranges) % 2 == 0
        assert all(low < high for low, high in pairwise(ranges))
        assert ranges, region


def test_a_region_without_a_calling_code_has_no_numbers() -> None:
    assert numberplan.ranges_of("AQ") == ()


def test_what_cannot_be_read_is_left_to_phonenumbers(monkeypatch: pytest.MonkeyPatch) -> None:
    cached = (numberplan.ranges_of, numberplan._valid_for)  # noqa: SLF001 - made to read again
    with monkeypatch.context() as patched:
        patched.setattr(automata, "_SYMBOL", re.compile("nothing known"))
        for function in cached:
            function.cache_clear()
        assert numberplan.ranges_of("SG") == ()
        assert numberplan.find(NumberPlan({"SG": ("SG",)}).sellers, "+6561234567") == ()
        assert numberplan.places_of(65) == ([], [None])
    for function in cached:
        function.cache_clear()
    assert numberplan.ranges_of("SG")


@pytest.mark.long
@pytest.mark.usefixtures("compiled_once")
def test_a_possible_number_is_written_with_as_many_digits_as_are_said(
    record_property: Callable[[str, object], None],
) -> None:
    chance = random.Random(7)  # noqa: S311 - a seed, so that every run is the same
    regions = [*numberplan.calling_codes().items()]
    numbers = {region: phonenumbers.example_number(region) for region, _ in regions}
    examples = {region: str(number.national_number) for region, number in numbers.items() if number}
    written_lengths = cache(numberplan.written_lengths)
    possible, met = 0, set()
    for _ in range(COUNT // 5):
        region, code = chance.choice(regions)
        example = examples[region]
        before = "".join(chance.choices("00123456789", k=chance.randrange(6)))
        digits = before + example[chance.randrange(len(example) + 1) :]
        if _is_possible(f"+{code}{digits}"):
            fewest, most = written_lengths(code)
            assert fewest <= len(digits) <= most, (region, digits)
            possible += 1
            met |= {code} if len(digits) in {fewest, most} else set()
    assert len(met) > len({code for _, code in regions}) / 3, "most of the bounds can be met"
    record_property("count", f"lengths: {possible:,} possible numbers, all of them as long as is said")


def _is_possible(text: str) -> bool:
    try:
        reason = phonenumbers.is_possible_number_with_reason(phonenumbers.parse(text, None))
    except NumberParseException:
        return False
    return bool(reason == ValidationResult.IS_POSSIBLE)


@pytest.mark.parametrize(
    ("code", "lengths"),
    [
        (65, (8, 11)),  # as many as possible numbers have
        (54, (2, 18)),  # a prefix is rewritten, and what may come of it is not looked into
    ],
)
def test_how_many_digits_are_written_of_a_possible_number(code: int, lengths: tuple[int, int]) -> None:
    assert numberplan.written_lengths(code) == lengths


def test_a_prefix_that_cannot_be_read_leaves_the_length_open(monkeypatch: pytest.MonkeyPatch) -> None:
    assert numberplan.written_lengths(61) == (5, 16)
    monkeypatch.setattr(automata, "_SYMBOL", re.compile("nothing known"))
    assert numberplan.written_lengths(61) == (5, 250)


@pytest.mark.parametrize(
    ("number", "sellers"),
    [
        ("+6561234567", ("SG",)),
        ("+12015550123", ("US",)),
        ("+14165551234", ("CA",)),
        ("+18002345678", ("CA", "US")),
        ("+61891641234", ("AU",)),
        ("+442079460000", ()),
        ("+9991234567", ()),
        ("+6511111111", ()),
    ],
)
def test_a_plan_names_every_seller_of_a_number(number: str, sellers: tuple[str, ...]) -> None:
    plan = NumberPlan({"AU": ("AU", "CC", "CX"), "CA": ("CA",), "SG": ("SG",), "US": ("US",)})
    assert numberplan.find(plan.sellers, number) == sellers


@pytest.mark.long
def test_the_oldest_release_allowed_agrees_too(tmp_path: Path) -> None:
    """The newest one is what these tests run with, wherever they were installed afresh."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    oldest = next(it for it in project["dependencies"] if it.startswith("phonenumbers")).replace(">=", "==")
    options = ["--quiet", "--no-deps", "--no-compile", "--disable-pip-version-check", "--target", str(tmp_path)]
    subprocess.run([sys.executable, "-m", "pip", "install", *options, oldest], check=True, capture_output=True)
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-k", "phonenumbers_agrees", __file__]
    environment = {**os.environ, "PYTHONPATH": str(tmp_path)}
    ran = subprocess.run(command, env=environment, cwd=ROOT, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stdout
    assert f"{2 * SLICES} passed" in ran.stdout
