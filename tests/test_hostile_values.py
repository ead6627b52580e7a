"""No value of the data makes a check raise, nor anything that its report can be asked."""

import json
from collections.abc import Callable, Mapping
from datetime import date
from decimal import Decimal
from functools import partial
from itertools import product
from random import Random
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, Phase, given, note, seed, settings
from hypothesis import strategies as st
from multidict import MultiDict
from soak import SOAK

from hoiio_numbers import Report, check_config, check_mapping
from hoiio_numbers.mappings import PARAMETERS

SLICES = 4
EXAMPLES = (200_000 if SOAK else 20_000) // (2 * SLICES)


def hostile(value: object) -> object:
    """A list that holds *value* and itself."""
    endless: list[object] = [value]
    endless.append(endless)
    return endless


def deep(value: object) -> object:
    for _ in range(100_000):
        value = [value]
    return value


class Unshowable:
    """Something whose text cannot be had."""

    def __repr__(self) -> str:
        raise ValueError

    __str__ = __repr__


NOT_TEXT: list[object] = [
    None, True, False, 0, -1, 1, 2**63, 10**5000, -(10**5000), 0.5, float("nan"), float("inf"), 1e308, 2j, b"",
    b"\xff\x00", bytearray(b"fax"), date(2012, 9, 1), ..., object(), object, Unshowable(), [], {}, (), set(),
    frozenset(), [None], ["voice", "fax"], ("fax", 5), {"voice"}, {"a": {"b": [1]}}, hostile("fax"),
    {"x": hostile(None)}, [[["voice"]]], [10**5000], ["\ud800", "\x00"], iter(["voice"]), range(10**9), NotImplemented,
    deep("fax"),
]  # fmt: skip
TEXTS = [
    "", " ", "\t\n", "\x00", "\ud800", "\udfff\ud800", "\ufeff", "\u202e", "\u200b", "İ", "ß", "ﬁ", "Ǆ", "\u0345",
    "é\u0301", "😀", "\U0010ffff", "{}", "{number}", "%s", "%(x)s", "' OR 1=1 --", "<script>", "../../etc/passwd",
    "nan", "None", "null", "-0", "1e400", "٣", "²", "Ⅷ", "+6561234567", "+16001234567", "+1416555", "+651", "+999",
    "+65", "61234567", "+0116561234567",
    "+80012345678", "+375808100054365", "sg", "US", "CX", "AQ", "UK", "XX", "al", "US-AL",
    "us-", "voice", "FAX", "voice,fax", "sms", "fax pager", "https://example.com/", "http://localhost",
    "https://[::1]/", "https://[::ffff:7f00:1%eth0]", "https://0x7f.1", "https://1.2.3.09", "https://ü.ß.İ", "https://\u00ad",
    "https://xn--\udc80",
    "https://user:pass@[", "https://a@b@c:99999", "https://℀.com", "https://" + "a." * 200,
    "https://ا1.com", "//",
    "https:", "https://example.com:²/", "https://\u0d4d\u200d.com", "https://\u30fb", "https://·l", "https://१.com", "http://١",
]  # fmt: skip
KEYS: list[object] = [
    "foward_to", "forward-to", "forward_to_sms", "\ud800forwardto", "FORWARDTO/~\x00", "other", "", "\ud800", "İ", 5,
    None, b"number", ("x",), float("nan"), 2**64,
]  # fmt: skip

# Most values are chosen by dice, which is quick; one of each request is made up.
MADE_UP = (
    st.text(max_size=8) | st.text("+(-.) 0123456789٣６", max_size=14) | st.text(max_size=8).map("https://{}/".format)
)
# Beginning an example costs as much as several requests, so that each has four.
DICE = st.randoms(use_true_random=True)  # of a seed that is drawn, so that runs repeat
AT_ONCE = 4


def chosen(dice: Random) -> object:
    value = dice.choice(NOT_TEXT if dice.random() < 0.3 else TEXTS)
    return dice.choice([[value], {"a": value}, (value, "fax")]) if dice.random() < 0.1 else value


def requested(dice: Random, made_up: object) -> dict[str, object]:
    values = {name: chosen(dice) for name in PARAMETERS if dice.random() < 0.7}
    return {**values, dice.choice(PARAMETERS): made_up}


def submitted(dice: Random, made_up: str) -> dict[Any, object]:
    own: dict[Any, object] = {**requested(dice, made_up)}
    return {**own, dice.choice(KEYS): chosen(dice), dice.choice([made_up, "other"]): chosen(dice)}


def ask_everything(report: Report) -> None:
    assert report.ok is not bool(report.errors)
    shown = [repr(report), str(report), *map(str, report.violations), *map(repr, report.violations)]
    explained = [explanation.to_dict() for explanation in report.explain()]
    for told in (report.to_dict(), report.to_problem(), explained, shown):
        json.dumps(told, ensure_ascii=False).encode()
    assert (
        len(report.violations) == len(report.errors) + len(report.warnings) == sum(map(len, report.by_field().values()))
    )


def assert_none_raises(
    name: str, make: Any, check: Any, part: int, record_property: Callable[[str, object], None]
) -> None:
    ran = 0

    @seed(part)
    @settings(
        max_examples=EXAMPLES // AT_ONCE,
        deadline=None,
        database=None,
        phases=[Phase.generate, Phase.shrink],
        # Building the containers takes longer than checking them, and some values are large on purpose.
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.large_base_example],
    )
    @given(DICE, st.lists(MADE_UP, min_size=AT_ONCE, max_size=AT_ONCE))
    def run(dice: Random, made_up: list[str]) -> None:
        nonlocal ran
        for value in made_up:
            request = make(dice, value)
            note(request)
            ran += 1
            ask_everything(check(request))

    run()
    record_property("count", f"{name}: {ran:,} generated requests, 0 exceptions")
    assert ran >= EXAMPLES


def configured(request: Mapping[str, Any]) -> Report:
    return check_config(**{"number": None, **request})


@pytest.mark.long
@pytest.mark.parametrize("part", range(SLICES))
def test_check_config_raises_for_no_value(part: int, record_property: Callable[[str, object], None]) -> None:
    assert_none_raises("check_config", requested, configured, part, record_property)


@pytest.mark.long
@pytest.mark.parametrize("part", range(SLICES))
def test_check_mapping_raises_for_no_mapping(part: int, record_property: Callable[[str, object], None]) -> None:
    assert_none_raises("check_mapping", submitted, check_mapping, part, record_property)


MEGABYTE = 1_000_000
HUGE = {
    "letters": "x" * MEGABYTE,
    "digits": "+65" + "1" * MEGABYTE,
    "pluses": "+" * MEGABYTE,
    "spaces in a number": "+6" + " " * MEGABYTE + "5",
    "other digits": "٣" * MEGABYTE,
    "NULs": "\x00" * MEGABYTE,
    "surrogates": "\ud800" * MEGABYTE,
    "names": "x " * (MEGABYTE // 2),
    "combining marks": "a" + "\u0301\u0327" * (MEGABYTE // 2),
    "a label": "https://" + "a" * MEGABYTE,
    "a label of other letters": "https://" + "ü" * MEGABYTE,
    "labels": "https://" + "a." * (MEGABYTE // 2),
    "labels of other letters": "https://" + "ü." * (MEGABYTE // 2),
    "users": "https://" + "a@" * (MEGABYTE // 2),
    "brackets": "https://[" + ":" * MEGABYTE,
    "a number for a host": "https://" + "1" * MEGABYTE,
    "a port": "https://example.com:" + "0" * MEGABYTE + "1",
    "a path": "https://example.com/" + "a" * MEGABYTE,
}


@pytest.mark.untraced
@pytest.mark.parametrize("value", HUGE.values(), ids=HUGE)
def test_a_megabyte_raises_nowhere(value: str) -> None:
    for parameter in PARAMETERS:
        ask_everything(configured({"number": "+12125550123", parameter: value}))
    ask_everything(check_mapping({"number": "+12125550123", value: value}))


def test_a_list_of_a_hundred_thousand_raises_nowhere() -> None:
    for parameter in PARAMETERS:
        ask_everything(configured({parameter: list(map(str, range(100_000)))}))


def test_a_multi_dict_of_what_cannot_be_compared_raises_nowhere() -> None:
    makers: list[Callable[[], object]] = [partial(hostile, "x"), partial(Decimal, "sNaN"), partial(np.zeros, 2)]
    for parameter, make in product(PARAMETERS, makers):
        ask_everything(check_mapping(MultiDict([(parameter, make()), (parameter, make())])))
