"""Loads batches into Redshift: Parquet staged in S3, then one transaction of the Data API."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

from sluice_spark.aws import AwsPlace, redshift_data_client
from sluice_spark.counts import BatchCounts
from sluice_spark.judged import judged_records
from sluice_spark.settle import Settling, settle
from sluice_spark.sinks.data_api import Warehouse, run_transaction
from sluice_spark.sinks.sink import SinkBatch, Written
from sluice_spark.sinks.transaction import SinkTransaction, sink_transaction
from sluice_spark.spec import PipelineSpec


@dataclass(frozen=True)
class RedshiftSink:
    """The fact table of a spec, in one warehouse. `copy_role` is the ARN that COPY reads the bucket as."""

    spec: PipelineSpec
    place: AwsPlace
    bucket: str
    warehouse: Warehouse
    copy_role: str
    log: Callable[[str], None]

    @property
    def description(self) -> str:
        """Name the table."""
        return f"Redshift[{self.spec.sink.schema}.{self.spec.sink.table}]"

    def write(self, batch: SinkBatch) -> Written:
        """Settle the batch in Spark, then load what was staged."""
        began = time.monotonic()
        judged = judged_records(batch.records, self.spec, batch.batch_id, batch.watermark_ms)
        settled = settle(judged, Settling(self.spec, self.place, self.bucket, batch.batch_id))
        settled_at = time.monotonic()
        transaction = SinkTransaction(
            query_id=batch.query_id,
            batch_id=batch.batch_id,
            counts=settled.counts,
            watermark_ms=batch.watermark_ms,
            staged=None if settled.staged is None else f"s3://{self.bucket}/{settled.staged}",
            copy_role=self.copy_role,
        )
        duplicates_matched, loaded = run_transaction(
            redshift_data_client(self.place),
            self.warehouse,
            f"{batch.query_id}/{batch.batch_id}",
            sink_transaction(self.spec.sink, transaction),
            self.log,
        )
        return Written(
            BatchCounts(settled.counts, duplicates_matched, loaded),
            settled.times,
            {
                "judgeAndStage": round((settled_at - began) * 1000),
                "warehouseTransaction": round((time.monotonic() - settled_at) * 1000),
            },
        )
