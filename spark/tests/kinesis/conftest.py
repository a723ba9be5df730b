from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from sluice_spark.source.kinesis.lineage import StartingPosition
from sluice_spark.source.kinesis.offset import Offset
from sluice_spark.source.kinesis.reader import StreamReader
from tests.kinesis.sandbox import STREAM, Sandbox, running_sandbox


@pytest.fixture
def sandbox(tmp_path: Path) -> Iterator[Sandbox]:
    with running_sandbox(tmp_path / "sandbox") as running:
        yield running


@pytest.fixture
def reader_on(sandbox: Sandbox) -> Iterator[Callable[..., StreamReader]]:
    opened: list[StreamReader] = []

    def open_reader(
        offset: Offset | None = None, position: StartingPosition = "TRIM_HORIZON", covered: dict[str, int] | None = None
    ) -> StreamReader:
        reader = StreamReader(sandbox.client(), STREAM, max_records_per_batch=10_000, now_ms=sandbox.now_ms)
        opened.append(reader)
        reader.begin(offset, position, covered)
        return reader

    yield open_reader
    for reader in opened:
        reader.close()
