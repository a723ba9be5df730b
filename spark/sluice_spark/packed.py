"""Rows that are many to Spark and cheap: of each record only what the SQL of the spec asks for, while all columns of many records ride along packed.

Spark turns every value of a column into a row's and back, in Java; most columns of a sink are fields as they are, and need none of that. Each
record stays a row of its own, so that Spark counts records. The pack of some records is in the first of their rows: the records as the source had
them, and their fields. Whoever settles the batch takes it apart (settle.py), and sees by the ordinals that no row and no pack is missing.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import cache

import pyarrow as pa
from pyspark.sql.pandas.types import from_arrow_schema
from pyspark.sql.types import StructType

from sluice_spark.spec import PipelineSpec, SinkColumn
from sluice_spark.typed import RECORD_SCHEMA, typed_records, typed_schema

BATCH_ID = "batchId"
PACKS = ("_records", "_fields")
_RECORD_NAMES = [field.name for field in RECORD_SCHEMA if field.name not in ("_ordinal", "data")]
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_COMPRESSED = pa.ipc.IpcWriteOptions(compression="lz4")


@cache
def asked_columns(spec: PipelineSpec) -> tuple[SinkColumn, ...]:
    """Give the columns of the sink that are more than a field as it is: Spark has to compute them."""
    names = {BATCH_ID, *_RECORD_NAMES, *(field.name for field in spec.event.fields)}
    return tuple(column for column in spec.sink.columns if column.expression.strip() not in names)


def asks_spark(spec: PipelineSpec) -> bool:
    """Say whether the spec has SQL for Spark: a rule over several fields, or a column that is more than a field."""
    return bool(spec.event.checks or asked_columns(spec))


@cache
def packed_schema(spec: PipelineSpec) -> pa.Schema:
    """Name the columns of a row: `_ordinal`, the pack (`_records` and `_fields`), and what SQL of the spec may use of `typed.typed_schema`."""
    texts = [check.expression for check in spec.event.checks] + [column.expression for column in asked_columns(spec)]
    # Spark does not mind the case of a name; a word that is not the name of a column names none.
    words = {word.lower() for text in texts for word in _NAME.findall(text)}
    asked = [
        field
        for field in typed_schema(spec)
        if asks_spark(spec) and (field.name in ("_reason", spec.event.time) or field.name.lower() in words)
    ]
    packs = (pa.field(name, pa.binary()) for name in PACKS)
    return pa.schema([pa.field("_ordinal", pa.int64()), *packs, *(one for one in asked if one.name != "_ordinal")])


def spark_packed_schema(spec: PipelineSpec) -> StructType:
    """Name the same columns for Spark."""
    return from_arrow_schema(packed_schema(spec), prefer_timestamp_ntz=True)


def write_stream(batch: pa.RecordBatch) -> bytes:
    """Write a batch as a compressed stream of Arrow."""
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, batch.schema, options=_COMPRESSED) as writer:
        writer.write_batch(batch)
    stream: bytes = sink.getvalue().to_pybytes()
    return stream


def read_stream(stream: bytes, columns: Sequence[str] | None = None) -> pa.RecordBatch:
    """Read the batch of a stream, or only some of its columns: of the others nothing is decompressed."""
    buffer = pa.py_buffer(stream)
    if columns is None:
        return pa.ipc.open_stream(buffer).read_next_batch()
    with pa.ipc.open_stream(buffer) as reader:
        names = reader.schema.names
    options = pa.ipc.IpcReadOptions(included_fields=[names.index(name) for name in columns])
    return pa.ipc.open_stream(buffer, options=options).read_next_batch()


def packed_records(spec: PipelineSpec, stream: bytes) -> pa.RecordBatch:
    """Judge the records of a stream, in columns as `RECORD_SCHEMA`, by what each of them holds, and pack them."""
    typed = typed_records(spec, read_stream(stream))
    fields = write_stream(typed.select(_field_names(spec)))
    count = typed.num_rows
    packs = dict(zip(PACKS, (_in_first_row(stream, count), _in_first_row(fields, count)), strict=True))
    schema = packed_schema(spec)
    columns = [packs[field.name] if field.name in packs else typed.column(field.name) for field in schema]
    return pa.RecordBatch.from_arrays(columns, schema=schema)


def _field_names(spec: PipelineSpec) -> list[str]:
    return ["_reason", *(field.name for field in spec.event.fields)]


def _in_first_row(value: bytes, count: int) -> pa.Array:
    return pa.array([value, *[None] * (count - 1)], pa.binary())


def packing(spec: PipelineSpec) -> Callable[[Iterable[pa.RecordBatch]], Iterator[pa.RecordBatch]]:
    """Make the function that `mapInArrow` needs to judge and pack the records of a source that is not ours, in columns as `RECORD_SCHEMA`."""

    def pack_records(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        for batch in batches:
            if batch.num_rows > 0:
                yield packed_records(spec, write_stream(batch.cast(RECORD_SCHEMA)))

    return pack_records


def unpacked(spec: PipelineSpec, rows: pa.Table) -> pa.Table:
    """Give the columns of `typed.typed_schema`, but for `_data`, of all records that are packed in rows of `packed_schema`."""
    records = ["_ordinal", *_RECORD_NAMES]
    packs = [
        [*read_stream(stream, records).columns, *read_stream(fields).columns]
        for stream, fields in zip(*(rows[name].drop_null() for name in PACKS), strict=True)
    ]
    packs.sort(key=lambda columns: columns[0][0].as_py())
    return pa.table(
        [pa.chunked_array(chunks) for chunks in zip(*packs, strict=True)], names=[*records, *_field_names(spec)]
    )


def unpacked_data(rows: pa.Table) -> pa.Table:
    """Give the columns `_ordinal` and `data` of all records that are packed: most batches have few records whose bytes are asked for again."""
    streams = (read_stream(stream, ["_ordinal", "data"]) for stream in rows["_records"].drop_null())
    return pa.Table.from_batches(streams)
