from collections.abc import Callable, Iterator, Mapping
from itertools import permutations
from types import MappingProxyType

import pytest
from django.http import QueryDict
from multidict import CIMultiDict, MultiDict, MultiDictProxy
from starlette.datastructures import FormData, QueryParams
from werkzeug.datastructures import CombinedMultiDict, ImmutableMultiDict
from werkzeug.datastructures import MultiDict as WerkzeugMultiDict

from hoiio_numbers import Report, check_config, check_mapping
from hoiio_numbers.mappings import PARAMETERS, every, meant_by, read

Pairs = list[tuple[str, str]]
Make = Callable[[Pairs], Mapping[str, object]]


def querydict(pairs: Pairs) -> Mapping[str, object]:
    data = QueryDict(mutable=True)
    for key, value in pairs:
        data.appendlist(key, value)
    return data


def combined(pairs: Pairs) -> Mapping[str, object]:
    return CombinedMultiDict([WerkzeugMultiDict([pair]) for pair in pairs])


def form_data(pairs: Pairs) -> Mapping[str, object]:
    return FormData([*pairs])


MULTI_DICTS: dict[str, Make] = {
    "django QueryDict": querydict,
    "werkzeug MultiDict": WerkzeugMultiDict,
    "werkzeug ImmutableMultiDict": ImmutableMultiDict,
    "werkzeug CombinedMultiDict": combined,
    "starlette FormData": form_data,
    "starlette QueryParams": QueryParams,
    "aiohttp MultiDict": MultiDict,
    "aiohttp CIMultiDict": CIMultiDict,
    "aiohttp MultiDictProxy": lambda pairs: MultiDictProxy(MultiDict(pairs)),
}
NUMBER, CALLS, SMS = "+6561234567", "https://example.com/calls", "https://example.com/sms"
multi_dicts = pytest.mark.parametrize("make", MULTI_DICTS.values(), ids=MULTI_DICTS)

# What is submitted, and the parameters that it means.
SUBMITTED: list[tuple[Pairs, dict[str, object]]] = [
    ([("number", NUMBER), ("forward_to", CALLS)], {"number": NUMBER, "forward_to": CALLS}),
    ([("number", NUMBER), ("number", NUMBER)], {"number": NUMBER}),
    ([("number", NUMBER), ("number", f" {NUMBER} ")], {"number": NUMBER}),
    ([("number", ""), ("number", NUMBER), ("number", "  ")], {"number": NUMBER}),
    ([("number", NUMBER), ("number", "+6561234568")], {"number": [NUMBER, "+6561234568"]}),
    ([("number", ""), ("number", " ")], {"number": None}),
    ([("mode", "voice"), ("mode", "fax")], {"mode": ["voice", "fax"]}),
    ([("mode", "fax"), ("mode", ""), ("mode", "fax")], {"mode": "fax"}),
    ([("mode", "voice"), ("number", NUMBER), ("mode", "fax")], {"mode": ["voice", "fax"], "number": NUMBER}),
    ([("forward_sms_to", SMS), ("forward_sms_to", CALLS)], {"forward_sms_to": [SMS, CALLS]}),
    ([("country", "SG"), ("country", "SG"), ("state", "")], {"country": "SG", "state": None}),
    ([("other", "x"), ("other", "y")], {}),
    ([], {}),
]


@multi_dicts
@pytest.mark.parametrize(("pairs", "parameters"), SUBMITTED)
def test_a_multi_dict_is_read_whole(make: Make, pairs: Pairs, parameters: dict[str, object]) -> None:
    assert read(make(pairs)).parameters == parameters


def codes(report: Report) -> list[str]:
    return [violation.code for violation in report.violations]


@multi_dicts
def test_two_ticked_modes_are_two_modes(make: Make) -> None:
    report = check_mapping(make([("number", NUMBER), ("forward_to", CALLS), ("mode", "voice"), ("mode", "fax")]))
    assert codes(report) == ["service.conflict"]


@multi_dicts
def test_two_numbers_are_malformed(make: Make) -> None:
    report = check_mapping(make([("number", NUMBER), ("number", "+12125550123"), ("forward_to", CALLS)]))
    assert codes(report) == ["number.malformed"]


@multi_dicts
def test_two_urls_are_malformed(make: Make) -> None:
    report = check_mapping(make([("number", NUMBER), ("forward_to", CALLS), ("forward_to", SMS)]))
    assert codes(report) == ["url.malformed"]


@multi_dicts
def test_a_near_miss_is_told_once_however_often_it_is_submitted(make: Make) -> None:
    pairs = [("number", NUMBER), ("forward_to", CALLS), ("foward_to", CALLS), ("foward_to", SMS)]
    report = check_mapping(make(pairs))
    assert [(found.code, found.field) for found in report.violations] == [("parameter.unknown", "foward_to")]


@pytest.mark.parametrize("make", [dict, MappingProxyType], ids=["dict", "MappingProxyType"])
def test_a_plain_mapping_is_judged_as_the_call_is(make: Callable[[dict[str, object]], Mapping[str, object]]) -> None:
    request: dict[str, object] = {"number": NUMBER, "forward_to": CALLS, "forward_sms_to": SMS, "mode": ["fax"]}
    direct = check_config(NUMBER, forward_to=CALLS, forward_sms_to=SMS, mode=["fax"])
    assert check_mapping(make(request)).to_dict() == direct.to_dict()


def test_what_a_plain_mapping_holds_stays_as_it_was_typed() -> None:
    typed = {"number": " +6561234567 ", "country": "", "mode": ["fax", "fax"]}
    assert read(typed).parameters == typed
    assert every(typed, "number") == [" +6561234567 "]


@pytest.mark.parametrize("data", [None, [], [("number", NUMBER)], "number=+6561234567", b"{}", 5, {"number"}, object()])
def test_what_is_no_mapping_is_a_type_error(data: object) -> None:
    with pytest.raises(TypeError, match=type(data).__name__):
        read(data)


def test_check_mapping_of_no_mapping_is_a_type_error() -> None:
    with pytest.raises(TypeError, match="not list"):
        check_mapping([("number", NUMBER)])  # type: ignore[arg-type]  # the misuse is the point


def test_keys_that_are_no_text_are_ignored() -> None:
    data: dict[object, object] = {5: 1, None: 2, b"foward_to": 3, ("forwardto",): 4, "number": NUMBER}
    submitted = read(data)
    assert (submitted.parameters, submitted.misspelt) == ({"number": NUMBER}, ())


LETTERS = "abcdefghijklmnopqrstuvwxyzüß中"
LONG_NAMES = {"forwardto": "forward_to", "forwardsmsto": "forward_sms_to"}


def edits(word: str) -> Iterator[str]:
    """Every word that one letter more, less or changed makes of *word*, and every swap of neighbours."""
    for at in range(len(word) + 1):
        head, tail = word[:at], word[at:]
        yield from (head + letter + tail for letter in LETTERS)
        if tail:
            yield head + tail[1:]
            yield from (head + letter + tail[1:] for letter in LETTERS)
        if len(tail) > 1:
            yield head + tail[1] + tail[0] + tail[2:]


@pytest.mark.parametrize(("letters", "name"), LONG_NAMES.items())
def test_every_single_edit_of_a_long_name_is_near(letters: str, name: str) -> None:
    for word in edits(letters):
        assert meant_by(word) == name, word


@pytest.mark.parametrize(("letters", "name"), LONG_NAMES.items())
def test_every_single_edit_of_a_parameter_as_it_is_written_is_near(letters: str, name: str) -> None:
    for word in edits(name):
        assert word == name or meant_by(word) == name, (word, letters)


@pytest.mark.parametrize("parts", [("forward", "to"), ("forward", "sms", "to")])
@pytest.mark.parametrize("sign", ["", "_", "-", " ", ".", "2"])
def test_every_order_of_the_words_is_near(parts: tuple[str, ...], sign: str) -> None:
    for order in permutations(parts):
        assert meant_by(sign.join(order)) == "_".join(parts)
        assert meant_by(sign.join(map(str.title, order))) == "_".join(parts)


@pytest.mark.parametrize("name", PARAMETERS)
def test_a_parameter_itself_is_no_near_miss(name: str) -> None:
    assert read({name: "x"}).misspelt == ()


FAR = [
    "", "_", "forward", "to", "sms", "forwarding", "forward_url", "forward_from", "redirect_to", "reply_to", "number",
    "mode", "Number", "modes", "country", "state", "csrf_token", "forward_fax_to", "fwd_to", "sms_to", "to_sms",
    "forward_sms", "forrwardd_to", "frward_o", "forward_to_url", "forward_sms_to_url", "forwardtoto", "submit", "12345",
    "\ud800", "\x00", "forward" * 100_000,
]  # fmt: skip


@pytest.mark.parametrize("key", FAR, ids=lambda key: ascii(key)[:30])
def test_other_words_are_not_near(key: str) -> None:
    assert meant_by(key) is None


def two_edits(word: str) -> Iterator[str]:
    """Words of two letters more, less or changed, far enough apart that no single edit makes them."""
    yield word[1:-1]
    yield f"x{word}x"
    yield f"x{word[1:-1]}x"


@pytest.mark.parametrize("letters", LONG_NAMES)
def test_two_edits_are_not_near(letters: str) -> None:
    assert {meant_by(word) for word in two_edits(letters)} == {None}
