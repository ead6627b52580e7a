import pytest
from hypothesis import given
from hypothesis import strategies as st

from hoiio_numbers.automata import (
    ACCEPTED,
    Automaton,
    Ranges,
    UnreadablePatternError,
    contains,
    difference,
    intersection,
    union,
)


def _numbers(ranges: Ranges) -> set[int]:
    return {number for low, high in zip(ranges[::2], ranges[1::2], strict=True) for number in range(low, high)}


@pytest.mark.parametrize(
    ("pattern", "length", "numbers"),
    [
        ("1", 1, {1}),
        ("[2-46]", 1, {2, 3, 4, 6}),
        (r"\d", 1, set(range(10))),
        ("12|3", 2, {12}),
        ("1(?:2|34?)5", 3, {125, 135}),
        ("1(2|34?)5", 4, {1345}),
        (r"0\d{2}", 3, set(range(100))),
        ("1{2,3}", 3, {111}),
        ("(?:12?){2}", 3, {112, 121}),
        ("12$|1", 2, {12}),
        ("1", 2, set()),
        ("", 0, {0}),
    ],
)
def test_a_pattern_is_the_numbers_that_it_matches(pattern: str, length: int, numbers: set[int]) -> None:
    automaton = Automaton()
    assert _numbers(automaton.ranges(automaton.pattern(pattern), length)) == numbers


@pytest.mark.parametrize("pattern", ["1+", "1*", "a", "(?=1)", "1??", "[^1]", "1)2", "1.", "^1", r"\s", "{2}"])
def test_a_pattern_with_anything_else_in_it_is_not_guessed_at(pattern: str) -> None:
    with pytest.raises(UnreadablePatternError):
        Automaton().pattern(pattern)


def test_anything_is_any_digits_and_none() -> None:
    automaton = Automaton()
    states = automaton.pattern("7", automaton.anything())
    assert automaton.ranges(states, 1) == (7, 8)
    assert automaton.ranges(states, 4) == (7000, 8000)
    assert states & ACCEPTED == 0


ranges_in_small = st.lists(st.integers(0, 60), unique=True, max_size=12).map(
    lambda bounds: tuple(sorted(bounds)[: len(bounds) // 2 * 2])
)


@given(ranges_in_small, ranges_in_small)
def test_ranges_combine_as_sets_do(a: Ranges, b: Ranges) -> None:
    assert _numbers(union(a, b)) == _numbers(a) | _numbers(b)
    assert _numbers(intersection(a, b)) == _numbers(a) & _numbers(b)
    assert _numbers(difference(a, b)) == _numbers(a) - _numbers(b)
    assert {number for number in range(61) if contains(a, number)} == _numbers(a)
