"""The decision of every row: facts column by column, the rules once for each combination of facts, a gather.

The facts of a row come in two parts. *Where* it stands is its number, its country and its state, which are read
together; *what* it asks for is its mode and its URLs. Each part becomes a small integer, the same for all rows that
have it, and so do both together. What is new is asked of the checker, with a row that has it.
"""

from collections.abc import Callable, Hashable, Mapping
from datetime import date
from threading import Lock
from typing import Any, NamedTuple, TypeVar

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from hoiio_numbers.bulk import links
from hoiio_numbers.bulk.cells import (
    Answers,
    Codes,
    as_texts,
    at,
    buffers,
    cell,
    distinct,
    distinct_at,
    is_text,
    with_nulls,
    without_views,
)
from hoiio_numbers.bulk.ranges import ASK, Kinds, Ranges
from hoiio_numbers.check import Checker
from hoiio_numbers.facts import USABLE
from hoiio_numbers.report import Report
from hoiio_numbers.services import MODES
from hoiio_numbers.urls import Url

Key = TypeVar("Key", bound=Hashable)
Rows = Mapping[str, pa.Array]
"""The columns of a batch, by the names of the parameters that they are."""


def rows_of(batch: pa.RecordBatch) -> Rows:
    """The columns of a batch that are called as the parameters are."""
    return dict(zip(batch.schema.names, map(without_views, batch.columns), strict=True))


ABSENT, STRAY, NO_PLUS = range(ASK + 1, ASK + 4)
"""Kinds of numbers in no range: none at all; with a character that no number has; digits that begin with no plus."""

_RANGES = Ranges(first=NO_PLUS + 1)
_ALONE = 0  # the place of a number that is to be read on its own
_WHAT_BITS = len(MODES) + 1 + 2 * len(Url)  # each mode is named or not, as is an unknown one

# What ASCII has of the characters that `numbers` knows: those that no number has, and separators. A text with others is
# read on its own.
_STRAY_CHARACTER = r"[\x00-\x08\x0e-\x1b!-'*,/:-~\x7f]"
_SEPARATORS = r"[\t-\r\x1c-\x20().-]+"
_BLANK = r"^[\t-\r\x1c-\x20]*$"
_DIGITS = r"^[0-9]+$"


class Decision(NamedTuple):
    """What rows have in common: whether they are accepted, of which country they are, and what is wrong where.

    `codes` and `fields` go together, in the order of a report's violations; the field of the row as a whole is None.
    """

    ok: bool
    country: str | None
    codes: tuple[str, ...]
    fields: tuple[str | None, ...]


class Numbers(NamedTuple):
    """The numbers of rows: *texts* as they came, *others* in their place at some *rows*, and which are *usable*."""

    texts: pa.Array
    rows: npt.NDArray[np.int64]
    others: pa.Array
    usable: npt.NDArray[np.bool]

    def array(self) -> pa.Array:
        """The number of each row in E.164 form, or null."""
        numbers = self.texts
        if len(self.rows):
            is_other = np.zeros(len(numbers), bool)
            is_other[self.rows] = True
            others = self.others.take(pa.array(np.argsort(self.rows)))
            numbers = pc.replace_with_mask(numbers, pa.array(is_other), others)
        return with_nulls(numbers, ~self.usable).cast(pa.string())


class Kernel:
    """Decides batch after batch by one registry, one book of rules and one date; many threads may use it at once."""

    def __init__(self, checker: Checker, on: date | None) -> None:
        registry = checker.registry.current
        self._checker = Checker(registry, rules=checker.rules)
        self._on = self._checker.check_config(None, on=on).on  # raises TypeError for what is no date
        self._reads_request = any(rule.reads_request for rule in checker.rules.values())
        self._lock = Lock()
        self._decisions: dict[Decision, int] = {}
        self._countries: dict[Hashable, int] = {}
        self._modes: dict[Hashable, int] = {}
        self._places: dict[tuple[object, ...], int] = {(None,): _ALONE}
        self._place_by_kind, self._decided = Answers(), Answers()

    @property
    def decisions(self) -> tuple[Decision, ...]:
        """Every decision met so far."""
        return tuple(self._decisions)

    def decide(self, rows: Rows) -> tuple[Codes, Numbers]:
        """For each row the place of its decision among the `decisions`, and its number."""
        if self._reads_request:
            return self._one_by_one(rows)
        where, numbers = self._where(rows)
        keys = where.astype(np.int64) << _WHAT_BITS | self._what(rows)
        return self._decided.of(keys, lambda row: self._decision(self._report_on(rows, row, *rows))), numbers

    def _one_by_one(self, rows: Rows) -> tuple[Codes, Numbers]:
        """For rules that look at the request itself, of which no two need be alike."""
        reports = [self._report_on(rows, row, *rows) for row in range(len(rows["number"]))]
        texts = as_texts(pa.array([report.number for report in reports], pa.string()))
        usable = np.array([report.number is not None for report in reports], bool)
        return np.array([*map(self._decision, reports)], np.int32), Numbers(texts, np.arange(0), texts[:0], usable)

    def _decision(self, report: Report) -> int:
        found = report.violations
        codes, fields = tuple(it.code for it in found), tuple(it.field for it in found)
        return self._id(self._decisions, Decision(report.ok, report.country, codes, fields))

    def _report(self, number: object = None, **others: Any) -> Report:
        return self._checker.check_config(number, **others, on=self._on)

    def _report_on(self, rows: Rows, row: int, *names: str) -> Report:
        """The report on some of a row's cells."""
        return self._report(**{name: cell(rows[name], row) for name in names if name in rows})

    def _id(self, ids: dict[Key, int], key: Key) -> int:
        with self._lock:
            return ids.setdefault(key, len(ids))

    def _ids(self, ids: dict[Hashable, int], read: Callable[[object], Hashable], column: pa.Array) -> Codes:
        codes, cells = distinct(column)
        return at(np.array([self._id(ids, read(it)) for it in cells], np.int32), codes)

    # -- where: the number, its country and its state ------------------------------------------------------------------

    def _where(self, rows: Rows) -> tuple[Codes, Numbers]:
        texts, kinds, rewritten, others = _kinds(rows["number"])
        keys = kinds.astype(np.int64)
        if "country" in rows:
            keys |= self._ids(self._countries, self._country, rows["country"]).astype(np.int64) << 32
        where = self._place_by_kind.of(keys, lambda row: self._place_of_kind(int(kinds[row]), rows, row))
        alone = np.flatnonzero(where == _ALONE)
        if len(alone):
            where[alone], read = self._read_alone(rows, alone)
            rewritten, others = np.append(rewritten, alone), pa.concat_arrays([others, read])
        usable = at(np.array([place[0] in USABLE for place in list(self._places)]), where)
        if "state" in rows:
            where = self._in_states(where, rows)
        return where, Numbers(texts, rewritten, others, usable)

    def _country(self, value: object) -> Hashable:
        report = self._report(country=value)
        return report.facts.country_given, report.country

    def _place_of_kind(self, kind: int, rows: Rows, row: int) -> int:
        """The place of all numbers of a kind beside one country; or that they are to be read on their own."""
        report = self._report_on(rows, row, "number", "country")
        is_dialled = kind == NO_PLUS and report.country is not None
        return _ALONE if kind == ASK or is_dialled else self._place(report)

    def _place(self, report: Report) -> int:
        facts = report.facts
        what = (facts.number, facts.country, facts.country_given, facts.state_given, report.country)
        return self._id(self._places, what)

    def _read_alone(self, rows: Rows, alone: npt.NDArray[np.int64]) -> tuple[Codes, pa.Array]:
        """The places of numbers that are read one by one, each different one once, and their texts."""
        numbers, cells = distinct_at(alone, rows["number"])
        countries, beside = distinct_at(alone, rows["country"]) if "country" in rows else (alone * 0, [None])
        read: list[tuple[int, str | None]] = []

        def ask(row: int) -> int:
            report = self._report(cells[numbers[row]], country=beside[countries[row]])
            read.append((self._place(report), report.number))
            return len(read) - 1

        found = Answers().of(numbers.astype(np.int64) << 32 | countries, ask)
        places, texts = zip(*read, strict=True)
        return np.array(places, np.int32)[found], as_texts(pa.array(texts, pa.string())).take(pa.array(found))

    def _in_states(self, where: Codes, rows: Rows) -> Codes:
        states, cells = distinct(rows["state"])

        def ask(row: int) -> int:
            if cells[states[row]] is None:
                return int(where[row])
            return self._place(self._report_on(rows, row, "number", "country", "state"))

        return Answers().of(where.astype(np.int64) << 32 | states, ask)

    # -- what: the mode and the URLs -----------------------------------------------------------------------------------

    def _what(self, rows: Rows) -> Codes:
        """The mode, and behind it each URL, in as many bits as there are of `Url`."""
        what = np.zeros(len(rows["number"]), np.int32)
        if "mode" in rows:
            what |= self._ids(self._modes, self._mode, rows["mode"])
        for name in ("forward_to", "forward_sms_to"):
            what <<= len(Url)
            if name in rows:
                what |= links.read(rows[name])
        return what

    def _mode(self, value: object) -> Hashable:
        facts = self._report(mode=value).facts
        return facts.modes, facts.unknown_mode


def _kinds(column: pa.Array) -> tuple[pa.Array, Kinds, npt.NDArray[np.int64], pa.Array]:
    """The texts and the kinds of numbers; and the rows where separators were dropped, with what was left there."""
    if not is_text(column.type):
        texts = pa.nulls(len(column), pa.large_binary())
        return texts, np.full(len(column), ASK, np.int16), np.arange(0), texts[:0]
    texts = as_texts(column)
    kinds = _RANGES.kinds(*buffers(texts))
    if texts.null_count:
        kinds[np.asarray(texts.is_null())] = ABSENT
    rest = np.flatnonzero(kinds == ASK)
    typed = texts.take(pa.array(rest))
    has_stray = np.asarray(pc.match_substring_regex(typed, _STRAY_CHARACTER))
    kinds[rest[has_stray]] = STRAY
    rest, typed = rest[~has_stray], typed.filter(pa.array(~has_stray))
    if not len(rest):
        return texts, kinds, rest, typed
    left = pc.replace_substring_regex(typed, _SEPARATORS, "")
    found = _RANGES.kinds(*buffers(left))
    for pattern, kind, of in ((_DIGITS, NO_PLUS, left), (_BLANK, ABSENT, typed)):
        found[np.asarray(pc.match_substring_regex(of, pattern))] = kind
    kinds[rest] = found
    is_read = found > NO_PLUS
    return texts, kinds, rest[is_read], left.filter(pa.array(is_read))
