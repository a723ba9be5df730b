"""What a sink is to the query."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Protocol

from pyspark.sql import DataFrame

from sluice_spark.counts import BatchCounts, EventTimes


@dataclass(frozen=True)
class SinkBatch:
    """A batch to be written: its records (the columns of `typed.typed_schema`), and what decides about them.

    `records` is to be read by one action: each reads the batch from its partitions again.
    """

    query_id: str
    batch_id: int
    watermark_ms: float | None
    records: DataFrame


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

    def write(self, batch: SinkBatch) -> Written:
        """Judge the records of a batch and write each where it belongs; when this returns, it is there for good.

        :raises Exception: when it could not be written; the query fails and may be started again
        """
