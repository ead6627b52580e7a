"""What a typed phone number is: missing, malformed, impossible, unassigned or valid.

phonenumbers decides; this module decides what phonenumbers gets to see. Alone it accepts `+1800FLOWERS`,
`+6561234567abc` and `+65 6123 4567 ext 3`.
"""

import unicodedata
from enum import StrEnum
from functools import cache

import phonenumbers
from attrs import frozen
from phonenumbers import NumberParseException, PhoneNumber, PhoneNumberFormat, ValidationResult

from hoiio_numbers.text import given

_PLUS = "+＋"
_OTHER_SEPARATORS = frozenset(".．()（）\N{MINUS SIGN}")

_UNPARSED = {
    NumberParseException.INVALID_COUNTRY_CODE: ("malformed", "calling_code"),
    NumberParseException.NOT_A_NUMBER: ("malformed", "no_number"),
    NumberParseException.TOO_SHORT_AFTER_IDD: ("impossible", "too_short"),
    NumberParseException.TOO_SHORT_NSN: ("impossible", "too_short"),
    NumberParseException.TOO_LONG: ("impossible", "too_long"),
}
_IMPOSSIBLE = {
    ValidationResult.TOO_SHORT: "too_short",
    ValidationResult.TOO_LONG: "too_long",
    ValidationResult.INVALID_LENGTH: "invalid_length",
    ValidationResult.IS_POSSIBLE_LOCAL_ONLY: "local_only",
}


class NumberState(StrEnum):
    """How far a typed number got; an unassigned or valid one is *usable*."""

    MISSING = "missing"
    MALFORMED = "malformed"
    IMPOSSIBLE = "impossible"
    UNASSIGNED = "unassigned"
    VALID = "valid"


@frozen
class Number:
    """A typed number as it was understood.

    `e164` is the canonical form, None unless the number is usable; `reason` says why a malformed or impossible
    one is (`type`, `character`, `no_calling_code`, `calling_code`, `no_number`; `too_short`, `too_long`,
    `invalid_length`, `local_only`).
    """

    state: NumberState
    e164: str | None = None
    reason: str | None = None


def read(value: object, region: str | None = None) -> Number:
    """What *value* is as a phone number. Without a plus it is read as dialled in *region* (ISO 3166-1 alpha-2)."""
    text = given(value)
    if text is None:
        return Number(NumberState.MISSING)
    if not isinstance(text, str):
        return Number(NumberState.MALFORMED, reason="type")
    digits, stray = _digits(text)
    if stray:
        return Number(NumberState.MALFORMED, reason="character")
    if not digits.startswith("+") and region is None:
        return Number(NumberState.MALFORMED, reason="no_calling_code")
    try:
        parsed = phonenumbers.parse(digits, region)
    except NumberParseException as error:
        state, reason = _UNPARSED[error.error_type]
        return Number(NumberState(state), reason=reason)
    possible = phonenumbers.is_possible_number_with_reason(parsed)
    if possible != ValidationResult.IS_POSSIBLE:
        return Number(NumberState.IMPOSSIBLE, reason=_IMPOSSIBLE[possible])
    valid = phonenumbers.is_valid_number(parsed)
    e164 = phonenumbers.format_number(parsed, PhoneNumberFormat.E164)
    return Number(NumberState.VALID if valid else NumberState.UNASSIGNED, e164)


def stray_character(text: str) -> str | None:
    """The first character of *text* that no phone number has, or None."""
    return _digits(text)[1]


def _digits(text: str) -> tuple[str, str | None]:
    """*text* as ASCII digits, with a plus where one leads them, and the first character that may not be there."""
    kept: list[str] = []
    for character in text:
        if character.isdecimal():
            kept.append(str(unicodedata.decimal(character)))
        elif character in _PLUS and not kept:
            kept.append("+")
        elif not _separates(character):
            return "", character
    return "".join(kept), None


def _separates(character: str) -> bool:
    return character.isspace() or character in _OTHER_SEPARATORS or unicodedata.category(character) == "Pd"


@cache
def _calling_codes() -> dict[str, int]:
    return {region: code for code, regions in phonenumbers.COUNTRY_CODE_TO_REGION_CODE.items() for region in regions}


def calling_code(region: str) -> int | None:
    """The country calling code of *region* (`SG`: 65), or None for one without."""
    return _calling_codes().get(region)


def calling_code_of(e164: str) -> int:
    """The country calling code that a canonical number starts with (`+6561234567`: 65)."""
    return int(_parsed(e164).country_code or 0)


def region_of(e164: str) -> str | None:
    """The region that the metadata gives a canonical number (`001` for one of no country), or None."""
    region = phonenumbers.region_code_for_number(_parsed(e164))
    return None if region is None else str(region)


def is_valid_for(e164: str, region: str) -> bool:
    """Whether a canonical number is valid for *region*: one number can be valid for several (freephone in +1)."""
    return phonenumbers.is_valid_number_for_region(_parsed(e164), region)


def _parsed(e164: str) -> PhoneNumber:
    return phonenumbers.parse(e164, None)
