"""The job whole: spark-submit on this machine, against the sandbox, and the embedded engine on its checkpoint."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.embedded import ask, needs_node
from tests.events import orders
from tests.pipeline import QUERY, SCHEMA, Pipeline, running_pipeline, wait_until

pytestmark = [pytest.mark.spark, pytest.mark.every_spark, pytest.mark.node, needs_node, pytest.mark.timeout(900)]


@pytest.fixture
def pipeline(tmp_path: Path) -> Iterator[Pipeline]:
    with running_pipeline(tmp_path) as running:
        yield running


def test_either_engine_does_again_what_the_other_had_planned_when_it_was_killed(pipeline: Pipeline) -> None:
    sent = orders(9000, seed=5)
    lots = [sent[:2000], sent[2000:4000], sent[4000:6500], sent[6500:]]

    # The embedded engine begins, and dies between plan and commit: the warehouse holds its transaction up.
    embedded = pipeline.start_embedded()
    pipeline.send(lots[0])
    wait_until(lambda: pipeline.records_read() == len(lots[0]), "the embedded engine committed what was sent")
    with pipeline.locked_batches():
        pipeline.send(lots[1])
        wait_until(pipeline.has_open_batch, "the embedded engine planned a batch")
        embedded.kill()
    opened = pipeline.entries("offsets")[-1]

    # Spark does that batch again, and goes on; then it dies in the same way.
    spark = pipeline.start_spark()
    spark.says(f"batch {opened} was planned and not committed: doing it again")
    wait_until(lambda: pipeline.records_read() == len(lots[0]) + len(lots[1]), "Spark committed what was sent")
    pipeline.assert_ledger_closes(lots[0] + lots[1])
    with pipeline.locked_batches():
        pipeline.send(lots[2])
        wait_until(pipeline.has_open_batch, "Spark planned a batch")
        plan = pipeline.read(pipeline.newest_plan())
        spark.kill()
    opened = pipeline.entries("offsets")[-1]

    # The embedded engine does Spark's batch again: with its end and its watermark.
    embedded = pipeline.start_embedded()
    embedded.says(f"batch {opened} was planned and not committed: doing it again")
    wait_until(
        lambda: pipeline.records_read() == sum(map(len, lots[:3])), "the embedded engine committed what was sent"
    )
    assert pipeline.read(f"stream-checkpointing/{QUERY}/offsets/{opened}") == plan
    assert embedded.interrupt() == 0
    pipeline.assert_ledger_closes([record for lot in lots[:3] for record in lot])

    # Spark goes on where that ended, and ends when it is asked to, after its batch.
    spark = pipeline.start_spark()
    pipeline.send(lots[3])
    wait_until(lambda: pipeline.records_read() == len(sent), "Spark committed the rest")
    assert spark.interrupt() == 0
    assert "ended on request" in spark.output()
    pipeline.assert_ledger_closes(sent)
    assert not pipeline.has_open_batch()

    newest = pipeline.entries("commits")[-1]
    progress = json.loads(pipeline.read(f"progress/{QUERY}/batches/{newest:012d}.json"))
    (accepted,) = ask({"question": "acceptsProgress", "progress": progress})
    assert accepted.get("answer") == progress, accepted
    row = pipeline.query(
        f"select read_rows, loaded_rows, query_id from {SCHEMA}.sluice_batches where batch_id = {newest}"
    )[0]
    assert [progress["sluice"]["counts"]["read"], progress["sluice"]["counts"]["loaded"], progress["id"]] == row
    assert progress["numInputRows"] == progress["sluice"]["counts"]["read"]
    assert set(progress["sluice"]["partitions"]) == set(progress["sources"][0]["endOffset"])
    assert json.loads(pipeline.read(f"progress/{QUERY}/latest.json"))["batchId"] == newest


def test_a_run_that_lost_its_checkpoint_to_another_ends_and_says_so(pipeline: Pipeline) -> None:
    spark = pipeline.start_spark("--starting-position", "LATEST")
    wait_until(lambda: pipeline.entries("commits") == [0], "the empty first batch wrote down where LATEST was")
    end = json.loads(pipeline.read(f"stream-checkpointing/{QUERY}/offsets/0").split("\n")[2])
    assert [position["position"][0] for position in end.values()] == ["@", "@"]
    embedded = pipeline.start_embedded()
    embedded.says("on the embedded engine")
    sent = orders(500, seed=8)
    pipeline.send(sent)
    wait_until(lambda: spark.process.poll() is not None or embedded.process.poll() is not None, "one of the two ended")
    wait_until(lambda: pipeline.records_read() == len(sent), "the other committed what was sent")
    lost = spark if spark.process.poll() is not None else embedded
    assert lost.process.wait() == (4 if lost is spark else 1)
    assert "was written by another run of this query" in lost.output().strip().splitlines()[-1]
    pipeline.assert_ledger_closes(sent)


def test_a_new_query_reports_that_it_waits_before_anything_came(pipeline: Pipeline) -> None:
    spark = pipeline.start_spark()
    latest = f"progress/{QUERY}/latest.json"
    wait_until(lambda: pipeline.keys(latest) == [latest], "an idle trigger was published")
    progress = json.loads(pipeline.read(latest))
    (accepted,) = ask({"question": "acceptsProgress", "progress": progress})
    assert accepted.get("answer") == progress, accepted
    assert (progress["batchId"], progress["numInputRows"]) == (0, 0)
    assert set(progress["sources"][0]["endOffset"]) == {"shardId-000000000000", "shardId-000000000001"}
    assert spark.process.poll() is None
    assert pipeline.entries("offsets") == []
