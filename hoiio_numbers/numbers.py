"""What a typed phone number is: missing, malformed, impossible, unassigned or valid.

phonenumbers decides; this module decides what phonenumbers gets to see. Alone it accepts `+1800FLOWERS`,
`+6561234567abc` and `+65 6123 4567 ext 3`.
"""

import re
import unicodedata
from bisect import bisect_right
from collections.abc import Mapping
from enum import StrEnum
from functools import cache
from typing import TYPE_CHECKING, NamedTuple

from hoiio_numbers.numberplan import NOBODY, NumberPlan, calling_code_of, calling_codes, place
from hoiio_numbers.text import given

if TYPE_CHECKING:
    from phonenumbers import PhoneNumber

# Within `numberplan.LONGEST`.
_is_plain = re.compile(r"\+[1-9][0-9]{3,19}").fullmatch
_PLUS = "+＋"
_SEPARATORS = frozenset(".．()（）\N{MINUS SIGN}")
# What is written as numbers are (separators, a plus before the first digit, digits), and one character behind it.
_astray = re.compile(r"(?s)[\s().-]*+\+?+[0-9\s().-]*+.").match
_without_separators = re.compile(r"[^+0-9]+").sub


class NumberState(StrEnum):
    """How far a typed number got; an unassigned or valid one is *usable*."""

    MISSING = "missing"
    MALFORMED = "malformed"
    IMPOSSIBLE = "impossible"
    UNASSIGNED = "unassigned"
    VALID = "valid"


class Number(NamedTuple):
    """A typed number as it was understood.

    `e164` is the canonical form, None unless the number is usable. `reason` says why a malformed or impossible one is
    (`type`, `character`, `plus`, `no_calling_code`, `calling_code`, `no_number`; `too_short`, `too_long`,
    `invalid_length`, `local_only`). `sellers` are the countries of the plan that a usable number can be of: they have
    its calling code and, if it is valid anywhere, it is valid for them. `region` is the one that the metadata gives it,
    where that was looked up.
    """

    state: NumberState
    e164: str | None = None
    reason: str | None = None
    sellers: tuple[str, ...] = ()
    region: str | None = None


MISSING = Number(NumberState.MISSING)
VALID, UNASSIGNED = NumberState.VALID, NumberState.UNASSIGNED  # Python 3.11 takes long to look up members


ReadNumber = tuple[NumberState, str | None, str | None, tuple[str, ...], str | None]
"""The values of a `Number`, without their names."""


@cache
def _malformed(reason: str) -> Number:
    return Number(NumberState.MALFORMED, reason=reason)


@cache
def _impossible(reason: str) -> Number:
    return Number(NumberState.IMPOSSIBLE, reason=reason)


def read(value: object, region: str | None = None, plan: NumberPlan = NOBODY) -> ReadNumber:
    """What *value* is as a phone number, and which countries of *plan* sell it: a tuple that `Number` puts names to.

    Without a plus it is read as dialled in *region* (ISO 3166-1 alpha-2).
    """
    if type(value) is str and _is_plain(value):  # text of another kind could tell tales of its length
        bounds, found = plan.sellers[len(value)][value[:4]]
        if sellers := found[bisect_right(bounds, value)]:  # what `find()` does, without a call for each number
            return VALID, value, None, sellers, None
        return _of_nobody(value, plan) or _parsed(value, None, plan)
    text = given(value)
    if text is None:
        return MISSING
    if not isinstance(text, str):
        return _malformed("type")
    digits, stray = _digits(text)
    if stray:
        return _malformed("plus" if stray in _PLUS else "character")
    if _is_plain(digits):
        return read(digits, None, plan)
    if digits.startswith("+"):
        return _parsed(digits, None, plan)
    if region is None:
        return _malformed("no_calling_code")
    return _parsed(digits, region, plan)


def _of_nobody(e164: str, plan: NumberPlan) -> ReadNumber | None:
    """What the ranges say, if they say anything, of a number that nobody sells: quicker than to ask phonenumbers."""
    found = place(e164)
    if found is None:
        return None
    if found.possible is None:
        return _malformed("calling_code")
    if reason := _against().get(found.possible):
        return _impossible(reason)
    if found.is_valid:
        return VALID, e164, None, (), found.region
    return UNASSIGNED, e164, None, plan.with_code(calling_code_of(e164)), found.region


@cache
def _against() -> Mapping[int, str]:
    """The reason why a number is impossible, by what `is_possible_number_with_reason` says."""
    from phonenumbers import ValidationResult

    return {
        ValidationResult.TOO_SHORT: "too_short",
        ValidationResult.TOO_LONG: "too_long",
        ValidationResult.INVALID_LENGTH: "invalid_length",
        ValidationResult.IS_POSSIBLE_LOCAL_ONLY: "local_only",
    }


@cache
def _unparsed() -> Mapping[int, Number]:
    """What a number is that is not parsed, by the type of the error."""
    from phonenumbers import NumberParseException

    return {
        NumberParseException.INVALID_COUNTRY_CODE: _malformed("calling_code"),
        NumberParseException.NOT_A_NUMBER: _malformed("no_number"),
        NumberParseException.TOO_SHORT_AFTER_IDD: _impossible("too_short"),
        NumberParseException.TOO_SHORT_NSN: _impossible("too_short"),
        NumberParseException.TOO_LONG: _impossible("too_long"),
    }


def _parsed(digits: str, region: str | None, plan: NumberPlan) -> Number:
    """What phonenumbers says."""
    import phonenumbers

    try:
        parsed = phonenumbers.parse(digits, region)
    except phonenumbers.NumberParseException as error:
        return _unparsed()[error.error_type]
    if reason := _against().get(phonenumbers.is_possible_number_with_reason(parsed)):
        return _impossible(reason)
    state = VALID if phonenumbers.is_valid_number(parsed) else UNASSIGNED
    sellers = tuple(country for country, regions in plan.sold.items() if _is_sold(parsed, state, country, regions))
    e164 = phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164)
    return Number(state, e164, None, sellers, phonenumbers.region_code_for_number(parsed))


def _is_sold(parsed: "PhoneNumber", state: NumberState, country: str, regions: tuple[str, ...]) -> bool:
    from phonenumbers import is_valid_number_for_region

    if calling_codes().get(country) != parsed.country_code:
        return False
    return state is UNASSIGNED or any(is_valid_number_for_region(parsed, region) for region in regions)


def stray_character(text: str) -> str | None:
    """The first character of *text* that no phone number has there, or None."""
    return _digits(text)[1]


def _digits(text: str) -> tuple[str, str | None]:
    """*text* as ASCII digits, with a plus where one leads them, and the first character that may not be there."""
    plain = text if text.isascii() else "".join(map(_as_ascii, text))
    if stray := _astray(plain):
        return "", text[stray.end() - 1]
    return _without_separators("", plain), None


def _as_ascii(character: str) -> str:
    """A digit, a separator or a plus of any script as ASCII has it; any other character as it is."""
    if character.isdecimal():
        return str(unicodedata.decimal(character))
    if character in _SEPARATORS or unicodedata.category(character) == "Pd":
        return "-"
    return "+" if character in _PLUS else character


def region_of(number: Number) -> str | None:
    """The region that the metadata gives a usable number (`001` for one of no country), or None."""
    if number.region is None:
        import phonenumbers

        return phonenumbers.region_code_for_number(phonenumbers.parse(str(number.e164), None))
    return number.region
