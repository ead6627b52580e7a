"""Phone numbers in E.164 form, read by the million: bytes to integers, and each integer to the kind of number it is.

All numbers of one kind are read alike, whatever the data: phonenumbers gives them the same place, and they are in the
ranges of the same regions. Whose ranges these are is asked of `numberplan`, calling code by calling code, when the
first number with it is seen.
"""

from bisect import bisect_right
from collections.abc import Hashable, Iterator
from itertools import chain
from threading import Lock
from typing import Any

import numpy as np
import numpy.typing as npt

from hoiio_numbers import numbers
from hoiio_numbers.automata import contains
from hoiio_numbers.bulk.cells import at
from hoiio_numbers.numberplan import calling_codes, places_of, ranges_of

Ints = npt.NDArray[np.int64]
Kinds = npt.NDArray[np.int16]
Marks = npt.NDArray[np.bool]

ASK = 0
"""The kind of a number that is to be read on its own."""

_LOOK = -1  # in a bucket with numbers of several kinds
_FEWEST, _MOST = 6, 20  # digits: no number that is parsed has more, and fewer are rare
_MOST_KEPT = 18  # digits of numbers that surely fit into 64 bits; of longer ones the bucket is all that is known
_LEADING = 6  # so many digits, and how many there are in all, make a bucket: they settle what most numbers are
_PAIR_BITS = 7  # of a bucket, for each pair of leading digits
_BUCKETS = 1 << _LEADING // 2 * _PAIR_BITS  # for each count of digits
_NONE, _ANY = 0, 1  # the buckets of what is no number, and of what is to be looked at as a whole
_BLOCK = 1 << 15  # numbers at a time: few enough for the caches, and enough for threads not to wait for each other


class Ranges:
    """The kinds of numbers. It only grows, so that a kind keeps its number, which is *first* or more."""

    def __init__(self, first: int = ASK + 1) -> None:
        self._first = first
        self._kinds: dict[Hashable, int] = {}
        self._read: dict[int, tuple[list[int], list[int]]] = {}
        self._buckets = np.zeros((_MOST + 1) * _BUCKETS, np.int16)  # memory is only taken where it is used
        self._buckets[_ANY] = _LOOK
        self._table: tuple[Ints, Kinds] = np.zeros(1, np.int64), np.zeros(1, np.int16)
        self._lock = Lock()

    def kinds(self, data: npt.NDArray[np.uint8], offsets: Ints) -> Kinds:
        """The kind of each text of *data*, which lie between the *offsets*: `ASK` for what is not plain E.164."""
        starts, ends = offsets[:-1], offsets[1:]
        found = np.empty(len(starts), np.int16)
        for some in _blocks(len(starts)):
            found[some] = self._by_first_digits(usual(data, starts[some], ends[some]))
        (closer,) = np.nonzero(found == _LOOK)
        for some in _blocks(len(closer)):
            rows = closer[some]
            found[rows] = self._by_all_digits(*e164(data, starts[rows], ends[rows]))
        return found

    def _by_first_digits(self, buckets: Ints) -> Kinds:
        found = at(self._buckets, buckets)
        if not found.all():
            unknown = np.unique(buckets[(found == ASK) & (buckets != _NONE)])
            if len(unknown):
                self._learn(_three_digits(unknown))
                found = at(self._buckets, buckets)
        return found

    def _by_all_digits(self, values: Ints, buckets: Ints) -> Kinds:
        found = self._by_first_digits(buckets)
        (closer,) = np.nonzero(found == _LOOK)
        bounds, behind = self._table
        found[closer] = behind[np.searchsorted(bounds, values[closer], "right") - 1]
        return found

    def _learn(self, starts: Ints) -> None:
        """Read the ranges of the calling codes that numbers *start* with, in three digits, unless somebody has."""
        codes = {*map(_calling_code, starts.tolist())}
        with self._lock:
            new = codes - self._read.keys()
            for code in new:
                self._read[code] = bounds, behind = self._ranges(code)
                self._fill(code, bounds, behind)
            if new:
                # Where the numbers of one code end, those of the next may begin: the sort puts the kind, not ASK, last.
                pairs = sorted(chain.from_iterable(zip(*read, strict=True) for read in self._read.values()))
                kept = [(0, ASK), *(pair for pair in pairs if pair[0] < 10**_MOST_KEPT)]
                self._table = np.array([bound for bound, _ in kept]), np.array([kind for _, kind in kept], np.int16)

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
        behind = np.array([self._kind("nobody's") if is_nobodys else ASK, *kinds], np.int16)
        unit = 10 ** (_LEADING - len(str(code)))
        first, end = code * unit, (code + 1) * unit
        for digits in range(_FEWEST, _MOST + 1):
            # A bucket is of the kind that its first number is of, unless there is a bound among its numbers.
            scale = 10 ** (digits - _LEADING)
            whole = (min(max(-(-bound // scale), first), end) for bound in bounds)
            found = np.repeat(behind, np.diff([first, *whole, end]))
            parted = (bound // scale for bound in bounds if bound % scale)
            found[[leading - first for leading in parted if first <= leading < end]] = _LOOK
            self._buckets[_bucket(digits, np.arange(first, end))] = found


def _blocks(rows: int) -> Iterator[slice]:
    return (slice(start, start + _BLOCK) for start in range(0, rows, _BLOCK))


def _bucket(digits: Any, leading: Ints) -> Ints:
    """Where numbers of so many digits that have these leading ones are in the table."""
    bucket: Ints = digits * _BUCKETS
    for behind in range(_LEADING - 2, -1, -2):
        bucket = bucket + (leading // 10**behind % 100 << behind // 2 * _PAIR_BITS)
    return bucket


def _three_digits(buckets: Ints) -> Ints:
    """What the numbers in these buckets start with, but for those that start with 0, of which there are none."""
    first, second = (buckets >> pairs * _PAIR_BITS & (1 << _PAIR_BITS) - 1 for pairs in (2, 1))
    starts = first * 10 + second // 10
    return np.unique(starts[starts >= 100])


def _calling_code(start: int) -> int:
    """The calling code of a country that the three digits *start* begin with, or all three where there is none."""
    known = calling_codes().values()
    return next((code for code in (start // 100, start // 10) if code in known), start)


# -- eight characters at a time, Daniel Lemire's way, with the words of many texts side by side ------------------------

_POWERS = np.array([10**digits for digits in range(_MOST_KEPT + 1)], np.int64)
_WORD = 8
_WORDS = -(-_MOST // _WORD)
_REACH = _WORDS * _WORD
_U = np.uint64
_ZEROS = _U(0x3030303030303030)
_PLUS_AND_ZEROS = _U(0x303030303030302B)
_UP_TO_NINES = _U(0x4646464646464646)  # what takes a digit to less than 0x80, and all that comes after to that or more
_UP_TO_PLUS_AND_NINES = _U(0x4646464646464654)
_TOP_BITS = _U(0x8080808080808080)


def _masks(word: int) -> list[int]:
    """For each count of digits the bytes that they take of a word, counted from the last."""
    taken = (min(max(digits - word * _WORD, 0), _WORD) for digits in range(_MOST + 1))
    return [(1 << 64) - (1 << 8 * (_WORD - some)) for some in taken]


_TAKEN = [np.array(_masks(word), _U) for word in range(_WORDS)]
_PADDING = [~taken & _ZEROS for taken in _TAKEN]

# The bytes of a plus, d1, d2 and so on, times ten and with the next one added, are pairs of digits in every other byte.
# One multiplication moves the first three pairs next to each other, into the top bits.
_PAIRS = _U(0x0000FF00FF00FF00)
_BELOW = 64 - 3 * _PAIR_BITS
_TOGETHER = _U(sum(1 << _BELOW + (2 - pair) * _PAIR_BITS - (8 + 16 * pair) for pair in range(3)))


def usual(data: npt.NDArray[np.uint8], starts: Ints, ends: Ints) -> Ints:
    """The buckets of texts, by their first and their last eight bytes: only those of 9 to 16 bytes are settled so."""
    lengths = ends - starts
    is_unusual = (lengths <= _WORD) | (lengths > 2 * _WORD)
    if is_unusual.any():
        if is_unusual.all():
            return np.full_like(lengths, _ANY)
        starts, ends = np.where(is_unusual, 0, starts), np.where(is_unusual, _WORD, ends)
    words = _words(data)
    first, last = words[starts], words[ends - _WORD]
    digits = first - _PLUS_AND_ZEROS
    others = (first + _UP_TO_PLUS_AND_NINES) | digits | (last + _UP_TO_NINES) | (last - _ZEROS)
    pairs = (digits * _U(10) + (digits >> _U(8)) & _PAIRS) * _TOGETHER >> _U(_BELOW)
    buckets = (lengths - 1) * _BUCKETS + pairs.view(np.int64)
    buckets[others & _TOP_BITS != 0] = _NONE
    buckets[is_unusual] = _ANY
    return buckets


def e164(data: npt.NDArray[np.uint8], starts: Ints, ends: Ints) -> tuple[Ints, Ints]:
    """The texts as numbers, and the bucket of each.

    The bucket is that of what is no number for all but a plus and 6 to 20 digits, and for a text that ends in the first
    24 bytes of *data*: the words that are read reach back so far. A number of more than 18 digits is 0.
    """
    digits = ends - starts - 1
    fits = (digits >= _FEWEST) & (digits <= _MOST) & (ends >= _REACH)
    if not fits.any():
        return np.zeros_like(digits), np.zeros_like(digits)
    digits, ends = np.where(fits, digits, _FEWEST), np.where(fits, ends, _REACH)
    most = int(digits.max())
    fits &= at(data, ends - digits - 1) == ord("+")
    above, found = np.zeros(len(digits), _U), np.zeros(len(digits), _U)
    for word in reversed(range(-(-most // _WORD))):
        text = _words(data)[ends - _WORD * (word + 1)]
        text = text & at(_TAKEN[word], digits) | at(_PADDING[word], digits)
        fits &= _are_digits(text)
        above, found = found, found * _U(10**_WORD) + _parsed(text)
    values = found.view(np.int64)
    leading = values // at(_POWERS, digits - _LEADING)
    if most > _MOST_KEPT:
        (long,) = np.nonzero(digits > _MOST_KEPT)
        values[long] = 0
        leading[long] = above.view(np.int64)[long] // _POWERS[digits[long] - _LEADING - _WORD]
    fits &= leading >= 10 ** (_LEADING - 1)  # no zero leads
    return values, np.where(fits, _bucket(digits, leading), _NONE)


def _words(data: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint64]:
    """The eight bytes from each byte on."""
    return np.ndarray(len(data) - _WORD + 1, "<u8", data, strides=(1,))


def _are_digits(words: npt.NDArray[np.uint64]) -> Marks:
    others: npt.NDArray[np.uint64] = (words + _UP_TO_NINES) | (words - _ZEROS)
    are: Marks = others & _TOP_BITS == 0
    return are


def _parsed(words: npt.NDArray[np.uint64]) -> npt.NDArray[np.uint64]:
    words = words - _ZEROS
    words = words * _U(10) + (words >> _U(8))
    pairs = _U(0x000000FF000000FF)
    return ((words & pairs) * _U(100 + (1000000 << 32)) + ((words >> _U(16)) & pairs) * _U(1 + (10000 << 32))) >> _U(32)
