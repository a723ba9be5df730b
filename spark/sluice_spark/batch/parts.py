"""How Spark sees a batch that is settled."""

from __future__ import annotations

from pyspark.sql.types import BinaryType, StringType, StructField, StructType

PARTS_SCHEMA = StructType([StructField("what", StringType()), StructField("body", BinaryType())])
"""A settled batch as rows of Spark: `counted` (JSON), `staged` and each kind of quarantine, where there is one."""
