"""Runs the streaming query of a pipeline on a checkpoint of ours, until it is asked to stop.

What is done and what is to be done, the checkpoint in S3 says: it is the same that the embedded engine keeps. Spark's
own checkpoint is a new folder of every run, so Spark's batches count from 0 and ours go on. A batch that was planned
and not committed is the first of a new run.

While a batch is written (its plan, its files, its transaction, its commit), the next one is judged: that needs no more
of the batch before than its greatest event time, which is known once it is judged. So only one batch at a time is
planned and not committed, as on the embedded engine.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from pyspark.sql import DataFrame, SparkSession
from pyspark.sql.streaming.query import StreamingQuery

from sluice_spark.aws import s3_client
from sluice_spark.batch.batches import Batches, run_until_stopped
from sluice_spark.batch.start import BatchStart
from sluice_spark.layout import checkpoint_prefix
from sluice_spark.report.listener import ProgressListener
from sluice_spark.report.output import Output
from sluice_spark.report.progress import CommittedTrigger, Standing
from sluice_spark.run_options import RunOptions
from sluice_spark.session import register_source, start_worker_ahead, write_checkpoints_cheaply
from sluice_spark.sinks.sink import JudgedBatch, Sink, SinkBatch
from sluice_spark.source.handover import Handover, PlannedSlice, ShardSeen, seen_behind
from sluice_spark.source.kinesis.offset import offset_to_json
from sluice_spark.source.kinesis_source import FORMAT
from sluice_spark.state.checkpoint import Checkpoint, PlannedBatch, Restored
from sluice_spark.state.origin import new_metadata, stream_created_ms

_LONGEST_IDLE_WAIT_MS = 200
"""For so long the source waits for records when there are none, within a trigger."""


class RetentionGapError(Exception):
    """Records expired before they were read, and --on-retention-gap is stop."""


@dataclass(frozen=True, kw_only=True)
class QueryOptions(RunOptions):
    """What a query on a checkpoint of ours is given from outside."""

    sink: Sink
    new_query_id: Callable[[], str]


def run_query(options: QueryOptions) -> None:
    """Run the query until it is asked to stop.

    :raises Exception: what made it fail
    """
    start_worker_ahead(options.session, options.log)
    prefix = checkpoint_prefix(options.plan.prefixes, options.plan.query)
    checkpoint = Checkpoint(s3_client(options.place), options.args.bucket, prefix, options.run_id)
    restored = checkpoint.restore(
        lambda: new_metadata(
            options.new_query_id(),
            options.plan,
            stream=options.args.stream,
            created_ms=stream_created_ms(options.place, options.args.stream),
            spark_version=options.session.version,
            now_ms=time.time_ns() // 1_000_000,
        )
    )
    # The source may still report what it sees while its folder is removed.
    with tempfile.TemporaryDirectory(prefix="sluice-spark-", ignore_cleanup_errors=True) as folder:
        _Run(options, checkpoint, restored, Path(folder)).until_stopped()


class _Run:
    """One run of the query; its batches come one after the other, in a thread of Spark's."""

    def __init__(self, options: QueryOptions, checkpoint: Checkpoint, restored: Restored, folder: Path) -> None:
        self._options = options
        self._checkpoint = checkpoint
        self._restored = restored
        self._folder = folder
        handed_over = folder / "handover"
        handed_over.mkdir()
        self._handover = Handover(str(handed_over))
        self._output = Output(options.place, options.args.bucket, options.plan)
        committed = restored.committed
        self._next_batch_id = 0 if committed is None else committed.batch_id + 1
        self._max_event_time_ms = None if committed is None else committed.max_event_time_ms
        self._standing = (
            None
            if committed is None
            else Standing(committed.batch_id, committed.end, options.plan.watermark_ms(committed.max_event_time_ms))
        )
        self._batches = Batches(options.log)
        self._listener = ProgressListener(
            options.identity(restored.query_id, options.sink.description),
            self._output,
            self._handover,
            lambda: self._standing,
            trigger_ms=options.args.trigger_ms,
            log=options.log,
        )

    def until_stopped(self) -> None:
        """Run batches until the query is asked to stop."""
        session = self._options.session
        run_until_stopped(session, lambda: self._start(session), self._batches, self._listener, self._options.stop)

    def _start(self, session: SparkSession) -> StreamingQuery:
        args, plan, restored = self._options.args, self._options.plan, self._restored
        # Well within a trigger, which would be reported as late otherwise.
        wait_ms = min(_LONGEST_IDLE_WAIT_MS, args.trigger_ms // 2 or _LONGEST_IDLE_WAIT_MS)
        settings = replace(
            self._options.source_settings(self._handover.folder, wait_ms),
            committed=None if restored.committed is None else offset_to_json(restored.committed.end),
            covered_until_ms=_covered(restored),
            open_end=None if restored.open is None else offset_to_json(restored.open.end),
        )
        if restored.open is not None:
            self._options.log(f"INFO batch {restored.open.batch_id} was planned and not committed: doing it again")
        self._handover.write_next(self._next_start())
        register_source(session)
        write_checkpoints_cheaply(session)
        return (
            session.readStream.format(FORMAT)
            .options(**settings.to_options())
            .load()
            .writeStream.queryName(plan.query)
            .foreachBatch(self._run_batch)
            .option("checkpointLocation", (self._folder / "checkpoint").as_uri())
            .trigger(processingTime=f"{args.trigger_ms} milliseconds")
            .start()
        )

    def _run_batch(self, parts: DataFrame, spark_batch_id: int) -> None:
        with self._batches.turn():
            planned = self._handover.planned()
            if self._standing is None:
                self._standing = Standing(-1, planned.start, None)
            if planned.is_empty or self._options.stop.is_set():
                # Nothing is done of a batch that Spark planned when the query was to stop: the checkpoint does not have
                # it, so the next run reads it.
                return
            self._do_batch(parts, spark_batch_id, planned)

    def _do_batch(self, parts: DataFrame, spark_batch_id: int, planned: PlannedSlice) -> None:
        """Judge a batch and begin to write it, when the one before is written."""
        began_s = time.monotonic()
        self._report_gaps(planned)
        plan, is_new = self._plan(planned)
        judged = self._options.sink.judge(
            SinkBatch(
                query_id=self._restored.query_id,
                batch_id=plan.batch_id,
                kinesis_records=planned.kinesis_records,
                watermark_ms=plan.watermark_ms,
                parts=parts,
            )
        )
        planned.require_all_rows(judged.settled.counts.read)
        judged_s = time.monotonic()
        self._batches.wait_until_written(
            lambda: self._options.log(
                f"INFO batch {plan.batch_id} is judged, and waits: batch {plan.batch_id - 1} is still being written"
            )
        )
        times = judged.settled.times
        self._max_event_time_ms = _latest(self._max_event_time_ms, None if times is None else times.greatest_ms)
        self._next_batch_id += 1
        self._handover.write_next(self._next_start())
        self._listener.judged(spark_batch_id)
        batch = _Judged(
            spark_batch_id=spark_batch_id,
            planned=planned,
            plan=plan,
            is_new=is_new,
            judged=judged,
            max_event_time_ms=self._max_event_time_ms,
            # Nothing behind this batch is planned yet: what waits is behind its end.
            seen=self._handover.seen(),
            began_s=began_s,
            duration_ms={"waitForBatchBefore": _ms_since(judged_s)},
        )
        self._batches.write(lambda: self._write(batch))

    def _write(self, batch: _Judged) -> None:
        """Write a batch: its plan, its files, its transaction, its commit. Done again, all of it is the same."""
        plan = batch.plan
        began_s = time.monotonic()
        if batch.is_new:
            self._checkpoint.plan(plan)
        planned_s = time.monotonic()
        written = self._options.sink.write(batch.judged)
        committed_at_ms = time.time_ns() // 1_000_000
        written_s = time.monotonic()
        seen = seen_behind(plan.end, self._handover.seen(), batch.seen)
        self._checkpoint.commit(plan.batch_id, batch.max_event_time_ms)
        duration_ms = {
            **batch.duration_ms,
            "writePlan": round((planned_s - began_s) * 1000),
            **written.duration_ms,
            "writeCommit": _ms_since(written_s),
        }
        self._standing = Standing(plan.batch_id, plan.end, self._options.plan.watermark_ms(batch.max_event_time_ms))
        durations = ", ".join(f"{name} {ms}" for name, ms in duration_ms.items())
        self._options.log(
            f"INFO Streaming query made progress: batch {plan.batch_id}, {written.counts.summary()}, "
            f"{_ms_since(batch.began_s)} ms ({durations})"
        )
        trigger = CommittedTrigger(
            batch_id=plan.batch_id,
            planned=batch.planned,
            watermark_ms=plan.watermark_ms,
            counts=written.counts,
            times=written.times,
            committed_at_ms=committed_at_ms,
            seen=seen,
            duration_ms=duration_ms,
        )
        self._listener.committed(batch.spark_batch_id, trigger)
        self._output.purge(self._checkpoint, plan.batch_id)

    def _report_gaps(self, planned: PlannedSlice) -> None:
        for gap in planned.gaps:
            self._options.log(f"WARN {gap.message()}")
        if planned.gaps and self._options.args.on_retention_gap == "stop":
            raise RetentionGapError(planned.gaps[0].message())

    def _plan(self, planned: PlannedSlice) -> tuple[PlannedBatch, bool]:
        """Give what the next batch is, and whether that is new.

        The plan of one that is done again stands in the checkpoint.
        """
        start = self._next_start()
        again = self._again()
        if again is not None:
            if planned.end != again.end:
                raise RuntimeError(f"Batch {again.batch_id} was planned up to {again.end}, read up to {planned.end}.")
            return again, False
        return PlannedBatch(start.batch_id, planned.end, start.watermark_ms, planned.covered_until_ms), True

    def _again(self) -> PlannedBatch | None:
        """Give the plan of the next batch, if a run before this one planned it and did not commit it."""
        planned = self._restored.open
        return planned if planned is not None and planned.batch_id == self._next_batch_id else None

    def _next_start(self) -> BatchStart:
        again = self._again()
        watermark_ms = self._options.plan.watermark_ms(self._max_event_time_ms) if again is None else again.watermark_ms
        return BatchStart(self._next_batch_id, watermark_ms)


@dataclass(frozen=True, kw_only=True)
class _Judged:
    """A batch that was judged and is to be written. `max_event_time_ms` is that of all batches up to it."""

    spark_batch_id: int
    planned: PlannedSlice
    plan: PlannedBatch
    is_new: bool
    judged: JudgedBatch
    max_event_time_ms: int | None
    seen: Mapping[str, ShardSeen]
    began_s: float
    duration_ms: dict[str, int]


def _covered(restored: Restored) -> dict[str, int] | None:
    """Give what the reader knew at the newest offset; see `StreamReader.begin`."""
    newest = restored.open or restored.committed
    return None if newest is None else newest.covered_until_ms


def _latest(a: int | None, b: int | None) -> int | None:
    """Give the later of two times that may be missing."""
    return b if a is None else a if b is None else max(a, b)


def _ms_since(began_s: float) -> int:
    return round((time.monotonic() - began_s) * 1000)
