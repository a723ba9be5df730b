"""Rows that are many to Spark and cheap: of each record only what the SQL of the spec asks for, while all columns of many records ride along packed.

Spark turns every value of a column into a row's and back, in Java; most columns of a sink are fields as they are, and need none of that. Each
record stays a row of its own, so that Spark counts records. The pack of some records is in the first of their rows; whoever settles the batch takes
it apart (settle.py), and sees by the ordinals that no row and no pack is missing.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from functools import cache

import pyarrow as pa
from pyspark.sql.pandas.types import from_arrow_schema
from pyspark.sql.types import StructType

from sluice_spark.spec import PipelineSpec, SinkColumn
from sluice_spark.typed import typed_records, typed_schema

BATCH_ID = "batchId"
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_COMPRESSED = pa.ipc.IpcWriteOptions(compression="lz4")


@cache
def asked_columns(spec: PipelineSpec) -> tuple[SinkColumn, ...]:
    """Give the columns of the sink that are more than a field as it is: Spark has to compute them."""
    names = {BATCH_ID, *typed_schema(spec).names}
    return tuple(column for column in spec.sink.columns if column.expression.strip() not in names)


def asks_spark(spec: PipelineSpec) -> bool:
    """Say whether the spec has SQL for Spark: a rule over several fields, or a column that is more than a field."""
    return bool(spec.event.checks or asked_columns(spec))


@cache
def packed_schema(spec: PipelineSpec) -> pa.Schema:
    """Name the columns of a row: `_ordinal`, `_packed`, and when there is SQL the columns of `typed.typed_schema` that it may use."""
    texts = [check.expression for check in spec.event.checks] + [column.expression for column in asked_columns(spec)]
    # Spark does not mind the case of a name; a word that is not the name of a column names none.
    words = {word.lower() for text in texts for word in _NAME.findall(text)}
    asked = [
        field
        for field in typed_schema(spec)
        if asks_spark(spec) and (field.name in ("_reason", spec.event.time) or field.name.lower() in words)
    ]
    return pa.schema(
        [
            pa.field("_ordinal", pa.int64()),
            *(field for field in asked if field.name != "_ordinal"),
            pa.field("_packed", pa.binary()),
        ]
    )


def spark_packed_schema(spec: PipelineSpec) -> StructType:
    """Name the same columns for Spark."""
    return from_arrow_schema(packed_schema(spec), prefer_timestamp_ntz=True)


def packed_records(spec: PipelineSpec, records: pa.RecordBatch) -> pa.RecordBatch:
    """Judge records by what each of them holds, and pack them."""
    typed = typed_records(spec, records)
    schema = packed_schema(spec)
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, typed.schema, options=_COMPRESSED) as writer:
        writer.write_batch(typed)
    packs = pa.array([sink.getvalue().to_pybytes(), *[None] * (typed.num_rows - 1)][: typed.num_rows], pa.binary())
    columns = [packs if field.name == "_packed" else typed.column(field.name) for field in schema]
    return pa.RecordBatch.from_arrays(columns, schema=schema)


def packing(spec: PipelineSpec) -> Callable[[Iterable[pa.RecordBatch]], Iterator[pa.RecordBatch]]:
    """Make the function that `mapInArrow` needs to judge and pack the records of a source that is not ours, in columns as `RECORD_SCHEMA`."""

    def pack_records(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        for batch in batches:
            yield packed_records(spec, batch)

    return pack_records


def unpacked(spec: PipelineSpec, packs: pa.ChunkedArray) -> pa.Table:
    """Give the columns of `typed.typed_schema` of all records that are in packs."""
    batches = [
        batch for pack in packs.drop_null() for batch in pa.ipc.open_stream(pack.as_buffer()) if batch.num_rows > 0
    ]
    batches.sort(key=lambda batch: batch.column("_ordinal")[0].as_py())
    return pa.Table.from_batches(batches, typed_schema(spec))
