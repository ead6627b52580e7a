"""The columns of a result."""

from collections.abc import Iterable, Sequence

import numpy as np
import pyarrow as pa

from hoiio_numbers.bulk.cells import Codes
from hoiio_numbers.bulk.kernel import Decision, Numbers

_IN_DICTIONARY = pa.dictionary(pa.int32(), pa.string())
SCHEMA = pa.schema(
    {
        "ok": pa.bool_(),
        "number": pa.string(),
        "country": _IN_DICTIONARY,
        "codes": pa.list_(_IN_DICTIONARY),
        "fields": pa.list_(_IN_DICTIONARY),
    }
)
_KEPT_AS = "given_"


def beside(names: Sequence[str]) -> list[str]:
    """What the columns of a table are called beside a result; raises ValueError where two would be called the same."""
    new = [f"{_KEPT_AS}{name}" if name in SCHEMA.names else name for name in names]
    for name, kept in zip(names, new, strict=True):
        if name != kept and kept in names:
            raise ValueError(f"{name!r} would be kept as {kept!r}, and there is such a column already: rename one")
    return new


def batch(decisions: Sequence[Decision], packed: Codes, numbers: Numbers) -> pa.RecordBatch:
    """The result of rows, given the place of each one's decision among the *decisions*."""
    places = pa.array(packed)
    columns = [
        pa.array([decision.ok for decision in decisions], pa.bool_()).take(places),
        numbers.array(),
        _dictionary(decision.country for decision in decisions).take(places),
        _lists([decision.codes for decision in decisions]).take(places),
        _lists([decision.fields for decision in decisions]).take(places),
    ]
    return pa.RecordBatch.from_arrays(columns, schema=SCHEMA)


def without_dictionaries(rows: pa.RecordBatch) -> pa.RecordBatch:
    """Rows with their results, these as plain texts and lists of texts: not every engine takes dictionaries."""
    plain = {"country": pa.string(), "codes": pa.list_(pa.string()), "fields": pa.list_(pa.string())}
    for name, kind in plain.items():
        rows = rows.set_column(rows.schema.get_field_index(name), name, rows[name].cast(kind))
    return rows


def _dictionary(texts: Iterable[str | None]) -> pa.Array:
    return pa.array(texts, pa.string()).dictionary_encode()


def _lists(lists: Sequence[tuple[str | None, ...]]) -> pa.Array:
    offsets = np.cumsum([0, *map(len, lists)])
    return pa.ListArray.from_arrays(
        pa.array(offsets, pa.int32()), _dictionary(text for texts in lists for text in texts)
    )
