"""Where a streaming query keeps what it writes to S3; the same as shared/job/layout.ts."""

from __future__ import annotations

from typing import Literal

from sluice_spark.plan import JobPrefixes

QuarantineKind = Literal["invalid", "late"]
QUARANTINE_KINDS: tuple[QuarantineKind, ...] = ("invalid", "late")
"""The verdicts of the records that are quarantined."""


def _padded(batch_id: int) -> str:
    """Zero-padded, so that a listing is in the order of the batches."""
    return str(batch_id).zfill(12)


def checkpoint_prefix(prefixes: JobPrefixes, query: str) -> str:
    """Name the folder of a query's checkpoint. Its layout is Spark's: `metadata`, `offsets/N`, `commits/N`."""
    return f"{prefixes.checkpoint}{query}/"


def staging_prefix(prefixes: JobPrefixes, query: str, batch_id: int) -> str:
    """Name the folder that COPY reads the rows of a batch from."""
    return f"{prefixes.staging}{query}/batch={_padded(batch_id)}/"


def staged_key(prefixes: JobPrefixes, query: str, batch_id: int) -> str:
    """Name the one staged file of a batch."""
    return f"{staging_prefix(prefixes, query, batch_id)}part-00000.parquet"


def quarantine_key(prefixes: JobPrefixes, query: str, batch_id: int, kind: QuarantineKind) -> str:
    """Name the file of a batch's quarantined records.

    Lines: `{partitionId, offset, partitionKey, arrivedAt, reason, data}`.
    """
    return f"{prefixes.quarantine}{query}/{kind}/batch={_padded(batch_id)}.jsonl"


def progress_key(prefixes: JobPrefixes, query: str, batch_id: int) -> str:
    """Name the progress of one batch."""
    return f"{prefixes.progress}{query}/batches/{_padded(batch_id)}.json"


def latest_progress_key(prefixes: JobPrefixes, query: str) -> str:
    """Name the progress of the newest trigger, idle ones included."""
    return f"{prefixes.progress}{query}/latest.json"


def output_folder(output: str, table: str, batch_id: int) -> str:
    """Name the folder of a batch's rows below the output of a file sink: a Hive partition `batch`."""
    return f"{output.rstrip('/')}/{table}/batch={_padded(batch_id)}/"
