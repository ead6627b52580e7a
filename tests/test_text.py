from typing import Any

import pytest

from hoiio_numbers import Service
from hoiio_numbers.services import MODES, words
from hoiio_numbers.text import given, scalar, shown


@pytest.mark.parametrize("value", [None, "", " ", "\t\r\n", "\u3000\u00a0\u2003", "\x1c\x85\u2028"])
def test_none_and_white_space_alone_are_not_given(value: object) -> None:
    assert given(value) is None


@pytest.mark.parametrize("value", [0, False, 0.0, b"", [], {}, (), "0", "\u200b", "\x00"])
def test_everything_else_is_given(value: object) -> None:
    assert given(value) == value


def test_outer_white_space_is_no_part_of_a_value() -> None:
    assert given("\u3000 a b\n") == "a b"


@pytest.mark.parametrize(
    ("value", "expected"),
    [(" a ", "a"), (b"a", "bytes"), (5, "int"), (True, "bool"), (None, "NoneType"), (["a"], "list"), (1.5, "float")],
)
def test_a_value_of_a_wrong_type_stands_as_its_types_name(value: object, expected: str) -> None:
    assert scalar(value) == expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("plain", "plain"),
        (5, "5"),
        ("x" * 60, "x" * 60),
        ("x" * 61, "x" * 59 + "…"),
        ("x" * 1_000_000, "x" * 59 + "…"),
        ("a\x00b\x1b[31m", "a\\x00b\\x1b[31m"),
        ("a\nb\tc\u2028", "a\\nb\\tc\\u2028"),
        ("\x85\x9f\x7f", "\\x85\\x9f\\x7f"),
        ("\ud800", "\\ud800"),
        ("\u202e\u200b", "\\u202e\\u200b"),
        ("ü 中 😀", "ü 中 😀"),
        ("ü\\\n", "ü\\\\n"),
    ],
)
def test_a_message_shows_a_value_cut_and_escaped(value: object, expected: str) -> None:
    assert shown(value) == expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ([], "none"),
        ((), "none"),
        (["a"], "a"),
        (["a", "b"], "a and b"),
        (("a", "b", "c"), "a, b and c"),
        (["\n", "x" * 61], "\\n and " + "x" * 59 + "…"),
    ],
)
def test_a_message_shows_a_list_in_words(value: object, expected: str) -> None:
    assert shown(value) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("voice", ["voice"]),
        ("voice,fax", ["voice", "fax"]),
        ("voice+fax", ["voice", "fax"]),
        (" voice ,+ fax\u3000sms\n", ["voice", "fax", "sms"]),
        ("voice;fax", ["voice;fax"]),
        (",+ ", []),
        ("", []),
    ],
)
def test_names_are_parted_by_comma_plus_or_white_space(text: str, expected: list[str]) -> None:
    assert words(text) == expected


class Marked(str):
    """Text that stays of its kind, as markupsafe's does."""

    __slots__ = ()

    def replace(self, *parts: Any, **options: Any) -> "Marked":
        return Marked(super().replace(*parts, **options))

    def split(self, *parts: Any, **options: Any) -> Any:
        return [*map(Marked, super().split(*parts, **options))]


@pytest.mark.parametrize("text", ["telex", "voice+telex"])
def test_names_are_plain_text_even_of_text_that_is_not(text: str) -> None:
    assert {type(name) for name in words(Marked(text))} == {str}


def test_sms_is_a_service_and_no_mode() -> None:
    assert set(MODES) == set(Service) - {Service.SMS} == {Service.VOICE, Service.FAX}
