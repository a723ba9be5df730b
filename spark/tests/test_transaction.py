from __future__ import annotations

from typing import Any

import pytest

from sluice_spark.batch.counts import JudgedCounts
from sluice_spark.sinks.transaction import SinkTransaction, copy_transaction
from tests.embedded import ask, needs_node
from tests.specs import FOOD_DELIVERY, plan_of


@pytest.mark.node
@needs_node
@pytest.mark.parametrize(
    "watermark_ms", [None, 1_793_664_000_000, 1_793_664_000_123.75, -62_167_219_200_001, 8_000_000_000_000_000]
)
@pytest.mark.parametrize("staged", [None, "s3://bucket/staging/q/batch=000000000007/"])
@pytest.mark.parametrize("merge_key", [["OrderID"], ["OrderID", "CustomerID"]])
def test_is_the_sql_of_the_embedded_engine(
    watermark_ms: float | None, staged: str | None, merge_key: list[str]
) -> None:
    spec: dict[str, Any] = {**FOOD_DELIVERY, "sink": {**FOOD_DELIVERY["sink"], "mergeKey": merge_key}}
    batch = {
        "queryId": "it's",
        "batchId": 7,
        "sourceRecords": 8,
        "counts": {"read": 10, "invalid": 1, "late": 2, "duplicatesInBatch": 3, "staged": 4},
        "watermarkMs": watermark_ms,
        "staged": staged,
        "copyRole": "arn:aws:iam::000000000000:role/copy",
    }
    (reply,) = ask({"question": "transaction", "spec": spec, "batch": batch})
    counts = JudgedCounts(read=10, invalid=1, late=2, duplicates_in_batch=3, staged=4)
    ours = SinkTransaction(
        query_id="it's",
        batch_id=7,
        counts=counts,
        kinesis_records=8,
        watermark_ms=watermark_ms,
        staged=staged,
        copy_role="arn:aws:iam::000000000000:role/copy",
    )
    assert copy_transaction(plan_of(spec).sink, ours) == reply["answer"]
