"""What the sinks of a warehouse share.

A batch is judged by Spark, its files go to S3, and what was staged is loaded in one transaction.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Protocol

from sluice_spark.aws import AwsPlace, s3_client
from sluice_spark.batch.counts import BatchCounts
from sluice_spark.batch.settle import collect_settled
from sluice_spark.batch.start import BatchStart
from sluice_spark.layout import quarantine_key, staged_key
from sluice_spark.plan import JobPlan
from sluice_spark.sinks.sink import JudgedBatch, SinkBatch, Written
from sluice_spark.source.kinesis.patience import patiently


class Loader(Protocol):
    """A way into the warehouse."""

    def load(self, batch: JudgedBatch) -> list[int]:
        """Load what was staged of a batch. Gives the rows whose key was there already, and those that are new.

        Loading again changes nothing and gives the same.
        """


@dataclass(frozen=True)
class BatchSink:
    """The fact table of a plan, in one warehouse; staged rows and quarantine in one bucket."""

    plan: JobPlan
    place: AwsPlace
    bucket: str
    loader: Loader

    @property
    def description(self) -> str:
        """Name the table."""
        return f"Redshift[{self.plan.sink.full_table}]"

    def judge(self, batch: SinkBatch) -> JudgedBatch:
        """Settle the batch in Spark: one action."""
        began_s = time.monotonic()
        settled = collect_settled(batch.parts, BatchStart(batch.batch_id, batch.watermark_ms))
        took = {"classifyRecords": _ms_since(began_s)}
        return JudgedBatch(
            query_id=batch.query_id,
            batch_id=batch.batch_id,
            kinesis_records=batch.kinesis_records,
            watermark_ms=batch.watermark_ms,
            settled=settled,
            duration_ms=took,
        )

    def write(self, batch: JudgedBatch) -> Written:
        """Write the files of the batch, named as the embedded engine names them, then load what was staged."""
        settled = batch.settled
        began_s = time.monotonic()
        self._put_files(batch)
        staged_s = time.monotonic()
        duplicates_matched, loaded = self.loader.load(batch)
        return Written(
            BatchCounts(settled.counts, duplicates_matched, loaded),
            settled.times,
            {
                **batch.duration_ms,
                "stageFiles": round((staged_s - began_s) * 1000),
                "warehouseTransaction": _ms_since(staged_s),
            },
        )

    def _put_files(self, batch: JudgedBatch) -> None:
        prefixes, query = self.plan.prefixes, self.plan.query
        if batch.settled.staged is not None:
            self._put(staged_key(prefixes, query, batch.batch_id), batch.settled.staged)
        for kind, lines in batch.settled.quarantine.items():
            self._put(quarantine_key(prefixes, query, batch.batch_id, kind), lines)

    def _put(self, key: str, body: bytes) -> None:
        patiently(lambda: s3_client(self.place).put_object(Bucket=self.bucket, Key=key, Body=body))


def _ms_since(began_s: float) -> int:
    return round((time.monotonic() - began_s) * 1000)
