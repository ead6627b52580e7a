"""Apache Spark decides as one machine does: real Spark, in local mode with two workers."""

import runpy
import shutil
import sys
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from soak import SOAK
from tables import ON, RESULTS, as_table, portfolio, results

from hoiio_numbers import bulk

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

ROWS = 1_000_000 if SOAK else 100_000
PART = 20_000
EXAMPLE = Path(__file__).parent.parent / "examples" / "bulk_spark.py"

pytestmark = [
    pytest.mark.long,
    pytest.mark.skipif(shutil.which("java") is None, reason="Spark needs Java"),
    # Spark warns of every release of pandas that is newer than itself, and older ones leave a socket to be closed.
    pytest.mark.filterwarnings(
        "ignore:PySpark does not yet fully support pandas", "ignore:unclosed <socket:ResourceWarning"
    ),
]


@pytest.fixture(scope="module")
def spark() -> "Iterator[SparkSession]":
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYSPARK_PYTHON", sys.executable)
        patch.setenv("SPARK_LOCAL_IP", "127.0.0.1")
        from pyspark.sql import SparkSession

        builder = SparkSession.builder.master("local[2]").config("spark.ui.enabled", "false")
        session = builder.config("spark.sql.execution.arrow.maxRecordsPerBatch", 4096).getOrCreate()
        yield session
        session.stop()


def test_a_portfolio_is_decided_by_two_workers_as_in_this_process(
    spark: "SparkSession", tmp_path: Path, record_property: Callable[[str, object], None]
) -> None:
    tables = [as_table([*portfolio(PART, seed=part)]) for part in range(ROWS // PART)]
    for part, table in enumerate(tables):
        numbered = table.append_column("row", pa.array(range(part * PART, (part + 1) * PART)))
        pq.write_table(numbered, tmp_path / f"{part}.parquet", row_group_size=5000)
    frame = spark.read.parquet(str(tmp_path))
    assert frame.rdd.getNumPartitions() > 1
    checking = frame.mapInArrow(partial(bulk.spark_batches, on=ON), bulk.spark_schema(frame.schema))
    checking.select("row", *RESULTS).write.parquet(str(tmp_path / "checked"))  # for the driver it is too much
    checked = pq.read_table(tmp_path / "checked")
    here = bulk.check_table(pa.concat_tables(tables), on=ON)
    assert results(checked.sort_by("row")) == results(here)
    record_property("count", f"bulk, Spark: {ROWS:,} rows of that portfolio, 0 differences from pyarrow")


def test_the_columns_of_a_frame_stay_and_those_of_the_result_come_behind(spark: "SparkSession") -> None:
    frame = spark.createDataFrame([(7, "+65 6123-4567")], "id long, msisdn string")
    checking = partial(bulk.spark_batches, columns={"number": "msisdn"})
    checked = frame.mapInArrow(checking, bulk.spark_schema(frame.schema))
    assert [row.asDict() for row in checked.collect()] == [
        {
            "id": 7,
            "msisdn": "+65 6123-4567",
            "ok": False,
            "number": "+6561234567",
            "country": "SG",
            "codes": ["request.empty"],
            "fields": [None],
        }
    ]


def test_a_column_that_a_result_is_called_like_is_kept_under_another_name(spark: "SparkSession") -> None:
    schema = spark.createDataFrame([("1", 5)], "number string, country int").schema
    assert bulk.spark_schema(schema).simpleString() == (
        "struct<given_number:string,given_country:int,"
        "ok:boolean,number:string,country:string,codes:array<string>,fields:array<string>>"
    )


def test_the_example_writes_what_it_checked(
    spark: "SparkSession", tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    spark.createDataFrame([("+6561234567",), ("1",), ("2",)], "number string").write.parquet(str(tmp_path / "in"))
    monkeypatch.setattr(sys, "argv", ["bulk_spark.py", str(tmp_path / "in"), str(tmp_path / "out")])
    runpy.run_path(str(EXAMPLE), run_name="__main__")
    assert "|request.empty   |3    |" in capsys.readouterr().out
    assert pq.read_table(tmp_path / "out")["ok"].to_pylist() == [False] * 3
