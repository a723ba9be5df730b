"""Settles a batch: finds the first row of each key, stages what is to be loaded, and writes what is not to quarantine.

One task does it, with all judged rows of the batch: so a batch has one staged file and one file of each kind in quarantine, named and
ordered as the embedded engine does it, and a batch that is done again writes the same again. Judging, which costs most, is spread before.
"""

from __future__ import annotations

import json
from base64 import b64encode
from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict, dataclass
from io import BytesIO
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from sluice_spark.aws import AwsPlace, s3_client
from sluice_spark.counts import EventTimes, JudgedCounts
from sluice_spark.judged import INVALID, LATE, VALID
from sluice_spark.kinesis.patience import patiently
from sluice_spark.layout import QuarantineKind, quarantine_key, staging_prefix
from sluice_spark.spec import PipelineSpec
from sluice_spark.times import iso_utc
from sluice_spark.typed import settle_garbage

if TYPE_CHECKING:
    from pyspark.sql import DataFrame


_QUARANTINED = ["_shardId", "_sequenceNumber", "_partitionKey", "_reason", "_data"]


@dataclass(frozen=True)
class Settled:
    """What was found and written. `staged` is the prefix that COPY reads; None when nothing was staged."""

    counts: JudgedCounts
    times: EventTimes | None
    staged: str | None


@dataclass(frozen=True)
class Settling:
    """What the task is given."""

    spec: PipelineSpec
    place: AwsPlace
    bucket: str
    batch_id: int


def settle(judged: DataFrame, settling: Settling) -> Settled:
    """Settle the rows of `judged_records`. The one action of a batch: the source is read once."""
    rows = judged.repartition(1).mapInArrow(_settling(settling), "settled string").collect()
    value = json.loads(rows[0]["settled"])
    return Settled(
        JudgedCounts(**value["counts"]),
        None if value["times"] is None else EventTimes(**value["times"]),
        value["staged"],
    )


def _settling(settling: Settling) -> Callable[[Iterable[pa.RecordBatch]], Iterator[pa.RecordBatch]]:
    def settle_rows(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        settle_garbage()
        settled = settle_table(list(batches), settling)
        yield pa.RecordBatch.from_pydict({"settled": [json.dumps(asdict(settled))]})

    return settle_rows


def settle_table(batches: list[pa.RecordBatch], settling: Settling) -> Settled:
    """Settle rows and write them to S3."""
    if not batches:
        return Settled(JudgedCounts(), None, None)
    rows = pa.Table.from_batches(batches).sort_by("_ordinal")
    valid = rows.filter(pc.equal(rows["_verdict"], VALID))
    staged = _first_of_each_key(valid)
    invalid, late = (rows.filter(pc.equal(rows["_verdict"], verdict)) for verdict in (INVALID, LATE))
    _write_quarantine(settling, "invalid", invalid)
    _write_quarantine(settling, "late", late)
    counts = JudgedCounts(
        read=len(rows),
        invalid=len(invalid),
        late=len(late),
        duplicates_in_batch=len(valid) - len(staged),
        staged=len(staged),
    )
    return Settled(counts, _times(valid), _stage(settling, staged) if len(staged) > 0 else None)


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


def _stage(settling: Settling, staged: pa.Table) -> str:
    """Write the columns of the sink as Parquet. Gives the prefix that COPY reads."""
    prefix = staging_prefix(settling.spec.prefixes, settling.spec.query, settling.batch_id)
    file = BytesIO()
    columns = staged.select([column.name for column in settling.spec.sink.columns])
    pq.write_table(columns, file, compression="snappy", store_schema=False)
    _put(settling, staged_key(prefix), file.getvalue())
    return prefix


def staged_key(prefix: str) -> str:
    """Name the one staged file of a batch."""
    return f"{prefix}part-00000.parquet"


def _write_quarantine(settling: Settling, kind: QuarantineKind, rows: pa.Table) -> None:
    """Write records with their reasons, one JSON object a line, byte for byte as the embedded engine; nothing when there are none."""
    if len(rows) == 0:
        return
    key = quarantine_key(settling.spec.prefixes, settling.spec.query, settling.batch_id, kind)
    _put(settling, key, quarantine_lines(rows).encode("utf-8"))


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


def _put(settling: Settling, key: str, body: bytes) -> None:
    patiently(lambda: s3_client(settling.place).put_object(Bucket=settling.bucket, Key=key, Body=body))
