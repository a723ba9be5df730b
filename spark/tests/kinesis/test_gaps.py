"""The reader where retention took records before they were read, against the sandbox in a process of its own."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pyarrow as pa
import pytest

from sluice_spark.source.kinesis.api import KinesisStream
from sluice_spark.source.kinesis.offset import Offset
from sluice_spark.source.kinesis.reader import StreamReader
from sluice_spark.source.kinesis.records import PAGE_SCHEMA, Page
from sluice_spark.source.kinesis.replay import RecordsGoneError
from sluice_spark.source.kinesis.shard_reader import BufferLimits, ShardReader
from tests.embedded import needs_node
from tests.kinesis.reading import have, keys, read_until
from tests.kinesis.sandbox import STREAM, Sandbox, create_stream, put, wait_until_active

if TYPE_CHECKING:
    from mypy_boto3_kinesis import KinesisClient

pytestmark = [pytest.mark.node, needs_node, pytest.mark.timeout(120)]
HOUR_MS = 3_600_000


def read_the_first_of_two(
    client: KinesisClient, reader_on: Callable[..., StreamReader]
) -> tuple[Offset, dict[str, int]]:
    """Make a stream of one shard, send a record that is read and one that is not.

    Gives the end, and until when the reader had seen all.
    """
    create_stream(client, 1)
    put(client, ["read", "lost"])
    reader = reader_on()
    end = read_until(reader, have(1), most=1)[-1].end
    covered = reader.covered_until_ms()
    reader.close()
    return end, covered


def test_records_that_expired_while_the_query_was_down_are_reported(
    sandbox: Sandbox, reader_on: Callable[..., StreamReader]
) -> None:
    client = sandbox.client()
    end, covered = read_the_first_of_two(client, reader_on)
    sandbox.set_forward(25 * HOUR_MS)
    (number,) = put(client, ["there"])
    for known in (covered, None):
        second = reader_on(end, "TRIM_HORIZON", known)
        assert keys(read_until(second, have(1))) == ["there"]
        (gap,) = second.gaps()
        assert (gap.shard_id, gap.position) == ("shardId-000000000000", end["shardId-000000000000"].position)
        assert gap.first_sequence_number == number
        assert gap.from_ms == (None if known is None else known["shardId-000000000000"])
        assert abs(gap.until_ms - sandbox.now_ms()) < 60_000
        assert second.gaps() == []
        assert end["shardId-000000000000"].position in gap.message()


def test_silence_is_no_gap_when_the_shard_was_read_to_its_end_since(
    sandbox: Sandbox, reader_on: Callable[..., StreamReader]
) -> None:
    client = sandbox.client()
    create_stream(client, 1)
    put(client, ["read"])
    first = reader_on()
    end = read_until(first, have(1))[-1].end
    sandbox.set_forward(23 * HOUR_MS)
    was_read_ms = sandbox.now_ms()
    read_until(first, lambda _: first.covered_until_ms()["shardId-000000000000"] >= was_read_ms)
    covered = first.covered_until_ms()
    first.close()
    sandbox.set_forward(3 * HOUR_MS)
    put(client, ["new"])
    second = reader_on(end, "TRIM_HORIZON", covered)
    assert keys(read_until(second, have(1))) == ["new"]
    assert second.gaps() == []


def test_records_that_expire_under_a_slow_query_are_reported(
    sandbox: Sandbox, reader_on: Callable[..., StreamReader]
) -> None:
    client = sandbox.client()
    create_stream(client, 1)
    count = 45_000
    put(client, [f"key-{n}" for n in range(count)], [b""] * count)
    reader = reader_on()
    reads = read_until(reader, have(1), most=1)
    while len(reader._readers["shardId-000000000000"].waiting().arrivals) < 20_000:
        time.sleep(0.01)
    sandbox.set_forward(25 * HOUR_MS)
    put(client, ["there"])
    reads += read_until(reader, lambda more: "there" in keys(more[-1:]))
    (gap,) = reader.gaps()
    lost = count + 1 - sum(read.kinesis_records for read in reads)
    assert lost > 0
    assert gap.from_ms is not None
    assert gap.from_ms < gap.until_ms


def test_a_closed_shard_that_expired_whole_is_reported_and_its_children_are_read(
    sandbox: Sandbox, reader_on: Callable[..., StreamReader]
) -> None:
    client = sandbox.client()
    end, _ = read_the_first_of_two(client, reader_on)
    client.split_shard(StreamName=STREAM, ShardToSplit="shardId-000000000000", NewStartingHashKey=str(2**127))
    wait_until_active(client)
    sandbox.set_forward(25 * HOUR_MS)
    put(client, ["there"])
    assert len(client.list_shards(StreamName=STREAM)["Shards"]) == 2
    second = reader_on(end)
    reads = read_until(second, have(1))
    assert keys(reads) == ["there"]
    (gap,) = second.gaps()
    assert (gap.shard_id, gap.shard_gone) == ("shardId-000000000000", True)
    assert gap.first_sequence_number is None


def test_a_replay_of_expired_records_says_what_is_gone(
    sandbox: Sandbox, reader_on: Callable[..., StreamReader]
) -> None:
    client = sandbox.client()
    create_stream(client, 1)
    put(client, ["a", "b", "c"])
    first = reader_on()
    read = read_until(first, have(3))[-1]
    first.close()
    sandbox.set_forward(25 * HOUR_MS)
    put(client, ["d", "e", "f"])
    other = StreamReader(client, STREAM, max_records_per_batch=10)
    with pytest.raises(RecordsGoneError) as raised:
        other.replay(read.start, read.end)
    message = str(raised.value)
    assert "shardId-000000000000" in message
    assert str(read.end["shardId-000000000000"].last_sequence_number) in message
    assert "24 h" in message


class StuckIterators(KinesisStream):
    """As AWS was seen to answer (harlow/kinesis-consumer#125): the iterator of an expired record never gets on."""

    stuck = "stuck"

    def iterator_at(self, shard_id: str, sequence_number: str) -> str:  # noqa: ARG002
        return self.stuck

    def get_records(self, iterator: str, limit: int = 10_000) -> Page:
        if iterator != self.stuck:
            return super().get_records(iterator, limit)
        return Page(pa.RecordBatch.from_pylist([], schema=PAGE_SCHEMA), self.stuck, 24 * HOUR_MS)


def test_a_reader_that_stands_before_retention_goes_on_with_the_oldest_record(sandbox: Sandbox) -> None:
    client = sandbox.client()
    create_stream(client, 1)
    (first, _) = put(client, ["there", "too"])
    with reading_shard(StuckIterators(client, STREAM), "49661700000000000", sandbox, most_buffered=100) as reader:
        wait_until_buffered(reader, 2)
        assert reader.first(2).column("partitionKey").to_pylist() == ["there", "too"]
        (gap,) = reader.take_gaps()
        assert (gap.position, gap.first_sequence_number) == ("49661700000000000", first)


def test_records_that_expire_between_two_reads_are_reported(sandbox: Sandbox) -> None:
    client = sandbox.client()
    create_stream(client, 1)
    put(client, [f"key-{n}" for n in range(15_000)], [b""] * 15_000)
    sandbox.set_forward(24 * HOUR_MS - 120_000)
    with reading_shard(KinesisStream(client, STREAM), "TRIM_HORIZON", sandbox, most_buffered=1) as reader:
        wait_until_buffered(reader, 10_000)
        # Less than the life of an iterator, which would go on with what is there, and say nothing.
        sandbox.set_forward(240_000)
        (number,) = put(client, ["there"])
        reader.drop(10_000, 0)
        wait_until_buffered(reader, 1)
        (gap,) = reader.take_gaps()
        assert gap.first_sequence_number == number
        assert gap.from_ms is not None


@contextmanager
def reading_shard(
    stream: KinesisStream, position: str, sandbox: Sandbox, *, most_buffered: int
) -> Iterator[ShardReader]:
    reader = ShardReader(
        stream,
        "shardId-000000000000",
        position,
        covered_until_ms=None,
        limits=BufferLimits(most_buffered, 1_000_000_000),
        retention_ms=lambda: 24 * HOUR_MS,
        is_listed=lambda _: True,
        now_ms=sandbox.now_ms,
        on_change=lambda: None,
    )
    try:
        yield reader
    finally:
        reader.stop()
        reader.join()


def wait_until_buffered(reader: ShardReader, count: int) -> None:
    while len(reader.waiting().arrivals) < count:
        reader.raise_failure()
        time.sleep(0.01)
