"""What a request's texts look like, as regular expressions for schemas: read alike by Python's `re` and ECMAScript's.

What a text with characters outside ASCII comes to (full-width digits, foreign spaces, international host names) is not
a pattern's to say: what is certainly so never matches one, what may be so matches it.
"""

from collections.abc import Iterable
from itertools import permutations

from hoiio_numbers import urls
from hoiio_numbers.mappings import LONG_NAMES
from hoiio_numbers.numberplan import written_lengths

_SPACE = r"\t-\r\x1c- "  # what `str.strip()` takes from a text in ASCII
_ASCII, _NOT_ASCII = r"[\x00-\x7f]", r"[^\x00-\x7f]"

BLANK = f"^[{_SPACE}]*$"
"""Certainly nothing was given."""

GIVEN = r"[\x00-\x08\x0e-\x1b!-\x7f]"
"""Certainly something was given."""

PERHAPS_BLANK = f"^(?:[{_SPACE}]|{_NOT_ASCII})*$"
"""Not certainly something."""

NAMELESS = f"^[{_SPACE},+]*$"
"""Certainly no mode was named."""

PERHAPS_NAMELESS = f"^(?:[{_SPACE},+]|{_NOT_ASCII})*$"
"""Not certainly one."""


def optional(pattern: str) -> str:
    """Perhaps *pattern* with white space around it, or nothing."""
    # White space behind belongs to what is before it: matched in two places it would be tried in every way.
    return f"{_NOT_ASCII}|^[{_SPACE}]*(?:{pattern}[{_SPACE}]*)?$"


def either(words: Iterable[str]) -> str:
    """One of *words*, in capitals or not: a part of a pattern."""
    return "(?:" + "|".join("".join(map(_letter, word)) for word in words) + ")"


def _letter(character: str) -> str:
    return f"[{character.upper()}{character.lower()}]" if character.isalpha() else character


def apart_from(pattern: str) -> str:
    """Certainly not *pattern* with white space around it."""
    return f"^(?![{_SPACE}]*{pattern}[{_SPACE}]*$){_ASCII}*$"


def certainly(pattern: str) -> str:
    """Certainly *pattern* with white space around it."""
    return f"^[{_SPACE}]*{pattern}[{_SPACE}]*$"


def names(*groups: Iterable[str]) -> str:
    """Perhaps words of one of the *groups*, in capitals or not, parted by commas, pluses or white space; or none."""
    parting = f"[{_SPACE},+]"
    some = "|".join(f"(?:{either(words)}(?:{parting}+|$))*" for words in groups)
    return f"{_NOT_ASCII}|^{parting}*(?:{some})$"


def number(code: int | None) -> str:
    """Perhaps a number as dialled in its country, or with a plus and then *code*, the country's calling code."""
    separator = f"[{_SPACE}().-]*"
    digit = f"[0-9]{separator}"
    national = f"(?:{digit})+"
    if code is None:
        return f"{_NOT_ASCII}|^{separator}{national}$"
    fewest, most = written_lengths(code)
    prefix = separator.join(str(code))
    international = rf"\+{separator}{prefix}{separator}(?:{digit}){{{fewest},{most}}}"
    return f"{_NOT_ASCII}|^{separator}(?:{national}|{international})$"


_LABEL = "[A-Za-z0-9_](?:[A-Za-z0-9_-]*[A-Za-z0-9_])?"

URL = optional(
    rf"(?![!-~]{{{urls.LONGEST + 1}}})[Hh][Tt][Tt][Pp][Ss]?://"
    r'(?:[!"$-.0->@-\[\]-~]*@)?'
    rf"(?:\[[0-9A-Fa-f:.]+\]|{_LABEL}(?:\.{_LABEL})*\.?)(?::[0-9]*)?"
    r"(?:[/?#][!-\[\]-~]*)?"
)
"""Perhaps a notify URL of a length that the API takes, or nothing."""


# -- names of parameters -----------------------------------------------------------------------------------------------

_NO_LETTERS = "[^A-Za-z]*"
_ANOTHER = f"(?:[A-Za-z]{_NO_LETTERS})?"


def misspelt() -> str:
    """Certainly a near miss of a parameter's name, as `mappings.meant_by` finds it."""
    words = LONG_NAMES.values()
    reordered = [_spelt("".join(order)) for parts in words for order in permutations(parts) if order != parts]
    edited = [_near("".join(parts)) for parts in words]
    exactly = "|".join(f"{name}(?!{_ASCII})" for name in LONG_NAMES)
    return f"^(?!{exactly}|{_ASCII}*{_NOT_ASCII}){_NO_LETTERS}(?:{'|'.join(reordered + edited)})$"


def _spelt(letters: str) -> str:
    """*letters*, in capitals or not, and whatever is no letter behind each."""
    return "".join(_letter(letter) + _NO_LETTERS for letter in letters)


def _near(letters: str) -> str:
    """*letters* with one left out or changed, one more, or two neighbours swapped."""
    if not letters:
        return _ANOTHER
    first, rest = letters[0], letters[1:]
    edits = [f"{_ANOTHER}(?:{_spelt(first)})?{_spelt(rest)}", _spelt(first) + _near(rest)]
    if rest:
        edits.append(_spelt(rest[0] + first + rest[1:]))
    return f"(?:{'|'.join(edits)})"
