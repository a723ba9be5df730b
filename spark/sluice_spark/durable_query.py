"""Runs a streaming query on a checkpoint of Spark's own.

File sinks need it, whose late and repeated rows Spark's operators find with a state that outlives the run, and EMR's
connector, which keeps its positions there.

Batches count as Spark counts them. Rows behind the watermark are dropped by Spark, as no sink of files can take them
back by hand: the progress reports how many, from the state operator's own counter.
"""

from __future__ import annotations

import tempfile
import time
from dataclasses import dataclass, replace

from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F  # noqa: N812
from pyspark.sql.streaming.query import StreamingQuery

from sluice_spark.batch.batches import Batches, run_until_stopped
from sluice_spark.batch.quarantining import quarantine_invalid
from sluice_spark.batch.records import SPARK_PACK_SCHEMA, packing
from sluice_spark.batch.rows import INVALID, VALID, judging_rows, rows_schema
from sluice_spark.batch.settle import Settling, settled_frame
from sluice_spark.batch.start import BatchStart
from sluice_spark.query import RetentionGapError
from sluice_spark.report.durable_listener import OBSERVED, DurableListener, WrittenBatch, now_ms
from sluice_spark.report.output import Output
from sluice_spark.report.progress import QueryIdentity
from sluice_spark.run_options import RunOptions
from sluice_spark.session import register_source
from sluice_spark.sinks.files import FileSink
from sluice_spark.sinks.sink import Sink, SinkBatch
from sluice_spark.source.connector import connector_records
from sluice_spark.source.handover import Handover, PlannedSlice
from sluice_spark.source.kinesis_source import FORMAT

_LONGEST_IDLE_WAIT_MS = 200
_EVENT_TIME = "_eventTime"


class StoppedError(Exception):
    """The query was to stop before this batch was done."""


@dataclass(frozen=True, kw_only=True)
class DurableQueryOptions(RunOptions):
    """What a query on a checkpoint of Spark's own is given from outside."""

    sink: FileSink | Sink


def run_durable_query(options: DurableQueryOptions) -> None:
    """Run the query until it is asked to stop.

    :raises Exception: what made it fail
    """
    # The source may still report what it sees while its folder is removed.
    with tempfile.TemporaryDirectory(prefix="sluice-spark-", ignore_cleanup_errors=True) as folder:
        _Run(options, Handover(folder)).until_stopped()


class _Run:
    """One run of the query; its batches come one after the other, in a thread of Spark's."""

    def __init__(self, options: DurableQueryOptions, handover: Handover) -> None:
        self._options = options
        self._handover = handover
        self._reads_itself = options.args.connector == "sluice"
        self._batches = Batches(options.log)
        self._max_event_time_ms: int | None = None
        output = Output(options.place, options.args.bucket, options.plan)
        self._listener = DurableListener(self._identity, output, handover, options.args.trigger_ms, options.log)

    def _identity(self, query_id: str) -> QueryIdentity:
        return self._options.identity(query_id, self._options.sink.description)

    def until_stopped(self) -> None:
        """Run batches until the query is asked to stop."""
        session = self._options.session
        try:
            run_until_stopped(session, lambda: self._start(session), self._batches, self._listener, self._options.stop)
        except StoppedError:
            return

    def _start(self, session: SparkSession) -> StreamingQuery:
        options = self._options
        rows = self._records(session)
        if isinstance(options.sink, FileSink):
            rows = self._deduplicated(rows)
        return (
            rows.writeStream.queryName(options.plan.query)
            .foreachBatch(self._run_batch)
            .option("checkpointLocation", options.args.spark_checkpoint or "")
            .trigger(processingTime=f"{options.args.trigger_ms} milliseconds")
            .start()
        )

    def _records(self, session: SparkSession) -> DataFrame:
        """Read the stream: judged rows, or packs of records where a sink settles batches."""
        args, plan = self._options.args, self._options.plan
        if not self._reads_itself:
            read = connector_records(session, args)
            if isinstance(self._options.sink, FileSink):
                return read.mapInArrow(judging_rows(plan), rows_schema(plan))
            return read.mapInArrow(packing(), SPARK_PACK_SCHEMA)
        wait_ms = min(_LONGEST_IDLE_WAIT_MS, max(1, args.trigger_ms))
        settings = replace(
            self._options.source_settings(self._handover.folder, wait_ms),
            hands_over="rows",
        )
        register_source(session)
        return session.readStream.format(FORMAT).options(**settings.to_options()).load()

    def _deduplicated(self, records: DataFrame) -> DataFrame:
        """Leave the rows that are valid, not late, and the first of their key within the watermark's delay."""
        options, plan = self._options, self._options.plan
        valid_time = F.when(F.col("_verdict") == VALID, F.unix_micros(F.col("_time").cast("timestamp")))
        counted = records.observe(
            OBSERVED,
            F.count(F.lit(1)).alias("read"),
            F.count(F.when(F.col("_verdict") == INVALID, 1)).alias("invalid"),
            F.min(valid_time).alias("least"),
            F.max(valid_time).alias("greatest"),
            F.avg(valid_time).alias("average"),
        )
        keep_valid = quarantine_invalid(options.place, options.args.bucket, plan.prefixes, plan.query)
        keys = [f"_key{place}" for place in range(len(plan.event_key))]
        return (
            counted.mapInArrow(keep_valid, counted.schema)
            .withColumn(_EVENT_TIME, F.col("_time").cast("timestamp"))
            .withWatermark(_EVENT_TIME, f"{round(plan.watermark_delay_ms)} milliseconds")
            .dropDuplicatesWithinWatermark(keys)
        )

    def _run_batch(self, rows: DataFrame, batch_id: int) -> None:
        with self._batches.turn():
            planned = self._handover.planned() if self._reads_itself else PlannedSlice({}, {}, 0, 0, 0, {}, [])
            if self._options.stop.is_set():
                # Spark does what it planned again when the query starts again.
                raise StoppedError
            self._listener.written(batch_id, self._do_batch(rows, batch_id, planned))

    def _do_batch(self, rows: DataFrame, batch_id: int, planned: PlannedSlice) -> WrittenBatch:
        options = self._options
        for gap in planned.gaps:
            options.log(f"WARN {gap.message()}")
        if planned.gaps and options.args.on_retention_gap == "stop":
            raise RetentionGapError(planned.gaps[0].message())
        began_s = time.monotonic()
        if isinstance(options.sink, FileSink):
            loaded = options.sink.write(rows, batch_id)
            took_ms = round((time.monotonic() - began_s) * 1000)
            return WrittenBatch(
                planned=planned,
                loaded=loaded,
                by_sink=None,
                watermark_ms=None,
                at_ms=now_ms(),
                seen=self._handover.seen(),
                duration_ms={"writeFiles": took_ms},
            )
        watermark_ms = options.plan.watermark_ms(self._max_event_time_ms)
        settling = Settling(options.plan, BatchStart(batch_id, watermark_ms))
        judged = options.sink.judge(
            SinkBatch(
                query_id=self._listener.query_id,
                batch_id=batch_id,
                kinesis_records=None,
                watermark_ms=watermark_ms,
                parts=settled_frame(rows, settling),
            )
        )
        written = options.sink.write(judged)
        if written.times is not None:
            self._max_event_time_ms = max(
                self._max_event_time_ms or written.times.greatest_ms, written.times.greatest_ms
            )
        seen = self._handover.seen()
        return WrittenBatch(
            planned=planned,
            loaded=written.counts.loaded,
            by_sink=written,
            watermark_ms=watermark_ms,
            at_ms=now_ms(),
            seen=seen,
            duration_ms=written.duration_ms,
        )
