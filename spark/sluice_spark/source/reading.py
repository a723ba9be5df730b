"""Gives the records of a partition, in the task that has them: judged."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache

import pyarrow as pa
from pyspark.sql.types import StructType

from sluice_spark.batch.duckdb_locked import locked_duckdb
from sluice_spark.batch.records import settle_garbage, unpacked
from sluice_spark.batch.rows import rows_of, rows_schema
from sluice_spark.batch.settle import Settling, settled_parts
from sluice_spark.plan import JobPlan, parse_job_plan
from sluice_spark.source.settings import RecordsPartition


def prepare() -> None:
    """Open what the first partition of a worker would have to wait for."""
    locked_duckdb()


def read_partition(plan_text: str, partition: RecordsPartition) -> Iterator[pa.RecordBatch]:
    """Give the parts of the batch that a partition is, or the rows of its records."""
    settle_garbage()
    plan = _plan_of(plan_text)
    if partition.start is not None:
        yield from settled_parts(unpacked(partition.packs), Settling(plan, partition.start))
        return
    for pack in partition.packs:
        for records in unpacked([pack]).to_batches():
            yield rows_of(plan, records, pack[0])


def schema_of_rows(plan_text: str) -> StructType:
    """Name the columns of judged rows for Spark."""
    return rows_schema(_plan_of(plan_text))


@cache
def _plan_of(text: str) -> JobPlan:
    """Read the plan once a process."""
    return parse_job_plan(text, "the plan")
