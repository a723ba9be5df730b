"""Records as Arrow columns, and the reply of GetRecords turned into them.

boto3's own parser walks the reply member by member, in Python, which costs more than everything else of a read
together. This takes the whole text through the JSON parser of the standard library (in C) and then column by column.
"""

from __future__ import annotations

import json
from binascii import a2b_base64
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

import pyarrow as pa
import pyarrow.compute as pc

if TYPE_CHECKING:
    from mypy_boto3_kinesis.type_defs import GetRecordsOutputTypeDef

RECORD_SCHEMA = pa.schema(
    [
        pa.field("shardId", pa.string(), nullable=False),
        pa.field("sequenceNumber", pa.string(), nullable=False),
        pa.field("subSequenceNumber", pa.int64(), nullable=False),
        pa.field("partitionKey", pa.string(), nullable=False),
        pa.field("arrivedAt", pa.timestamp("ms", tz="UTC"), nullable=False),
        pa.field("data", pa.binary(), nullable=False),
    ]
)
"""What a batch is made of: rows in the order of their shard.

`subSequenceNumber` counts the user records of a KPL aggregate from 0.
"""

PAGE_SCHEMA = pa.schema(
    [
        pa.field("sequenceNumber", pa.string(), nullable=False),
        pa.field("partitionKey", pa.string(), nullable=False),
        pa.field("arrivedAt", pa.timestamp("ms", tz="UTC"), nullable=False),
        pa.field("data", pa.binary(), nullable=False),
    ]
)
"""Records of one shard as Kinesis gave them."""


class UnreadableReplyError(Exception):
    """A reply of Kinesis is not what its API promises; it may have been cut short."""


@dataclass(frozen=True, slots=True)
class Page:
    """One reply of GetRecords. Without a next iterator the shard is closed, and this was its last page."""

    records: pa.RecordBatch
    next_iterator: str | None
    millis_behind_latest: int


def page_from_reply(reply: GetRecordsOutputTypeDef) -> Page:
    """Turn a reply that boto3 parsed into columns."""
    records = reply["Records"]
    columns = [
        pa.array([record["SequenceNumber"] for record in records], pa.string()),
        pa.array([record["PartitionKey"] for record in records], pa.string()),
        pa.array(
            [round(record["ApproximateArrivalTimestamp"].timestamp() * 1000) for record in records], pa.int64()
        ).cast(PAGE_SCHEMA.field("arrivedAt").type),
        pa.array([record["Data"] for record in records], pa.binary()),
    ]
    # boto3's types promise a next iterator; a closed shard has none.
    next_iterator = cast("str | None", reply.get("NextShardIterator"))
    return Page(
        pa.RecordBatch.from_arrays(columns, schema=PAGE_SCHEMA), next_iterator, reply.get("MillisBehindLatest") or 0
    )


def page_from_json(body: bytes) -> Page:
    """Turn the body of a reply into columns.

    :raises UnreadableReplyError: when it is no reply of GetRecords
    """
    try:
        reply = json.loads(body)
        records = reply["Records"]
        columns = [
            pa.array([record["SequenceNumber"] for record in records], pa.string()),
            pa.array([record["PartitionKey"] for record in records], pa.string()),
            # Seconds with three decimals, whose nearest double is not always on the millisecond.
            pa.array([round(record["ApproximateArrivalTimestamp"] * 1000) for record in records], pa.int64()).cast(
                PAGE_SCHEMA.field("arrivedAt").type
            ),
            pa.array([a2b_base64(record["Data"]) for record in records], pa.binary()),
        ]
        return Page(
            pa.RecordBatch.from_arrays(columns, schema=PAGE_SCHEMA),
            reply.get("NextShardIterator"),
            reply.get("MillisBehindLatest") or 0,
        )
    except (ValueError, LookupError, TypeError, AttributeError, pa.ArrowException) as error:
        raise UnreadableReplyError(f"GetRecords gave a reply that is none ({error!r}): {body[:200]!r}") from error


def arrivals_of(records: pa.RecordBatch) -> Sequence[int]:
    """Give the arrival times of a page, epoch ms, without copying them."""
    column = records.column("arrivedAt")
    if len(column) == 0:
        return ()
    milliseconds = memoryview(column.buffers()[1]).cast("q")
    return cast("Sequence[int]", milliseconds[column.offset : column.offset + len(column)])


def size_of(records: pa.RecordBatch) -> int:
    """Count the bytes of data and partition keys, as Kinesis counts a record."""
    total = pc.add(
        pc.sum(pc.binary_length(records.column("data")), min_count=0),
        pc.sum(pc.binary_length(records.column("partitionKey")), min_count=0),
    )
    return cast("int", total.as_py())


def sequence_number_at(records: pa.RecordBatch, place: int) -> str:
    """Give the sequence number of the record at a place; -1 is the last."""
    return cast("str", records.column("sequenceNumber")[place].as_py())
