"""Columns of Arrow data, whatever their type: as texts side by side, or cell by cell as Python has them."""

from collections.abc import Callable
from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt
import pyarrow as pa

Codes = npt.NDArray[np.int32]
Scalar = TypeVar("Scalar", bound=np.generic)

_OFFSET = 8  # bytes
_SMALL = 1 << 20  # keys below have a place each in a table, of which memory is only taken where it is used


def without_views(column: pa.Array) -> pa.Array:
    """A column of string views as one of large strings, for which Arrow has all its kernels."""
    kind = column.type
    if pa.types.is_dictionary(kind) and pa.types.is_string_view(kind.value_type):
        return pa.DictionaryArray.from_arrays(column.indices, without_views(column.dictionary))
    return column.cast(pa.large_string()) if pa.types.is_string_view(kind) else column


def is_text(kind: pa.DataType) -> bool:
    """Whether the cells of a column are texts, by themselves or by way of a dictionary."""
    if pa.types.is_dictionary(kind):
        kind = kind.value_type
    return kind in {pa.string(), pa.large_string()}


def as_texts(column: pa.Array) -> pa.Array:
    """A column of texts as bytes with 64-bit offsets: the one type of all that follows, which takes bad UTF-8, too."""
    if pa.types.is_dictionary(column.type):
        column = as_texts(column.dictionary).take(column.indices)
    return column.cast(pa.large_binary())


def buffers(texts: pa.Array) -> tuple[npt.NDArray[np.uint8], npt.NDArray[np.int64]]:
    """The bytes of `as_texts()`, and the offsets between which each lies. What lies in a null's place means nothing."""
    _, offsets, data = texts.buffers()
    places = np.frombuffer(offsets, np.int64)[texts.offset :][: len(texts) + 1]
    return np.frombuffer(b"" if data is None else data, np.uint8), places


def with_nulls(texts: pa.Array, is_null: npt.NDArray[np.bool]) -> pa.Array:
    """What `as_texts()` gives, with these nulls in the place of its own; nothing is copied."""
    _, offsets, data = texts.buffers()
    is_there = pa.py_buffer(np.packbits(~is_null, bitorder="little"))
    return pa.Array.from_buffers(
        texts.type, len(texts), [is_there, offsets.slice(texts.offset * _OFFSET), data or pa.py_buffer(b"")]
    )


def values(column: pa.Array) -> list[object]:
    """The cells as Python has them; bad UTF-8 becomes lone surrogates, and what Python has no value for an Ellipsis."""
    kind = column.type
    if is_text(kind):
        return [*map(_decoded, as_texts(column).to_pylist())]
    if kind in {pa.list_(pa.string()), pa.large_list(pa.string()), pa.large_list(pa.large_string())}:
        return [cells and [*map(_decoded, cells)] for cells in column.cast(pa.large_list(pa.binary())).to_pylist()]
    try:
        return list(column.to_pylist())
    except (ArithmeticError, NotImplementedError, TypeError, ValueError):  # Arrow's own errors are among these
        return [None if is_null else ... for is_null in column.is_null().to_pylist()]


def cell(column: pa.Array, row: int) -> object:
    """One cell, as `values()` has it."""
    if pa.types.is_dictionary(column.type):
        place = column.indices[row].as_py()
        return None if place is None else cell(column.dictionary, place)
    return values(column.slice(row, 1))[0]


def _decoded(text: bytes | None) -> str | None:
    return None if text is None else text.decode("utf-8", "surrogateescape")


def distinct(column: pa.Array) -> tuple[Codes, list[object]]:
    """A code for each row, and the cells that codes stand for: each different text once, anything else each time."""
    if not is_text(column.type):
        return np.arange(len(column), dtype=np.int32), values(column)
    return distinct_texts(column if has_short_dictionary(column) else as_texts(column).dictionary_encode())


def distinct_at(rows: npt.NDArray[np.int64], column: pa.Array) -> tuple[Codes, list[object]]:
    """The same of some rows alone."""
    if is_text(column.type):
        return distinct(column.take(pa.array(rows)))
    return rows.astype(np.int32), values(column)


def distinct_texts(column: pa.DictionaryArray) -> tuple[Codes, list[object]]:
    """The same of texts, or of what `as_texts()` gives, in a dictionary."""
    return indices(column), [*map(_decoded, as_texts(column.dictionary).to_pylist()), None]


def has_short_dictionary(column: pa.Array) -> bool:
    """Whether a column is in a dictionary no longer than itself: that of a slice may be, much longer."""
    return pa.types.is_dictionary(column.type) and len(column.dictionary) <= len(column)


def indices(column: pa.DictionaryArray) -> Codes:
    """Where in its dictionary the cells of a column stand; a null stands behind the last."""
    found = column.indices.cast(pa.int32())
    if not found.null_count:
        return np.asarray(found)
    valid, data = (
        np.frombuffer(buffer, kind) for buffer, kind in zip(found.buffers(), (np.uint8, np.int32), strict=True)
    )
    rows = slice(found.offset, found.offset + len(found))
    is_there = np.unpackbits(valid, bitorder="little", count=rows.stop)[rows]
    behind = np.int32(len(column.dictionary))
    return (data[rows] - behind) * is_there + behind  # four times as quick as to branch on what cannot be guessed


def at(table: npt.NDArray[Scalar], places: npt.NDArray[np.integer[Any]]) -> npt.NDArray[Scalar]:
    """`table[places]`, quicker: the places are known to be in the table, and numpy need not check."""
    return np.take(table, places, mode="clip")


class Answers:
    """The answer to each key that was ever asked for: small keys are looked up in a table, others by their hash."""

    def __init__(self) -> None:
        self._by_small_key = np.zeros(_SMALL, np.int32)  # one more than the answer, 0 for none yet
        self._by_key: dict[int, int] = {}

    def of(self, keys: npt.NDArray[np.int64], ask: Callable[[int], int]) -> Codes:
        """The answer to each key; *ask* is given a row that has a new key. No answer or key is negative."""
        if keys.max(initial=0) >= _SMALL:
            return self._of_any(keys, ask)
        found = at(self._by_small_key, keys)
        if not found.all():
            (unknown,) = np.nonzero(found == 0)
            different, _, places = _different(keys[unknown])
            for key, row in zip(different, unknown[places].tolist(), strict=True):
                self._by_small_key[key] = ask(row) + 1
            found = at(self._by_small_key, keys)
        found -= 1
        return found

    def _of_any(self, keys: npt.NDArray[np.int64], ask: Callable[[int], int]) -> Codes:
        different, codes, rows = _different(keys)
        for key, row in zip(different, rows.tolist(), strict=True):
            if key not in self._by_key:
                self._by_key[key] = ask(row)
        return at(np.array([self._by_key[key] for key in different], np.int32), codes)


def _different(keys: npt.NDArray[np.int64]) -> tuple[list[int], Codes, npt.NDArray[np.int64]]:
    """The different keys, which of them each row has, and the first row of each: by a hash, for a sort takes longer."""
    encoded = pa.array(keys).dictionary_encode()
    codes = np.asarray(encoded.indices)
    rows = np.empty(len(encoded.dictionary), np.int64)
    rows[codes[::-1]] = np.arange(len(codes))[::-1]  # the first is written last
    return encoded.dictionary.to_pylist(), codes, rows
