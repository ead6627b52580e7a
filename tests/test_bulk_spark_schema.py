"""What needs pyspark, but no Java."""

from pyspark.sql.types import LongType, StringType, StructType
from tables import RESULTS

from hoiio_numbers import bulk


def test_the_schema_for_spark_has_the_columns_of_the_result_behind_its_own() -> None:
    given = StructType().add("id", LongType()).add("number", StringType())
    assert bulk.spark_schema(given).names == ["id", "given_number", *RESULTS]
