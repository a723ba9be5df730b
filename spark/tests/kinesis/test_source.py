"""The source, asked in the order in which Spark 4.0 asks, against the sandbox in a process of its own."""

from __future__ import annotations

import json
import signal
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from sluice_spark.batch.records import unpacked
from sluice_spark.batch.start import BatchStart
from sluice_spark.source.handover import Handover
from sluice_spark.source.kinesis.reader import StreamReader
from sluice_spark.source.kinesis_source import KinesisStreamReader
from sluice_spark.source.settings import RecordsPartition, SourceSettings
from tests.embedded import needs_node
from tests.kinesis.sandbox import STREAM, Sandbox, create_stream, put
from tests.specs import FOOD_DELIVERY, plan_text

NEXT = BatchStart(3, 1_793_620_800_000)
pytestmark = [pytest.mark.node, needs_node, pytest.mark.timeout(120)]


@pytest.fixture(autouse=True)
def _kept_signals() -> Iterator[None]:
    """The source lets the signals of its process pass.

    Here that process is the tests' own, and what it starts would inherit it.
    """
    kept = {ending: signal.getsignal(ending) for ending in (signal.SIGINT, signal.SIGTERM)}
    yield
    for ending, handler in kept.items():
        signal.signal(ending, handler)


def _until_all_is_read(reader: StreamReader, _wait_ms: float) -> None:
    """A reader that is fast, or a driver that is slow: what is there is read before the first batch is planned."""
    while len(reader.seen()) < 2 or any(seen.millis_behind_latest > 0 for seen in reader.seen().values()):
        time.sleep(0.01)


def settings_for(endpoint_url: str, handover: Path) -> SourceSettings:
    Handover(str(handover)).write_next(NEXT)
    return SourceSettings(
        plan=plan_text(FOOD_DELIVERY),
        stream=STREAM,
        region="us-east-1",
        endpoint_url=endpoint_url,
        handover=str(handover),
        starting_position="TRIM_HORIZON",
        max_records=1_000,
        wait_ms=500,
    )


def records_between(reader: KinesisStreamReader, start: dict[str, Any], end: dict[str, Any]) -> list[bytes]:
    """Read a batch as a task does, and give its records: in one partition, which are settled as the driver says."""
    (partition,) = reader.partitions(start, end)
    assert isinstance(partition, RecordsPartition)
    records = unpacked(partition.packs)
    parts = dict(
        row for batch in reader.read(partition) for row in zip(*(c.to_pylist() for c in batch.columns), strict=True)
    )
    counted = json.loads(parts["counted"])
    assert counted["start"] == {"batch_id": NEXT.batch_id, "watermark_ms": NEXT.watermark_ms}
    assert counted["counts"]["read"] == len(records)
    return sorted(records["data"].to_pylist())


def test_the_first_batch_of_a_new_query_has_the_records_that_were_there_before_it(
    sandbox: Sandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(StreamReader, "wait_for_records", _until_all_is_read)
    client = sandbox.client()
    create_stream(client, 2)
    put(client, [f"order-{n}" for n in range(50)])
    settings = settings_for(client.meta.endpoint_url, tmp_path)
    reader = KinesisStreamReader(settings)
    try:
        # Spark plans the first batch, and only then asks where it begins.
        end = reader.latestOffset()
        start = reader.initialOffset()
        planned = records_between(reader, start, end)
    finally:
        reader.stop()
    assert planned == sorted(f"order-{n}".encode() for n in range(50))


def test_a_first_batch_that_a_checkpoint_of_sparks_has_open_is_done_again_with_its_records(
    sandbox: Sandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(StreamReader, "wait_for_records", _until_all_is_read)
    client = sandbox.client()
    create_stream(client, 2)
    sent = [f"order-{n}".encode() for n in range(50)]
    put(client, [data.decode() for data in sent])
    settings = settings_for(client.meta.endpoint_url, tmp_path)
    killed, again = KinesisStreamReader(settings), KinesisStreamReader(settings)
    try:
        end = killed.latestOffset()
        assert records_between(killed, killed.initialOffset(), end) == sorted(sent)
        # Spark gives the newest end that it knows by an empty range, and only then asks where the query begins.
        assert records_between(again, end, end) == []
        assert records_between(again, again.initialOffset(), end) == sorted(sent)
        put(client, ["order-50"])
        newest = end
        while newest == end:
            newest = again.latestOffset()
        assert records_between(again, end, newest) == [b"order-50"]
    finally:
        killed.stop()
        again.stop()
