"""What is published of batches, in which order, however Spark's events and the commits of batches come."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, cast

import pytest

from sluice_spark.report.listener import ProgressListener
from sluice_spark.report.output import Output
from sluice_spark.report.progress import Standing
from sluice_spark.source.handover import Handover, ShardSeen, seen_behind
from sluice_spark.source.kinesis.offset import ShardPosition
from tests.test_progress import END, IDENTITY, SEEN, SPARK, TRIGGER

SHARD = "shardId-000000000000"


class Published:
    """An output that keeps what it is given; it may be made to fail."""

    def __init__(self) -> None:
        self.batches: list[int] = []
        self.idle = 0
        self.fails = False

    def publish_batch(self, progress: dict[str, Any]) -> None:
        if self.fails:
            raise OSError("no S3")
        self.batches.append(progress["batchId"])

    def publish_idle(self, progress: dict[str, Any]) -> None:  # noqa: ARG002
        self.idle += 1


@pytest.fixture
def published() -> Published:
    return Published()


@pytest.fixture
def log() -> list[str]:
    return []


@pytest.fixture
def listener(tmp_path: Any, published: Published, log: list[str]) -> ProgressListener:
    handover = Handover(str(tmp_path))
    handover.write_seen(SEEN)
    standing = Standing(6, END, None)
    output = cast("Output", published)
    return ProgressListener(IDENTITY, output, handover, lambda: standing, trigger_ms=0, log=log.append)


def reported_by_spark(listener: ProgressListener, spark_batch_id: int) -> None:
    listener.query_progressed({**SPARK, "batchId": spark_batch_id})


def idle(listener: ProgressListener) -> None:
    listener.query_idle("2026-11-25T18:00:00.000Z")


def commit(listener: ProgressListener, spark_batch_id: int, batch_id: int) -> None:
    listener.committed(spark_batch_id, replace(TRIGGER, batch_id=batch_id))


def test_a_batch_is_published_when_it_is_committed_and_reported_by_spark_whichever_is_later(
    listener: ProgressListener, published: Published
) -> None:
    listener.judged(0)
    reported_by_spark(listener, 0)
    assert published.batches == []
    assert not listener.wait_until_published(0)
    commit(listener, 0, 7)
    assert published.batches == [7]
    listener.judged(1)
    commit(listener, 1, 8)
    assert published.batches == [7]
    reported_by_spark(listener, 1)
    assert published.batches == [7, 8]
    assert listener.wait_until_published(0)


def test_batches_are_published_in_their_order_and_triggers_that_did_nothing_not_at_all(
    listener: ProgressListener, published: Published
) -> None:
    listener.judged(0)
    listener.judged(2)
    reported_by_spark(listener, 1)
    reported_by_spark(listener, 2)
    commit(listener, 0, 7)
    commit(listener, 2, 8)
    assert published.batches == []
    reported_by_spark(listener, 0)
    assert published.batches == [7, 8]


def test_while_a_batch_is_written_no_idle_trigger_is_published(
    listener: ProgressListener, published: Published
) -> None:
    idle(listener)
    assert published.idle == 1
    listener.judged(0)
    idle(listener)
    reported_by_spark(listener, 0)
    idle(listener)
    assert published.idle == 1
    commit(listener, 0, 7)
    idle(listener)
    assert published.idle == 2


def test_what_cannot_be_published_is_logged_and_holds_nothing_up(
    listener: ProgressListener, published: Published, log: list[str]
) -> None:
    listener.judged(0)
    listener.judged(1)
    published.fails = True
    reported_by_spark(listener, 0)
    commit(listener, 0, 7)
    assert log == ["WARN the progress of batch 7 could not be published: OSError('no S3')"]
    published.fails = False
    reported_by_spark(listener, 1)
    commit(listener, 1, 8)
    assert published.batches == [8]


def test_what_waits_behind_a_batch_is_as_it_was_seen_while_that_was_the_newest() -> None:
    end = {SHARD: ShardPosition("49", 10, 3000, "49"), "quiet": ShardPosition("5", 2, 20, "5")}
    before = {SHARD: ShardSeen(0, 100, 90, 10), "quiet": ShardSeen(0, 100, None, 2)}
    now = {SHARD: ShardSeen(0, 200, 180, 12), "quiet": ShardSeen(0, 200, 150, 2), "new": ShardSeen(0, 200, None, 0)}
    assert seen_behind(end, now, before) == {SHARD: before[SHARD], "quiet": now["quiet"], "new": now["new"]}
