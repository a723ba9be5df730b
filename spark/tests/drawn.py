"""Records that hypothesis draws, and records as the embedded engine is asked about them."""

from __future__ import annotations

from base64 import b64decode, b64encode
from typing import Any

import pyarrow as pa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sluice_spark.batch.records import RECORD_SCHEMA
from tests.events import events


def drawn(count: int, strategy: st.SearchStrategy[bytes] | None = None) -> list[bytes]:
    """Draw records; hypothesis makes them, one question asks of all."""
    records: list[bytes] = []

    @settings(max_examples=count, database=None, suppress_health_check=[HealthCheck.too_slow])
    @given(events() if strategy is None else strategy)
    def collect(record: bytes) -> None:
        records.append(record)

    collect()
    return records


def as_asked(records: list[bytes]) -> list[dict[str, Any]]:
    """Give the records as the embedded engine is asked about them."""
    return [
        {
            "shardId": "shardId-000000000000",
            "sequenceNumber": str(place),
            "partitionKey": "k",
            "arrivedMs": 1_795_629_600_000 + place,
            "data": b64encode(record).decode(),
        }
        for place, record in enumerate(records)
    ]


def as_read(records: list[dict[str, Any]]) -> pa.Table:
    """Give the same records as the job reads them."""
    columns = [
        pa.array([record["shardId"] for record in records]),
        pa.array([record["sequenceNumber"] for record in records]),
        pa.array([record["partitionKey"] for record in records]),
        pa.array([record["arrivedMs"] * 1000 for record in records], pa.int64()).cast(pa.timestamp("us")),
        pa.array([b64decode(record["data"]) for record in records], pa.binary()),
    ]
    return pa.Table.from_arrays(columns, schema=RECORD_SCHEMA)
