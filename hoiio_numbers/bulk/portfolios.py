"""A file of requests decided from one end to the other, by one checker or by several: what is counted and written."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from datetime import date

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from hoiio_numbers.bulk import results
from hoiio_numbers.bulk.cells import Codes
from hoiio_numbers.bulk.files import Part, Sink, Source
from hoiio_numbers.bulk.kernel import Decision, Kernel, rows_of
from hoiio_numbers.bulk.parameters import columns_of
from hoiio_numbers.bulk.threads import in_order
from hoiio_numbers.check import Checker

Decided = tuple[Decision, ...]
"""What each of the checkers says of a row."""


class Summary:
    """How the rows of a file were decided: how many there are, how many were *refused*, and what is wrong with them.

    `by_code`, `by_field` and `by_country` count rows. A field of None is the row as a whole; a country of None is not
    settled. `refused_by_country` counts the refused alone.
    """

    def __init__(self, counts: Mapping[Decided, int]) -> None:
        self.rows = self.refused = 0
        self.by_code: Counter[str] = Counter()
        self.by_field: Counter[str | None] = Counter()
        self.by_country: Counter[str | None] = Counter()
        self.refused_by_country: Counter[str | None] = Counter()
        for (decision,), rows in counts.items():
            self.rows += rows
            self.by_country[decision.country] += rows
            self.by_code.update(dict.fromkeys(decision.codes, rows))
            self.by_field.update(dict.fromkeys(decision.fields, rows))
            if not decision.ok:
                self.refused += rows
                self.refused_by_country[decision.country] += rows

    def to_dict(self) -> dict[str, object]:
        """The summary as JSON."""
        return {
            "rows": self.rows,
            "refused": self.refused,
            "by_code": [{"code": code, "rows": rows} for code, rows in self.by_code.most_common()],
            "by_field": [{"field": field, "rows": rows} for field, rows in self.by_field.most_common()],
            "by_country": [
                {"country": country, "rows": rows, "refused": self.refused_by_country[country]}
                for country, rows in self.by_country.most_common()
            ],
        }


class Impact:
    """How many *rows* a file has, how many have *changed*, and how: decisions before and after, most first."""

    def __init__(self, counts: Mapping[Decided, int]) -> None:
        self.rows = sum(counts.values())
        self.changes = Counter({both: rows for both, rows in counts.items() if both[0] != both[1]}).most_common()
        self.changed = sum(rows for _, rows in self.changes)

    def to_dict(self) -> dict[str, object]:
        """The impact as JSON."""
        changes = [
            {"before": before._asdict(), "after": after._asdict(), "rows": rows}
            for (before, after), rows in self.changes
        ]
        return {"rows": self.rows, "changed": self.changed, "changes": changes}


def decide_file(
    source: Source,
    checkers: Sequence[Checker],
    *,
    columns: Mapping[str, str] | None = None,
    on: date | None = None,
    sink: Sink | None = None,
    keep: Callable[[Decided], bool] = bool,
    told: Callable[[Part], None] = lambda _part: None,
) -> Counter[Decided]:
    """How many rows are decided how; the rows that *keep* says go to *sink*, with the result of the last checker.

    *told* hears of each part of the file that is done. Raises ValueError when a column is missing, and what
    `files.opened()` raises while it is read.
    """
    columns_of(source.names, columns)
    if sink is not None:
        results.beside(source.names)
    kernels = [Kernel(checker, on) for checker in checkers]

    def decided(part: Part) -> tuple[Counter[Decided], Part, pa.RecordBatch | None]:
        taken = columns_of(part.requests.schema.names, columns)
        rows = rows_of(part.requests.select([*taken.values()]).rename_columns([*taken]))
        answers = [kernel.decide(rows) for kernel in kernels]
        distinct, codes = _together([packed for packed, _ in answers])
        met = [kernel.decisions for kernel in kernels]
        combinations = [tuple(one[place] for one, place in zip(met, places, strict=True)) for places in distinct]
        counts = Counter(dict(zip(combinations, np.bincount(codes).tolist(), strict=True)))
        if sink is None:
            return counts, part, None
        kept = np.array([keep(combination) for combination in combinations], bool)[codes]
        result = results.batch(met[-1], *answers[-1])
        return counts, *_those(kept, part, result)

    total: Counter[Decided] = Counter()
    for counts, part, result in in_order(decided, source.parts):
        total.update(counts)
        if sink is not None:
            sink.write(part, result)
        told(part)
    return total


def _together(packed: Sequence[Codes]) -> tuple[list[tuple[int, ...]], Codes]:
    """The different combinations of several columns of places, and which of them each row has."""
    keys = np.zeros(len(packed[0]), np.int64)
    for places in packed:
        keys = keys << 32 | places
    encoded = pa.array(keys).dictionary_encode()
    shifts = range(32 * (len(packed) - 1), -1, -32)
    distinct = [tuple(key >> shift & 0xFFFFFFFF for shift in shifts) for key in encoded.dictionary.to_pylist()]
    return distinct, np.asarray(encoded.indices)


def _those(kept: npt.NDArray[np.bool], part: Part, result: pa.RecordBatch) -> tuple[Part, pa.RecordBatch]:
    """The rows of a part that are kept, and their results."""
    if kept.all():
        return part, result
    mask = pa.array(kept)
    objects = part.objects and [row for row, is_kept in zip(part.objects, kept, strict=True) if is_kept]
    return part._replace(rows=part.rows.filter(mask), objects=objects), result.filter(mask)
