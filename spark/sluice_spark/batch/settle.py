"""Settles a batch: judges its records, and makes the files of what is to be loaded and of what goes to quarantine.

One task does it, with all records of the batch: so a batch has one staged file and one file of each kind in quarantine,
ordered as the embedded engine does it, and a batch that is done again gives the same again. The task writes nothing:
its files go to the driver, in parts (`parts.PARTS_SCHEMA`), which writes them when the batch is planned
(sinks/batch_sink.py), and may judge it before.

Where the job reads the stream itself, the task of the source that has the records settles them at once
(source/reading.py), so that a batch is one stage of one task: each further stage, and each process of Python
that records pass through, costs more than judging them.
"""

from __future__ import annotations

import json
from base64 import b64encode
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.compute as pc

from sluice_spark.batch.counts import EventTimes, JudgedCounts
from sluice_spark.batch.judge import Quarantined, judge
from sluice_spark.batch.parts import PARTS_SCHEMA
from sluice_spark.batch.records import PACK_SCHEMA, settle_garbage, unpacked
from sluice_spark.batch.start import BatchStart
from sluice_spark.layout import QUARANTINE_KINDS, QuarantineKind
from sluice_spark.plan import JobPlan
from sluice_spark.times import iso_utc

if TYPE_CHECKING:
    from pyspark.sql import DataFrame


@dataclass(frozen=True)
class Settled:
    """What was found, and the files of it. `staged`: the rows to be loaded, as Parquet; None when there are none."""

    counts: JudgedCounts
    times: EventTimes | None
    staged: bytes | None
    quarantine: Mapping[QuarantineKind, bytes]


@dataclass(frozen=True)
class Settling:
    """What decides about the records of a batch."""

    plan: JobPlan
    start: BatchStart


def settled_frame(packs: DataFrame, settling: Settling) -> DataFrame:
    """Give the parts of a batch whose records come in packs; they are settled when the parts are collected."""
    return packs.repartition(1).mapInArrow(_settling(settling), PARTS_SCHEMA)


def collect_settled(parts: DataFrame, start: BatchStart) -> Settled:
    """Collect the parts of a batch. The one action of a batch: the source is read once.

    :raises RuntimeError: when the batch was settled as another, or not at all; nothing of it may be written then
    """
    # As Arrow: Java pickles bytes one by one.
    rows = parts.toArrow()
    bodies: dict[str, bytes] = dict(zip(rows["what"].to_pylist(), rows["body"].to_pylist(), strict=True))
    if "counted" not in bodies:
        raise RuntimeError(f"Spark gave nothing of batch {start.batch_id}.")
    value = json.loads(bodies["counted"])
    as_batch = BatchStart(**value["start"])
    if as_batch != start:
        raise RuntimeError(f"Records were judged as {as_batch}, and are of {start}.")
    return Settled(
        JudgedCounts(**value["counts"]),
        None if value["times"] is None else EventTimes(**value["times"]),
        bodies.get("staged"),
        {kind: bodies[kind] for kind in QUARANTINE_KINDS if kind in bodies},
    )


def _settling(settling: Settling) -> Callable[[Iterable[pa.RecordBatch]], Iterator[pa.RecordBatch]]:
    def settle_packs(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        settle_garbage()
        packs = pa.Table.from_batches(batches, PACK_SCHEMA)
        records = unpacked(zip(packs["_ordinal"].to_pylist(), packs["_records"].to_pylist(), strict=True))
        yield from settled_parts(records, settling)

    return settle_packs


def settled_parts(records: pa.Table, settling: Settling) -> Iterator[pa.RecordBatch]:
    """Settle records, in columns as `RECORD_SCHEMA`, and give the parts of that."""
    settled = settle_records(records, settling)
    counted = {
        "start": asdict(settling.start),
        "counts": asdict(settled.counts),
        "times": settled.times and asdict(settled.times),
    }
    yield _part("counted", json.dumps(counted).encode())
    if settled.staged is not None:
        yield _part("staged", settled.staged)
    for kind, lines in settled.quarantine.items():
        yield _part(kind, lines)


def _part(what: str, body: bytes) -> pa.RecordBatch:
    return pa.RecordBatch.from_pydict({"what": [what], "body": [body]})


def settle_records(records: pa.Table, settling: Settling) -> Settled:
    """Settle records, in columns as `RECORD_SCHEMA`."""
    start = settling.start
    judged = judge(settling.plan, records, batch_id=start.batch_id, watermark_ms=start.watermark_ms)
    by_kind: dict[QuarantineKind, list[Quarantined]] = {}
    for entry in judged.quarantined:
        by_kind.setdefault(entry.kind, []).append(entry)
    return Settled(
        judged.counts,
        judged.times,
        judged.staged,
        {kind: _lines_of(records, entries).encode() for kind, entries in by_kind.items()},
    )


def _lines_of(records: pa.Table, entries: list[Quarantined]) -> str:
    taken = records.take(pa.array([entry.ordinal for entry in entries], pa.int64()))
    return quarantine_lines(taken, [entry.reason for entry in entries])


def quarantine_lines(records: pa.Table, reasons: Iterable[str]) -> str:
    """Give the lines of records that go to quarantine, byte for byte as the embedded engine writes them."""
    arrived_ms = pc.divide(records["arrivedAt"].cast(pa.int64()), 1000)
    rows = zip(records.to_pylist(), arrived_ms.to_pylist(), reasons, strict=True)
    return "".join(_quarantine_line(row, iso_utc(ms), reason) for row, ms, reason in rows)


def _quarantine_line(row: dict[str, Any], arrived_at: str, reason: str) -> str:
    record = {
        "partitionId": row["shardId"],
        "offset": row["sequenceNumber"],
        "partitionKey": row["partitionKey"],
        "arrivedAt": arrived_at,
        "reason": reason,
        "data": b64encode(row["data"]).decode("ascii"),
    }
    return json.dumps(record, separators=(",", ":"), ensure_ascii=False) + "\n"
