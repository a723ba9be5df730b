"""The records of a batch, as they go from the source to the task that judges them, and as the plan's SQL reads them."""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterable, Iterator
from typing import Any, cast

import pyarrow as pa
from pyspark.sql.types import BinaryType, LongType, StructField, StructType

RECORD_SCHEMA = pa.schema(
    [
        pa.field("shardId", pa.string()),
        pa.field("sequenceNumber", pa.string()),
        pa.field("partitionKey", pa.string()),
        pa.field("arrivedAt", pa.timestamp("us")),
        pa.field("data", pa.binary()),
    ]
)
"""Records, in their order: shard by shard, each in its order. `arrivedAt` is UTC."""

PACK_SCHEMA = pa.schema([pa.field("_ordinal", pa.int64()), pa.field("_records", pa.binary())])
"""What Spark sees of records: packs of some thousand, each the number of its first record and a compressed stream of
Arrow.

A batch has few packs, so what Spark does for each row it does a few times.
"""
SPARK_PACK_SCHEMA = StructType([StructField("_ordinal", LongType()), StructField("_records", BinaryType())])
_COMPRESSED = pa.ipc.IpcWriteOptions(compression="zstd")
"""Packs of orders are half as large as with lz4, and packing them takes as long."""


def packed(records: pa.RecordBatch) -> bytes:
    """Pack records."""
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, records.schema, options=_COMPRESSED) as writer:
        writer.write_batch(records)
    return cast("bytes", sink.getvalue().to_pybytes())


def unpacked(packs: Iterable[tuple[int, bytes]]) -> pa.Table:
    """Give the records of packs, in the order of their first ordinals."""
    in_order = sorted(packs, key=lambda pack: pack[0])
    streams = (pa.ipc.open_stream(pa.py_buffer(stream)).read_next_batch() for _, stream in in_order)
    return pa.Table.from_batches(streams, RECORD_SCHEMA)


def pack_rows(packs: Iterable[tuple[int, bytes]]) -> pa.RecordBatch:
    """Give packs as the rows that Spark sees."""
    ordinals, streams = zip(*packs, strict=True)
    return pa.RecordBatch.from_arrays(
        [pa.array(ordinals, pa.int64()), pa.array(streams, pa.binary())], schema=PACK_SCHEMA
    )


def packing() -> Callable[[Iterable[pa.RecordBatch]], Iterator[pa.RecordBatch]]:
    """Make the function that `mapInArrow` needs to pack the records of a source that is not ours.

    Columns: `_ordinal`, then those of `RECORD_SCHEMA`.
    """

    def pack_records(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        for batch in batches:
            if batch.num_rows > 0:
                yield pack_rows([(batch.column("_ordinal")[0].as_py(), packed(records_of(batch)))])

    return pack_records


def records_of(batch: pa.RecordBatch) -> pa.RecordBatch:
    """Give the columns of `RECORD_SCHEMA` of a batch that Spark gave."""
    return pa.RecordBatch.from_arrays(
        [batch.column(field.name).cast(field.type) for field in RECORD_SCHEMA], schema=RECORD_SCHEMA
    )


def raw_table(records: pa.Table) -> pa.Table:
    """Give records as the table `raw` that the plan's SQL reads (shared/job/plan.ts)."""
    count = len(records)
    texts, is_utf8 = _texts(records["data"])
    return pa.table(
        {
            "ordinal": pa.array(range(count), pa.int32()),
            "partition_id": records["shardId"],
            "record_offset": records["sequenceNumber"],
            "partition_key": records["partitionKey"],
            "arrived_at": records["arrivedAt"],
            "data": texts,
            "is_utf8": is_utf8,
        }
    )


def _texts(data: pa.ChunkedArray) -> tuple[Any, Any]:
    """Give the data as text, '' for what is not UTF-8, and which is."""
    try:
        return data.cast(pa.string()), pa.repeat(pa.scalar(True), len(data))
    except pa.ArrowInvalid:
        texts = [_text(value) for value in data.to_pylist()]
        return pa.array([text or "" for text in texts], pa.string()), pa.array(
            [text is not None for text in texts], pa.bool_()
        )


def _text(value: bytes) -> str | None:
    try:
        return value.decode("utf-8")
    except UnicodeDecodeError:
        return None


def settle_garbage() -> None:
    """Take what a worker has imported out of the sight of the garbage collector, once.

    Spark's workers collect after every task (pyspark/daemon.py), which with everything that pyarrow and boto3 bring
    takes longer than a small task itself.
    """
    if gc.get_freeze_count() == 0:
        gc.freeze()
