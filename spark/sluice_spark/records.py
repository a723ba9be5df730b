"""The rows of a source, as Spark has them: one a record of the stream."""

from __future__ import annotations

from pyspark.sql.types import BinaryType, LongType, StringType, StructField, StructType, TimestampNTZType

RECORDS = StructType(
    [
        StructField("_ordinal", LongType(), nullable=False),
        StructField("shardId", StringType(), nullable=False),
        StructField("sequenceNumber", StringType(), nullable=False),
        StructField("partitionKey", StringType(), nullable=False),
        StructField("arrivedAt", TimestampNTZType(), nullable=False),
        StructField("data", BinaryType(), nullable=False),
    ]
)
"""`_ordinal` is the place of the record in its batch: shard by shard, each in its order. `arrivedAt` is UTC.

Names of ours begin with an underscore: those of a spec never do.
"""
