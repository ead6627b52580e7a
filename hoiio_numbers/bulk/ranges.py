"""Phone numbers in E.164 form, read by the million: bytes to integers, and each integer to the kind of number it is.

All numbers of one kind are read alike, whatever the data: phonenumbers gives them the same place, and they are in the
ranges of the same regions. Whose ranges these are is asked of `numberplan`, calling code by calling code, when the
first number with it is seen.
"""

from bisect import bisect_right
from collections.abc import Hashable, Iterable
from itertools import chain
from threading import Lock

import numpy as np
import numpy.typing as npt

from hoiio_numbers import numbers
from hoiio_numbers.bulk.cells import at
from hoiio_numbers.numberplan import calling_codes, contains, places_of, ranges_of

Ints = npt.NDArray[np.int64]
Kinds = npt.NDArray[np.int32]

ASK = 0
"""The kind of a number that is to be read on its own."""

_LOOK = -1  # in a bucket with numbers of several kinds
_FEWEST, _MOST = 5, 20  # digits: no number that is parsed has more, and fewer are rare
_MOST_KEPT = 18  # digits of numbers that surely fit into 64 bits; of longer ones the bucket is all that is known
_LEADING = 5  # so many digits make a bucket: they settle what most numbers are
_BUCKETS = 10**_LEADING
_BLOCK = 1 << 13  # numbers at a time, so that what is worked out on the way stays in the processor's cache


class Ranges:
    """The kinds of numbers. It only grows, so that a kind keeps its number, which is *first* or more."""

    def __init__(self, first: int = ASK + 1) -> None:
        self._first = first
        self._kinds: dict[Hashable, int] = {}
        self._read: dict[int, tuple[list[int], list[int]]] = {}
        self._buckets = np.zeros((_MOST + 1) * _BUCKETS, np.int32)
        self._table: tuple[Ints, Kinds] = np.zeros(1, np.int64), np.zeros(1, np.int32)
        self._lock = Lock()

    def kinds(self, data: npt.NDArray[np.uint8], offsets: Ints) -> Kinds:
        """The kind of each text of *data*, which lie between the *offsets*: `ASK` for what is not plain E.164."""
        found = np.empty(len(offsets) - 1, np.int32)
        for start in range(0, len(found), _BLOCK):
            some = offsets[start : start + _BLOCK + 1]
            found[start : start + _BLOCK] = self._of_values(*e164(data, some))
        return found

    def _of_values(self, values: Ints, leading: Ints, digits: Ints) -> Kinds:
        buckets = digits * _BUCKETS + leading
        found = self._looked_up(values, buckets)
        unknown = (found == ASK) & (leading > 0)
        if unknown.any() and self._learn(np.unique(leading[unknown] // 10 ** (_LEADING - 3))):
            found = self._looked_up(values, buckets)
        return found

    def _looked_up(self, values: Ints, buckets: Ints) -> Kinds:
        found = at(self._buckets, buckets)
        (closer,) = np.nonzero(found == _LOOK)
        bounds, behind = self._table
        found[closer] = behind[np.searchsorted(bounds, values[closer], "right") - 1]
        return found

    def _learn(self, starts: Iterable[int]) -> bool:
        """Read the ranges of the calling codes that numbers *start* with, in three digits; whether any were new."""
        codes = {_calling_code(int(start)) for start in starts}
        with self._lock:
            new = codes - self._read.keys()
            for code in new:
                self._read[code] = bounds, behind = self._ranges(code)
                self._fill(code, bounds, behind)
            if new:
                # Where the numbers of one code end, those of the next may begin: the sort puts the kind, not ASK, last.
                pairs = sorted(chain.from_iterable(zip(*read, strict=True) for read in self._read.values()))
                kept = [(0, ASK), *(pair for pair in pairs if pair[0] < 10**_MOST_KEPT)]
                self._table = np.array([bound for bound, _ in kept]), np.array([kind for _, kind in kept], np.int32)
        return bool(new)

    def _ranges(self, code: int) -> tuple[list[int], list[int]]:
        """The bounds of a calling code, and the kind of the numbers behind each."""
        regions = [ranges_of(region) for region, its in calling_codes().items() if its == code]
        places_from, places = places_of(code)
        every = sorted({*places_from}.union(*regions))
        bounds = [bound for bound in every if bound >= 10 ** (_FEWEST - 1)]
        kinds = [ASK] * len(bounds)
        for index, bound in enumerate(bounds):
            if place := places[bisect_right(places_from, bound)]:
                kinds[index] = self._kind((code, place, *(contains(ranges, bound) for ranges in regions)))
        return bounds, kinds

    def _kind(self, reading: Hashable) -> int:
        return self._kinds.setdefault(reading, self._first + len(self._kinds))

    def _fill(self, code: int, bounds: list[int], kinds: list[int]) -> None:
        is_nobodys = numbers.read(f"+{code}00000")[2] == "calling_code"
        behind = np.array([self._kind("nobody's") if is_nobodys else ASK, *kinds], np.int32)
        unit = 10 ** (_LEADING - len(str(code)))
        buckets = np.arange(code * unit, (code + 1) * unit)
        for digits in range(_FEWEST, _MOST + 1):
            # How many bounds are at or before the first number of a bucket, and how many at or before its last.
            scale = 10 ** (digits - _LEADING)
            first = np.searchsorted([min(-(-bound // scale), _BUCKETS) for bound in bounds], buckets, "right")
            last = np.searchsorted([min(bound // scale, _BUCKETS) for bound in bounds], buckets, "right")
            self._buckets[digits * _BUCKETS + buckets] = np.where(first == last, behind[first], _LOOK)


def _calling_code(start: int) -> int:
    """The calling code of a country that the three digits *start* begin with, or all three where there is none."""
    known = calling_codes().values()
    return next((code for code in (start // 100, start // 10) if code in known), start)


# -- eight digits at a time: Daniel Lemire's way to parse them, with the words of many texts side by side --------------

_POWERS = np.array([10**digits for digits in range(_MOST_KEPT + 1)], np.int64)
_WORD = 8
_WORDS = -(-_MOST // _WORD)
_REACH = _WORDS * _WORD
_U = np.uint64
_ZEROS = 0x3030303030303030


def _masks(word: int) -> list[int]:
    """For each count of digits the bytes that they take of a word, counted from the last."""
    taken = (min(max(digits - word * _WORD, 0), _WORD) for digits in range(_MOST + 1))
    return [(1 << 64) - (1 << 8 * (_WORD - some)) for some in taken]


_TAKEN = [np.array(_masks(word), _U) for word in range(_WORDS)]
_PADDING = [~taken & _U(_ZEROS) for taken in _TAKEN]


def e164(data: npt.NDArray[np.uint8], offsets: Ints) -> tuple[Ints, Ints, Ints]:
    """The texts between *offsets* as numbers, with their five leading digits, and how many digits there are.

    The leading digits are 0 for what is no plus and 5 to 20 digits, and for a text that ends in the first 24 bytes of
    *data*: the words that are read reach back so far. The number itself is 0 where it has more than 18 digits.
    """
    ends, digits = offsets[1:], np.diff(offsets) - 1
    fits = (digits >= _FEWEST) & (digits <= _MOST) & (ends >= _REACH)
    if not fits.any():
        return np.zeros_like(digits), np.zeros_like(digits), np.zeros_like(digits)
    if not fits.all():
        digits, ends = np.where(fits, digits, _FEWEST), np.where(fits, ends, _REACH)
    fewest, most = int(digits.min()), int(digits.max())
    fits &= at(data, ends - digits - 1) == ord("+")
    above, found = np.zeros(len(digits), _U), np.zeros(len(digits), _U)
    for word in reversed(range(-(-most // _WORD))):
        text = _words(data)[ends - _WORD * (word + 1)]
        if fewest < _WORD * (word + 1):
            text = text & at(_TAKEN[word], digits) | at(_PADDING[word], digits)
        fits &= _are_digits(text)
        above, found = found, found * _U(10**_WORD) + _parsed(text)
    values = found.view(np.int64)
    leading = values // at(_POWERS, digits - _LEADING)
    if most > _MOST_KEPT:
        (long,) = np.nonzero(digits > _MOST_KEPT)
        values[long] = 0
        leading[long] = above.view(np.int64)[long] // _POWERS[digits[long] - _LEADING - _WORD]
    fits &= leading >= _BUCKETS // 10  # no zero leads
    return values, np.where(fits, leading, 0), digits


def _words(data: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint64]:
    """The eight bytes from each byte on."""
    return np.ndarray(len(data) - _WORD + 1, "<u8", data, strides=(1,))


def _are_digits(words: npt.NDArray[np.uint64]) -> npt.NDArray[np.bool]:
    others: npt.NDArray[np.uint64] = (words + _U(0x4646464646464646)) | (words - _U(_ZEROS))
    are: npt.NDArray[np.bool] = others & _U(0x8080808080808080) == 0
    return are


def _parsed(words: npt.NDArray[np.uint64]) -> npt.NDArray[np.uint64]:
    words = words - _U(_ZEROS)
    words = words * _U(10) + (words >> _U(8))
    pairs = _U(0x000000FF000000FF)
    return ((words & pairs) * _U(100 + (1000000 << 32)) + ((words >> _U(16)) & pairs) * _U(1 + (10000 << 32))) >> _U(32)
