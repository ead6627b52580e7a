"""The world's number plan as ranges of E.164 integers, compiled from phonenumbers' own metadata.

phonenumbers decides by regular expressions over the digits of the national number. Their languages are finite, so each
is also a sorted list of ranges, in which one bisection answers what `parse` and `is_valid_number` answer. Ranges are
compiled when they are first asked for, region by region, from whatever release of phonenumbers is installed, which is
imported then.

A number in the ranges of a region is canonical E.164, valid, and valid for that region. One outside may still be valid:
where the metadata leaves it open how a number is read, it is left out, and phonenumbers decides. All others have a
place: whether they are possible, whether they are valid, and their region.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Mapping
from functools import cache, partial, reduce
from itertools import chain
from operator import or_
from typing import TYPE_CHECKING, NamedTuple, TypeVar, cast

from hoiio_numbers.automata import (
    Automaton,
    Ranges,
    States,
    UnreadablePatternError,
    contains,
    difference,
    intersection,
    union,
)

if TYPE_CHECKING:
    from phonenumbers import PhoneMetadata
    from phonenumbers.phonemetadata import PhoneNumberDesc

LENGTHS = range(1, 20)
"""How many digits after the calling code are told about: of more than 17 any number is too long."""

LONGEST = len("+999") + LENGTHS[-1]
"""Characters of the longest number that is told about."""

_KINDS = (
    *("fixed_line", "mobile", "toll_free", "premium_rate", "shared_cost"),
    *("personal_number", "voip", "pager", "uan", "voicemail"),
)

# What `parse` takes: national numbers of two digits or more, texts of 250 characters or fewer.
_FEWEST_DIGITS, _MOST_CHARACTERS = 2, 250


# -- the metadata ------------------------------------------------------------------------------------------------------


@cache
def _regions() -> Mapping[int, tuple[str, ...]]:
    """The regions of every calling code, its main one first; `001` is none."""
    from phonenumbers import COUNTRY_CODE_TO_REGION_CODE

    return COUNTRY_CODE_TO_REGION_CODE


@cache
def calling_codes() -> Mapping[str, int]:
    """The country calling code of every region that has one."""
    return {region: code for code, regions in _regions().items() for region in regions if region != "001"}


@cache
def ranges_of(region: str) -> Ranges:
    """The numbers of *region*: canonical E.164, valid, and valid for that region, as integers.

    Empty for a region without a calling code, or with patterns that cannot be read.
    """
    code = calling_codes().get(region)
    if code is None:
        return ()
    try:
        return difference(_valid(code, _valid_for(region)), read_otherwise(code))
    except UnreadablePatternError:
        return ()


@cache
def _valid_for(region: str) -> Ranges:
    """What `is_valid_number_for_region` and `is_possible_number` accept."""
    metadata, code = _metadata(region), calling_codes()[region]
    kinds = [getattr(metadata, kind) for kind in _KINDS]
    return intersection(_described(code, [metadata.general_desc]), _described(code, kinds))


def _valid(code: int, wanted: Ranges) -> Ranges:
    """What `is_valid_number` accepts of *wanted*: it asks the first region that claims a number, and no other."""
    accepted: Ranges = ()
    for region in _regions()[code]:
        if not wanted:
            break
        claimed = intersection(wanted, _claimed(code, region))
        accepted = union(accepted, intersection(claimed, _valid_for(region)))
        wanted = difference(wanted, claimed)
    return accepted


def _claimed(code: int, region: str) -> Ranges:
    """What `region_code_for_number` gives to *region*, unless it asks one before it that claims the number, too."""
    leading = _metadata(region).leading_digits
    return _prefixed(code, leading, _lengths(code)) if leading else _valid_for(region)


@cache
def read_otherwise(code: int) -> Ranges:
    """What `parse` may take a national prefix from, or put something in the place of: no canonical numbers.

    It does so to a number that is viable only while it stays viable. A prefix that can be taken in more than one way
    counts in every way, so that too much is left out rather than too little.
    """
    metadata = _main(code)
    prefix = metadata.national_prefix_for_parsing
    if not prefix:
        return ()
    taken = _prefixed(code, prefix, LENGTHS)
    if metadata.national_prefix_transform_rule:
        return taken
    viable = _general(code).national_number_pattern or ""
    return union(difference(taken, _matching(code, viable)), _prefixed(code, prefix, LENGTHS, viable))


def written_lengths(code: int) -> tuple[int, int]:
    """The fewest and the most digits with which a possible number is written behind a calling code.

    `parse` may take a national prefix from them, or put something in the place of one, so that the bounds are wide
    where the metadata leaves it open what is typed.
    """
    main, lengths, automaton = _main(code), _lengths(code), Automaton()
    fewest = _FEWEST_DIGITS if main.national_prefix_transform_rule else min(lengths)
    try:
        prefix = automaton.pattern(main.national_prefix_for_parsing or "")
    except UnreadablePatternError:
        return fewest, _MOST_CHARACTERS
    return fewest, max(lengths) + max(n for n in range(_MOST_CHARACTERS) if automaton.ranges(prefix, n))


def _metadata(region: str) -> "PhoneMetadata":
    from phonenumbers import PhoneMetadata

    return cast(PhoneMetadata, PhoneMetadata.metadata_for_region(region))


def _main(code: int) -> "PhoneMetadata":
    return _metadata(_regions()[code][0])


def _general(code: int) -> "PhoneNumberDesc":
    return cast("PhoneNumberDesc", _main(code).general_desc)


def _described(code: int, descriptions: "Iterable[PhoneNumberDesc | None]") -> Ranges:
    """The numbers of any of the *descriptions*, of a length that its pattern and the whole calling code can have."""
    automaton = Automaton()
    starts = [
        (automaton.pattern(description.national_number_pattern), description.possible_length)
        for description in descriptions
        if description is not None and description.national_number_pattern
    ]
    bounds: list[int] = []
    for length in _lengths(code):
        states = reduce(or_, (start for start, lengths in starts if length in lengths), 0)
        bounds += _after(code, length, automaton.ranges(states, length))
    return tuple(bounds)


def _matching(code: int, pattern: str) -> Ranges:
    automaton = Automaton()
    return _national(code, automaton, automaton.pattern(pattern), LENGTHS)


def _prefixed(code: int, prefix: str, lengths: Iterable[int], rest: str | None = None) -> Ranges:
    """The numbers of which *prefix* takes at least a digit before what *rest* matches, or before anything.

    *lengths* are those of the national numbers that are wanted.
    """
    automaton = Automaton()
    follow = automaton.pattern(rest) if rest else automaton.anything()
    return _national(code, automaton, automaton.pattern(prefix, follow) & ~follow, lengths)


def _national(code: int, automaton: Automaton, states: States, lengths: Iterable[int]) -> Ranges:
    within = (_after(code, length, automaton.ranges(states, length)) for length in lengths)
    return tuple(chain.from_iterable(within))


def _lengths(code: int) -> list[int]:
    """How many digits `is_possible_number` accepts in national numbers of a calling code: what its main region has."""
    general = _general(code)
    return sorted(set(general.possible_length) - set(general.possible_length_local_only))


def _after(code: int, length: int, national: Ranges) -> list[int]:
    return [code * 10**length + bound for bound in national]


# -- look-ups ----------------------------------------------------------------------------------------------------------

Found = TypeVar("Found")
Table = tuple[list[int], list[Found]]
"""What is known of the numbers of one calling code: bounds, and what is found before, between and behind them."""


def _table(before: Found, bounds: Iterable[int], behind: Callable[[int], Found]) -> Table[Found]:
    """A table with those *bounds* at which something changes; equal things are one object, which caches like."""
    changes: list[int] = []
    found, same = [before], {before: before}
    for bound in bounds:
        it = behind(bound)
        if it != found[-1]:
            changes.append(bound)
            found.append(same.setdefault(it, it))
    return changes, found


def calling_code_of(e164: str) -> int:
    """The calling code that a number (a plus and three digits or more) begins with, or 0."""
    return next((int(e164[1:end]) for end in (2, 3, 4) if int(e164[1:end]) in _regions()), 0)


class Tables(dict[str, tuple[list[str], list[Found]]]):
    """Parts of tables, for numbers of one length, by their first four characters; cut out when first asked for.

    The four, a plus and three digits, tell the calling code; *compiled* makes its whole table (of 0 that for numbers
    without one). Bounds are text here, of the same length: the order of such texts is that of their numbers, and a
    typed number is text already.
    """

    def __init__(self, length: int, compiled: Callable[[int], Table[Found]]) -> None:
        super().__init__()
        self._more_digits = length - 4
        self._compiled = compiled

    def __missing__(self, start: str) -> tuple[list[str], list[Found]]:
        size = 10**self._more_digits
        low = int(start[1:]) * size
        bounds, found = self._compiled(calling_code_of(start))
        first, last = bisect_right(bounds, low), bisect_left(bounds, low + size)
        part = self[start] = [f"+{bound}" for bound in bounds[first:last]], found[first : last + 1]
        return part


def by_length(compiled: Callable[[int], Table[Found]]) -> list[Tables[Found]]:
    """At each index the tables for numbers of so many characters; *compiled* makes those of whole calling codes."""
    once = cache(compiled)
    return [Tables(length, once) for length in range(LONGEST + 1)]


def find(tables: list[Tables[Found]], e164: str) -> Found:
    """What is known of *e164*: a plus and four digits or more, at most `LONGEST` characters."""
    bounds, found = tables[len(e164)][e164[:4]]
    return found[bisect_right(bounds, e164)]


class Place(NamedTuple):
    """What the metadata says of a number: a `ValidationResult`, whether it is valid, and its region, if it has one.

    The first is None for a number that begins with no calling code.
    """

    possible: int | None
    is_valid: bool = False
    region: str | None = None


def places_of(code: int) -> Table[Place | None]:
    """The place of each canonical number of a calling code (0: of none); None for all others."""
    from phonenumbers import PhoneNumber, ValidationResult, is_possible_number_with_reason

    if code == 0:
        return [], [Place(None)]
    if code not in calling_codes().values():
        return [], [None]
    regions = _regions()[code]
    every = tuple(chain.from_iterable(_after(code, length, (0, 10**length)) for length in LENGTHS))
    possible_by_length = {  # whether a number is possible depends on nothing else
        len(str(code)) + length: is_possible_number_with_reason(PhoneNumber(code, 10 ** (length - 1)))
        for length in LENGTHS
    }
    try:
        canonical = difference(every, read_otherwise(code))
        claimed = [_claimed(code, region) for region in regions] if len(regions) > 1 else [every]
        valid = [_valid_for(region) for region in regions]
    except UnreadablePatternError:
        return [], [None]

    def place_of(number: int) -> Place | None:
        if not contains(canonical, number):
            return None
        possible = possible_by_length[len(str(number))]
        first = next((index for index, claim in enumerate(claimed) if contains(claim, number)), None)
        if first is None or possible != ValidationResult.IS_POSSIBLE:
            return Place(possible)
        return Place(possible, contains(valid[first], number), regions[first])

    bounds = sorted({*canonical, *chain.from_iterable(claimed), *chain.from_iterable(valid)})
    return _table(None, bounds, place_of)


place = partial(find, by_length(places_of))
"""The place of a number, as `find` takes it; None where phonenumbers is to be asked."""


Sold = Mapping[str, tuple[str, ...]]
"""The regions whose numbers each country sells: `AU` those of AU, CC and CX."""


class NumberPlan:
    """Who sells a number.

    In `sellers` are found the countries, in order, for which a number is canonical and valid; none decides nothing.
    `with_code(code)` are the countries that have a calling code.
    """

    __slots__ = ("sellers", "sold", "with_code")

    def __init__(self, sold: Sold) -> None:
        self.sold = sold
        self.sellers = by_length(self._compiled)
        self.with_code = cache(self._with)

    def _with(self, code: int) -> tuple[str, ...]:
        codes = calling_codes()
        return tuple(country for country in self.sold if codes.get(country) == code)

    def _compiled(self, code: int) -> Table[tuple[str, ...]]:
        parts = {country: _ranges_of(self.sold[country]) for country in self.with_code(code)}
        bounds = sorted(set(chain.from_iterable(parts.values())))
        return _table((), bounds, lambda bound: tuple(it for it, part in parts.items() if contains(part, bound)))


def _ranges_of(regions: Iterable[str]) -> Ranges:
    return reduce(union, map(ranges_of, regions))


NOBODY = NumberPlan({})
"""The plan in which nobody sells anything."""


@cache
def plan_of(country: str) -> NumberPlan:
    """The plan in which *country* alone sells the numbers of its own region."""
    return NumberPlan({country: (country,)})
