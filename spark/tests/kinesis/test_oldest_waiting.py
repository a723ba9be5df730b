"""What the source reports of the oldest waiting record, against what the stream holds behind the newest batch."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import boto3
import pytest

from sluice_spark.report.progress import QueryIdentity, Standing, idle_progress
from sluice_spark.source.handover import Handover
from sluice_spark.source.kinesis.offset import Offset
from sluice_spark.source.kinesis.reader import StreamReader
from sluice_spark.source.reporting_reader import ReportingReader
from sluice_spark.times import iso_utc
from tests.embedded import needs_node
from tests.kinesis.sandbox import STREAM, Sandbox, create_stream, put, wait_until_active

if TYPE_CHECKING:
    from mypy_boto3_kinesis import KinesisClient

pytestmark = [pytest.mark.node, needs_node, pytest.mark.timeout(120)]
IDENTITY = QueryIdentity(query_id="q", run_id="r", name="name", stream=STREAM, sink="sink", application={})


@dataclass
class Query:
    """A reader that reports what it sees, as that of a query does, and where the newest batch ended."""

    reader: StreamReader
    reporting: ReportingReader
    handover: Handover
    end: Offset = field(default_factory=dict)

    def oldest_waiting(self) -> dict[str, str | None]:
        """What the progress says of the oldest record that waits, by shard.

        Shards of which it says nothing are left out.
        """
        progress = idle_progress(IDENTITY, "", Standing(0, self.end, None), 0, self.handover.seen())
        shards = progress["sluice"]["partitions"]
        return {shard: entry["oldestWaitingAt"] for shard, entry in shards.items() if "oldestWaitingAt" in entry}

    def until_buffered(self, client: KinesisClient) -> None:
        """Wait until the reader holds all that the stream has: it reads ahead of the batches."""
        newest = max(max(times) for times in arrivals(client).values() if times)
        while True:
            self.reporting.report()
            seen = self.handover.seen()
            live = {shard for shard, at in self.end.items() if at.position != "SHARD_END"}
            if set(seen) == live and all(
                one.millis_behind_latest == 0 and one.read_at_ms > newest for one in seen.values()
            ):
                return
            self.reader.wait_for_records(50)


@pytest.fixture
def begin(sandbox: Sandbox, tmp_path: Path) -> Iterator[Callable[[], Query]]:
    opened: list[ReportingReader] = []

    def begin_query() -> Query:
        handover = Handover(str(tmp_path))
        reader = StreamReader(sandbox.client(), STREAM, max_records_per_batch=1_000, now_ms=sandbox.now_ms)
        reporting = ReportingReader(reader, handover)
        opened.append(reporting)
        return Query(reader, reporting, handover, reporting.begin(None, "TRIM_HORIZON", None))

    yield begin_query
    for reporting in opened:
        reporting.close()


def arrivals(client: KinesisClient) -> dict[str, list[int]]:
    """When each record of each shard arrived, as the stream itself says to a client of boto3's own.

    That of the job reads in its own way.
    """
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


def test_the_oldest_that_waits_is_the_first_record_behind_the_newest_batch_shard_by_shard(
    sandbox: Sandbox, begin: Callable[[], Query]
) -> None:
    client = sandbox.client()
    create_stream(client, 3)
    for wave in range(6):
        put(client, [f"{wave}-{number}" for number in range(40)])
        sandbox.set_forward(61_000)
    truth = arrivals(client)
    assert all(times[-1] - times[0] >= 5 * 61_000 for times in truth.values())
    query = begin()
    query.until_buffered(client)
    assert query.oldest_waiting() == oldest_behind(truth, query.end)
    batches = read = 0
    while read < 240:
        # A wave and a half at most: batches end within waves, and what waits is the rest of one.
        planned = query.reporting.plan(60, 1)
        query.end, read, batches = planned.end, read + planned.kinesis_records, batches + 1
        assert query.oldest_waiting() == oldest_behind(truth, query.end)
    assert batches >= 4
    assert set(query.oldest_waiting().values()) == {None}
    sandbox.set_forward(61_000)
    put(client, [f"more-{number}" for number in range(40)])
    query.until_buffered(client)
    assert query.oldest_waiting() == oldest_behind(arrivals(client), query.end)
    assert None not in query.oldest_waiting().values()


def test_a_reader_that_has_taken_all_says_that_none_waits_and_of_children_what_is_theirs(
    sandbox: Sandbox, begin: Callable[[], Query]
) -> None:
    client = sandbox.client()
    create_stream(client, 1)
    put(client, [f"before-{number}" for number in range(30)])
    query = begin()
    query.until_buffered(client)
    query.end = query.reporting.plan(1_000, 1).end
    assert query.oldest_waiting() == {"shardId-000000000000": None}
    client.split_shard(StreamName=STREAM, ShardToSplit="shardId-000000000000", NewStartingHashKey=str(2**127))
    wait_until_active(client)
    sandbox.set_forward(5_000)
    put(client, [f"after-{number}" for number in range(30)])
    deadline = time.monotonic() + 30
    while set(query.oldest_waiting()) != {"shardId-000000000001", "shardId-000000000002"}:
        assert time.monotonic() < deadline, query.oldest_waiting()
        query.end = query.reporting.plan(1, 50).end
    query.until_buffered(client)
    assert query.oldest_waiting() == oldest_behind(arrivals(client), query.end)
    assert set(query.oldest_waiting().values()) != {None}
