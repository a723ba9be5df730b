"""Reads again exactly the records between two recorded positions of a shard.

They are immutable: a count and the last number say all.
"""

from __future__ import annotations

import time

import pyarrow as pa
from botocore.exceptions import ClientError

from sluice_spark.source.kinesis.api import MOST_RECORDS, KinesisStream
from sluice_spark.source.kinesis.offset import TRIM_HORIZON, ShardPosition
from sluice_spark.source.kinesis.patience import error_code, patiently
from sluice_spark.source.kinesis.records import PAGE_SCHEMA, Page, sequence_number_at
from sluice_spark.source.kinesis.shard_reader import BEHIND_GAP_S


class RecordsGoneError(Exception):
    """Records that must be read again are no longer in the stream."""


def read_exactly(
    stream: KinesisStream, shard_id: str, start: ShardPosition | None, end: ShardPosition
) -> pa.RecordBatch:
    """Read the records behind `start` (None: from the beginning of the shard) up to `end`.

    :raises RecordsGoneError: when some are not there any more
    """
    begin = start or ShardPosition(TRIM_HORIZON)
    wanted = end.records - begin.records
    pages = [pa.RecordBatch.from_pylist([], schema=PAGE_SCHEMA)]
    last = begin.last_sequence_number
    iterator: str | None = None
    while wanted > 0:
        began_s = time.monotonic()
        try:
            at = iterator or patiently(lambda: _iterator(stream, shard_id, begin.position, last))  # noqa: B023
            page = patiently(lambda: stream.get_records(at, min(MOST_RECORDS, wanted + 1)))  # noqa: B023
        except ClientError as error:
            if error_code(error) == "ExpiredIteratorException":
                iterator = None
                continue
            if error_code(error) == "ResourceNotFoundException":
                break
            raise
        records = _behind(page.records, last).slice(0, wanted)
        if len(records) > 0:
            pages.append(records)
            last = sequence_number_at(records, -1)
            wanted -= len(records)
        iterator = page.next_iterator
        if iterator is None or _is_at_the_tip(page):
            break
        if wanted > 0:
            time.sleep(max(0.0, began_s + BEHIND_GAP_S - time.monotonic()))
    if wanted > 0 or (len(pages) > 1 and last != end.last_sequence_number):
        raise RecordsGoneError(_gone_message(stream, shard_id, begin, end, found=sum(map(len, pages))))
    return pa.concat_batches(pages)


def _iterator(stream: KinesisStream, shard_id: str, position: str, last: str | None) -> str:
    return stream.iterator_from(shard_id, position) if last is None else stream.iterator_at(shard_id, last)


def _behind(records: pa.RecordBatch, last: str | None) -> pa.RecordBatch:
    """Leave out the record that was read before; the iterator begins with it, if it is still there."""
    begins_with_last = last is not None and len(records) > 0 and sequence_number_at(records, 0) == last
    return records.slice(1) if begins_with_last else records


def _is_at_the_tip(page: Page) -> bool:
    return len(page.records) == 0 and page.millis_behind_latest == 0


def _gone_message(stream: KinesisStream, shard_id: str, begin: ShardPosition, end: ShardPosition, found: int) -> str:
    hours = patiently(stream.retention_ms) / 3_600_000
    return (
        f"{shard_id} of {stream.name}: the batch to be read again has {end.records - begin.records} records behind "
        f"{begin.resume_at} up to {end.last_sequence_number}; {found} are there, and not all of them the same. "
        f"The stream keeps records for {hours:g} h: they expired before the batch was committed, or the stream was "
        "created again. Begin with a new checkpoint, or restore the records from where they came."
    )
