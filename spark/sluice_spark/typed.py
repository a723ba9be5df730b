"""The rows of a source: each record of the stream, with the fields of its event in their types and why it is invalid, if it is."""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterable, Iterator

import pyarrow as pa
from pyspark.sql.pandas.types import from_arrow_schema
from pyspark.sql.types import StructType

from sluice_spark.rules.judge import arrow_type, judge
from sluice_spark.spec import PipelineSpec

RECORD_SCHEMA = pa.schema(
    [
        pa.field("_ordinal", pa.int64()),
        pa.field("shardId", pa.string()),
        pa.field("sequenceNumber", pa.string()),
        pa.field("partitionKey", pa.string()),
        pa.field("arrivedAt", pa.timestamp("us")),
        pa.field("data", pa.binary()),
    ]
)
"""Records. `_ordinal` is the place of a record in its batch: shard by shard, each in its order. `arrivedAt` is UTC."""


def typed_schema(spec: PipelineSpec) -> pa.Schema:
    """Name the columns of a row: the record (`_data` is its bytes), `_reason`, and the event's fields.

    Names of ours begin with an underscore: those of a spec never do.
    """
    return pa.schema(
        [
            *(field for field in RECORD_SCHEMA if field.name != "data"),
            pa.field("_data", pa.binary()),
            pa.field("_reason", pa.string()),
            *(pa.field(field.name, arrow_type(field)) for field in spec.event.fields),
        ]
    )


def spark_schema(spec: PipelineSpec) -> StructType:
    """Name the same columns for Spark."""
    return from_arrow_schema(typed_schema(spec), prefer_timestamp_ntz=True)


def typed_records(spec: PipelineSpec, records: pa.RecordBatch) -> pa.RecordBatch:
    """Judge records by what each of them holds."""
    data = records.column("data")
    judged = judge(spec, data.to_pylist())
    columns = [
        *(records.column(field.name) for field in RECORD_SCHEMA if field.name != "data"),
        data,
        judged.reason,
        *(judged.columns[field.name] for field in spec.event.fields),
    ]
    return pa.RecordBatch.from_arrays(columns, schema=typed_schema(spec))


def typing(spec: PipelineSpec) -> Callable[[Iterable[pa.RecordBatch]], Iterator[pa.RecordBatch]]:
    """Make the function that `mapInArrow` needs to judge the records of a source that is not ours, in columns as `RECORD_SCHEMA`."""

    def type_records(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        for batch in batches:
            yield typed_records(spec, batch)

    return type_records


def settle_garbage() -> None:
    """Take what a worker has imported out of the sight of the garbage collector, once.

    Spark's workers collect after every task (pyspark/daemon.py), which with everything that pyarrow and boto3 bring takes longer than a small
    task itself.
    """
    if gc.get_freeze_count() == 0:
        gc.freeze()
