"""Tables of pyarrow, polars and pandas: their columns as Arrow has them, and results beside them as each likes it."""

import re
from collections.abc import Iterable, Mapping, Sequence
from math import isnan
from typing import Any, Protocol

import pyarrow as pa

from hoiio_numbers.text import scalar


class Frame(Protocol):
    """A table of some library."""

    @property
    def names(self) -> list[str]:
        """What its columns are called."""

    def arrow(self, columns: Mapping[str, str]) -> pa.Table:
        """Some of its columns, by the names that they are to have."""

    def beside(self, results: pa.Table, names: Sequence[str]) -> Any:
        """A table of the same kind: its own columns, now with these *names*, and the *results* behind them."""


def of(table: Any) -> Frame:
    """A table as its library has it; raises TypeError for what is none."""
    kind = f"{type(table).__module__.partition('.')[0]}.{type(table).__name__}"
    if kind == "polars.DataFrame":
        return _Polars(table)
    if kind == "pandas.DataFrame":
        return _Pandas(table)
    if isinstance(table, pa.Table):
        return _Arrow(table)
    if isinstance(table, pa.RecordBatch):
        return _Batch(pa.Table.from_batches([table]))
    if hasattr(table, "__arrow_c_stream__"):
        return _Arrow(pa.table(table))
    raise TypeError(f"a table of pyarrow, polars or pandas is needed, not {type(table).__qualname__}")


class _Arrow:
    def __init__(self, table: pa.Table) -> None:
        self._table = table

    @property
    def names(self) -> list[str]:
        return list(self._table.column_names)

    def arrow(self, columns: Mapping[str, str]) -> pa.Table:
        return pa.table({name: self._table[column] for name, column in columns.items()})

    def beside(self, results: pa.Table, names: Sequence[str]) -> Any:
        fields = [field.with_name(name) for field, name in zip(self._table.schema, names, strict=True)]
        schema = pa.schema([*fields, *results.schema], self._table.schema.metadata)
        return pa.Table.from_arrays([*self._table.columns, *results.columns], schema=schema)


class _Batch(_Arrow):
    def beside(self, results: pa.Table, names: Sequence[str]) -> Any:
        table = super().beside(results, names)
        whole = [column.chunk(0) if column.num_chunks == 1 else column.combine_chunks() for column in table.columns]
        return pa.RecordBatch.from_arrays(whole, schema=table.schema)


class _Polars:
    def __init__(self, frame: Any) -> None:
        self._frame = frame

    @property
    def names(self) -> list[str]:
        return list(self._frame.columns)

    def arrow(self, columns: Mapping[str, str]) -> pa.Table:
        return pa.table({name: self._column(column) for name, column in columns.items()})

    def _column(self, name: str) -> pa.ChunkedArray:
        column = self._frame[name]
        return mixed(column.to_list()) if column.dtype.is_object() else pa.chunked_array(column)

    def beside(self, results: pa.Table, names: Sequence[str]) -> Any:
        import polars as pl

        frame = self._frame.rename(dict(zip(self.names, names, strict=True)))
        return frame.hstack(pl.DataFrame(results))


class _Pandas:
    def __init__(self, frame: Any) -> None:
        self._frame = frame

    @property
    def names(self) -> list[str]:
        return list(self._frame.columns)

    def arrow(self, columns: Mapping[str, str]) -> pa.Table:
        return pa.table({name: self._column(column) for name, column in columns.items()})

    def _column(self, name: str) -> Any:
        try:
            return pa.array(self._frame[name], from_pandas=True)
        except (OverflowError, TypeError, ValueError):  # Arrow's own errors are among these
            return mixed(self._frame[name])

    def beside(self, results: pa.Table, names: Sequence[str]) -> Any:
        columns = results.to_pandas().set_axis(self._frame.index)
        frame = self._frame.set_axis(names, axis="columns")
        return frame.assign(**columns)


def mixed(cells: Iterable[object]) -> pa.Array:
    """A column of Python's objects of any types: texts, lists of texts, nothing, and what is none of these."""
    children: tuple[list[Any], ...] = ([], [], [], [])
    codes, offsets = [], []
    for cell in cells:
        kind, value = _as_arrow(cell)
        codes.append(kind)
        offsets.append(len(children[kind]))
        children[kind].append(value)
    types = (pa.null(), pa.string(), pa.list_(pa.string()), pa.bool_())
    arrays = [pa.array(values, kind) for values, kind in zip(children, types, strict=True)]
    return pa.UnionArray.from_dense(pa.array(codes, pa.int8()), pa.array(offsets, pa.int32()), arrays)


def _as_arrow(cell: object) -> tuple[int, object]:
    if isinstance(cell, str):
        return 1, without_surrogates(cell)
    if isinstance(cell, list | tuple | set | frozenset):
        return 2, [None if item is None else without_surrogates(scalar(item)) for item in cell]
    is_missing = cell is None or type(cell).__name__ in {"NAType", "NaTType"}  # as pandas says it
    return (0, None) if is_missing or (isinstance(cell, float) and isnan(cell)) else (3, True)


def without_surrogates(text: str) -> str:
    """Arrow has no lone surrogates; a control character is refused wherever one is, and is as long."""
    return re.sub("[\ud800-\udfff]", "\x80", text)
