"""The checkpoint, in the sandbox's S3, read and written by both engines' code."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from sluice_spark.source.kinesis.offset import ShardPosition, offset_from_json
from sluice_spark.state.checkpoint import Checkpoint, FencedError, PlannedBatch, UnreadableCheckpointError
from sluice_spark.state.origin import new_metadata, stream_created_ms
from tests.embedded import ask, needs_node
from tests.pipeline import BUCKET, STREAM, Pipeline, running_pipeline
from tests.specs import FOOD_DELIVERY, plan_of

pytestmark = [pytest.mark.node, needs_node, pytest.mark.timeout(300)]
END = {
    "shardId-000000000000": ShardPosition("49", 10, 3000, "49"),
    "shardId-000000000001": ShardPosition("SHARD_END", 1, 9, "7"),
}


@pytest.fixture(scope="module")
def pipeline(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pipeline]:
    with running_pipeline(tmp_path_factory.mktemp("pipeline")) as running:
        yield running


@pytest.fixture
def prefix(request: pytest.FixtureRequest) -> str:
    return f"{request.node.name}/"


def _new() -> dict[str, Any]:
    return {"id": "q"}


def test_a_batch_is_open_between_its_plan_and_its_commit(pipeline: Pipeline, prefix: str) -> None:
    checkpoint = Checkpoint(pipeline.s3, BUCKET, prefix, "run")
    assert checkpoint.restore(_new).committed is None
    plan = PlannedBatch(0, END, 1_793_664_000_000.5, {"shardId-000000000000": 5})
    checkpoint.plan(plan)
    assert checkpoint.restore(_new).open == plan
    checkpoint.commit(0, 1_793_664_000_001)
    restored = checkpoint.restore(_new)
    assert restored.open is None
    assert restored.committed is not None
    assert (restored.committed.batch_id, restored.committed.end) == (0, END)
    assert restored.committed.max_event_time_ms == 1_793_664_000_001
    assert restored.committed.covered_until_ms == {"shardId-000000000000": 5}


def test_batches_are_counted_as_numbers_and_not_as_text(pipeline: Pipeline, prefix: str) -> None:
    checkpoint = Checkpoint(pipeline.s3, BUCKET, prefix, "run")
    for batch_id in (9, 10):
        checkpoint.plan(PlannedBatch(batch_id, END, None))
        checkpoint.commit(batch_id, None)
    restored = checkpoint.restore(_new)
    assert restored.committed is not None
    assert restored.committed.batch_id == 10


def test_an_entry_of_another_run_ends_this_one_and_its_own_does_not(pipeline: Pipeline, prefix: str) -> None:
    ours, theirs = (Checkpoint(pipeline.s3, BUCKET, prefix, run) for run in ("ours", "theirs"))
    ours.plan(PlannedBatch(0, END, None))
    ours.plan(PlannedBatch(0, END, None))
    with pytest.raises(FencedError, match="written by another run"):
        theirs.plan(PlannedBatch(0, END, None))
    ours.commit(0, None)
    with pytest.raises(FencedError, match="written by another run"):
        theirs.commit(0, None)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("v2\n{}\n{}", "version v1"),
        ("v1\nno\n{}", "batchWatermarkMs"),
        ('v1\n{"batchWatermarkMs":1}\n[]', "offset"),
        ("", "v1"),
    ],
)
def test_an_entry_that_is_none_is_named(pipeline: Pipeline, prefix: str, text: str, said: str) -> None:
    pipeline.s3.put_object(Bucket=BUCKET, Key=f"{prefix}offsets/0", Body=text.encode())
    with pytest.raises(UnreadableCheckpointError, match=said) as refused:
        Checkpoint(pipeline.s3, BUCKET, prefix, "run").restore(_new)
    assert f"{prefix}offsets/0" in str(refused.value)


def test_a_checkpoint_from_after_this_program_is_refused(pipeline: Pipeline, prefix: str) -> None:
    metadata = json.dumps({"id": "q", "sluice": {"format": 2}})
    pipeline.s3.put_object(Bucket=BUCKET, Key=f"{prefix}metadata", Body=metadata.encode())
    with pytest.raises(UnreadableCheckpointError, match="format 2"):
        Checkpoint(pipeline.s3, BUCKET, prefix, "run").restore(_new)


def test_the_other_engine_reads_what_this_one_writes(pipeline: Pipeline, prefix: str) -> None:
    checkpoint = Checkpoint(pipeline.s3, BUCKET, prefix, "run")
    created_ms = stream_created_ms(pipeline.place, STREAM)
    metadata = new_metadata(
        "q", plan_of(FOOD_DELIVERY), stream=STREAM, created_ms=created_ms, spark_version="4.0.2", now_ms=created_ms
    )
    checkpoint.restore(lambda: metadata)
    checkpoint.plan(PlannedBatch(0, END, 1_793_664_000_000, {"shardId-000000000000": 5}))
    checkpoint.commit(0, 17)
    texts = {name: pipeline.read(f"{prefix}{name}") for name in ("metadata", "offsets/0", "commits/0")}
    (reply,) = ask({"question": "readsCheckpoint", "texts": texts})
    assert "error" not in reply, reply
    answer = reply["answer"]
    assert answer["metadata"] == metadata
    assert answer["commit"] == {"maxEventTimeMs": 17}
    assert answer["plan"]["watermarkMs"] == 1_793_664_000_000
    assert offset_from_json(json.dumps(answer["plan"]["end"])) == END
    assert answer["rewritten"] == {name: texts[name] for name in ("offsets/0", "commits/0")}, "byte for byte"
