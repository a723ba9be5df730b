"""Runs the streaming query of a pipeline on a checkpoint of ours, until it is asked to stop.

What is done and what is to be done, the checkpoint in S3 says: it is the same that the embedded engine keeps. Spark's own checkpoint is a new
folder of every run, so Spark's batches count from 0 and ours go on. A batch that was planned and not committed is the first of a new run.
"""

from __future__ import annotations

import tempfile
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from pyspark.sql import DataFrame, SparkSession
from pyspark.sql.streaming.query import StreamingQuery

from sluice_spark.arguments import JobArguments
from sluice_spark.aws import AwsPlace, s3_client
from sluice_spark.checkpoint import Checkpoint, PlannedBatch, Restored
from sluice_spark.handover import Handover, PlannedSlice
from sluice_spark.kinesis.offset import offset_to_json
from sluice_spark.layout import checkpoint_prefix
from sluice_spark.listener import ProgressListener
from sluice_spark.origin import new_metadata, stream_created_ms
from sluice_spark.output import Output
from sluice_spark.progress import CommittedTrigger, QueryIdentity, Standing
from sluice_spark.session import application_facts, register_source
from sluice_spark.sinks.sink import Sink, SinkBatch
from sluice_spark.source import FORMAT, SourceSettings
from sluice_spark.spec import PipelineSpec

_LONGEST_IDLE_WAIT_MS = 200
"""For so long the source waits for records when there are none, within a trigger."""
_LAST_EVENTS_S = 10.0
"""Spark tells of its last batch and its end some time after them."""
_LOOK_EVERY_S = 0.1


class RetentionGapError(Exception):
    """Records expired before they were read, and the job was told to stop then."""


@dataclass(frozen=True)
class QueryOptions:
    """What a query is given from outside. `stop` ends it after the batch that runs."""

    spec: PipelineSpec
    spec_text: str
    args: JobArguments
    place: AwsPlace
    sink: Sink
    session: SparkSession
    run_id: str
    new_query_id: Callable[[], str]
    log: Callable[[str], None]
    stop: threading.Event


def run_query(options: QueryOptions) -> None:
    """Run the query until it is asked to stop.

    :raises Exception: what made it fail
    """
    prefix = checkpoint_prefix(options.spec.prefixes, options.spec.query)
    checkpoint = Checkpoint(s3_client(options.place), options.args.bucket, prefix, options.run_id)
    restored = checkpoint.restore(
        lambda: new_metadata(
            options.new_query_id(),
            options.spec,
            stream=options.args.stream,
            created_ms=stream_created_ms(options.place, options.args.stream),
            spark_version=options.session.version,
            now_ms=time.time_ns() // 1_000_000,
        )
    )
    with tempfile.TemporaryDirectory(prefix="sluice-spark-") as folder:
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
        self._output = Output(options.place, options.args.bucket, options.spec)
        committed = restored.committed
        self._next_batch_id = 0 if committed is None else committed.batch_id + 1
        self._max_event_time_ms = None if committed is None else committed.max_event_time_ms
        self._standing = (
            None
            if committed is None
            else Standing(committed.batch_id, committed.end, options.spec.watermark_ms(committed.max_event_time_ms))
        )
        self._busy = threading.Lock()
        self._failure: Exception | None = None
        identity = QueryIdentity(
            query_id=restored.query_id,
            run_id=options.run_id,
            name=options.spec.query,
            stream=options.args.stream,
            sink=options.sink.description,
            application=application_facts(options.session),
        )
        self._listener = ProgressListener(identity, self._output, self._handover, lambda: self._standing, options.log)

    def until_stopped(self) -> None:
        """Run batches until the query is asked to stop."""
        session, stop = self._options.session, self._options.stop
        session.streams.addListener(self._listener)
        query = self._start(session)
        while query.isActive and not stop.wait(_LOOK_EVERY_S):
            continue
        try:
            if query.isActive:
                # The batch that runs ends, and is told; the next one sees that it is to stop before it has done anything.
                with self._busy:
                    pass
                self._listener.wait_until_published(_LAST_EVENTS_S)
                query.stop()
            query.awaitTermination()
        except Exception:
            if self._failure is not None:
                raise self._failure from None
            raise
        finally:
            self._listener.terminated.wait(_LAST_EVENTS_S)
            session.streams.removeListener(self._listener)

    def _start(self, session: SparkSession) -> StreamingQuery:
        args, spec, restored = self._options.args, self._options.spec, self._restored
        settings = SourceSettings(
            spec=self._options.spec_text,
            stream=args.stream,
            region=args.region,
            endpoint_url=args.endpoint_url,
            handover=self._handover.folder,
            starting_position="LATEST" if args.starting_position == "LATEST" else "TRIM_HORIZON",
            max_records=args.max_records_per_batch,
            # Well within a trigger, which would be told as late else.
            wait_ms=min(_LONGEST_IDLE_WAIT_MS, args.trigger_ms // 2 or _LONGEST_IDLE_WAIT_MS),
            committed=None if restored.committed is None else offset_to_json(restored.committed.end),
            covered_until_ms=_covered(restored),
            open_end=None if restored.open is None else offset_to_json(restored.open.end),
        )
        if restored.open is not None:
            self._options.log(f"INFO batch {restored.open.batch_id} was planned and not committed: doing it again")
        register_source(session)
        return (
            session.readStream.format(FORMAT)
            .options(**settings.to_options())
            .load()
            .writeStream.queryName(spec.query)
            .foreachBatch(self._run_batch)
            .option("checkpointLocation", (self._folder / "checkpoint").as_uri())
            .trigger(processingTime=f"{args.trigger_ms} milliseconds")
            .start()
        )

    def _run_batch(self, records: DataFrame, spark_batch_id: int) -> None:
        with self._busy:
            planned = self._handover.planned()
            if self._standing is None:
                self._standing = Standing(-1, planned.start, None)
            if planned.is_empty or self._options.stop.is_set():
                # Nothing is done of a batch that was planned when the query was to stop: the checkpoint does not have it, so the next run reads it.
                return
            try:
                self._do_batch(records, spark_batch_id, planned)
            except Exception as error:
                # Spark keeps only the text of what is raised here.
                self._failure = error
                raise

    def _do_batch(self, records: DataFrame, spark_batch_id: int, planned: PlannedSlice) -> None:
        began_s = time.monotonic()
        plan = self._plan(self._next_batch_id, planned)
        planned_s = time.monotonic()
        written = self._options.sink.write(
            SinkBatch(self._restored.query_id, plan.batch_id, plan.watermark_ms, records)
        )
        committed_at_ms = time.time_ns() // 1_000_000
        # While the batch runs, nothing after it is planned: what waits is behind its end.
        seen = self._handover.seen()
        written_s = time.monotonic()
        self._max_event_time_ms = _latest(
            self._max_event_time_ms, None if written.times is None else written.times.greatest_ms
        )
        self._checkpoint.commit(plan.batch_id, self._max_event_time_ms)
        self._next_batch_id += 1
        ended_s = time.monotonic()
        duration_ms = {
            "writePlan": round((planned_s - began_s) * 1000),
            **written.duration_ms,
            "writeCommit": round((ended_s - written_s) * 1000),
        }
        self._standing = Standing(plan.batch_id, plan.end, self._options.spec.watermark_ms(self._max_event_time_ms))
        self._listener.committed(
            spark_batch_id,
            CommittedTrigger(
                plan.batch_id,
                planned,
                plan.watermark_ms,
                written.counts,
                written.times,
                committed_at_ms,
                seen,
                duration_ms,
            ),
        )
        told = ", ".join(f"{name} {ms}" for name, ms in duration_ms.items())
        self._options.log(
            f"INFO Streaming query made progress: batch {plan.batch_id}, {written.counts.summary()}, "
            f"{round((ended_s - began_s) * 1000)} ms ({told})"
        )
        self._output.purge(self._checkpoint, plan.batch_id)

    def _plan(self, batch_id: int, planned: PlannedSlice) -> PlannedBatch:
        """Write the plan of a batch before anything of it is done; that of the one that is done again stands already."""
        for gap in planned.gaps:
            self._options.log(f"WARN {gap.told()}")
        if planned.gaps and self._options.args.on_retention_gap == "stop":
            raise RetentionGapError(planned.gaps[0].told())
        again = self._restored.open
        if again is not None and batch_id == again.batch_id:
            if planned.end != again.end:
                raise RuntimeError(f"Batch {batch_id} was planned up to {again.end} and read up to {planned.end}.")
            return again
        watermark_ms = self._options.spec.watermark_ms(self._max_event_time_ms)
        plan = PlannedBatch(batch_id, planned.end, watermark_ms, planned.covered_until_ms)
        self._checkpoint.plan(plan)
        return plan


def _covered(restored: Restored) -> dict[str, int] | None:
    """Give what the reader knew at the newest offset; see `StreamReader.begin`."""
    newest = restored.open or restored.committed
    return None if newest is None else newest.covered_until_ms


def _latest(a: int | None, b: int | None) -> int | None:
    """Give the later of two times that may be missing."""
    return b if a is None else a if b is None else max(a, b)
