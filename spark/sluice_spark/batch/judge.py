"""Judges records by the SQL of the plan. What a record is, and why, stands there and nowhere here."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pyarrow as pa

from sluice_spark.batch.counts import EventTimes, JudgedCounts
from sluice_spark.batch.duckdb_locked import locked_duckdb
from sluice_spark.batch.records import raw_table
from sluice_spark.layout import QuarantineKind
from sluice_spark.plan import JobPlan

if TYPE_CHECKING:
    import duckdb


@dataclass(frozen=True)
class Quarantined:
    """A record that goes to quarantine: its place in the batch, as what, and why."""

    ordinal: int
    kind: QuarantineKind
    reason: str


@dataclass(frozen=True)
class Judged:
    """What was found. `staged`: the rows to be loaded, as Parquet; None when there are none."""

    counts: JudgedCounts
    times: EventTimes | None
    quarantined: list[Quarantined]
    staged: bytes | None


def judge(plan: JobPlan, records: pa.Table, *, batch_id: int, watermark_ms: float | None) -> Judged:
    """Judge the records of a batch, in columns as `RECORD_SCHEMA`."""
    with _judged(plan, records, batch_id=batch_id, watermark_ms=watermark_ms) as connection:
        read, invalid, late, repeated, *times = connection.execute(plan.judge.counts).fetchall()[0]
        counts = JudgedCounts(read, invalid, late, repeated, read - invalid - late - repeated)
        quarantined = connection.execute(plan.judge.quarantine).fetchall() if invalid + late > 0 else []
        return Judged(
            counts,
            None if times[0] is None else EventTimes(*times),
            [Quarantined(*row) for row in quarantined],
            _parquet(connection, plan.judge.staged) if counts.staged > 0 else None,
        )


def judged_rows(plan: JobPlan, records: pa.Table) -> pa.Table:
    """Judge records one by one, with the columns of the sink: see `rows` of shared/job/plan.ts."""
    with _judged(plan, records, batch_id=None, watermark_ms=None) as connection:
        return connection.execute(plan.judge.rows).to_arrow_table()


@contextmanager
def _judged(
    plan: JobPlan, records: pa.Table, *, batch_id: int | None, watermark_ms: float | None
) -> Iterator[duckdb.DuckDBPyConnection]:
    connection = locked_duckdb().connection
    connection.execute(f"set variable batch_id = {'null' if batch_id is None else batch_id}::bigint")
    watermark = "null::timestamp" if watermark_ms is None else f"make_timestamp({round(watermark_ms * 1000)})"
    connection.execute(f"set variable watermark = {watermark}")
    connection.register("raw", raw_table(records))
    try:
        for statement in plan.judge.statements:
            connection.execute(statement)
        yield connection
    finally:
        connection.unregister("raw")


def _parquet(connection: duckdb.DuckDBPyConnection, select: str) -> bytes:
    file = locked_duckdb().folder / "staged.parquet"
    connection.execute(f"copy ({select}) to '{file}' (format parquet, compression snappy)")
    try:
        return file.read_bytes()
    finally:
        file.unlink()
