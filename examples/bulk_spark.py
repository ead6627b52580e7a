"""A portfolio past one machine: Apache Spark reads it, hoiio-numbers decides it on every core, Spark writes it.

python examples/bulk_spark.py portfolio.parquet checked.parquet
"""

import sys

from pyspark.sql import DataFrame, SparkSession
from pyspark.sql.functions import desc, explode

from hoiio_numbers import bulk


def check(frame: DataFrame) -> DataFrame:
    """The frame with the columns of the result, row by row."""
    return frame.mapInArrow(bulk.spark_batches, bulk.spark_schema(frame.schema))


def main(source: str, target: str) -> None:
    """Check the Parquet files at *source* into *target*, and say what is wrong."""
    spark = SparkSession.builder.getOrCreate()
    check(spark.read.parquet(source)).write.parquet(target)
    codes = spark.read.parquet(target).select(explode("codes").alias("code"))
    codes.groupBy("code").count().sort(desc("count")).show(truncate=False)


if __name__ == "__main__":
    main(*sys.argv[1:])
