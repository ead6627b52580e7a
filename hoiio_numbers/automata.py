"""Sets of integers as sorted ranges, and patterns over digits as automata that list theirs.

Ranges are laid out flat, `(start, stop, start, stop, …)`: inside is where an odd count of bounds is at or below.
"""

import re
from bisect import bisect_right
from collections.abc import Callable
from functools import cache, partial, reduce
from itertools import chain
from operator import and_, or_

Ranges = tuple[int, ...]


def _combined(keep: Callable[[bool, bool], bool], a: Ranges, b: Ranges) -> Ranges:
    """The numbers that *keep* wants, told of each whether it is in *a* and whether it is in *b*."""
    bounds: list[int] = []
    in_a, in_b = set(a), set(b)
    inside_a = inside_b = inside = False
    for bound in sorted(in_a | in_b):
        inside_a ^= bound in in_a
        inside_b ^= bound in in_b
        if keep(inside_a, inside_b) != inside:
            inside = not inside
            bounds.append(bound)
    return tuple(bounds)


union = partial(_combined, or_)
intersection = partial(_combined, and_)
difference = partial(_combined, lambda a, b: a and not b)


def contains(ranges: Ranges, number: int) -> bool:
    """Whether *number* is in *ranges*."""
    return bool(bisect_right(ranges, number) & 1)


# -- patterns ----------------------------------------------------------------------------------------------------------

States = int
"""A set of states, as bits."""

Built = Callable[[States], States]
"""A part of a pattern: given the states that follow it, the states it starts in."""

ACCEPTED: States = 1
_ANY_DIGIT = tuple(range(10))
_SYMBOL = re.compile(r"\\d|\[[0-9-]+\]|[0-9]|\((?:\?:)?|\)|\||\?|\{\d+(?:,\d+)?\}|\$")


class UnreadablePatternError(ValueError):
    """A pattern that holds what none of the metadata's patterns held when this was written."""


class Automaton:
    """Patterns over digits, as states of one non-deterministic automaton; each is built from its end to its start.

    A state reads one of its digits and goes on in any state that follows it; state 0 accepts.
    """

    def __init__(self) -> None:
        self._digits: list[tuple[int, ...]] = [()]
        self._follows: list[States] = [0]
        self._suffixes: dict[tuple[States, int], Ranges] = {}

    def anything(self) -> States:
        """The states that accept any digits, and none."""
        loop = 1 << len(self._digits) | ACCEPTED
        self._add(_ANY_DIGIT, loop)
        return loop

    def pattern(self, text: str, follow: States = ACCEPTED) -> States:
        """The states in which *text*, a regular expression, starts when *follow* comes after it."""
        symbols = _SYMBOL.findall(text)
        if "".join(symbols) != text:
            raise UnreadablePatternError(text)
        symbols.reverse()
        built = self._either(symbols)
        if symbols:
            raise UnreadablePatternError(text)
        return built(follow)

    def _either(self, symbols: list[str]) -> Built:
        branches = [self._sequence(symbols)]
        while symbols and symbols[-1] == "|":
            symbols.pop()
            branches.append(self._sequence(symbols))
        return lambda follow: reduce(or_, (branch(follow) for branch in branches))

    def _sequence(self, symbols: list[str]) -> Built:
        parts: list[Built] = []
        while symbols and symbols[-1] not in {"|", ")"}:
            parts.append(self._repeated(self._one(symbols.pop(), symbols), symbols))

        def built(follow: States) -> States:
            for part in reversed(parts):
                follow = part(follow)
            return follow

        return built

    def _one(self, symbol: str, symbols: list[str]) -> Built:
        if symbol.startswith("("):
            group = self._either(symbols)
            symbols.pop()
            return group
        if symbol[0] in "?{":
            raise UnreadablePatternError(symbol)
        if symbol == "$":
            return lambda _follow: ACCEPTED
        return partial(self._add, _digits_of(symbol))

    def _repeated(self, part: Built, symbols: list[str]) -> Built:
        if not symbols or symbols[-1][0] not in "?{":
            return part
        bounds = re.findall(r"\d+", symbols.pop()) or ["0", "1"]
        least, most = int(bounds[0]), int(bounds[-1])

        def built(follow: States) -> States:
            start = follow
            for _ in range(most - least):
                start = part(start) | follow
            for _ in range(least):
                start = part(start)
            return start

        return built

    def _add(self, digits: tuple[int, ...], follow: States) -> States:
        self._digits.append(digits)
        self._follows.append(follow)
        return 1 << len(self._digits) - 1

    def ranges(self, states: States, length: int) -> Ranges:
        """The numbers of *length* digits, leading zeros counted as digits, that are accepted from *states*."""
        if not length:
            return (0, 1) if states & ACCEPTED else ()
        found = self._suffixes.get((states, length))
        if found is None:
            found = self._suffixes[states, length] = self._by_first_digit(states, length)
        return found

    def _by_first_digit(self, states: States, length: int) -> Ranges:
        bounds: list[int] = []
        for digit, following in enumerate(self._following(states)):
            if following:
                shift = digit * 10 ** (length - 1)
                suffixes = [bound + shift for bound in self.ranges(following, length - 1)]
                if bounds and suffixes and bounds[-1] == suffixes[0]:
                    bounds[-1:] = suffixes[1:]
                else:
                    bounds += suffixes
        return tuple(bounds)

    def _following(self, states: States) -> list[States]:
        """The states to go on in, by the digit that was read."""
        following = [0] * 10
        while states:
            state = (states & -states).bit_length() - 1
            states &= states - 1
            for digit in self._digits[state]:
                following[digit] |= self._follows[state]
        return following


@cache
def _digits_of(symbol: str) -> tuple[int, ...]:
    if symbol == r"\d":
        return _ANY_DIGIT
    spans = re.findall(r"(\d)(?:-(\d))?", symbol)
    return tuple(chain.from_iterable(range(int(first), int(last or first) + 1) for first, last in spans))
