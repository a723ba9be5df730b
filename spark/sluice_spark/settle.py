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
from sluice_spark.judged import VALID
from sluice_spark.layout import QUARANTINE_KINDS, QuarantineKind
from sluice_spark.spec import PipelineSpec
from sluice_spark.times import iso_utc
from sluice_spark.typed import settle_garbage

if TYPE_CHECKING:
    from pyspark.sql import DataFrame


_QUARANTINED = ["_shardId", "_sequenceNumber", "_partitionKey", "_reason", "_data"]


@dataclass(frozen=True)
class Settled:
    """What was found, and the files of it. `staged`: the rows to be loaded, as Parquet; None when there are none."""

    counts: JudgedCounts
    times: EventTimes | None
    staged: bytes | None
    quarantine: Mapping[QuarantineKind, bytes]


def settle(judged: DataFrame, spec: PipelineSpec) -> Settled:
    """Settle the rows of `judged_records`. The one action of a batch: the source is read once."""
    rows = judged.repartition(1).mapInArrow(_settling(spec), "what string, body binary").collect()
    parts: dict[str, bytes] = {row["what"]: bytes(row["body"]) for row in rows}
    value = json.loads(parts["counted"])
    return Settled(
        JudgedCounts(**value["counts"]),
        None if value["times"] is None else EventTimes(**value["times"]),
        parts.get("staged"),
        {kind: parts[kind] for kind in QUARANTINE_KINDS if kind in parts},
    )


def _settling(spec: PipelineSpec) -> Callable[[Iterable[pa.RecordBatch]], Iterator[pa.RecordBatch]]:
    def settle_rows(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        settle_garbage()
        settled = settle_table(list(batches), spec)
        counted = {"counts": asdict(settled.counts), "times": settled.times and asdict(settled.times)}
        yield _part("counted", json.dumps(counted).encode())
        if settled.staged is not None:
            yield _part("staged", settled.staged)
        for kind, lines in settled.quarantine.items():
            yield _part(kind, lines)

    return settle_rows


def _part(what: str, body: bytes) -> pa.RecordBatch:
    return pa.RecordBatch.from_pydict({"what": [what], "body": [body]})


def settle_table(batches: list[pa.RecordBatch], spec: PipelineSpec) -> Settled:
    """Settle rows."""
    if not batches:
        return Settled(JudgedCounts(), None, None, {})
    rows = pa.Table.from_batches(batches).sort_by("_ordinal")
    valid = rows.filter(pc.equal(rows["_verdict"], VALID))
    staged = _first_of_each_key(valid)
    aside = {kind: rows.filter(pc.equal(rows["_verdict"], kind)) for kind in QUARANTINE_KINDS}
    counts = JudgedCounts(
        read=len(rows),
        invalid=len(aside["invalid"]),
        late=len(aside["late"]),
        duplicates_in_batch=len(valid) - len(staged),
        staged=len(staged),
    )
    return Settled(
        counts,
        _times(valid),
        _parquet(spec, staged) if len(staged) > 0 else None,
        {kind: quarantine_lines(set_aside).encode() for kind, set_aside in aside.items() if len(set_aside) > 0},
    )


def _first_of_each_key(valid: pa.Table) -> pa.Table:
    """Keep the first row of each key; the rows are in their order."""
    keys = [name for name in valid.column_names if name.startswith("_key")]
    firsts = valid.group_by(keys).aggregate([("_ordinal", "min")])
    if len(firsts) == len(valid):
        return valid
    return valid.filter(pc.is_in(valid["_ordinal"], value_set=firsts["_ordinal_min"].combine_chunks()))


def _times(valid: pa.Table) -> EventTimes | None:
    if len(valid) == 0:
        return None
    # Integer division cuts towards zero, as the embedded engine's epoch_ms does.
    ms = pc.divide(valid["_time"].cast(pa.int64()), 1000)
    ends = pc.min_max(ms)
    average = pc.mean(ms).as_py()
    return None if average is None else EventTimes(ends["min"].as_py(), ends["max"].as_py(), int((average + 0.5) // 1))


def _parquet(spec: PipelineSpec, staged: pa.Table) -> bytes:
    """Write the columns of the sink as Parquet."""
    file = BytesIO()
    columns = staged.select([column.name for column in spec.sink.columns])
    pq.write_table(columns, file, compression="snappy", store_schema=False)
    return file.getvalue()


def quarantine_lines(rows: pa.Table) -> str:
    """Give the lines of records that go to quarantine, byte for byte as the embedded engine writes them."""
    arrived_ms = pc.divide(rows["_arrivedAt"].cast(pa.int64()), 1000)
    return "".join(
        _quarantine_line(row, iso_utc(ms))
        for row, ms in zip(rows.select(_QUARANTINED).to_pylist(), arrived_ms.to_pylist(), strict=True)
    )


def _quarantine_line(row: dict[str, Any], arrived_at: str) -> str:
    record = {
        "shardId": row["_shardId"],
        "sequenceNumber": row["_sequenceNumber"],
        "partitionKey": row["_partitionKey"],
        "arrivedAt": arrived_at,
        "reason": row["_reason"],
        "data": b64encode(row["_data"]).decode("ascii"),
    }
    return json.dumps(record, separators=(",", ":"), ensure_ascii=False) + "\n"
