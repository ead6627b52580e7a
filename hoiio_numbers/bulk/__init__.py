"""Checks whole tables, with the decisions of `check_config()` row by row. It needs the extra `bulk`.

    from hoiio_numbers import bulk

    checked = bulk.check_table(table)            # pyarrow, polars or pandas, and the same comes back
    for batch in bulk.check_batches(batches):    # a stream of record batches
    packed, decisions = bulk.decide(table)       # the decision per row alone

The parameters of a request are found in the columns that are called as the API calls them: `number`, which must be
there, `forward_to`, `forward_sms_to`, `mode`, `country` and `state`; *columns* tells names of your own
(`{"number": "msisdn"}`). A cell may be null, malformed or of any type, and raises nothing. Behind the columns of the
table there come, in the order of its rows:

    ok       bool              whether there is no error
    number   string            in E.164 form; null unless it is usable
    country  string            as `Report.country`; in a dictionary
    codes    list of strings   the codes of the violations, in the order of `Report.violations`; in a dictionary
    fields   list of strings   the field of each; null is the row as a whole; in a dictionary

A column of the table that has one of these names is kept as `given_number`, `given_country` and so on.
"""

from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from functools import partial
from typing import TYPE_CHECKING, NamedTuple, TypeVar

import numpy as np
import pyarrow as pa

from hoiio_numbers.bulk import frames, results
from hoiio_numbers.bulk.cells import Codes
from hoiio_numbers.bulk.kernel import Decision, Kernel, rows_of
from hoiio_numbers.bulk.parameters import columns_of
from hoiio_numbers.bulk.threads import in_order
from hoiio_numbers.check import Checker

if TYPE_CHECKING:
    from pyspark.sql.types import StructType

__all__ = ["Decision", "Decisions", "check_batches", "check_table", "decide", "spark_batches", "spark_schema"]

Table = TypeVar("Table")

_ROWS = 1 << 18  # of a batch: enough for the columns to pay, and few enough for every core to have some


class Decisions(NamedTuple):
    """The decision per row, packed: row `i` has `decisions[packed[i]]`. Which integer stands for which may vary."""

    packed: Codes
    decisions: tuple[Decision, ...]


def check_table(
    table: Table,
    *,
    columns: Mapping[str, str] | None = None,
    checker: Checker | None = None,
    on: date | None = None,
) -> Table:
    """*table* with the columns of the result, as this module's docstring says.

    *table* is a pyarrow Table or RecordBatch, or a DataFrame of polars or pandas, and the same comes back; anything
    else that has Arrow's PyCapsule interface comes back as a pyarrow Table. *checker* decides, by default by the
    packaged data and the library's rules, and by the data of the date *on*, by default today.

    Raises ValueError when a column is missing or cannot be kept, TypeError for what is no table or no date.
    """
    frame = frames.of(table)
    taken, names = columns_of(frame.names, columns), results.beside(frame.names)
    kernel = Kernel(checker or Checker(), on)
    batches = frame.arrow(taken).to_batches(max_chunksize=_ROWS)
    checked = pa.Table.from_batches(in_order(partial(_result, kernel), batches), results.SCHEMA)
    joined: Table = frame.beside(checked, names)
    return joined


def check_batches(
    batches: Iterable[pa.RecordBatch],
    *,
    columns: Mapping[str, str] | None = None,
    checker: Checker | None = None,
    on: date | None = None,
) -> Iterator[pa.RecordBatch]:
    """A stream of record batches with the columns of the result: batch by batch, in their order.

    Two batches for each core are read ahead, and checked side by side. Raises what `check_table()` raises,
    once the first batch is asked for.
    """
    return in_order(partial(_checked, Kernel(checker or Checker(), on), columns), batches)


def spark_batches(
    batches: Iterable[pa.RecordBatch],
    *,
    columns: Mapping[str, str] | None = None,
    checker: Checker | None = None,
    on: date | None = None,
) -> Iterator[pa.RecordBatch]:
    """The same for Apache Spark's `mapInArrow`: in one thread, for every core has a task, and without dictionaries.

    `frame.mapInArrow(bulk.spark_batches, bulk.spark_schema(frame.schema))` checks a frame.
    """
    kernel = Kernel(checker or Checker(), on)
    return (results.without_dictionaries(_checked(kernel, columns, batch)) for batch in batches)


def spark_schema(schema: "StructType") -> "StructType":
    """What `spark_batches()` makes of a frame with this *schema*; raises ValueError where a column cannot be kept."""
    from pyspark.sql.types import ArrayType, BooleanType, StringType, StructField, StructType

    names = results.beside(schema.names)
    kept = (StructField(name, it.dataType, it.nullable) for name, it in zip(names, schema.fields, strict=True))
    types = {"ok": BooleanType(), "codes": ArrayType(StringType()), "fields": ArrayType(StringType())}
    return StructType([*kept, *(StructField(name, types.get(name, StringType())) for name in results.SCHEMA.names)])


def decide(
    table: object,
    *,
    columns: Mapping[str, str] | None = None,
    checker: Checker | None = None,
    on: date | None = None,
) -> Decisions:
    """The decision per row alone, of any table that `check_table()` takes: quicker, and in four bytes a row.

    A pyarrow RecordBatchReader is read while its rows are decided, and its batches are not kept.
    """
    kernel = Kernel(checker or Checker(), on)
    packed = [*in_order(lambda batch: kernel.decide(rows_of(batch))[0], _requests(table, columns))]
    return Decisions(np.concatenate([np.zeros(0, np.int32), *packed]), kernel.decisions)


def _requests(table: object, columns: Mapping[str, str] | None) -> Iterable[pa.RecordBatch]:
    if isinstance(table, pa.RecordBatchReader):
        taken = columns_of(table.schema.names, columns)
        renamed = (batch.select([*taken.values()]).rename_columns([*taken]) for batch in table)
        return (batch.slice(start, _ROWS) for batch in renamed for start in range(0, len(batch), _ROWS))
    frame = frames.of(table)
    batches: list[pa.RecordBatch] = frame.arrow(columns_of(frame.names, columns)).to_batches(max_chunksize=_ROWS)
    return batches


def _result(kernel: Kernel, batch: pa.RecordBatch) -> pa.RecordBatch:
    packed, numbers = kernel.decide(rows_of(batch))
    return results.batch(kernel.decisions, packed, numbers)


def _checked(kernel: Kernel, columns: Mapping[str, str] | None, batch: pa.RecordBatch) -> pa.RecordBatch:
    frame = frames.of(batch)
    taken, names = columns_of(frame.names, columns), results.beside(frame.names)
    result = _result(kernel, batch.select([*taken.values()]).rename_columns([*taken]))
    whole: pa.RecordBatch = frame.beside(pa.table(result), names)
    return whole
