"""What a sink is to the query."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Protocol

from pyspark.sql import DataFrame

from sluice_spark.batch.counts import BatchCounts, EventTimes
from sluice_spark.batch.settle import Settled


@dataclass(frozen=True, kw_only=True)
class SinkBatch:
    """A batch to be judged, and what decides about its records.

    `parts` (parts.PARTS_SCHEMA) judges them when it is collected, by one action: each reads the batch from its
    partitions again. `kinesis_records` are the records of the stream that they came in; None when the source does not
    say.
    """

    query_id: str
    batch_id: int
    kinesis_records: int | None
    watermark_ms: float | None
    parts: DataFrame


@dataclass(frozen=True, kw_only=True)
class JudgedBatch:
    """A batch that was judged and not yet written anywhere, and how long that took."""

    query_id: str
    batch_id: int
    kinesis_records: int | None
    watermark_ms: float | None
    settled: Settled
    duration_ms: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class Written:
    """What became of a batch, and how long the parts of writing it took."""

    counts: BatchCounts
    times: EventTimes | None
    duration_ms: dict[str, int] = field(default_factory=dict)


class Sink(Protocol):
    """Writes batches. One that is written again, by this run or another, changes nothing and has the same counts."""

    @property
    def description(self) -> str:
        """Name the place, as the progress says it: `Redshift[schema.table]`."""

    def judge(self, batch: SinkBatch) -> JudgedBatch:
        """Judge the records of a batch. Nothing that outlives the process is written: the batch need not be planned."""

    def write(self, batch: JudgedBatch) -> Written:
        """Write each record of a planned batch where it belongs; when this returns, it is there for good.

        Batches are written one after the other, while the next one is judged, in another thread.

        :raises Exception: when it could not be written; the query fails and may be started again
        """
