"""Columns of Arrow data, whatever their type: as texts side by side, or cell by cell as Python has them."""

from collections.abc import Callable
from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt
import pyarrow as pa

Codes = npt.NDArray[np.int32]
Scalar = TypeVar("Scalar", bound=np.generic)

_FEW = 1 << 16  # keys: so many are counted sooner than hashed


def without_views(column: pa.Array) -> pa.Array:
    """A column of string views as one of large strings, for which Arrow has all its kernels."""
    if pa.types.is_dictionary(column.type):
        return pa.DictionaryArray.from_arrays(column.indices, without_views(column.dictionary))
    return column.cast(pa.large_string()) if pa.types.is_string_view(column.type) else column


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


def asked_once(keys: npt.NDArray[np.int64], answers: dict[int, int], ask: Callable[[int], int]) -> Codes:
    """The answer to each key, from *answers* or else by *ask*, which is given a row with that key and is remembered."""
    codes, different = _coded(keys)
    if not answers.keys() >= set(different.values()):
        a_row = np.empty(max(different) + 1, np.int64)
        a_row[codes] = np.arange(len(codes))
        for code, key in different.items():
            if key not in answers:
                answers[key] = ask(int(a_row[code]))
    found = np.zeros(max(different, default=0) + 1, np.int32)
    found[[*different]] = [answers[key] for key in different.values()]
    return at(found, codes)


def _coded(keys: npt.NDArray[np.int64]) -> tuple[npt.NDArray[np.integer[Any]], dict[int, int]]:
    """A small code for each key, and the key of each code: itself where it is small."""
    if keys.max(initial=0) < _FEW:
        return keys, {key: key for key in np.flatnonzero(np.bincount(keys)).tolist()}
    encoded = pa.array(keys).dictionary_encode()
    return np.asarray(encoded.indices), dict(enumerate(encoded.dictionary.to_pylist()))
