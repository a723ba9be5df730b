"""Publishes the progress of a query on Spark's own checkpoint.

Spark's event of a batch is joined with what was written of it.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sluice_spark.batch.counts import BatchCounts, EventTimes, JudgedCounts
from sluice_spark.report.listener import PublishingListener
from sluice_spark.report.output import Output
from sluice_spark.report.progress import CommittedTrigger, QueryIdentity, Standing, batch_progress, idle_progress
from sluice_spark.sinks.sink import Written
from sluice_spark.source.handover import Handover, PlannedSlice, ShardSeen

OBSERVED = "sluice"
"""The name of our counters in Spark's progress."""


@dataclass(frozen=True, kw_only=True)
class WrittenBatch:
    """What is known of a batch that was written. `by_sink`: what the sink counted; without it, Spark's counters say."""

    planned: PlannedSlice
    loaded: int
    by_sink: Written | None
    watermark_ms: float | None
    at_ms: int
    seen: Mapping[str, ShardSeen]
    duration_ms: Mapping[str, int]


class DurableListener(PublishingListener):
    """Joins Spark's event of a batch with what was written of it.

    :param identity: gives the query's identity for the id that the checkpoint gives it
    """

    def __init__(
        self,
        identity: Callable[[str], QueryIdentity],
        output: Output,
        handover: Handover,
        trigger_ms: int,
        log: Callable[[str], None],
    ) -> None:
        super().__init__(trigger_ms, log)
        self._identity_of = identity
        self._output = output
        self._handover = handover
        self._written: dict[int, WrittenBatch] = {}
        self._standing: Standing | None = None
        self.query_id = ""

    def written(self, batch_id: int, batch: WrittenBatch) -> None:
        """Take what was written; Spark's event about it comes next."""
        with self._changed:
            self._written[batch_id] = batch

    def wait_until_published(self, timeout_s: float) -> bool:
        """Wait until every written batch was published."""
        with self._changed:
            return self._changed.wait_for(lambda: not self._written, timeout_s)

    def query_started(self, query_id: str) -> None:
        """Note the id that the checkpoint gives the query; Spark waits for this before the first batch."""
        self.query_id = query_id

    def query_progressed(self, progress: dict[str, Any]) -> None:
        """Publish a batch."""
        self._pace.took(progress["batchDuration"])
        batch_id: int = progress["batchId"]
        with self._changed:
            batch = self._written.get(batch_id)
        if batch is None:
            return
        counts, times = counted(progress, batch)
        if (
            counts.judged.read
            != counts.judged.invalid + counts.judged.late + counts.judged.duplicates_in_batch + counts.judged.staged
        ):
            self._log(f"WARN batch {batch_id} does not add up: {counts.summary()}")
        trigger = CommittedTrigger(
            batch_id=batch_id,
            planned=batch.planned,
            watermark_ms=_watermark_ms(progress, batch),
            counts=counts,
            times=times,
            committed_at_ms=batch.at_ms,
            seen=batch.seen,
            duration_ms=dict(batch.duration_ms),
        )
        self._standing = Standing(batch_id, batch.planned.end, trigger.watermark_ms)
        self._publish(
            f"the progress of batch {batch_id}",
            lambda: self._output.publish_batch(batch_progress(self._identity_of(self.query_id), progress, trigger)),
        )
        self._log(f"INFO Streaming query made progress: batch {batch_id}, {counts.summary()}")
        with self._changed:
            del self._written[batch_id]
            self._changed.notify_all()

    def query_idle(self, timestamp: str) -> None:
        """Publish that nothing came."""
        standing = self._standing
        if standing is not None:
            seen = self._handover.seen()
            self._publish(
                "an idle trigger",
                lambda: self._output.publish_idle(
                    idle_progress(self._identity_of(self.query_id), timestamp, standing, now_ms(), seen)
                ),
            )


def counted(spark: Mapping[str, Any], batch: WrittenBatch) -> tuple[BatchCounts, EventTimes | None]:
    """Count what became of a batch's rows.

    Counts are the sink's own, or Spark's counters, each from another place in the plan.
    """
    if batch.by_sink is not None:
        return batch.by_sink.counts, batch.by_sink.times
    observed = spark.get("observedMetrics", {}).get(OBSERVED, {})
    operators = spark.get("stateOperators", [])
    judged = JudgedCounts(
        read=observed.get("read", 0),
        invalid=observed.get("invalid", 0),
        late=sum(operator["numRowsDroppedByWatermark"] for operator in operators),
        duplicates_in_batch=sum(operator["customMetrics"].get("numDroppedDuplicateRows", 0) for operator in operators),
        staged=batch.loaded,
    )
    times = None
    if observed.get("least") is not None:
        least, greatest, average = (int(observed[name] // 1000) for name in ("least", "greatest", "average"))
        times = EventTimes(least, greatest, average)
    return BatchCounts(judged, duplicates_matched=0, loaded=batch.loaded), times


def _watermark_ms(spark: Mapping[str, Any], batch: WrittenBatch) -> float | None:
    """Give the watermark that decided what was late; Spark has 1970 before there is one."""
    if batch.by_sink is not None:
        return batch.watermark_ms
    watermark = spark.get("eventTime", {}).get("watermark")
    ms = None if watermark is None else datetime.fromisoformat(watermark).timestamp() * 1000
    return ms or None


def now_ms() -> int:
    """Read the clock, epoch ms."""
    return time.time_ns() // 1_000_000
