"""The API's answers, read field by field: values come loosely typed, some are missing, and some are not known to us.

The variations are those that the reference pages and seven client libraries for this API show.
"""

import json
import re
from codecs import BOM_UTF8
from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import TypeVar

from hoiio_numbers.registry import VENDOR_TIME
from hoiio_numbers.services import Service, words
from hoiio_numbers.text import given, shown

T = TypeVar("T")

_JSON = json.JSONDecoder(parse_float=Decimal)

is_count = re.compile("[0-9]{1,18}").fullmatch
"""Whether a text is a whole number of 0 or more, and of a length that can be meant."""
_MOST_DIGITS = 18


class UnreadableError(ValueError):
    """An answer that is not what the reference says; its text names the place."""


def document(body: bytes) -> "Fields":
    """The one JSON object that *body* is, money in it exact; raises `UnreadableError`."""
    try:
        data = _JSON.decode(body.removeprefix(BOM_UTF8).decode())
    except RecursionError:
        raise UnreadableError("the answer is nested too deeply") from None
    except (ValueError, InvalidOperation):  # a number can be beyond what Decimal holds
        raise UnreadableError(f"the answer is no JSON: {shown(body.decode('utf-8', 'replace'))!r}") from None
    return Fields(data, "the answer")


class Fields:
    """One JSON object. A field is taken by name, None when it is missing, null or blank; the others are kept."""

    def __init__(self, data: object, place: str) -> None:
        if not isinstance(data, dict):
            raise UnreadableError(f"{place} is {_kind(data)}, not an object")
        self._data = data
        self._place = place

    @property
    def others(self) -> Mapping[str, object]:
        """The fields that nobody took."""
        return self._data

    def take(self, name: str) -> object | None:
        """A value as it stands, without outer white space."""
        return given(self._data.pop(name, None))

    def text(self, name: str) -> str | None:
        """Text, or a whole number as text."""
        value = self.take(name)
        if value is None or isinstance(value, str):
            return value
        if isinstance(value, int) and not isinstance(value, bool):
            return str(value)
        raise self._wrong(name, "text", value)

    def needed(self, read: Callable[[str], T | None], name: str) -> T:
        """What *read* makes of a field that an entry is nothing without."""
        value = read(name)
        if value is None:
            raise UnreadableError(f"{self._place} has no {name}")
        return value

    def count(self, name: str) -> int | None:
        """A whole number of 0 or more."""
        value = self.text(name)
        if value is None or is_count(value):
            return None if value is None else int(value)
        raise self._wrong(name, "a count", value)

    def money(self, name: str) -> Decimal | None:
        """An amount, exactly as it was written."""
        value = self.take(name)
        if value is None:
            return None
        if isinstance(value, str | int | Decimal) and not isinstance(value, bool):
            try:
                amount = Decimal(value)
            except InvalidOperation:
                raise self._wrong(name, "an amount", value) from None
            if amount.is_finite() and abs(amount.adjusted()) <= _MOST_DIGITS:  # else writing it out would take ages
                return amount
        raise self._wrong(name, "an amount", value)

    def day(self, name: str) -> date | None:
        """A date, with or without a time behind it."""
        value = self.text(name)
        try:
            return None if value is None else date.fromisoformat(value[:10])
        except ValueError:
            raise self._wrong(name, "a date", value) from None

    def moment(self, name: str) -> datetime | None:
        """A date and a time, with or without fractions of a second, in the vendor's time zone unless it names one."""
        value = self.text(name)
        if value is None:
            return None
        if ":" in value:  # a day alone would pass for its midnight
            with suppress(ValueError, OverflowError):  # the latter at the ends of the calendar
                moment = datetime.fromisoformat(value)
                return moment.astimezone(VENDOR_TIME) if moment.tzinfo else moment.replace(tzinfo=VENDOR_TIME)
        raise self._wrong(name, "a date and a time", value)

    def verbatim(self, name: str) -> str:
        """Text with all its white space."""
        return str(self._data.pop(name, ""))

    def capabilities(self) -> frozenset[Service] | None:
        """The services listed under `capabilities` or `capability`; words that name none of ours are left out."""
        names = ("capabilities", "capability")
        found = [value for name in names if (value := self.take(name)) is not None]
        if not found:
            return None
        listed = words(found[0]) if isinstance(found[0], str) else found[0]
        if not isinstance(listed, list) or not all(isinstance(word, str) for word in listed):
            raise self._wrong(names[0], "a list of words", found[0])
        lowered = {word.strip().lower() for word in listed}
        return frozenset(service for service in Service if service in lowered)

    def entries(self, name: str, read: Callable[["Fields"], T], *, plain: str | None = None) -> tuple[T, ...]:
        """A list of objects, each as *read* makes it; one that is *plain* text counts as an object of that field."""
        value = self.take(name)
        if value is None:
            return ()
        if not isinstance(value, list):
            raise self._wrong(name, "a list", value)
        return tuple(
            read(Fields({plain: entry} if plain and isinstance(entry, str) else entry, f"{name}[{index}]"))
            for index, entry in enumerate(value)
        )

    def _wrong(self, name: str, wanted: str, value: object) -> UnreadableError:
        what = repr(shown(value)) if isinstance(value, str | int | float | Decimal) else _kind(value)
        return UnreadableError(f"{name} of {self._place} is {what}, not {wanted}")


def _kind(value: object) -> str:
    kinds = {dict: "an object", list: "a list", str: "text", bool: "true or false", type(None): "null"}
    return kinds.get(type(value), "a number")
