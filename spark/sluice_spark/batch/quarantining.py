"""Takes invalid rows out of a stream of judged rows and writes them to quarantine, in the task that has them.

For queries whose late and repeated rows Spark's own operators drop: those would drop an invalid row without a word, as
it has no event time. The file is named after its first record. A batch that is done again has the same records in the
same partitions, so it writes the same files.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

import pyarrow as pa
import pyarrow.compute as pc

from sluice_spark.aws import AwsPlace, s3_client
from sluice_spark.batch.rows import INVALID, RECORD_COLUMNS
from sluice_spark.batch.settle import quarantine_lines
from sluice_spark.plan import JobPrefixes
from sluice_spark.source.kinesis.patience import patiently


def quarantine_invalid(
    place: AwsPlace, bucket: str, prefixes: JobPrefixes, query: str
) -> Callable[[Iterable[pa.RecordBatch]], Iterator[pa.RecordBatch]]:
    """Make the function that `mapInArrow` needs: it gives the valid rows, in the same columns."""

    def separate(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        invalid: list[pa.RecordBatch] = []
        for batch in batches:
            is_invalid = pc.equal(batch.column("_verdict"), INVALID)
            if pc.any(is_invalid).as_py():
                invalid.append(batch.filter(is_invalid))
            yield batch.filter(pc.invert(is_invalid))
        if invalid:
            rows = pa.Table.from_batches(invalid)
            records = rows.select(RECORD_COLUMNS).rename_columns([name.removeprefix("_") for name in RECORD_COLUMNS])
            first = rows.slice(0, 1).to_pylist()[0]
            key = (
                f"{prefixes.quarantine}{query}/invalid/"
                f"from={first['_shardId']}-{first['_sequenceNumber']}-{first['_ordinal']}.jsonl"
            )
            body = quarantine_lines(records, rows["_reason"].to_pylist()).encode("utf-8")
            patiently(lambda: s3_client(place).put_object(Bucket=bucket, Key=key, Body=body))

    return separate
