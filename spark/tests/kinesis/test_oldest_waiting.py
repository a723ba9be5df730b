"""What the source tells of the oldest record that waits, against what the stream holds behind the end of the newest batch."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import boto3
import pytest

from sluice_spark.handover import Handover
from sluice_spark.kinesis.offset import Offset
from sluice_spark.kinesis.reader import StreamReader
from sluice_spark.progress import QueryIdentity, Standing, idle_progress
from sluice_spark.times import iso_utc
from sluice_spark.told_reader import ToldReader
from tests.embedded import needs_node
from tests.kinesis.sandbox import STREAM, Sandbox, create_stream, put, running_sandbox, wait_until_active

if TYPE_CHECKING:
    from mypy_boto3_kinesis import KinesisClient

pytestmark = [pytest.mark.node, needs_node, pytest.mark.timeout(120)]
IDENTITY = QueryIdentity("q", "r", "name", STREAM, "sink", {})


@pytest.fixture
def sandbox(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Sandbox]:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
    with running_sandbox(tmp_path / "sandbox") as running:
        yield running


def arrivals(client: KinesisClient) -> dict[str, list[int]]:
    """When each record of each shard arrived, as the stream itself says to a client of boto3's own; that of the job reads in its own way."""
    client = boto3.client("kinesis", region_name="us-east-1", endpoint_url=client.meta.endpoint_url)
    found: dict[str, list[int]] = {}
    for shard in client.list_shards(StreamName=STREAM)["Shards"]:
        shard_id = shard["ShardId"]
        found[shard_id] = []
        iterator: str | None = client.get_shard_iterator(
            StreamName=STREAM, ShardId=shard_id, ShardIteratorType="TRIM_HORIZON"
        )["ShardIterator"]
        while iterator is not None:
            page = client.get_records(ShardIterator=iterator)
            if not page["Records"]:
                break
            found[shard_id] += [round(one["ApproximateArrivalTimestamp"].timestamp() * 1000) for one in page["Records"]]
            iterator = page.get("NextShardIterator")
    return found


def oldest_behind(truth: dict[str, list[int]], end: Offset) -> dict[str, str | None]:
    """The oldest record of each shard that is not read to its end, behind an offset."""
    waiting = {shard: truth[shard][at.records :] for shard, at in end.items() if at.position != "SHARD_END"}
    return {shard: iso_utc(times[0]) if times else None for shard, times in waiting.items()}


def told_of(handover: Handover, end: Offset) -> dict[str, str | None]:
    """What the progress says of it, by shard, when the newest batch ended there; shards of which it says nothing are left out."""
    progress = idle_progress(IDENTITY, "", Standing(0, end, None), 0, handover.seen())
    shards = progress["sluice"]["shards"]
    return {shard: entry["oldestWaitingAt"] for shard, entry in shards.items() if "oldestWaitingAt" in entry}


def until_buffered(
    client: KinesisClient, reader: StreamReader, handover: Handover, told: ToldReader, end: Offset
) -> None:
    """Wait until the reader holds all that the stream has: it reads ahead of the batches."""
    newest = max(max(times) for times in arrivals(client).values() if times)
    while True:
        told.tell()
        seen = handover.seen()
        live = {shard for shard, at in end.items() if at.position != "SHARD_END"}
        if set(seen) == live and all(
            one.millis_behind_latest == 0 and one.read_at_ms > newest for one in seen.values()
        ):
            return
        reader.wait_for_records(50)


def test_the_oldest_that_waits_is_the_first_record_behind_the_newest_batch_shard_by_shard(
    sandbox: Sandbox, tmp_path: Path
) -> None:
    client = sandbox.client()
    create_stream(client, 3)
    for wave in range(6):
        put(client, [f"{wave}-{number}" for number in range(40)])
        sandbox.set_forward(61_000)
    truth = arrivals(client)
    assert all(times[-1] - times[0] >= 5 * 61_000 for times in truth.values())
    handover = Handover(str(tmp_path))
    reader = StreamReader(client, STREAM, max_records_per_batch=1_000, now_ms=sandbox.now_ms)
    told = ToldReader(reader, handover)
    try:
        end = told.begin(None, "TRIM_HORIZON", None)
        until_buffered(client, reader, handover, told, end)
        assert told_of(handover, end) == oldest_behind(truth, end)
        batches = read = 0
        while read < 240:
            # A wave and a half at most: batches end within waves, and what waits is the rest of one.
            planned = told.plan(60, 1)
            end, read, batches = planned.end, read + planned.kinesis_records, batches + 1
            assert told_of(handover, end) == oldest_behind(truth, end)
        assert batches >= 4
        assert set(told_of(handover, end).values()) == {None}
        sandbox.set_forward(61_000)
        put(client, [f"more-{number}" for number in range(40)])
        until_buffered(client, reader, handover, told, end)
        assert told_of(handover, end) == oldest_behind(arrivals(client), end)
        assert None not in told_of(handover, end).values()
    finally:
        told.close()


def test_a_reader_that_has_taken_all_says_that_none_waits_and_of_children_what_is_theirs(
    sandbox: Sandbox, tmp_path: Path
) -> None:
    client = sandbox.client()
    create_stream(client, 1)
    put(client, [f"before-{number}" for number in range(30)])
    handover = Handover(str(tmp_path))
    reader = StreamReader(client, STREAM, max_records_per_batch=1_000, now_ms=sandbox.now_ms)
    told = ToldReader(reader, handover)
    try:
        end = told.begin(None, "TRIM_HORIZON", None)
        until_buffered(client, reader, handover, told, end)
        end = told.plan(1_000, 1).end
        assert told_of(handover, end) == {"shardId-000000000000": None}
        client.split_shard(StreamName=STREAM, ShardToSplit="shardId-000000000000", NewStartingHashKey=str(2**127))
        wait_until_active(client)
        sandbox.set_forward(5_000)
        put(client, [f"after-{number}" for number in range(30)])
        deadline = time.monotonic() + 30
        while set(told_of(handover, end)) != {"shardId-000000000001", "shardId-000000000002"}:
            assert time.monotonic() < deadline, told_of(handover, end)
            planned = told.plan(1, 50)
            end = planned.end
        until_buffered(client, reader, handover, told, end)
        truth = arrivals(client)
        assert told_of(handover, end) == oldest_behind(truth, end)
        assert set(told_of(handover, end).values()) != {None}
    finally:
        told.close()
