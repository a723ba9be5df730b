"""The reader against the sandbox in a process of its own."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pytest

from sluice_spark.source.kinesis.api import KinesisStream, _keep_body
from sluice_spark.source.kinesis.deaggregate import UserRecord
from sluice_spark.source.kinesis.offset import SHARD_END, offset_from_json, offset_to_json
from sluice_spark.source.kinesis.patience import is_transient
from sluice_spark.source.kinesis.reader import PlannedRead, StreamReader
from sluice_spark.source.kinesis.records import (
    RECORD_SCHEMA,
    UnreadableReplyError,
    arrivals_of,
    page_from_json,
)
from tests.embedded import needs_node
from tests.kinesis.kpl import aggregate
from tests.kinesis.reading import assert_whole, have, keys, read_until, rows
from tests.kinesis.sandbox import STREAM, Sandbox, create_stream, put, running_sandbox, wait_until_active

pytestmark = [pytest.mark.node, needs_node, pytest.mark.timeout(120)]
HOUR_MS = 3_600_000


def test_rows_are_what_was_sent_in_the_order_of_their_shard(
    sandbox: Sandbox, reader_on: Callable[..., StreamReader]
) -> None:
    client = sandbox.client()
    create_stream(client, 2)
    sent = ["", *(f"schlüssel-{n}-🛵" for n in range(1_500))][1:]
    blobs = [bytes([n % 256]) * (n % 7) for n in range(len(sent))]
    numbers = put(client, sent, blobs)
    began_ms = sandbox.now_ms()
    reads = read_until(reader_on(), have(len(sent)), most=400)
    assert len(reads) >= 4
    assert max(read.kinesis_records for read in reads) <= 400
    assert_whole(reads, sent)
    by_number = {row["sequenceNumber"]: row for row in rows(*reads)}
    for key, blob, number in zip(sent, blobs, numbers, strict=True):
        row = by_number[number]
        assert (row["partitionKey"], row["data"], row["subSequenceNumber"]) == (key, blob, 0)
        assert abs(row["arrivedAt"].timestamp() * 1000 - began_ms) < 60_000  # type: ignore[attr-defined]
    for shard_id in reads[-1].end:
        of_shard = [row["sequenceNumber"] for row in rows(*reads) if row["shardId"] == shard_id]
        assert of_shard == [number for number in numbers if number in set(of_shard)]
    size = sum(position.bytes for position in reads[-1].end.values())
    assert size == sum(len(key.encode()) + len(blob) for key, blob in zip(sent, blobs, strict=True))
    assert all(batch.schema == RECORD_SCHEMA for read in reads for _, batch in read.shards)


def test_a_replay_reads_exactly_the_same_records(sandbox: Sandbox, reader_on: Callable[..., StreamReader]) -> None:
    client = sandbox.client()
    create_stream(client, 3)
    sent = [f"key-{n}" for n in range(3_000)]
    put(client, sent[:1_000])
    reader = reader_on()
    reads = read_until(reader, have(1_000), most=300)
    client.split_shard(StreamName=STREAM, ShardToSplit="shardId-000000000000", NewStartingHashKey=str(2**126 // 3))
    wait_until_active(client)
    put(client, sent[1_000:])
    reads += read_until(reader, have(2_000), most=300)
    other = StreamReader(client, STREAM, max_records_per_batch=300)
    for read in reads:
        again = other.replay(offset_from_json(offset_to_json(read.start)), offset_from_json(offset_to_json(read.end)))
        assert pa.Table.from_batches([batch for _, batch in again.shards], RECORD_SCHEMA).equals(
            pa.Table.from_batches([batch for _, batch in read.shards], RECORD_SCHEMA)
        )
        assert (again.kinesis_records, again.user_records) == (read.kinesis_records, read.user_records)
    assert_whole(reads, sent)


def test_resharding_while_reading_loses_nothing_and_reads_parents_before_children(
    sandbox: Sandbox, reader_on: Callable[..., StreamReader]
) -> None:
    client = sandbox.client()
    create_stream(client, 2)
    reader = reader_on()
    sent: list[str] = []
    reads: list[PlannedRead] = []

    def send(count: int) -> None:
        more = [f"order-{len(sent) + n}" for n in range(count)]
        put(client, more)
        sent.extend(more)

    send(700)
    reads += read_until(reader, have(100), most=100)
    client.split_shard(StreamName=STREAM, ShardToSplit="shardId-000000000000", NewStartingHashKey=str(2**125))
    wait_until_active(client)
    send(700)
    client.merge_shards(
        StreamName=STREAM, ShardToMerge="shardId-000000000003", AdjacentShardToMerge="shardId-000000000001"
    )
    wait_until_active(client)
    send(700)
    reads += read_until(reader, lambda more: have(len(sent))(reads + more), most=250)
    assert_whole(reads, sent)
    assert reads[-1].end["shardId-000000000003"].position == SHARD_END
    order = [shard_id for read in reads for shard_id, _ in read.shards]
    for parent, child in (("0", "2"), ("0", "3"), ("3", "4"), ("1", "4")):
        last = max(place for place, shard_id in enumerate(order) if shard_id.endswith(parent))
        first = min(place for place, shard_id in enumerate(order) if shard_id.endswith(child))
        assert last < first, f"{parent} is read before {child}"


def test_aggregates_come_apart_and_positions_count_what_the_stream_counts(
    sandbox: Sandbox, reader_on: Callable[..., StreamReader]
) -> None:
    client = sandbox.client()
    create_stream(client, 2)
    users = [UserRecord(f"user-{n}", None, f"data-{n}".encode()) for n in range(7)]
    damaged = bytearray(aggregate(users[:2]))
    damaged[-1] ^= 1
    # The second one lies where its hash key 0 routed it: in a shard that not all of its users belong to.
    blobs = [b"plain", aggregate(users), bytes(damaged)]
    for blob in blobs:
        client.put_record(StreamName=STREAM, PartitionKey="outer", ExplicitHashKey="0", Data=blob)
    reads = read_until(reader_on(), have(3), most=2)
    found = [(row["partitionKey"], row["subSequenceNumber"], row["data"]) for row in rows(*reads)]
    assert found == [
        ("outer", 0, b"plain"),
        *((user.partition_key, place, user.data) for place, user in enumerate(users)),
        ("outer", 0, bytes(damaged)),
    ]
    numbers = [row["sequenceNumber"] for row in rows(*reads)]
    assert len(set(numbers[1:8])) == 1
    assert (sum(read.kinesis_records for read in reads), sum(read.user_records for read in reads)) == (3, 9)
    assert sum(read.misplaced for read in reads) == 1
    position = reads[-1].end["shardId-000000000000"]
    assert (position.records, position.bytes) == (3, sum(len(blob) + len("outer") for blob in blobs))
    again = StreamReader(client, STREAM, max_records_per_batch=10).replay(reads[0].start, reads[-1].end)
    assert rows(again) == rows(*reads)
    assert (again.kinesis_records, again.user_records, again.misplaced) == (3, 9, 1)


def test_a_restart_goes_on_behind_the_last_record(sandbox: Sandbox, reader_on: Callable[..., StreamReader]) -> None:
    client = sandbox.client()
    create_stream(client, 2)
    sent = [f"key-{n}" for n in range(900)]
    put(client, sent[:600])
    first = reader_on()
    reads = read_until(first, have(200), most=200)
    first.close()
    put(client, sent[600:])
    second = reader_on(reads[-1].end)
    reads += read_until(second, lambda more: have(900)(reads + more))
    assert_whole(reads, sent)
    assert second.gaps() == []


def test_latest_is_frozen_to_the_moment_of_the_first_start(
    sandbox: Sandbox, reader_on: Callable[..., StreamReader]
) -> None:
    client = sandbox.client()
    create_stream(client, 1)
    put(client, ["before"])
    sandbox.set_forward(2_000)
    first = reader_on(None, "LATEST")
    begin = first.plan(10).start
    first.close()
    sandbox.set_forward(2_000)
    put(client, ["after"])
    assert keys(read_until(reader_on(begin), have(1))) == ["after"]


def test_a_killed_sandbox_that_returns_on_its_port_is_waited_for(
    sandbox: Sandbox, reader_on: Callable[..., StreamReader]
) -> None:
    client = sandbox.client()
    create_stream(client, 2)
    sent = [f"key-{n}" for n in range(2_000)]
    put(client, sent[:1_000])
    reader = reader_on()
    reads = read_until(reader, have(300), most=300)
    sandbox.kill()
    deadline = time.monotonic() + 3
    while time.monotonic() < deadline:
        read = reader.plan(300)
        if read.is_empty:
            reader.wait_for_records(200)
        else:
            reads.append(read)
    sandbox.restart()
    put(client, sent[1_000:])
    reads += read_until(reader, lambda more: have(2_000)(reads + more), most=300)
    assert_whole(reads, sent)
    assert reader.gaps() == []


def test_throttling_slows_the_reader_and_loses_nothing(tmp_path: Path) -> None:
    with running_sandbox(tmp_path, limits=True) as sandbox:
        client = sandbox.client()
        create_stream(client, 1)
        blob = b"x" * 900_000
        sent = [f"key-{n}" for n in range(6)]
        put(client, sent, [blob] * len(sent))
        other = client.get_shard_iterator(
            StreamName=STREAM, ShardId="shardId-000000000000", ShardIteratorType="TRIM_HORIZON"
        )["ShardIterator"]
        client.get_records(ShardIterator=other)
        with pytest.raises(client.exceptions.ProvisionedThroughputExceededException):
            client.get_records(ShardIterator=other)
        reader = StreamReader(client, STREAM, max_records_per_batch=100, now_ms=sandbox.now_ms)
        try:
            reader.begin(None, "TRIM_HORIZON")
            assert_whole(read_until(reader, have(len(sent))), sent)
        finally:
            reader.close()


def test_expired_iterators_are_asked_for_again(sandbox: Sandbox, reader_on: Callable[..., StreamReader]) -> None:
    client = sandbox.client()
    create_stream(client, 1)
    put(client, ["one"])
    reader = reader_on()
    reads = read_until(reader, have(1))
    sandbox.set_forward(301_000)
    put(client, ["two"])
    reads += read_until(reader, lambda more: have(2)(reads + more))
    assert_whole(reads, ["one", "two"])
    assert reader.gaps() == []


def test_a_batch_of_aggregates_has_no_more_rows_than_asked_for(
    sandbox: Sandbox, reader_on: Callable[..., StreamReader]
) -> None:
    client = sandbox.client()
    create_stream(client, 2)
    lots = [[UserRecord(f"user-{lot}-{n}", None, b"data") for n in range(40)] for lot in range(60)]
    put(client, [f"lot-{n}" for n in range(60)], [aggregate(lot) for lot in lots])
    reads = read_until(reader_on(), have(60), most=200)
    assert max(read.user_records for read in reads) <= 200
    assert sorted(map(str, keys(reads))) == sorted(user.partition_key for lot in lots for user in lot)
    # One aggregate that is larger than a batch is not cut: a position names a Kinesis record.
    client.put_record(StreamName=STREAM, PartitionKey="outer", Data=aggregate([user for lot in lots for user in lot]))
    (read,) = read_until(reader_on(reads[-1].end), have(1), most=200)
    assert (read.kinesis_records, read.user_records) == (1, 2_400)


def test_a_botocore_that_parses_replies_itself_gives_the_same_page(sandbox: Sandbox) -> None:
    client = sandbox.client()
    create_stream(client, 1)
    put(client, ["schlüssel", "leer"], [b"\0\xff", b""])
    stream = KinesisStream(client, STREAM)
    iterator = stream.iterator_from("shardId-000000000000", "TRIM_HORIZON")
    page = stream.get_records(iterator)
    client.meta.events.unregister("before-parse.kinesis.GetRecords", _keep_body)
    parsed = stream.get_records(iterator)
    assert len(page.records) == 2
    assert parsed.records.equals(page.records)
    assert parsed.millis_behind_latest == page.millis_behind_latest == 0


def test_arrival_times_are_read_to_the_millisecond() -> None:
    times = [1_763_670_000_000 + ms for ms in range(10_000)]
    records = [
        {"SequenceNumber": "1", "PartitionKey": "k", "Data": "", "ApproximateArrivalTimestamp": ms / 1000}
        for ms in times
    ]
    page = page_from_json(json.dumps({"Records": records, "NextShardIterator": None, "MillisBehindLatest": 0}).encode())
    assert list(arrivals_of(page.records)) == times


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b'{"Records":[{}]}', b'{"Records":[{"SequenceNumber":1}]}'])
def test_a_reply_that_was_cut_short_is_read_again(body: bytes) -> None:
    with pytest.raises(UnreadableReplyError) as raised:
        page_from_json(body)
    assert is_transient(raised.value)
