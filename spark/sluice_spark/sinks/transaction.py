"""The transaction of a batch in the warehouse: the same SQL as the embedded engine's (electron/engine/sink/transaction.ts)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sluice_spark.counts import JudgedCounts
from sluice_spark.spec import SinkSpec
from sluice_spark.times import iso_utc

_STAGE = "sluice_stage"


@dataclass(frozen=True)
class SinkTransaction:
    """What a batch's transaction is about.

    `kinesis_records` are the records of the stream that the rows came in; None when nobody counted them. `staged` is `s3://bucket/prefix` of the
    staged Parquet; None when nothing was staged. `copy_role` is the ARN that COPY reads as.
    """

    query_id: str
    batch_id: int
    counts: JudgedCounts
    kinesis_records: int | None
    watermark_ms: float | None
    staged: str | None
    copy_role: str


def sink_transaction(sink: SinkSpec, batch: SinkTransaction) -> list[str]:
    """Give the statements of a batch's transaction with a COPY of what was staged; see `merge_transaction`."""
    if batch.staged is None:
        return merge_transaction(sink, batch, None)
    create = f"create temp table {_STAGE} (like {sink.schema}.{sink.table})"
    copy = f"copy {_STAGE} from {_text(batch.staged)} iam_role {_text(batch.copy_role)} format as parquet"
    lock, *rest = merge_transaction(sink, batch, _STAGE)
    return [lock, create, copy, *rest]


def merge_transaction(
    sink: SinkSpec, batch: SinkTransaction, stage: str | None, afterwards: Sequence[str] = ()
) -> list[str]:
    """Give the statements that load a staging table (None: nothing was staged), the last of which says what became of the batch.

    They may run again, before or after they have committed, and change nothing then: the lock lets only one at a time, the row of the batch
    table is written once, and every key that was loaded is there to be matched. The first row of a key wins: Redshift's MERGE wants a change
    for a match, so the key is set to itself.
    """
    fact = f"{sink.schema}.{sink.table}"
    batches = f"{sink.schema}.{sink.batch_table}"
    is_this = f"query_id = {_text(batch.query_id)} and batch_id = {batch.batch_id}"
    on_key = " and ".join(f"{fact}.{key} = {stage}.{key}" for key in sink.merge_key)
    names = [column.name for column in sink.columns]
    lock = f"lock {batches}"
    result = f"select duplicate_rows_matched, loaded_rows from {batches} where {is_this}"  # noqa: S608
    if stage is None:
        return [
            lock,
            f"{_insert(batches, batch, '0, 0')} where not exists (select 1 from {batches} where {is_this})",  # noqa: S608
            result,
        ]
    key = sink.merge_key[0]
    return [
        lock,
        f"""{_insert(batches, batch, "m.matched, m.fresh")} from (
       select count({fact}.{key}) as matched, count(*) - count({fact}.{key}) as fresh from {stage} left join {fact} on {on_key}) m
     where not exists (select 1 from {batches} where {is_this})""",  # noqa: S608
        f"""merge into {fact} using {stage} on {on_key}
     when matched then update set {key} = {stage}.{key}
     when not matched then insert ({", ".join(names)}) values ({", ".join(f"{stage}.{name}" for name in names)})""",  # noqa: S608
        *afterwards,
        result,
    ]


def _insert(batches: str, batch: SinkTransaction, matched: str) -> str:
    counts = batch.counts
    return f"""insert into {batches} (query_id, batch_id, read_rows, invalid_rows, late_rows, duplicate_rows_in_batch, staged_rows, duplicate_rows_matched, loaded_rows, watermark, committed_at, kinesis_records)
     select {_text(batch.query_id)}, {batch.batch_id}, {counts.read}, {counts.invalid}, {counts.late}, {counts.duplicates_in_batch}, {counts.staged}, {matched}, {_watermark(batch.watermark_ms)}, getdate(), {_number(batch.kinesis_records)}"""  # noqa: E501


def _number(value: int | None) -> str:
    return "null" if value is None else str(value)


def _watermark(watermark_ms: float | None) -> str:
    if watermark_ms is None:
        return "null"
    return f"timestamp {_text(iso_utc(watermark_ms).replace('T', ' ').replace('Z', ''))}"


def _text(value: str) -> str:
    return "'" + value.replace("'", "''") + "'"
