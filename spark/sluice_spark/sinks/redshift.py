"""Loads batches into Redshift with COPY, in one transaction of the Data API."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from sluice_spark.aws import AwsPlace, redshift_data_client
from sluice_spark.layout import staging_prefix
from sluice_spark.plan import JobPlan
from sluice_spark.sinks.data_api import Warehouse, run_transaction
from sluice_spark.sinks.sink import JudgedBatch
from sluice_spark.sinks.transaction import SinkTransaction, copy_transaction


@dataclass(frozen=True)
class CopyLoader:
    """One warehouse that may read the bucket. `copy_role` is the ARN that COPY reads it as."""

    plan: JobPlan
    place: AwsPlace
    bucket: str
    warehouse: Warehouse
    copy_role: str
    log: Callable[[str], None]

    def load(self, batch: JudgedBatch) -> list[int]:
        """COPY and MERGE the staged file of the batch."""
        prefix = staging_prefix(self.plan.prefixes, self.plan.query, batch.batch_id)
        transaction = SinkTransaction(
            query_id=batch.query_id,
            batch_id=batch.batch_id,
            counts=batch.settled.counts,
            kinesis_records=batch.kinesis_records,
            watermark_ms=batch.watermark_ms,
            staged=None if batch.settled.staged is None else f"s3://{self.bucket}/{prefix}",
            copy_role=self.copy_role,
        )
        return run_transaction(
            redshift_data_client(self.place),
            self.warehouse,
            f"{batch.query_id}/{batch.batch_id}",
            copy_transaction(self.plan.sink, transaction),
            self.log,
        )
