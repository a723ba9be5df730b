"""The checkpoint of a query in S3, laid out as Spark lays out its own: `metadata`, `offsets/N`, `commits/N`.

Entries, names and their meaning are those of the embedded engine (electron/engine/checkpoint/checkpoint.ts), so that
either engine goes on where the other ended. An entry is written once: whoever finds that another run wrote it has lost
the checkpoint and ends.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

from botocore.exceptions import ClientError

from sluice_spark.aws import read_object
from sluice_spark.source.kinesis.offset import (
    Offset,
    UnusableOffsetError,
    offset_from_json,
    offset_to_json,
)
from sluice_spark.source.kinesis.patience import error_code, patiently
from sluice_spark.state.origin import FORMAT

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

_VERSION = "v1"
_PRECONDITION_FAILED = ("PreconditionFailed", "412")
_NO_SUCH_KEY = ("NoSuchKey", "404")


class FencedError(Exception):
    """Another run of the query writes the same checkpoint."""


class UnreadableCheckpointError(Exception):
    """An entry of the checkpoint is not what a query writes; it has to be inspected by hand."""


@dataclass(frozen=True)
class PlannedBatch:
    """What a batch is: where it ends, and the watermark that decides what is late in it.

    Written before anything of it is done.

    `covered_until_ms` is what the reader knew at its end (see `StreamReader.begin`); the embedded engine does not write
    it.
    """

    batch_id: int
    end: Offset
    watermark_ms: float | None
    covered_until_ms: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class CommittedBatch:
    """The newest committed batch, and the greatest event time of all that were committed."""

    batch_id: int
    end: Offset
    covered_until_ms: dict[str, int]
    max_event_time_ms: int | None


@dataclass(frozen=True)
class Restored:
    """What the checkpoint holds. `open` was planned and not committed: it is to be done again exactly so."""

    query_id: str
    committed: CommittedBatch | None
    open: PlannedBatch | None


class Checkpoint:
    """The checkpoint below `prefix`, as one run of the query sees it."""

    def __init__(self, s3: S3Client, bucket: str, prefix: str, run_id: str) -> None:
        self._s3 = s3
        self._bucket = bucket
        self._prefix = prefix
        self._run_id = run_id

    def restore(self, new_metadata: Callable[[], dict[str, Any]]) -> Restored:
        """Find out where the query stands; a checkpoint that is not there is made with the metadata given (origin.py).

        :raises FencedError: when another run began the same new query at the same time
        :raises UnreadableCheckpointError: naming the entry
        """
        metadata_key = f"{self._prefix}metadata"
        known = self._read(metadata_key)
        if known is None:
            known = _compact(new_metadata())
            self._write_once(metadata_key, known)
        query_id = self._member(metadata_key, known, "id", str)
        written = json.loads(known).get("sluice")
        if isinstance(written, dict) and written.get("format", 0) > FORMAT:
            raise UnreadableCheckpointError(
                f"s3://{self._bucket}/{metadata_key} is of format {written['format']}; "
                f"this job reads formats up to {FORMAT}."
            )
        planned, committed = self._newest("offsets"), self._newest("commits")
        is_open = planned is not None and planned > (-1 if committed is None else committed)
        return Restored(
            query_id,
            None if committed is None else self._read_commit(committed),
            self._read_plan(planned) if is_open and planned is not None else None,
        )

    def plan(self, batch: PlannedBatch) -> None:
        """Write down what a batch is.

        :raises FencedError: when another run planned the same batch
        """
        metadata = _compact(
            {
                "batchWatermarkMs": _number(batch.watermark_ms),
                "runId": self._run_id,
                "coveredUntilMs": batch.covered_until_ms,
            }
        )
        self._write_once(self._offsets_key(batch.batch_id), f"{_VERSION}\n{metadata}\n{offset_to_json(batch.end)}")

    def commit(self, batch_id: int, max_event_time_ms: int | None) -> None:
        """Write down that a batch is done.

        :raises FencedError: when another run committed the same batch
        """
        metadata = _compact({"maxEventTimeMs": max_event_time_ms, "runId": self._run_id})
        self._write_once(self._commits_key(batch_id), f"{_VERSION}\n{metadata}")

    def keys_of(self, batch_id: int) -> list[str]:
        """Name the entries of a batch, to be removed when it is old."""
        return [self._offsets_key(batch_id), self._commits_key(batch_id)]

    def _offsets_key(self, batch_id: int) -> str:
        return f"{self._prefix}offsets/{batch_id}"

    def _commits_key(self, batch_id: int) -> str:
        return f"{self._prefix}commits/{batch_id}"

    def _read_commit(self, batch_id: int) -> CommittedBatch:
        key = self._commits_key(batch_id)
        metadata = self._lines(key, 2)[1]
        plan = self._read_plan(batch_id)
        max_event_time_ms = self._member(key, metadata, "maxEventTimeMs", int, type(None))
        return CommittedBatch(batch_id, plan.end, plan.covered_until_ms, max_event_time_ms)

    def _read_plan(self, batch_id: int) -> PlannedBatch:
        key = self._offsets_key(batch_id)
        _, metadata, source = self._lines(key, 3)
        watermark = self._member(key, metadata, "batchWatermarkMs", int, float, type(None))
        covered: dict[str, int] = json.loads(metadata).get("coveredUntilMs", {})
        try:
            return PlannedBatch(batch_id, offset_from_json(source), watermark, covered)
        except UnusableOffsetError as error:
            raise UnreadableCheckpointError(f"s3://{self._bucket}/{key} does not hold an offset: {error}") from error

    def _lines(self, key: str, count: int) -> list[str]:
        lines = (self._read(key) or "").split("\n")
        if lines[0] != _VERSION or len(lines) < count:
            raise UnreadableCheckpointError(
                f"s3://{self._bucket}/{key} is not an entry of a checkpoint of version {_VERSION}."
            )
        return lines

    def _member(self, key: str, text: str, name: str, *types: type) -> Any:
        try:
            value = json.loads(text).get(name)
        except (ValueError, AttributeError) as error:
            raise UnreadableCheckpointError(f"s3://{self._bucket}/{key} has no {name}: {text[:200]!r}") from error
        if not isinstance(value, types) or isinstance(value, bool):
            raise UnreadableCheckpointError(f"s3://{self._bucket}/{key} has an unusable {name}: {value!r}")
        return value

    def _read(self, key: str) -> str | None:
        try:
            return read_object(self._s3, self._bucket, key).decode("utf-8")
        except ClientError as error:
            if error_code(error) in _NO_SUCH_KEY:
                return None
            raise

    def _write_once(self, key: str, text: str) -> None:
        """Write an entry that must not be there.

        An earlier try whose answer was lost wrote the same text: that is no conflict.
        """
        try:
            patiently(
                lambda: self._s3.put_object(Bucket=self._bucket, Key=key, Body=text.encode("utf-8"), IfNoneMatch="*"),
            )
        except ClientError as error:
            if error_code(error) not in _PRECONDITION_FAILED:
                raise
            if self._read(key) != text:
                raise FencedError(
                    f"s3://{self._bucket}/{key} was written by another run of this query. "
                    "Only one may run on a checkpoint; "
                    "this one ends."
                ) from error

    def _newest(self, folder: Literal["offsets", "commits"]) -> int | None:
        pages = self._s3.get_paginator("list_objects_v2").paginate(
            Bucket=self._bucket, Prefix=f"{self._prefix}{folder}/"
        )
        keys = patiently(lambda: [entry["Key"] for page in pages for entry in page.get("Contents", [])])
        names = [key.rsplit("/", 1)[1] for key in keys]
        return max((int(name) for name in names if name.isascii() and name.isdigit()), default=None)


def _compact(value: Any) -> str:
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False)


def _number(value: float | None) -> float | None:
    """Write a whole number without a point, as JSON of the other engine has it."""
    return int(value) if value is not None and value == int(value) else value
