"""A TOML file with the line of every key and table in it, so that what is wrong is told where it stands.

tomllib gives the values. The places come from a scan of table headers and `key =` lines, which is why keys are
written bare, one to a line: no inline tables, no dotted or quoted keys.
"""

import re
import tomllib
from collections.abc import Callable, Iterator, Mapping
from datetime import date
from typing import Any, NamedTuple

from attrs import Factory, define

from hoiio_numbers.errors import Fault
from hoiio_numbers.text import shown
from hoiio_numbers.violations import Source

Place = tuple[str | int, ...]
"""The way to a value: `("revision", 0, "voice")`."""

# Comments and strings, so that nothing inside them is taken for a header, a key or a bracket.
_OPAQUE = re.compile(r'#[^\n]*|"""(?:\\.|[^\\])*?"{3,5}|\'\'\'.*?\'{3,5}|"(?:\\.|[^"\\\n])*"|\'[^\'\n]*\'', re.DOTALL)
_HEADER = re.compile(r"\s*(\[\[?)([A-Za-z0-9_.\s-]+)\]\]?\s*")
_KEY = re.compile(r"\s*([A-Za-z0-9_-]+)\s*=(.*)")
_TOML_PLACE = re.compile(r"\s*\(at (?:line (\d+), column \d+|end of document)\)\Z")
_NESTED = re.compile(r"[\[{][^\]}]*")
_DIGITS = re.compile(r"[0-9_]+")


class Key(NamedTuple):
    """What a key may hold, and how it is written."""

    fits: Callable[[Any], bool]
    example: str
    required: bool = True


@define
class TomlFile:
    """One data file while it is read: its values, where they stand, and what was found wrong so far."""

    name: str
    label: str
    rows: list[str] = Factory(list)
    values: dict[str, Any] = Factory(dict)
    places: dict[Place, int] = Factory(dict)
    faults: list[Fault] = Factory(list)

    @classmethod
    def read(cls, name: str, label: str, data: bytes) -> "TomlFile":
        """The file *name*, called *label* in messages; `faults` says why when its bytes are not TOML as we take it."""
        file = cls(name, label)
        try:
            text = data.decode("utf-8-sig")
        except UnicodeDecodeError as error:
            line = error.object.count(b"\n", 0, error.start) + 1  # the object has lost its byte order mark
            file._fault(line, None, "is not UTF-8 text.", "Save the file as UTF-8.")
            return file
        file.rows = text.split("\n")
        try:
            file.values = tomllib.loads(text)
        except RecursionError:
            file._fault(_line_of_longest(_NESTED, text), None, "is nested too deeply.", "Write it as the schema says.")
        except tomllib.TOMLDecodeError as error:
            at = _TOML_PLACE.search(str(error))
            line = int(at[1]) if at and at[1] else text.count("\n") + 1
            file._fault(line, None, f"is not TOML: {shown(_TOML_PLACE.sub('', str(error)))}.", "Mend that line.")
        except ValueError:  # int() takes no more than some thousand digits
            line = _line_of_longest(_DIGITS, text)
            file._fault(line, None, "holds a number of thousands of digits.", "Mend that line.")
        else:
            for place, line in _places(text):
                if place:
                    file.places[place] = line
                    if place[-1] == 0:  # an array of tables stands where its first item does
                        file.places[place[:-1]] = line
                else:
                    mend = "Write each key bare on a line of its own, without quotes, dots or braces."
                    file._fault(line, None, "holds a quoted or dotted key or an inline table.", mend)
        return file

    def fault(self, place: Place, problem: str, mend: str) -> None:
        """Note a fault at *place*; the line is that of the nearest table where the key itself is not there."""
        self._fault(self.line(place), _dotted(place), problem, mend)

    def _fault(self, line: int, key: str | None, problem: str, mend: str) -> None:
        self.faults.append(Fault(self.label, line, key, problem, mend))

    def line(self, place: Place) -> int:
        """The line of *place*, else of the nearest table around it, else the first."""
        while place and place not in self.places:
            place = place[:-1]
        return self.places.get(place, 1)

    def source(self, place: Place, as_of: date | None = None, citation: str | None = None) -> Source:
        """Where *place* stands, and who says so."""
        line = self.line(place)
        return Source(self.label, line, _dotted(place), self.rows[line - 1].strip(), as_of, citation)

    def take(self, place: Place, table: Mapping[str, Any], keys: Mapping[str, Key]) -> dict[str, Any]:
        """What *table* holds under *keys* and of the right type; every other entry is a fault."""
        fit = {}
        for name, value in table.items():
            if name not in keys:
                import difflib

                near = difflib.get_close_matches(name, keys)
                mend = f"Write {near[0]}." if near else f"Use only {', '.join(keys)}."
                self.fault((*place, name), "is not a key of this table.", mend)
            elif not keys[name].fits(value):
                self.fault((*place, name), f"cannot hold {_described(value)}.", f"Write {keys[name].example}.")
            else:
                fit[name] = value
        for name, key in keys.items():
            if key.required and name not in table:
                self.fault((*place, name), "is missing.", f"Write {key.example}.")
        return fit


def _dotted(place: Place) -> str:
    return ".".join(step for step in place if isinstance(step, str))


def _described(value: object) -> str:
    if isinstance(value, dict):
        return "a table" if value else "an empty table"
    if isinstance(value, list):
        return "this list" if value else "an empty list"
    if isinstance(value, str):
        return f"'{shown(value)}'"
    if isinstance(value, int) and value.bit_length() > 64:  # written in hexadecimal it may be too long for str()
        return shown(hex(value))
    return shown(str(value).lower())


def _line_of_longest(pattern: re.Pattern[str], text: str) -> int:
    """The line of the longest match outside comments and strings: of what Python refuses without saying where."""
    bare = _OPAQUE.sub(_blanked, text)
    longest = max(pattern.finditer(bare), key=lambda found: len(found[0]))
    return bare.count("\n", 0, longest.start()) + 1


def _places(text: str) -> Iterator[tuple[Place, int]]:
    """Every table and key of a TOML *text* with its line; an empty place for a key that is not written bare."""
    table: Place = ()
    lengths: dict[Place, int] = {}
    depth = 0
    for line, row in enumerate(_OPAQUE.sub(_blanked, text).split("\n"), start=1):
        rest = row
        if depth == 0 and (header := _HEADER.fullmatch(row)):
            table = _table(header[2], lengths, starts_item=header[1] == "[[")
            yield table, line
            continue
        if depth == 0 and (key := _KEY.fullmatch(row)):
            yield (*table, key[1]), line
            rest = key[2]
        elif depth == 0 and row.strip():
            yield (), line
        if "{" in rest:
            yield (), line
        depth += rest.count("[") - rest.count("]")


def _blanked(opaque: re.Match[str]) -> str:
    # A comment vanishes; a string stays in sight as something that is no bare key, and keeps its lines.
    return "" if opaque[0].startswith("#") else "~" + "\n" * opaque[0].count("\n")


def _table(header: str, lengths: dict[Place, int], *, starts_item: bool) -> Place:
    """The place that a table header names, in the last item of every array of tables on the way."""
    *way, last = (step.strip() for step in header.split("."))
    place: Place = ()
    for step in way:
        place = (*place, step)
        if place in lengths:
            place = (*place, lengths[place] - 1)
    place = (*place, last)
    if starts_item:
        lengths[place] = lengths.get(place, 0) + 1
        place = (*place, lengths[place] - 1)
    return place
