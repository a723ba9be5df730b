"""A batch as the job's tasks judge and settle it, held against the embedded engine's judgement of the same records."""

from __future__ import annotations

import io
import json
from base64 import b64decode
from datetime import datetime
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from sluice_spark.judged import asked_records
from sluice_spark.packed import packing, spark_packed_schema
from sluice_spark.settle import Settled, Settling, settle
from sluice_spark.times import iso_utc
from sluice_spark.typed import RECORD_SCHEMA
from tests.embedded import ask, needs_node
from tests.events import orders
from tests.specs import FOOD_DELIVERY, checked_spec, parsed
from tests.test_rules import as_asked, drawn

pytestmark = [pytest.mark.spark, pytest.mark.every_spark, pytest.mark.node, needs_node, pytest.mark.timeout(600)]
WATERMARK_MS = 1_793_620_800_000
"""2 November 2026, noon: events of both sides are drawn."""


def _settled(spark: Any, spec: dict[str, Any], records: list[dict[str, Any]], batch_id: int) -> Settled:
    columns = [
        pa.array(range(len(records)), pa.int64()),
        pa.array([record["shardId"] for record in records]),
        pa.array([record["sequenceNumber"] for record in records]),
        pa.array([record["partitionKey"] for record in records]),
        pa.array([record["arrivedMs"] * 1000 for record in records], pa.int64()).cast(pa.timestamp("us")),
        pa.array([b64decode(record["data"]) for record in records], pa.binary()),
    ]
    raw = spark.createDataFrame(pa.Table.from_arrays(columns, schema=RECORD_SCHEMA)).repartition(3)
    read = parsed(spec)
    packed = raw.mapInArrow(packing(read), spark_packed_schema(read))
    asked = asked_records(packed, read, batch_id, WATERMARK_MS)
    return settle(asked, Settling(read, batch_id, WATERMARK_MS))


@pytest.mark.parametrize(
    ("name", "batch_id"), [("drawn", 7), ("drawn, with rules over several fields", 8), ("orders", 9)]
)
def test_counts_quarantine_and_rows_are_those_of_the_embedded_engine(spark: Any, name: str, batch_id: int) -> None:
    spec = checked_spec() if "rules" in name else FOOD_DELIVERY
    records = as_asked(orders(4000, seed=3, first=10_000) if name == "orders" else drawn(1500))
    (asked,) = ask({"question": "classify", "spec": spec, "records": records, "watermarkMs": WATERMARK_MS})
    theirs = asked["answer"]
    ours = _settled(spark, spec, records, batch_id)

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
    staged = pq.read_table(io.BytesIO(ours.staged))
    assert [_as_json(row, batch_id) for row in staged.to_pylist()] == [
        {**row, "batch_id": str(batch_id)} for row in theirs["staged"]
    ]


def _line(record: dict[str, Any], reason: str) -> str:
    line = {
        "shardId": record["shardId"],
        "sequenceNumber": record["sequenceNumber"],
        "partitionKey": record["partitionKey"],
        "arrivedAt": iso_utc(record["arrivedMs"]),
        "reason": reason,
        "data": record["data"],
    }
    return json.dumps(line, separators=(",", ":")) + "\n"


def _as_json(row: dict[str, Any], batch_id: int) -> dict[str, Any]:
    """Write values as DuckDB's JSON does: text, but for numbers that JSON has."""
    assert row["batch_id"] == batch_id
    return {
        name: value if isinstance(value, int | str | None) and name != "batch_id" else _text(value)
        for name, value in row.items()
    }


def _text(value: object) -> str:
    text = str(value)
    return text.rstrip("0") if isinstance(value, datetime) and "." in text else text


def test_the_staged_columns_have_the_types_that_copy_needs(spark: Any) -> None:
    settled = _settled(spark, FOOD_DELIVERY, as_asked(orders(10, seed=1, first=13_000)), 10)
    assert settled.staged is not None
    schema = pq.read_schema(io.BytesIO(settled.staged))
    types = {field.name: str(field.type) for field in schema}
    assert types["OrderDate"] == types["arrived_at"] == "timestamp[us]"
    assert (types["OrderValue"], types["CustomerID"], types["batch_id"]) == ("decimal128(10, 2)", "int32", "int64")
    assert list(types) == [column["name"] for column in FOOD_DELIVERY["sink"]["columns"]]
