"""A batch as the job's task settles it, held against the embedded engine's judgement of the same records."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from datetime import datetime
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from sluice_spark.batch.records import SPARK_PACK_SCHEMA, pack_rows, packed
from sluice_spark.batch.settle import Settling, collect_settled, settle_records, settled_frame
from sluice_spark.batch.start import BatchStart
from sluice_spark.times import iso_utc
from tests.drawn import as_asked, as_read, drawn
from tests.embedded import ask, needs_node
from tests.events import nested_events, orders
from tests.specs import FOOD_DELIVERY, checked_spec, nested_spec, plan_of

pytestmark = [pytest.mark.every_spark, pytest.mark.node, needs_node, pytest.mark.timeout(600)]
WATERMARK_MS = 1_793_620_800_000
START = BatchStart(7, WATERMARK_MS)
"""2 November 2026, noon: events of both sides are drawn."""

CASES: dict[str, tuple[dict[str, Any], Callable[[], list[bytes]]]] = {
    "drawn": (FOOD_DELIVERY, lambda: drawn(3000)),
    "drawn, with rules over several fields": (checked_spec(), lambda: drawn(1500)),
    "orders": (FOOD_DELIVERY, lambda: orders(4000, seed=3, first=10_000)),
    "nested JSON, lists and maps": (nested_spec(), lambda: drawn(1500, nested_events())),
}


@pytest.mark.parametrize("name", CASES)
def test_counts_quarantine_and_rows_are_those_of_the_embedded_engine(name: str) -> None:
    spec, make = CASES[name]
    records = as_asked(make())
    (asked,) = ask({"question": "classify", "spec": spec, "records": records, "watermarkMs": WATERMARK_MS})
    assert "answer" in asked, asked
    theirs = asked["answer"]
    ours = settle_records(as_read(records), Settling(plan_of(spec), START))

    counts = theirs["counts"]
    judged = ours.counts
    assert (judged.read, judged.invalid, judged.late) == (counts["read"], counts["invalid"], counts["late"])
    assert (judged.duplicates_in_batch, judged.staged) == (counts["duplicatesInBatch"], counts["staged"])
    assert min(judged.invalid, judged.late, judged.duplicates_in_batch, judged.staged) > 0, "the records do not try it"
    assert ours.times is not None
    assert ours.times.greatest_ms == theirs["maxEventTimeMs"]
    assert theirs["eventTime"] == {
        "min": iso_utc(ours.times.least_ms),
        "max": iso_utc(ours.times.greatest_ms),
        "avg": iso_utc(ours.times.average_ms),
    }
    for kind in ("invalid", "late"):
        lines = ours.quarantine[kind].decode()
        assert lines == "".join(
            _line(records[entry["ordinal"]], entry["reason"]) for entry in theirs["quarantine"][kind]
        )
    assert ours.staged is not None
    assert [_as_json(row) for row in pq.read_table(io.BytesIO(ours.staged)).to_pylist()] == theirs["staged"]


def _line(record: dict[str, Any], reason: str) -> str:
    line = {
        "partitionId": record["shardId"],
        "offset": record["sequenceNumber"],
        "partitionKey": record["partitionKey"],
        "arrivedAt": iso_utc(record["arrivedMs"]),
        "reason": reason,
        "data": record["data"],
    }
    return json.dumps(line, separators=(",", ":")) + "\n"


_BIGINTS = ("batch_id", "quantity")


def _as_json(row: dict[str, Any]) -> dict[str, Any]:
    """Write values as DuckDB's JSON does: text, but for numbers that JSON has."""
    assert row["batch_id"] == 7
    return {
        name: str(value) if isinstance(value, Decimal) or (name in _BIGINTS and value is not None) else _text(value)
        for name, value in row.items()
    }


def _text(value: object) -> object:
    if not isinstance(value, datetime):
        return value
    text = str(value)
    return text.rstrip("0") if "." in text else text


def test_the_staged_columns_have_the_types_that_copy_needs() -> None:
    records = as_read(as_asked(orders(10, seed=1, first=13_000)))
    settled = settle_records(records, Settling(plan_of(FOOD_DELIVERY), BatchStart(10, WATERMARK_MS)))
    assert settled.staged is not None
    schema = pq.read_schema(io.BytesIO(settled.staged))
    types = {field.name: str(field.type) for field in schema}
    assert types["OrderDate"] == types["arrived_at"] == "timestamp[us]"
    assert (types["OrderValue"], types["CustomerID"], types["batch_id"]) == ("decimal128(10, 2)", "int32", "int64")
    assert list(types) == [column["name"] for column in FOOD_DELIVERY["sink"]["columns"]]


def test_what_a_spec_keeps_as_super_is_staged_as_the_text_of_its_json() -> None:
    event = {
        "id": "a",
        "seen": "2026-11-02T13:00:00Z",
        "items": [{"sku": "x", "qty": 2, "more": 1}],
        "place": {"lat": 1.5},
    }
    records = as_read(as_asked([json.dumps({**event, "tags": {"a": 1}, "raw": {"b": [1, None]}}).encode()]))
    settled = settle_records(records, Settling(plan_of(nested_spec()), START))
    assert settled.staged is not None
    (row,) = pq.read_table(io.BytesIO(settled.staged)).to_pylist()
    assert json.loads(row["items"]) == [{"sku": "x", "qty": 2}]
    assert json.loads(row["tags"]) == {"a": 1}
    assert json.loads(row["raw"]) == {"b": [1, None]}
    assert (row["lat"], row["quantity"]) == (1.5, 2)


@pytest.mark.spark
def test_spark_settles_the_packs_of_a_batch_in_the_order_of_their_records(spark: Any) -> None:
    records = as_read(as_asked(orders(3000, seed=5, first=12_000)))
    plan = plan_of(FOOD_DELIVERY)
    packs = [
        (first, packed(records.slice(first, 1000).combine_chunks().to_batches()[0]))
        for first in range(0, len(records), 1000)
    ]
    frame = spark.createDataFrame(pa.Table.from_batches([pack_rows(packs[::-1])]), SPARK_PACK_SCHEMA).repartition(3)
    settling = Settling(plan, START)
    assert collect_settled(settled_frame(frame, settling), START) == settle_records(records, settling)


@pytest.mark.spark
def test_a_batch_that_was_settled_as_another_is_refused(spark: Any) -> None:
    packs = spark.createDataFrame([], SPARK_PACK_SCHEMA)
    frame = settled_frame(packs, Settling(plan_of(FOOD_DELIVERY), START))
    with pytest.raises(RuntimeError, match=r"judged as BatchStart\(batch_id=7.* and are of BatchStart\(batch_id=8"):
        collect_settled(frame, BatchStart(8, WATERMARK_MS))


def test_a_batch_without_records_has_nothing() -> None:
    settled = settle_records(as_read([]), Settling(plan_of(FOOD_DELIVERY), BatchStart(3, None)))
    assert (settled.counts.read, settled.times, settled.staged, settled.quarantine) == (0, None, None, {})
