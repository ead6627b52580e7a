"""A form's or a JSON body's mapping, read as the parameters of one request."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import permutations
from typing import Any, NamedTuple

from hoiio_numbers.text import given

PARAMETERS = ("number", "forward_to", "forward_sms_to", "mode", "country", "state")


class Submitted(NamedTuple):
    """The parameters that a mapping holds, and the keys in it that were meant to be one: each with that one."""

    parameters: dict[str, object]
    misspelt: tuple[tuple[str, str], ...]


def read(data: object) -> Submitted:
    """The parameters in *data*, which may be a multi-dict; raises TypeError for what is no mapping.

    The multi-dicts of Django, werkzeug, Starlette (`getlist`) and aiohttp (`getall`) are read whole: blanks drop out,
    equal values count once, several different ones stand as a list.
    """
    if not isinstance(data, Mapping):
        raise TypeError(f"a mapping of the request's parameters is needed, not {type(data).__name__}")
    parameters = {name: whole(data, name) for name in PARAMETERS if name in data}
    return Submitted(parameters, tuple(_misspelt(data)))


def every(data: Mapping[Any, object], name: str) -> Sequence[object]:
    """All values that *data* holds under *name*, which must be there: a multi-dict may have several."""
    values = getattr(data, "getlist", None) or getattr(data, "getall", None)
    return [data[name]] if values is None else values(name)


def whole(data: Mapping[Any, object], name: str) -> object:
    """What *data* holds under *name*, which must be there: every value of a multi-dict together."""
    is_multi = hasattr(data, "getlist") or hasattr(data, "getall")
    return together(every(data, name)) if is_multi else data[name]


def together(values: Iterable[object]) -> object:
    """The values of one name as one: None where all are blank, the only one there is, or a list of different ones."""
    different: list[object] = []
    for value in map(given, values):
        if value is not None and _is_new(value, different):
            different.append(value)
    return different[0] if len(different) == 1 else different or None


def _is_new(value: object, others: list[object]) -> bool:
    try:
        return value not in others
    except Exception:  # lists that hold themselves, say, cannot be compared
        return True


def _misspelt(data: Mapping[object, object]) -> Iterator[tuple[str, str]]:
    for key in data:
        if key in PARAMETERS or not isinstance(key, str):
            continue
        if meant := meant_by(key):
            yield key, meant


# The parameters whose names are long enough to be misspelt and still be recognised, as the words they are made of.
LONG_NAMES = {"forward_to": ("forward", "to"), "forward_sms_to": ("forward", "sms", "to")}


def meant_by(key: str) -> str | None:
    """The long parameter name that *key* is a near miss of, or None.

    Near, when only its letters count and their case does not: the name itself, one edit away from it (a letter more,
    less, changed, or two swapped), or its words in another order.
    """
    letters = "".join(filter(str.isalpha, key.lower()))
    for name, parts in LONG_NAMES.items():
        if letters in {"".join(order) for order in permutations(parts)} or _one_edit_apart(letters, "".join(parts)):
            return name
    return None


def _one_edit_apart(a: str, b: str) -> bool:
    """Whether one letter added, taken away or changed, or two neighbours swapped, make *b* of *a*."""
    start = next((i for i, (x, y) in enumerate(zip(a, b, strict=False)) if x != y), min(len(a), len(b)))
    a, b = a[start:], b[start:]
    swapped = a[1::-1] + a[2:]
    return a[1:] == b[1:] or a[1:] == b or a == b[1:] or swapped == b
