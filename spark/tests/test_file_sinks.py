"""The sinks parquet and json, with Spark, against a whole pipeline in the sandbox."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pyarrow.dataset as ds
import pytest

from tests.embedded import needs_node
from tests.pipeline import QUERY, Engine, Pipeline, running_pipeline, wait_until

pytestmark = [pytest.mark.spark, pytest.mark.node, needs_node, pytest.mark.timeout(400)]


@pytest.fixture
def pipeline(tmp_path: Path) -> Iterator[Pipeline]:
    with running_pipeline(tmp_path) as running:
        yield running


def order(number: int, minute: int, **more: Any) -> bytes:
    event = {
        "OrderID": f"00000000-0000-4000-8000-{number:012d}",
        "CustomerID": 1 + number % 50,
        "RestaurantID": 1,
        "RiderID": 1,
        "OrderDate": f"2026-01-01T{minute // 60:02d}:{minute % 60:02d}:00.000Z",
        "DeliveryTime": 30,
        "OrderValue": 10.25,
        "DeliveryFee": 1.5,
        "TipAmount": 0,
        "OrderStatus": "Delivered",
        **more,
    }
    return json.dumps(event).encode()


def start(pipeline: Pipeline, sink: str, python: Path | None = None) -> Engine:
    return pipeline.start_spark(
        *("--sink", sink, "--output", (pipeline.folder / "out").as_uri()),
        *("--spark-checkpoint", (pipeline.folder / "checkpoint").as_uri()),
        *("--max-records-per-batch", "1000"),
        python=python,
    )


def waits(engine: Engine, holds: Callable[[], bool], what: str) -> None:
    """Wait for what a running job does."""

    def held() -> bool:
        assert engine.process.poll() is None, f"The job ended before {what}:\n{engine.output()}"
        return holds()

    wait_until(held, what)


def progress(pipeline: Pipeline) -> list[dict[str, Any]]:
    return [json.loads(pipeline.read(key)) for key in pipeline.keys(f"progress/{QUERY}/batches/")]


def total(pipeline: Pipeline, name: str) -> int:
    return sum(batch["sluice"]["counts"][name] for batch in progress(pipeline))


def rows(pipeline: Pipeline, sink: str) -> list[dict[str, Any]]:
    folder = pipeline.folder / "out/factOrders"
    if not folder.exists():
        return []
    while True:
        try:
            found: list[dict[str, Any]] = ds.dataset(folder, format=sink, partitioning="hive").to_table().to_pylist()
        except FileNotFoundError:
            # A batch that is done again replaced its files after they were listed.
            continue
        return found


@pytest.mark.parametrize("sink", [pytest.param("parquet", marks=pytest.mark.every_spark), "json"])
def test_files_hold_each_key_once_over_a_kill_and_progress_counts_what_spark_dropped(
    pipeline: Pipeline, sink: str
) -> None:
    first = [order(number, number % 10) for number in range(1_000)]
    broken = [b'{"OrderID":"alone"}', order(5_000, 0, OrderValue=-1)]
    pipeline.send([*first, *broken, *first[:100]])
    engine = start(pipeline, sink)
    waits(engine, lambda: len(rows(pipeline, sink)) > 0, "files are written")
    engine.kill()
    # Event time goes on by hours: what is of the first minutes is late from then on.
    later = [order(number, 300) for number in range(10_000, 10_500)]
    pipeline.send(later)
    engine = start(pipeline, sink)
    waits(engine, lambda: len(rows(pipeline, sink)) == 1_500, "all rows are written")
    pipeline.send([*later[:50], order(20_001, 301)])
    waits(engine, lambda: len(rows(pipeline, sink)) == 1_501, "the new row is written")
    # Spark drops what is behind the watermark of the batch before.
    pipeline.send([order(20_000, 1), order(20_002, 302)])
    waits(engine, lambda: len(rows(pipeline, sink)) == 1_502, "the row that is not late is written")
    waits(engine, lambda: total(pipeline, "late") == 1, "the late row is counted")
    assert engine.interrupt() == 0, engine.output()
    found = rows(pipeline, sink)
    assert len({row["OrderID"] for row in found}) == len(found) == 1_502
    assert {line["reason"] for line in pipeline.quarantined("invalid")} == {
        "missing:CustomerID",
        "out_of_range:OrderValue",
    }
    assert len(pipeline.quarantined("invalid")) == 2
    assert "does not add up" not in engine.output()
    last = progress(pipeline)[-1]
    assert last["sluice"]["engine"] == "spark"
    assert last["sources"][0]["endOffset"].keys() == {"shardId-000000000000", "shardId-000000000001"}
