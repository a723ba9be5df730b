"""The progress of a query, in the form of shared/job/progress.ts.

It is Spark's own, and a member `sluice` for what that has no place for.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from sluice_spark.batch.counts import BatchCounts, EventTimes
from sluice_spark.source.handover import PlannedSlice, ShardSeen, offset_to_object
from sluice_spark.source.kinesis.offset import Offset, ShardPosition
from sluice_spark.times import epoch_ms, iso_utc


@dataclass(frozen=True, kw_only=True)
class QueryIdentity:
    """What is the same in every trigger of a run."""

    query_id: str
    run_id: str
    name: str
    stream: str
    sink: str
    application: dict[str, str]


@dataclass(frozen=True)
class Standing:
    """Where a query stands between two batches; -1 is the batch before the first."""

    batch_id: int
    end: Offset
    watermark_ms: float | None


@dataclass(frozen=True, kw_only=True)
class CommittedTrigger:
    """What the job knows of a batch that Spark does not."""

    batch_id: int
    planned: PlannedSlice
    watermark_ms: float | None
    counts: BatchCounts
    times: EventTimes | None
    committed_at_ms: int
    seen: Mapping[str, ShardSeen]
    duration_ms: dict[str, int]


def batch_progress(identity: QueryIdentity, spark: Mapping[str, Any], trigger: CommittedTrigger) -> dict[str, Any]:
    """Join Spark's StreamingQueryProgress, as its JSON, with what became of the batch.

    Ids and batch numbers are those of the checkpoint that outlives the run; Spark's own begin at 0 with every run.
    """
    source = dict(spark["sources"][0])
    return {
        **_identified(identity, trigger.batch_id),
        "timestamp": spark["timestamp"],
        # From the start of the trigger to the transaction: Spark's own ends before that, when it may begin the next
        # trigger.
        "batchDuration": trigger.committed_at_ms - epoch_ms(spark["timestamp"]),
        **_rates(spark, trigger),
        "durationMs": {**spark["durationMs"], **trigger.duration_ms},
        "eventTime": _event_time(trigger.times, trigger.watermark_ms),
        "stateOperators": spark["stateOperators"],
        "sources": [
            {
                "description": f"Kinesis[{identity.stream}]",
                "startOffset": offset_to_object(trigger.planned.start),
                "endOffset": offset_to_object(trigger.planned.end),
                "latestOffset": offset_to_object(trigger.planned.end),
                **_rates(source, trigger),
            }
        ],
        "sink": {"description": identity.sink, "numOutputRows": trigger.counts.loaded},
        "sluice": {
            **_sluice(identity, trigger.committed_at_ms, trigger.counts, trigger.seen, trigger.planned.end),
            "sourceRecords": trigger.planned.kinesis_records,
            "misplacedRecords": trigger.planned.misplaced,
            "retentionGaps": [_gap(asdict(gap)) for gap in trigger.planned.gaps],
            "reads": {
                shard: [
                    {"upTo": span.up_to, "from": iso_utc(span.from_ms), "at": iso_utc(span.at_ms)} for span in spans
                ]
                for shard, spans in trigger.planned.reads.items()
            },
        },
    }


def idle_progress(
    identity: QueryIdentity, timestamp: str, standing: Standing, now_ms: int, seen: Mapping[str, ShardSeen]
) -> dict[str, Any]:
    """Say that nothing came, and how fresh that knowledge is."""
    nothing = {"numInputRows": 0, "inputRowsPerSecond": 0.0, "processedRowsPerSecond": 0.0}
    at = offset_to_object(standing.end)
    return {
        **_identified(identity, max(0, standing.batch_id)),
        "timestamp": timestamp,
        "batchDuration": 0,
        **nothing,
        "durationMs": {},
        "eventTime": _event_time(None, standing.watermark_ms),
        "stateOperators": [],
        "sources": [
            {
                "description": f"Kinesis[{identity.stream}]",
                "startOffset": at,
                "endOffset": at,
                "latestOffset": at,
                **nothing,
            }
        ],
        "sink": {"description": identity.sink, "numOutputRows": 0},
        "sluice": _sluice(identity, now_ms, BatchCounts(), seen, standing.end),
    }


def _identified(identity: QueryIdentity, batch_id: int) -> dict[str, Any]:
    return {"id": identity.query_id, "runId": identity.run_id, "name": identity.name, "batchId": batch_id}


def _rates(spark: Mapping[str, Any], trigger: CommittedTrigger) -> dict[str, Any]:
    """Take Spark's rates, in records: what Spark counts are packs of them.

    It leaves out a rate that is none, as that of the first trigger.
    """
    rows = trigger.counts.judged.read
    rows_a_pack = rows / max(1, spark["numInputRows"])
    return {
        "numInputRows": rows,
        "inputRowsPerSecond": spark.get("inputRowsPerSecond", 0.0) * rows_a_pack,
        "processedRowsPerSecond": spark.get("processedRowsPerSecond", 0.0) * rows_a_pack,
    }


def _event_time(times: EventTimes | None, watermark_ms: float | None) -> dict[str, str]:
    event_times = {} if times is None else {"min": times.least_ms, "max": times.greatest_ms, "avg": times.average_ms}
    known = event_times if watermark_ms is None else {**event_times, "watermark": watermark_ms}
    return {name: iso_utc(ms) for name, ms in known.items()}


def _sluice(
    identity: QueryIdentity, committed_at_ms: int, counts: BatchCounts, seen: Mapping[str, ShardSeen], end: Offset
) -> dict[str, Any]:
    return {
        "engine": "spark",
        "committedAt": iso_utc(committed_at_ms),
        "counts": counts.to_object(),
        "partitions": {
            shard: {
                "millisBehindLatest": entry.millis_behind_latest,
                "readAt": iso_utc(entry.read_at_ms),
                **_waiting(entry, end.get(shard)),
            }
            for shard, entry in seen.items()
        },
        "application": identity.application,
    }


def _waiting(entry: ShardSeen, position: ShardPosition | None) -> dict[str, Any]:
    """Say what is read and behind a position.

    It is as it was when the batches ended there, not when the next one was planned.
    """
    if position is None or position.records != entry.planned_records:
        return {}
    return {"oldestWaitingAt": None if entry.oldest_waiting_ms is None else iso_utc(entry.oldest_waiting_ms)}


def _gap(gap: dict[str, Any]) -> dict[str, Any]:
    return {
        "partitionId": gap["shard_id"],
        "position": gap["position"],
        "from": None if gap["from_ms"] is None else iso_utc(gap["from_ms"]),
        "until": iso_utc(gap["until_ms"]),
        "firstOffset": gap["first_sequence_number"],
        "foundAt": iso_utc(gap["found_at_ms"]),
        "partitionGone": gap["shard_gone"],
    }
