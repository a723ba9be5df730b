"""While a batch is written the next one is judged: what is where at each moment of that, with Spark in this process."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from pyspark.sql import functions as F  # noqa: N812

from sluice_spark.arguments import parse_job_arguments
from sluice_spark.batch.batches import Batches
from sluice_spark.query import QueryOptions, run_query
from sluice_spark.sinks.batch_sink import BatchSink
from sluice_spark.sinks.redshift import CopyLoader
from sluice_spark.sinks.sink import JudgedBatch, Sink, SinkBatch, Written
from sluice_spark.times import epoch_ms, iso_utc
from tests.embedded import needs_node
from tests.events import orders
from tests.pipeline import BUCKET, QUERY, STREAM, WAREHOUSE, Pipeline, running_pipeline, wait_until
from tests.specs import FOOD_DELIVERY, plan_of, plan_text
from tests.threads import is_soon_within

pytestmark = [pytest.mark.spark, pytest.mark.every_spark, pytest.mark.node, needs_node, pytest.mark.timeout(600)]
COPY_ROLE = "arn:aws:iam::000000000000:role/copy"


class TransactionRefusedError(Exception):
    """What a warehouse says for good."""


@dataclass
class HeldSink:
    """A sink that records what is done, and writes a batch only when it may."""

    sink: Sink
    held: set[int] = field(default_factory=set)
    refused: set[int] = field(default_factory=set)
    lost: set[int] = field(default_factory=set)
    did: list[tuple[str, int]] = field(default_factory=list)

    @property
    def description(self) -> str:
        return self.sink.description

    def judge(self, batch: SinkBatch) -> JudgedBatch:
        if batch.batch_id in self.lost:
            batch = replace(batch, parts=batch.parts.where(F.spark_partition_id() < 0))
        judged = self.sink.judge(batch)
        self.did.append(("judged", batch.batch_id))
        return judged

    def write(self, batch: JudgedBatch) -> Written:
        self.did.append(("writing", batch.batch_id))
        wait_until(lambda: batch.batch_id not in self.held, f"batch {batch.batch_id} may be written")
        if batch.batch_id in self.refused:
            raise TransactionRefusedError(f"batch {batch.batch_id} is refused")
        written = self.sink.write(batch)
        self.did.append(("written", batch.batch_id))
        return written


@dataclass
class Run:
    """A run of the query in a thread of this process."""

    sink: HeldSink
    log: list[str] = field(default_factory=list)
    stop: threading.Event = field(default_factory=threading.Event)
    failure: BaseException | None = None
    thread: threading.Thread | None = None

    def begin(self, pipeline: Pipeline, spark: Any, **arguments: str) -> Run:
        given = {
            "--plan": f"s3://{BUCKET}/plan.json",
            "--region": pipeline.place.region,
            "--stream": STREAM,
            "--bucket": BUCKET,
            "--cluster-identifier": "sluice",
            "--database": "dev",
            "--db-user": "awsuser",
            "--copy-role": COPY_ROLE,
            "--trigger-ms": "100",
            "--max-records-per-batch": "5000",
            **arguments,
        }
        args = parse_job_arguments([part for pair in given.items() for part in pair])
        options = QueryOptions(
            plan=plan_of(FOOD_DELIVERY),
            plan_text=plan_text(FOOD_DELIVERY),
            args=replace(args, endpoint_url=pipeline.place.endpoint_url),
            place=pipeline.place,
            sink=self.sink,
            session=spark,
            run_id=str(uuid4()),
            new_query_id=lambda: str(uuid4()),
            log=self.log.append,
            stop=self.stop,
        )

        def run() -> None:
            try:
                run_query(options)
            except BaseException as error:  # noqa: BLE001 - the test checks it
                self.failure = error

        self.thread = threading.Thread(target=run)
        self.thread.start()
        return self

    def ended(self) -> bool:
        assert self.thread is not None
        return not self.thread.is_alive()

    def end(self) -> None:
        """Ask the query to end and wait for that."""
        self.stop.set()
        wait_until(self.ended, "the query has ended")
        assert self.failure is None

    def has(self, what: str, batch_id: int) -> None:
        """Wait for something that the sink did."""

        def did() -> bool:
            assert not self.ended() or (what, batch_id) in self.sink.did, (self.failure, self.log)
            return (what, batch_id) in self.sink.did

        wait_until(did, f"{what} {batch_id}")


@pytest.fixture
def pipeline(tmp_path: Path) -> Iterator[Pipeline]:
    with running_pipeline(tmp_path) as running:
        yield running


@pytest.fixture
def run(pipeline: Pipeline) -> Iterator[Run]:
    run = new_run(pipeline)
    yield run
    run.sink.held.clear()
    run.stop.set()
    wait_until(lambda: run.thread is None or run.ended(), "the query has ended")


def new_run(pipeline: Pipeline) -> Run:
    plan = plan_of(FOOD_DELIVERY)
    loader = CopyLoader(plan, pipeline.place, BUCKET, WAREHOUSE, COPY_ROLE, print)
    return Run(HeldSink(BatchSink(plan, pipeline.place, BUCKET, loader)))


def files_of(pipeline: Pipeline, batch_id: int) -> list[str]:
    """List what there is of a batch beside its checkpoint."""
    folders = ("staging/", "quarantine/", "progress/")
    return [key for folder in folders for key in pipeline.keys(folder) if f"{batch_id:012d}" in key]


def begin_two_batches(pipeline: Pipeline, run: Run, spark: Any, sent: list[bytes]) -> None:
    """Hold batch 0 while it is written, until batch 1 is judged."""
    run.sink.held.add(0)
    pipeline.send(sent[: len(sent) // 2])
    run.begin(pipeline, spark)
    run.has("writing", 0)
    pipeline.send(sent[len(sent) // 2 :])
    run.has("judged", 1)


def test_of_a_batch_that_is_judged_nothing_is_there_until_the_one_before_is_committed(
    pipeline: Pipeline, run: Run, spark: Any
) -> None:
    sent = orders(3_000, seed=5)
    begin_two_batches(pipeline, run, spark, sent)
    waits = "INFO batch 1 is judged, and waits: batch 0 is still being written"
    wait_until(lambda: waits in run.log, "the wait is logged")
    assert run.sink.did == [("judged", 0), ("writing", 0), ("judged", 1)]
    assert (pipeline.entries("offsets"), pipeline.entries("commits")) == ([0], [])
    assert files_of(pipeline, 1) == []
    run.sink.held.clear()
    wait_until(lambda: pipeline.records_read() == len(sent), "all is committed")
    run.end()
    writes = [entry for entry in run.sink.did if entry[0] != "judged"]
    assert writes == [(what, batch_id) for batch_id in range(len(writes) // 2) for what in ("writing", "written")]
    pipeline.assert_ledger_closes(sent)
    plans = [pipeline.read(f"stream-checkpointing/{QUERY}/offsets/{at}").split("\n")[1] for at in (0, 1)]
    commit = json.loads(pipeline.read(f"stream-checkpointing/{QUERY}/commits/0").split("\n")[1])
    delay_ms = plan_of(FOOD_DELIVERY).watermark_delay_ms
    assert json.loads(plans[1])["batchWatermarkMs"] == commit["maxEventTimeMs"] - delay_ms
    published = [json.loads(pipeline.read(key)) for key in pipeline.keys(f"progress/{QUERY}/batches/")]
    assert [progress["batchId"] for progress in published] == pipeline.entries("commits")
    committed = [progress["sluice"]["committedAt"] for progress in published]
    assert committed == sorted(committed)
    assert sum(progress["numInputRows"] for progress in published) == len(sent)


def test_a_transaction_that_fails_while_the_next_batch_is_judged_fails_the_query_with_its_own_error(
    pipeline: Pipeline, run: Run, spark: Any
) -> None:
    sent = orders(3_000, seed=6)
    run.sink.refused.add(0)
    begin_two_batches(pipeline, run, spark, sent)
    run.sink.held.clear()
    wait_until(run.ended, "the query has ended")
    assert isinstance(run.failure, TransactionRefusedError)
    assert (pipeline.entries("offsets"), pipeline.entries("commits")) == ([0], [])
    assert files_of(pipeline, 1) == []

    again = new_run(pipeline).begin(pipeline, spark)
    wait_until(lambda: pipeline.records_read() == len(sent), "all is committed")
    again.end()
    assert "batch 0 was planned and not committed: doing it again" in again.log[0]
    pipeline.assert_ledger_closes(sent)


def test_rows_that_spark_loses_fail_the_query_before_anything_of_their_batch_is_written(
    pipeline: Pipeline, run: Run, spark: Any
) -> None:
    sent = orders(200, seed=10)
    pipeline.send(sent)
    run.sink.lost.add(0)
    run.begin(pipeline, spark)
    wait_until(lambda: run.ended() or ("writing", 0) in run.sink.did, "the query has ended, or writes the batch")
    assert ("writing", 0) not in run.sink.did
    assert isinstance(run.failure, RuntimeError)
    assert str(run.failure) == "Spark gave nothing of batch 0."
    assert (pipeline.entries("offsets"), files_of(pipeline, 0)) == ([], [])

    again = new_run(pipeline).begin(pipeline, spark)
    wait_until(lambda: pipeline.records_read() == len(sent), "all is committed")
    again.end()
    pipeline.assert_ledger_closes(sent)


def test_a_transaction_that_fails_ends_the_query_though_no_record_comes_after_it(
    pipeline: Pipeline, run: Run, spark: Any
) -> None:
    run.sink.refused.add(0)
    pipeline.send(orders(200, seed=7))
    run.begin(pipeline, spark)
    run.has("writing", 0)
    wait_until(run.ended, "the query has ended")
    assert isinstance(run.failure, TransactionRefusedError)


def test_a_stop_waits_for_the_transaction_that_runs_and_reports_it(pipeline: Pipeline, run: Run, spark: Any) -> None:
    sent = orders(500, seed=8)
    run.sink.held.add(0)
    pipeline.send(sent)
    run.begin(pipeline, spark)
    run.has("writing", 0)
    run.stop.set()
    assert is_soon_within(Batches.end)
    assert pipeline.entries("commits") == []
    released_at = iso_utc(time.time() * 1000)
    run.sink.held.clear()
    run.end()
    assert pipeline.entries("commits") == [0]
    progress = json.loads(pipeline.read(f"progress/{QUERY}/batches/{0:012d}.json"))
    assert progress["sluice"]["counts"]["read"] == progress["numInputRows"] == len(sent)
    committed_at = progress["sluice"]["committedAt"]
    assert committed_at >= released_at
    began_ms, ended_ms = epoch_ms(progress["timestamp"]), epoch_ms(committed_at)
    assert progress["batchDuration"] == ended_ms - began_ms, "from its start to its commit"
    pipeline.assert_ledger_closes(sent)


def test_a_batch_is_committed_and_published_when_its_transaction_is_done_not_at_the_next_trigger(
    pipeline: Pipeline, run: Run, spark: Any
) -> None:
    sent = orders(500, seed=9)
    pipeline.send(sent)
    run.begin(pipeline, spark, **{"--trigger-ms": "20000"})
    run.has("written", 0)
    written_s = time.monotonic()
    latest = f"progress/{QUERY}/batches/{0:012d}.json"
    wait_until(lambda: pipeline.keys(latest) == [latest], "the batch was published")
    assert pipeline.entries("commits") == [0]
    assert time.monotonic() - written_s < 10
