"""The rules of one event, held against the embedded engine's: the same reasons and the same values."""

from __future__ import annotations

import json
from base64 import b64encode
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings

from sluice_spark.rules.judge import judge
from tests.embedded import ask, needs_node
from tests.events import GOOD, events
from tests.specs import FOOD_DELIVERY, checked_spec, parsed

_CASES = 3000


def drawn(count: int) -> list[bytes]:
    """Draw records; hypothesis makes them, one question asks of all."""
    records: list[bytes] = []

    @settings(max_examples=count, database=None, suppress_health_check=[HealthCheck.too_slow])
    @given(events())
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


@pytest.mark.node
@needs_node
@pytest.mark.parametrize(
    "spec", [FOOD_DELIVERY, {**checked_spec(), "event": {**checked_spec()["event"], "checks": []}}]
)
def test_gives_the_reasons_of_the_embedded_engine(spec: dict[str, Any]) -> None:
    records = drawn(_CASES)
    (told,) = ask({"question": "classify", "spec": spec, "records": as_asked(records), "watermarkMs": None})
    theirs = {entry["ordinal"]: entry["reason"] for entry in told["answer"]["quarantine"]["invalid"]}
    reasons = judge(parsed(spec), records).reason.to_pylist()
    differing = [
        (records[place], reason, theirs.get(place))
        for place, reason in enumerate(reasons)
        if reason != theirs.get(place)
    ]
    assert differing == []
    assert len(set(theirs.values())) > 20, "the drawn records do not try the rules"


def test_an_event_without_fault_has_no_reason_and_its_values() -> None:
    judged = judge(parsed(FOOD_DELIVERY), [json.dumps(GOOD).encode()])
    assert judged.reason.to_pylist() == [None]
    assert judged.columns["OrderValue"].to_pylist()[0].as_tuple() == (0, (2, 7, 5, 0), -2)
