"""Fills the statements of a batch's transaction in the warehouse.

shared/job/fill-statement.ts does the same for the embedded engine.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from sluice_spark.batch.counts import JudgedCounts
from sluice_spark.plan import SinkPlan
from sluice_spark.times import iso_utc

_STAGE = "sluice_stage"
_PLACE = re.compile(r"\{(\w+)\}")


class UnknownPlaceError(Exception):
    """A statement of the plan has a place that this job does not know."""


@dataclass(frozen=True, kw_only=True)
class SinkTransaction:
    """What a batch's transaction is about.

    `kinesis_records` are the records of the stream that the rows came in; None when nobody counted them. `staged` is
    `s3://bucket/prefix` of the staged Parquet; None when nothing was staged. `copy_role` is the ARN that COPY reads as.
    """

    query_id: str
    batch_id: int
    counts: JudgedCounts
    kinesis_records: int | None
    watermark_ms: float | None
    staged: str | None
    copy_role: str


def copy_transaction(sink: SinkPlan, batch: SinkTransaction) -> list[str]:
    """Give the statements of a batch's transaction with a COPY of what was staged.

    The last one says what became of the batch.
    """
    if batch.staged is None:
        return merge_transaction(sink, batch, None)
    steps = sink.transaction
    return _filled([*steps.lock, *steps.copy, *steps.merge, steps.result], batch, _STAGE)


def merge_transaction(
    sink: SinkPlan, batch: SinkTransaction, stage: str | None, afterwards: Sequence[str] = ()
) -> list[str]:
    """Give the statements that load a staging table that is there (None: nothing was staged)."""
    steps = sink.transaction
    if stage is None:
        return _filled([*steps.lock, *steps.nothing, steps.result], batch, _STAGE)
    *before, result = _filled([*steps.lock, *steps.merge, steps.result], batch, stage)
    return [*before, *afterwards, result]


def _filled(statements: Sequence[str], batch: SinkTransaction, stage: str) -> list[str]:
    """Fill the places: `{stage}` is a table's name, every other one a value, written as a literal."""
    counts, watermark_ms = batch.counts, batch.watermark_ms
    values: dict[str, str | int | None] = {
        "queryId": batch.query_id,
        "batchId": batch.batch_id,
        "readRows": counts.read,
        "invalidRows": counts.invalid,
        "lateRows": counts.late,
        "duplicateRows": counts.duplicates_in_batch,
        "stagedRows": counts.staged,
        "sourceRecords": batch.kinesis_records,
        "watermark": None if watermark_ms is None else iso_utc(watermark_ms).replace("T", " ").replace("Z", ""),
        "staged": batch.staged,
        "copyRole": batch.copy_role,
    }

    def fill(place: re.Match[str]) -> str:
        name = place.group(1)
        if name == "stage":
            return stage
        if name not in values:
            raise UnknownPlaceError(f"The plan's statement has a place that this job does not know: {place.group()}")
        return _literal(values[name])

    return [_PLACE.sub(fill, statement) for statement in statements]


def _literal(value: str | int | None) -> str:
    if value is None:
        return "null"
    return str(value) if isinstance(value, int) else "'" + value.replace("'", "''") + "'"
