"""Files of requests, read and written in parts: CSV, Parquet and JSON lines; `-` is a standard stream.

Nothing is guessed of the cells of a CSV file: all are texts. Rows of JSON lines may have keys and types of their own.
"""

import csv
import json
import os
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, nullcontext
from itertools import islice
from pathlib import Path
from typing import IO, Any, NamedTuple, Protocol

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pacsv
import pyarrow.parquet as pq

from hoiio_numbers.bulk.cells import values
from hoiio_numbers.bulk.frames import mixed, without_surrogates
from hoiio_numbers.bulk.results import SCHEMA, beside

FORMATS = {".csv": "csv", ".parquet": "parquet", ".pq": "parquet", ".jsonl": "jsonl", ".ndjson": "jsonl"}
"""The format of a file, by what its name ends in."""

STANDARD_STREAM = "-"
WHOLE_ROW = "-"
"""What stands in a CSV file for the field of a row as a whole."""

_ROWS = 1 << 16
_BYTES = 1 << 23
_WELL_PACKED = 8  # bytes for each value of a Parquet column, at most: then its dictionary does its work

Row = dict[str, Any]


class Part(NamedTuple):
    """Some rows of a file: what is checked, and all of them, of JSON lines as objects too; *done* is the share read."""

    requests: pa.RecordBatch
    rows: pa.RecordBatch
    objects: list[Row] | None
    done: float | None


class Source(NamedTuple):
    """A file that was opened: its columns, and its parts, which are yet to be read; there is at least one part."""

    names: list[str]
    parts: Iterator[Part]


class Sink(Protocol):
    """Where checked rows are written."""

    def write(self, part: Part, results: pa.RecordBatch) -> None:
        """Write the rows of a part with their results."""

    def close(self) -> None:
        """Write what is to come last."""


def format_of(name: str) -> str:
    """The format of the file *name*, CSV for a standard stream; raises ValueError for a name that tells none."""
    suffix = Path(name).suffix.lower()
    if name == STANDARD_STREAM:
        return "csv"
    if suffix not in FORMATS:
        raise ValueError(f"{name}: a file's name ends in one of {', '.join(FORMATS)}; otherwise tell its format")
    return FORMATS[suffix]


# -- reading -----------------------------------------------------------------------------------------------------------


@contextmanager
def opened(name: str, form: str) -> Iterator[Source]:
    """The file *name*; raises OSError or ValueError for one that cannot be read, then or while its parts are read."""
    if name == STANDARD_STREAM:
        yield _READ[form](sys.stdin.buffer, None)
        return
    with Path(name).open("rb") as file:
        yield _READ[form](file, os.fstat(file.fileno()).st_size)


def _parquet(file: IO[bytes], _size: int | None) -> Source:
    if not file.seekable():
        raise ValueError("Parquet cannot be read from a pipe: give the name of the file")
    metadata = pq.read_metadata(file)
    parquet = pq.ParquetFile(file, read_dictionary=well_packed(metadata))

    def parts() -> Iterator[Part]:
        read = 0
        if not metadata.num_rows:
            yield _empty(parquet.schema_arrow)
            return  # pyarrow before 20 has no batches to give of a file without row groups, and raises
        for rows in parquet.iter_batches(_ROWS):
            read += rows.num_rows
            yield Part(rows, rows, None, read / metadata.num_rows)

    return Source(parquet.schema_arrow.names, parts())


def _empty(schema: pa.Schema) -> Part:
    rows = pa.RecordBatch.from_arrays([pa.nulls(0, kind) for kind in schema.types], schema=schema)
    return Part(rows, rows, None, 1)


def well_packed(metadata: pq.FileMetaData) -> list[str]:
    """The columns whose values stand in dictionaries, as far as the first rows tell."""
    if not metadata.num_row_groups:
        return []
    first = metadata.row_group(0)
    columns = (first.column(place) for place in range(first.num_columns))
    return [
        column.path_in_schema
        for column in columns
        if column.physical_type == "BYTE_ARRAY" and column.total_uncompressed_size <= _WELL_PACKED * column.num_values
    ]


def _csv(file: IO[bytes], size: int | None) -> Source:
    lines = (line.decode("utf-8", "surrogateescape").removeprefix("\ufeff") for line in iter(file.readline, b""))
    names = next(csv.reader(lines), [])
    return Source(names, _csv_parts(file, size, names))


def _csv_parts(file: IO[bytes], size: int | None, names: list[str]) -> Iterator[Part]:
    texts = dict.fromkeys(names, pa.string())
    try:
        reader = pacsv.open_csv(
            file,
            pacsv.ReadOptions(column_names=names, block_size=_BYTES),
            pacsv.ParseOptions(newlines_in_values=True),
            pacsv.ConvertOptions(column_types=texts, check_utf8=False),
        )
    except pa.ArrowInvalid as error:
        if str(error) != "Empty CSV file":  # there is nothing behind the names
            raise
        yield _empty(pa.schema(texts))
    else:
        for rows in reader:
            yield Part(rows, rows, None, size and file.tell() / size)


def _json_lines(file: IO[bytes], size: int | None) -> Source:
    lines = _objects(file)
    first = [*islice(lines, _ROWS)]
    names = [*dict.fromkeys(key for row in first for key in row)]

    def parts() -> Iterator[Part]:
        objects = first
        while objects:
            keys = dict.fromkeys([*names, *(key for row in objects for key in row)])
            cells = {key: [row.get(key) for row in objects] for key in keys}
            yield Part(
                pa.record_batch({key: mixed(values) for key, values in cells.items()}),
                pa.record_batch({key: pa.array(map(_as_text, cells[key]), pa.string()) for key in names}),
                objects,
                size and file.tell() / size,
            )
            objects = [*islice(lines, _ROWS)]

    return Source(names, parts())


def _objects(file: IO[bytes]) -> Iterator[Row]:
    for number, line in enumerate(file, 1):
        if line.strip():
            try:
                row = json.loads(line.decode("utf-8-sig", "surrogateescape"))
            except (RecursionError, ValueError):
                row = None
            if not isinstance(row, dict):
                raise ValueError(f"line {number} is no JSON object")
            yield row


def _as_text(value: object) -> str | None:
    return value if value is None else without_surrogates(value if isinstance(value, str) else json.dumps(value))


_READ: Mapping[str, Callable[[IO[bytes], int | None], Source]] = {
    "csv": _csv,
    "jsonl": _json_lines,
    "parquet": _parquet,
}


# -- writing -----------------------------------------------------------------------------------------------------------


@contextmanager
def written(name: str, form: str) -> Iterator[Sink]:
    """Where the file *name* is written: it is there, and replaces another, once all of it is written.

    A pipe or a device is written as it is.
    """
    path = Path(name)
    if name == STANDARD_STREAM or (path.exists() and not path.is_file()):
        with nullcontext(sys.stdout.buffer) if name == STANDARD_STREAM else path.open("wb") as file:
            sink = _WRITE[form](file)
            yield sink
            sink.close()
            file.flush()
        return
    unfinished = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        with unfinished.open("xb") as file:
            sink = _WRITE[form](file)
            yield sink
            sink.close()
        unfinished.replace(path)
    finally:
        unfinished.unlink(missing_ok=True)


def _whole(part: Part, results: pa.RecordBatch, plain: Callable[[pa.Array], pa.Array]) -> pa.RecordBatch:
    """The rows of a part with their results as one batch."""
    names = part.rows.schema.names
    if late := [key for key in (part.requests.schema.names if part.objects else ()) if key not in names]:
        raise ValueError(f"a row has the key {late[0]!r}, which none of the first {_ROWS:,} has: write JSON lines")
    columns = [plain(column) for column in (*part.rows.columns, *results.columns)]
    return pa.record_batch(columns, names=[*beside(names), *SCHEMA.names])


class _Csv:
    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self._writer: Any = None

    def write(self, part: Part, results: pa.RecordBatch) -> None:
        whole = _whole(part, results, _as_csv)
        self._writer = self._writer or pacsv.CSVWriter(self._file, whole.schema)
        self._writer.write_batch(whole)

    def close(self) -> None:
        self._writer.close()


def _as_csv(column: pa.Array) -> pa.Array:
    """A column as texts: lists of words with spaces between them, and anything else that is nested as JSON."""
    kind = column.type
    if kind == SCHEMA.field("codes").type:
        words = pc.fill_null(column.values.cast(pa.string()), WHOLE_ROW)
        lists = pa.ListArray.from_arrays(column.offsets, words)
        return pc.binary_join(lists, " ")
    if pa.types.is_dictionary(kind):
        return _as_csv(column.dictionary_decode())
    if pa.types.is_nested(kind):
        return pa.array([_as_text(json.dumps(cell, default=str)) for cell in values(column)], pa.string())
    return column


class _Parquet:
    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self._writer: Any = None

    def write(self, part: Part, results: pa.RecordBatch) -> None:
        whole = _whole(part, results, lambda column: column)
        self._writer = self._writer or pq.ParquetWriter(self._file, whole.schema)
        self._writer.write_batch(whole)

    def close(self) -> None:
        self._writer.close()


class _JsonLines:
    def __init__(self, file: IO[bytes]) -> None:
        self._file = file

    def write(self, part: Part, results: pa.RecordBatch) -> None:
        rows = part.objects or _rows(part.rows)
        for row, result in zip(rows, _rows(results), strict=True):
            kept = dict(zip(beside([*row]), row.values(), strict=True))
            self._file.write(json.dumps({**kept, **result}, default=str).encode() + b"\n")

    def close(self) -> None:
        """Every line is written already."""


def _rows(batch: pa.RecordBatch) -> list[Row]:
    cells = zip(*map(values, batch.columns), strict=True)
    return [dict(zip(batch.schema.names, row, strict=True)) for row in cells]


_WRITE: Mapping[str, Callable[[IO[bytes]], Sink]] = {"csv": _Csv, "jsonl": _JsonLines, "parquet": _Parquet}
