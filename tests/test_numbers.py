import random
import unicodedata
from collections.abc import Iterator

import phonenumbers
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from phonenumbers import NumberParseException, PhoneNumber, PhoneNumberFormat, PhoneNumberType, ValidationResult

from hoiio_numbers import check_config, numbers
from hoiio_numbers.numberplan import LONGEST, plan_of
from hoiio_numbers.numbers import Number, NumberState

REGIONS = sorted(phonenumbers.SUPPORTED_REGIONS)
CALLING_CODES = sorted(phonenumbers.COUNTRY_CODE_TO_REGION_CODE)
SHIPPED = (1, 61, 64, 65, 84, 852)
SETTINGS = settings(max_examples=1500, deadline=None, database=None, derandomize=True)

MALFORMED = {NumberParseException.INVALID_COUNTRY_CODE, NumberParseException.NOT_A_NUMBER}
Understood = tuple[NumberState, str | None]


def read(value: object, region: str | None = None) -> Number:
    return Number._make(numbers.read(value, region))


def restated(digits: str, region: str | None = None) -> Understood:
    """What the specification makes of digits with or without a plus."""
    if digits.startswith("+"):
        region = None
    elif region is None:
        return NumberState.MALFORMED, None
    try:
        parsed = phonenumbers.parse(digits, region)
    except NumberParseException as error:
        return (NumberState.MALFORMED if error.error_type in MALFORMED else NumberState.IMPOSSIBLE), None
    if phonenumbers.is_possible_number_with_reason(parsed) != ValidationResult.IS_POSSIBLE:
        return NumberState.IMPOSSIBLE, None
    state = NumberState.VALID if phonenumbers.is_valid_number(parsed) else NumberState.UNASSIGNED
    return state, phonenumbers.format_number(parsed, PhoneNumberFormat.E164)


def understood(text: str, region: str | None = None) -> Understood:
    number = read(text, region)
    return number.state, number.e164


def is_separator(character: str) -> bool:
    dash = unicodedata.category(character) == "Pd" or character == "\u2212"
    return character.isspace() or dash or character in ".．()（）"


@pytest.mark.parametrize(
    ("text", "state", "sellers"),
    [
        ("+6561234567", "valid", ("SG",)),
        ("+65 6123-4567", "valid", ("SG",)),
        ("+442079460000", "valid", ()),
        ("+6511111111", "unassigned", ("SG",)),
        ("+651234", "impossible", ()),
    ],
)
def test_a_number_that_the_ranges_know_is_not_parsed(
    text: str, state: str, sellers: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(numbers, "_parsed", None)
    number = Number._make(numbers.read(text, None, plan_of("SG")))
    assert (number.state, number.sellers) == (state, sellers)


@pytest.mark.untraced
def test_every_character_is_a_digit_a_separator_or_out_of_place() -> None:
    for character in map(chr, range(0x20000)):
        number = read(f"+65{character}61234567")
        if is_separator(character):
            assert number.e164 == "+6561234567", ascii(character)
        elif character.isdecimal():
            expected = restated(f"+65{unicodedata.decimal(character)}61234567")
            assert (number.state, number.e164) == expected, ascii(character)
        else:
            reason = "plus" if character in "+＋" else "character"
            assert (number.state, number.reason) == (NumberState.MALFORMED, reason), ascii(character)


def written(number: PhoneNumber, style: int) -> str:
    """A number in one of the metadata's styles, with a space for the slash in Slovakia's that older releases have."""
    return phonenumbers.format_number(number, style).replace("/", " ")


@pytest.mark.untraced
def test_every_example_number_of_the_metadata_is_what_phonenumbers_says() -> None:
    kinds = [kind for kind in PhoneNumberType.values() if kind != PhoneNumberType.UNKNOWN]
    for region in REGIONS:
        for example in filter(None, (phonenumbers.example_number_for_type(region, kind) for kind in kinds)):
            e164 = phonenumbers.format_number(example, PhoneNumberFormat.E164)
            typed = written(example, PhoneNumberFormat.INTERNATIONAL)
            assert understood(typed) == understood(e164) == restated(e164)


def example_of(region: str) -> PhoneNumber:
    example = phonenumbers.example_number(region)
    assert example
    return example


def test_example_numbers_are_read_as_dialled_in_their_region() -> None:
    for region in REGIONS:
        dialled = written(example_of(region), PhoneNumberFormat.NATIONAL)
        assert understood(dialled, region) == restated(dialled, region)


def numbers_of(code: int, count: int) -> Iterator[str]:
    dice = random.Random(code)  # noqa: S311 - the same numbers in every run
    for _ in range(count):
        yield f"+{code}" + "".join(dice.choices("0123456789", k=dice.randint(1, 12)))


@pytest.mark.parametrize("code", SHIPPED)
def test_a_number_of_a_shipped_country_is_what_phonenumbers_says(code: int) -> None:
    for text in numbers_of(code, 2000):
        assert understood(text) == restated(text), text


@pytest.mark.untraced
def test_a_number_of_any_calling_code_is_what_phonenumbers_says() -> None:
    for code in CALLING_CODES:
        for text in numbers_of(code, 20):
            assert understood(text) == restated(text), text


def test_neighbours_of_example_numbers_are_what_phonenumbers_says() -> None:
    for region in REGIONS:
        example = phonenumbers.format_number(example_of(region), PhoneNumberFormat.E164)
        for text in (f"+{int(example) + step}" for step in (-1000, -1, 1, 1000)):
            assert understood(text) == restated(text), text


@pytest.mark.untraced
@SETTINGS
@given(st.text("0123456789", min_size=1, max_size=20), st.sampled_from([None, *REGIONS, "AQ", "XX"]))
def test_digits_are_what_phonenumbers_says_in_a_region(digits: str, region: str | None) -> None:
    assert understood(digits, region) == restated(digits, region)


@pytest.mark.untraced
@SETTINGS
@given(st.text("0123456789", min_size=1, max_size=20), st.sampled_from([None, *REGIONS, "AQ", "XX"]))
def test_digits_behind_a_plus_are_what_phonenumbers_says_without_a_region(digits: str, region: str | None) -> None:
    assert understood(f"+{digits}", region) == restated(f"+{digits}")


@pytest.mark.long
@SETTINGS
@given(st.lists(st.sampled_from([*"0123456789", " ", "-", ".", "(", ")", "−", "６", "٥", "\u3000", "–"]), max_size=24))
def test_separators_and_scripts_change_nothing(pieces: list[str]) -> None:
    digits = "".join(str(unicodedata.decimal(piece)) for piece in pieces if piece.isdecimal())
    assert understood("＋" + "".join(pieces)) == restated(f"+{digits}")


def test_a_number_knows_why_it_is_not_usable() -> None:
    for text in numbers_of(65, 500):
        number = read(text)
        assert (number.e164 is None) is (number.reason is not None), text
    assert read("") == (NumberState.MISSING, None, None, (), None)


class Boastful(str):
    """Text that says it is longer than it is, and before all other."""

    __slots__ = ()

    def __len__(self) -> int:
        return 99

    def __lt__(self, other: object) -> bool:
        return True


def test_text_that_tells_tales_of_itself_is_read_as_what_it_is() -> None:
    report = check_config(Boastful("+6561234567"), mode="voice", forward_to="https://example.com/")
    assert report.ok
    assert type(report.number) is str


@pytest.mark.parametrize("length", range(4, 2 * LONGEST))
def test_a_number_longer_than_any_table_is_too_long(length: int) -> None:
    read_number = read("+65" + "6" * (length - 3))
    assert (read_number.reason == "too_long") is (length > len("+65") + 11)


@pytest.mark.parametrize("number", ["+6511111111", "+6561234567", "+12125550123"])
def test_the_canonical_form_is_what_a_report_carries(number: str) -> None:
    assert check_config(f" {number} ").number == read(number).e164 == number


@pytest.mark.parametrize("region", ["SG", "US", None])
@pytest.mark.parametrize("size", [250, 251, 1_000_000])
def test_a_very_long_number_is_too_long(size: int, region: str | None) -> None:
    assert read("+" + "6" * size, region).reason == "too_long"
