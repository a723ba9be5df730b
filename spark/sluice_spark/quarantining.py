"""Takes invalid rows out of a stream of judged rows and writes them to quarantine, in the task that has them.

For queries whose late and repeated rows Spark's own operators drop: those would drop an invalid row without a word, as it has no event time.
The file is named after its first record. A batch that is done again has the same records in the same partitions, so it writes the same files.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

import pyarrow as pa
import pyarrow.compute as pc

from sluice_spark.aws import AwsPlace, s3_client
from sluice_spark.judged import INVALID, RECORD_COLUMNS
from sluice_spark.kinesis.patience import patiently
from sluice_spark.settle import quarantine_lines
from sluice_spark.spec import JobPrefixes


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
            judged = pa.Table.from_batches(invalid)
            names = {f"_{name}": name for name in RECORD_COLUMNS}
            rows = judged.select([*names, "_ordinal", "_reason", "_data"]).rename_columns(
                [*names.values(), "_ordinal", "_reason", "_data"]
            )
            first = rows.slice(0, 1).to_pylist()[0]
            key = (
                f"{prefixes.quarantine}{query}/invalid/"
                f"from={first['shardId']}-{first['sequenceNumber']}-{first['_ordinal']}.jsonl"
            )
            body = quarantine_lines(rows).encode("utf-8")
            patiently(lambda: s3_client(place).put_object(Bucket=bucket, Key=key, Body=body))

    return separate
