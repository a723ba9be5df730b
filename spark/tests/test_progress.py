from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from sluice_spark.batch.counts import BatchCounts, EventTimes, JudgedCounts
from sluice_spark.report.progress import CommittedTrigger, QueryIdentity, Standing, batch_progress, idle_progress
from sluice_spark.source.handover import PlannedSlice, ShardSeen
from sluice_spark.source.kinesis.gaps import RetentionGap
from sluice_spark.source.kinesis.offset import ShardPosition
from sluice_spark.source.kinesis.read_spans import ReadSpan
from tests.embedded import ask, needs_node

START = {"shardId-000000000000": ShardPosition("TRIM_HORIZON")}
END = {"shardId-000000000000": ShardPosition("49", 10, 3000, "49")}
SEEN = {"shardId-000000000000": ShardSeen(1200, 1_795_629_600_000, 1_795_629_500_000, 10)}
IDENTITY = QueryIdentity(
    query_id="q",
    run_id="r",
    name="kinesisToRedshift",
    stream="orders",
    sink="Redshift[s.t]",
    application={"sparkVersion": "4.0.2", "applicationId": "a"},
)
GAP = RetentionGap("shardId-000000000000", "17", None, 1_795_629_600_000, "18", 1_795_629_600_001, shard_gone=False)
TRIGGER = CommittedTrigger(
    batch_id=7,
    planned=PlannedSlice(
        START,
        END,
        9,
        10,
        1,
        {},
        [GAP],
        {"shardId-000000000000": [ReadSpan("49", 1_795_629_599_000, 1_795_629_600_000)]},
    ),
    watermark_ms=1_795_620_000_000,
    counts=BatchCounts(JudgedCounts(10, 1, 2, 3, 4), 1, 3),
    times=EventTimes(1, 3, 2),
    committed_at_ms=1_795_629_600_500,
    seen=SEEN,
    duration_ms={"classifyRecords": 70},
)
SPARK = {
    "id": "spark's",
    "runId": "spark's",
    "name": "kinesisToRedshift",
    "timestamp": "2026-11-25T18:00:00.000Z",
    "batchId": 0,
    "batchDuration": 900,
    "numInputRows": 10,
    "processedRowsPerSecond": 11.1,
    "durationMs": {"addBatch": 615, "triggerExecution": 900},
    "stateOperators": [],
    "sources": [
        {"description": "x@1", "startOffset": {}, "endOffset": {}, "numInputRows": 10, "processedRowsPerSecond": 11.1}
    ],
    "sink": {"description": "ForeachBatchSink", "numOutputRows": -1},
}


def _accepted(progress: dict[str, Any]) -> dict[str, Any]:
    (reply,) = ask({"question": "acceptsProgress", "progress": json.loads(json.dumps(progress))})
    assert "error" not in reply, reply
    answer: dict[str, Any] = reply["answer"]
    return answer


@pytest.mark.node
@needs_node
def test_a_batch_has_the_form_that_every_reader_of_progress_takes_and_nothing_beyond_it() -> None:
    progress = batch_progress(IDENTITY, SPARK, TRIGGER)
    assert _accepted(progress) == progress


@pytest.mark.node
@needs_node
def test_an_idle_trigger_has_the_form_that_every_reader_of_progress_takes() -> None:
    progress = idle_progress(IDENTITY, "2026-11-25T18:00:00.000Z", Standing(-1, START, None), 1_795_629_600_500, SEEN)
    assert _accepted(progress) == progress
    assert progress["batchId"] == 0


def test_what_waits_behind_a_batch_is_reported_only_when_it_was_seen_behind_that_batch() -> None:
    shard = "shardId-000000000000"
    shard_progress = batch_progress(IDENTITY, SPARK, TRIGGER)["sluice"]["partitions"][shard]
    assert shard_progress["oldestWaitingAt"] == "2026-11-25T17:58:20.000Z"
    nothing = batch_progress(IDENTITY, SPARK, replace(TRIGGER, seen={shard: ShardSeen(0, 1_795_629_600_000, None, 10)}))
    assert nothing["sluice"]["partitions"][shard]["oldestWaitingAt"] is None
    # The next batch was planned already: what waits behind that one is younger.
    later = batch_progress(IDENTITY, SPARK, replace(TRIGGER, seen={shard: ShardSeen(0, 1_795_629_600_000, None, 12)}))
    assert "oldestWaitingAt" not in later["sluice"]["partitions"][shard]


def test_numbers_and_ids_are_those_of_the_checkpoint_and_rates_are_sparks() -> None:
    progress = batch_progress(IDENTITY, SPARK, TRIGGER)
    assert (progress["id"], progress["runId"], progress["batchId"]) == ("q", "r", 7)
    assert (progress["numInputRows"], progress["processedRowsPerSecond"], progress["inputRowsPerSecond"]) == (
        10,
        11.1,
        0.0,
    )
    assert progress["durationMs"] == {"addBatch": 615, "triggerExecution": 900, "classifyRecords": 70}
    assert progress["sources"][0]["endOffset"]["shardId-000000000000"]["records"] == 10
    assert progress["sink"]["numOutputRows"] == 3
