"""Settles a batch: finds the first row of each key, and makes the files of what is to be loaded and of what goes to quarantine.

One task does it, with all judged rows of the batch: so a batch has one staged file and one file of each kind in quarantine, ordered as the
embedded engine does it, and a batch that is done again gives the same again. Judging, which costs most, is spread before. The task writes nothing:
its files go to the driver, which writes them when the batch is planned (sinks/batch_sink.py), and may judge it before.
"""

from __future__ import annotations

import json
from base64 import b64encode
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass
from io import BytesIO
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from sluice_spark.counts import EventTimes, JudgedCounts
from sluice_spark.layout import QUARANTINE_KINDS, QuarantineKind
from sluice_spark.packed import BATCH_ID, PACKS, asked_columns, unpacked, unpacked_data
from sluice_spark.spec import PipelineSpec, SinkColumn
from sluice_spark.times import iso_utc
from sluice_spark.typed import settle_garbage

if TYPE_CHECKING:
    from pyspark.sql import DataFrame


_ASKED = "asked:"
_QUARANTINED = ["shardId", "sequenceNumber", "partitionKey", "_reason", "_data"]


@dataclass(frozen=True)
class Settled:
    """What was found, and the files of it. `staged`: the rows to be loaded, as Parquet; None when there are none."""

    counts: JudgedCounts
    times: EventTimes | None
    staged: bytes | None
    quarantine: Mapping[QuarantineKind, bytes]


@dataclass(frozen=True)
class Settling:
    """What decides about the rows of a batch."""

    spec: PipelineSpec
    batch_id: int
    watermark_ms: float | None


def settle(asked: DataFrame, settling: Settling) -> Settled:
    """Settle the rows of `asked_records`. The one action of a batch: the source is read once."""
    rows = asked.repartition(1).mapInArrow(_settling(settling), "what string, body binary").collect()
    parts: dict[str, bytes] = {row["what"]: bytes(row["body"]) for row in rows}
    value = json.loads(parts["counted"])
    return Settled(
        JudgedCounts(**value["counts"]),
        None if value["times"] is None else EventTimes(**value["times"]),
        parts.get("staged"),
        {kind: parts[kind] for kind in QUARANTINE_KINDS if kind in parts},
    )


def _settling(settling: Settling) -> Callable[[Iterable[pa.RecordBatch]], Iterator[pa.RecordBatch]]:
    def settle_rows(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        settle_garbage()
        settled = settle_table(list(batches), settling)
        counted = {"counts": asdict(settled.counts), "times": settled.times and asdict(settled.times)}
        yield _part("counted", json.dumps(counted).encode())
        if settled.staged is not None:
            yield _part("staged", settled.staged)
        for kind, lines in settled.quarantine.items():
            yield _part(kind, lines)

    return settle_rows


def _part(what: str, body: bytes) -> pa.RecordBatch:
    return pa.RecordBatch.from_pydict({"what": [what], "body": [body]})


def settle_table(batches: list[pa.RecordBatch], settling: Settling) -> Settled:
    """Settle rows."""
    if not batches:
        return Settled(JudgedCounts(), None, None, {})
    asked = pa.Table.from_batches(batches)
    rows = _whole_rows(settling.spec, asked)
    is_invalid = pc.is_valid(rows["_reason"])
    is_late = pc.and_(pc.invert(is_invalid), _is_behind_watermark(rows, settling))
    aside: dict[QuarantineKind, pa.Table] = {
        "invalid": rows.filter(is_invalid),
        "late": _with_column(rows.filter(is_late), "_reason", pa.scalar("late")),
    }
    valid = rows.filter(pc.invert(pc.or_(is_invalid, is_late)))
    staged = _first_of_each_key(valid, settling.spec)
    counts = JudgedCounts(
        read=len(rows),
        invalid=len(aside["invalid"]),
        late=len(aside["late"]),
        duplicates_in_batch=len(valid) - len(staged),
        staged=len(staged),
    )
    return Settled(
        counts,
        _times(valid[settling.spec.event.time]),
        _parquet(_sink_columns(staged, settling)) if len(staged) > 0 else None,
        {kind: _quarantine(set_aside, asked) for kind, set_aside in aside.items() if len(set_aside) > 0},
    )


def _whole_rows(spec: PipelineSpec, asked: pa.Table) -> pa.Table:
    """Join the columns that were packed with what Spark computed (as `_ASKED` and the column's name), in the order of the records."""
    rows = unpacked(spec, asked)
    if not pc.all(pc.equal(rows["_ordinal"][1:], pc.add(rows["_ordinal"][:-1], 1))).as_py():
        rows = rows.sort_by("_ordinal")
    computed = asked.drop_columns(list(PACKS)).sort_by("_ordinal")
    if len(rows) != len(computed) or not pc.all(pc.equal(rows["_ordinal"], computed["_ordinal"])).as_py():
        raise RuntimeError(f"Spark gave {len(computed)} rows of a batch, and packs of {len(rows)} other ones.")
    if "_reason" in computed.column_names:
        rows = _with_column(rows, "_reason", computed["_reason"])
    for column in asked_columns(spec):
        rows = rows.append_column(f"{_ASKED}{column.name}", computed[column.name])
    return rows


def _is_behind_watermark(rows: pa.Table, settling: Settling) -> Any:
    if settling.watermark_ms is None:
        return pa.repeat(pa.scalar(False), len(rows))
    micros = rows[settling.spec.event.time].cast(pa.int64())
    return pc.fill_null(pc.less(micros, round(settling.watermark_ms * 1000)), False)


def _with_column(rows: pa.Table, name: str, column: Any) -> pa.Table:
    if isinstance(column, pa.Scalar):
        column = pa.repeat(column, len(rows))
    return rows.set_column(rows.column_names.index(name), name, column)


def _first_of_each_key(valid: pa.Table, spec: PipelineSpec) -> pa.Table:
    """Keep the first row of each key; the rows are in their order."""
    firsts = valid.group_by(list(spec.event.key)).aggregate([("_ordinal", "min")])
    if len(firsts) == len(valid):
        return valid
    return valid.filter(pc.is_in(valid["_ordinal"], value_set=firsts["_ordinal_min"].combine_chunks()))


def _times(times: pa.ChunkedArray) -> EventTimes | None:
    # Integer division cuts towards zero, as the embedded engine's epoch_ms does.
    ms = pc.divide(times.cast(pa.int64()), 1000)
    ends = pc.min_max(ms)
    average = pc.mean(ms).as_py()
    return None if average is None else EventTimes(ends["min"].as_py(), ends["max"].as_py(), int((average + 0.5) // 1))


def _sink_columns(staged: pa.Table, settling: Settling) -> pa.Table:
    """Give the columns of the sink."""
    asked = {column.name for column in asked_columns(settling.spec)}
    batch_id = pa.repeat(pa.scalar(settling.batch_id, pa.int64()), len(staged))

    def values(column: SinkColumn) -> Any:
        if column.name in asked:
            return staged[f"{_ASKED}{column.name}"]
        field = column.expression.strip()
        return batch_id if field == BATCH_ID else staged[field]

    columns = settling.spec.sink.columns
    return pa.table([values(column) for column in columns], names=[column.name for column in columns])


def _quarantine(set_aside: pa.Table, asked: pa.Table) -> bytes:
    """Give the lines of records, with the bytes that each had."""
    data = unpacked_data(asked)
    data = data.filter(pc.is_in(data["_ordinal"], value_set=set_aside["_ordinal"].combine_chunks()))
    return quarantine_lines(set_aside.append_column("_data", data.sort_by("_ordinal")["data"])).encode()


def _parquet(rows: pa.Table) -> bytes:
    file = BytesIO()
    pq.write_table(rows, file, compression="snappy", store_schema=False)
    return file.getvalue()


def quarantine_lines(rows: pa.Table) -> str:
    """Give the lines of records that go to quarantine, byte for byte as the embedded engine writes them."""
    arrived_ms = pc.divide(rows["arrivedAt"].cast(pa.int64()), 1000)
    return "".join(
        _quarantine_line(row, iso_utc(ms))
        for row, ms in zip(rows.select(_QUARANTINED).to_pylist(), arrived_ms.to_pylist(), strict=True)
    )


def _quarantine_line(row: dict[str, Any], arrived_at: str) -> str:
    record = {
        "shardId": row["shardId"],
        "sequenceNumber": row["sequenceNumber"],
        "partitionKey": row["partitionKey"],
        "arrivedAt": arrived_at,
        "reason": row["_reason"],
        "data": b64encode(row["_data"]).decode("ascii"),
    }
    return json.dumps(record, separators=(",", ":"), ensure_ascii=False) + "\n"
