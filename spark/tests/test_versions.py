"""A checkpoint goes from one version of Spark to another and back: both kinds, with the state of the deduplication.

The other version is that of the Python which SLUICE_OTHER_SPARK names.
"""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pyspark
import pytest

from tests.embedded import needs_node
from tests.events import orders
from tests.pipeline import QUERY, Engine, Pipeline, running_pipeline, wait_until
from tests.test_file_sinks import order, rows, start, waits

_OTHER = os.environ.get("SLUICE_OTHER_SPARK")
_FROZEN = {"4.0": 11, "4.1": 11, "4.2": 15, "4.3": 17}
"""How many settings each release writes into a plan of its own checkpoint, as each was seen to."""
pytestmark = [
    pytest.mark.spark,
    pytest.mark.node,
    pytest.mark.every_spark,
    needs_node,
    pytest.mark.timeout(1200),
    pytest.mark.skipif(_OTHER is None, reason="SLUICE_OTHER_SPARK names no Python with another PySpark"),
]


@pytest.fixture
def pipeline(tmp_path: Path) -> Iterator[Pipeline]:
    with running_pipeline(tmp_path) as running:
        yield running


@pytest.fixture
def other() -> Path:
    assert _OTHER is not None
    assert _version_of(Path(_OTHER)) != pyspark.__version__, "it is to be another version"
    return Path(_OTHER)


def _version_of(python: Path) -> str:
    code = "import pyspark; print(pyspark.__version__)"
    return subprocess.run([str(python), "-c", code], check=True, capture_output=True, text=True).stdout.strip()


def _frozen_by(version: str) -> int:
    return _FROZEN[".".join(version.split(".")[:2])]


def test_the_state_of_a_deduplication_goes_to_a_newer_spark_and_back(pipeline: Pipeline, other: Path) -> None:
    def goes_on(engine: Engine, sent: list[bytes], total: int, what: str) -> None:
        pipeline.send(sent)
        waits(engine, lambda: len(rows(pipeline, "parquet")) == total, what)
        assert engine.interrupt() == 0, engine.output()

    first = [order(number, number % 10) for number in range(300)]
    goes_on(start(pipeline, "parquet", other), first, 300, "the other Spark wrote what was sent")
    again = [*first[:50], order(1_000, 5)]
    goes_on(start(pipeline, "parquet"), again, 301, "this Spark wrote the one row that is new")
    goes_on(start(pipeline, "parquet", other), [*again, order(1_001, 5)], 302, "the other Spark did so, too")
    plans = [path.read_text() for path in (pipeline.folder / "checkpoint/offsets").iterdir() if path.name.isdigit()]
    assert all(plan.startswith("v1\n") for plan in plans), "as the console reads it"
    settings = {len(json.loads(plan.split("\n")[1])["conf"]) for plan in plans}
    assert settings == {_frozen_by(_version_of(other)), _frozen_by(pyspark.__version__)}, "each Spark froze its own"


def test_the_checkpoint_of_the_warehouse_goes_to_a_newer_spark_and_back(pipeline: Pipeline, other: Path) -> None:
    # With those that are sent twice there are more.
    sent = orders(900, seed=11)[:900]
    for number, python in enumerate((other, None, other)):
        spark = pipeline.start_spark(python=python)
        pipeline.send(sent[number * 300 : (number + 1) * 300])
        wait_until(lambda: pipeline.records_read() == (number + 1) * 300, "what was sent is committed")  # noqa: B023
        assert spark.interrupt() == 0, spark.output()
    pipeline.assert_ledger_closes(sent)
    newest = pipeline.entries("commits")[-1]
    progress = json.loads(pipeline.read(f"progress/{QUERY}/batches/{newest:012d}.json"))
    assert progress["sluice"]["application"]["sparkVersion"] != pyspark.__version__
