"""Loads batches into Redshift through JDBC.

Spark's JDBC writer fills a staging table of the batch, then one transaction does a MERGE.

The classic way, for warehouses that the job can reach and that cannot, or may not, read the bucket. It is slower than
COPY: rows travel as INSERTs of many rows.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable
from dataclasses import dataclass
from io import BytesIO

import pyarrow.parquet as pq
from py4j.protocol import Py4JJavaError
from pyspark.sql import SparkSession

from sluice_spark.plan import JobPlan
from sluice_spark.sinks.jdbc_connection import JdbcPlace, execute, passes_by_itself, run_transaction
from sluice_spark.sinks.sink import JudgedBatch
from sluice_spark.sinks.transaction import SinkTransaction, merge_transaction

_PATIENCE_S = 300.0
"""For so long the warehouse may be away before the job fails, as any other service."""
_FIRST_WAIT_S = 0.2
_LONGEST_WAIT_S = 5.0
_ROWS_AN_INSERT = 1_000


@dataclass(frozen=True)
class JdbcLoader:
    """A database that JDBC reaches. It does not read the bucket: the driver sends it the staged rows."""

    plan: JobPlan
    database: JdbcPlace
    session: SparkSession
    log: Callable[[str], None]

    def load(self, batch: JudgedBatch) -> list[int]:
        """Fill the staging table of the batch and MERGE it; while the database is away, again."""
        settled = batch.settled
        stage = None if settled.staged is None else self._stage_table(batch)
        transaction = SinkTransaction(
            query_id=batch.query_id,
            batch_id=batch.batch_id,
            counts=settled.counts,
            kinesis_records=batch.kinesis_records,
            watermark_ms=batch.watermark_ms,
            staged=stage,
            copy_role="",
        )
        statements = merge_transaction(
            self.plan.sink, transaction, stage, [] if stage is None else [f"drop table {stage}"]
        )
        gives_up_at = time.monotonic() + _PATIENCE_S
        wait_s = _FIRST_WAIT_S
        while True:
            try:
                if stage is not None and settled.staged is not None:
                    self._fill(stage, settled.staged)
                return run_transaction(self.session, self.database, statements)
            except Py4JJavaError as error:
                if not passes_by_itself(self.session, error) or time.monotonic() > gives_up_at:
                    raise
                self.log(f"WARN batch {batch.batch_id} is loaded again: {error.java_exception.getMessage()}")
            time.sleep(wait_s)
            wait_s = min(_LONGEST_WAIT_S, wait_s * 2)

    def _stage_table(self, batch: JudgedBatch) -> str:
        """Name the staging table of a batch. A batch that is done again replaces it."""
        query = hashlib.sha256(batch.query_id.encode()).hexdigest()[:8]
        return f"{self.plan.sink.schema}.sluice_stage_{query}_{batch.batch_id}"

    def _fill(self, stage: str, staged: bytes) -> None:
        create = f"create table {stage} {self.plan.sink.stage_columns}"
        execute(self.session, self.database, [f"drop table if exists {stage}", create])
        rows = self.session.createDataFrame(pq.read_table(BytesIO(staged)))
        rows.coalesce(1).write.jdbc(
            self.database.url,
            stage,
            mode="append",
            properties={**self.database.properties(), "batchsize": str(_ROWS_AN_INSERT)},
        )
