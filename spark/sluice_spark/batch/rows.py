"""Judged rows, one a record, for queries whose late and repeated rows Spark's own operators find (durable_query.py)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from functools import cache

import pyarrow as pa
import pyarrow.compute as pc
from pyspark.sql.pandas.types import from_arrow_schema
from pyspark.sql.types import StructType

from sluice_spark.batch.judge import judged_rows
from sluice_spark.batch.records import RECORD_SCHEMA, records_of
from sluice_spark.plan import JobPlan

INVALID, VALID = "invalid", "valid"
RECORD_COLUMNS = tuple(f"_{field.name}" for field in RECORD_SCHEMA)
"""The record of a row that is invalid."""


def rows_of(plan: JobPlan, records: pa.RecordBatch, first_ordinal: int) -> pa.RecordBatch:
    """Judge records one by one: in columns as `rows` of shared/job/plan.ts has them, then `RECORD_COLUMNS`.

    Names of ours begin with an underscore: those of a spec never do.
    """
    table = pa.Table.from_batches([records])
    rows = judged_rows(plan, table)
    ordinals = pc.add(rows["_ordinal"].cast(pa.int64()), first_ordinal)
    rows = rows.set_column(rows.column_names.index("_ordinal"), "_ordinal", ordinals)
    is_invalid = pc.equal(rows["_verdict"], INVALID)
    for name in table.column_names:
        rows = rows.append_column(f"_{name}", pc.if_else(is_invalid, table[name], None))
    return pa.RecordBatch.from_arrays([column.combine_chunks() for column in rows.columns], schema=rows.schema)


@cache
def rows_schema(plan: JobPlan) -> StructType:
    """Name the columns for Spark: DuckDB says their types."""
    nothing = pa.RecordBatch.from_pylist([], schema=RECORD_SCHEMA)
    return from_arrow_schema(rows_of(plan, nothing, 0).schema, prefer_timestamp_ntz=True)


def judging_rows(plan: JobPlan) -> Callable[[Iterable[pa.RecordBatch]], Iterator[pa.RecordBatch]]:
    """Make the function that `mapInArrow` needs to judge the records of a source that is not ours.

    Columns: `_ordinal`, then those of `RECORD_SCHEMA`.
    """

    def judge_rows(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        for batch in batches:
            if batch.num_rows > 0:
                yield rows_of(plan, records_of(batch), batch.column("_ordinal")[0].as_py())

    return judge_rows
