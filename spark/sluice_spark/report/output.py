"""What a query writes to S3 beside its checkpoint and its batches: progress; and what it removes when it is old."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from sluice_spark.aws import AwsPlace, s3_client
from sluice_spark.layout import latest_progress_key, progress_key, staged_key
from sluice_spark.plan import JobPlan
from sluice_spark.source.kinesis.patience import patiently
from sluice_spark.state.checkpoint import Checkpoint

_KEPT_BATCHES = 100
"""Spark keeps the entries of as many batches (spark.sql.streaming.minBatchesToRetain); progress is kept longer."""
_KEPT_PROGRESS = 10_000
_PURGE_EVERY = 50
"""Old batches are removed this many at a time."""


@dataclass(frozen=True)
class Output:
    """The streaming bucket, for one query."""

    place: AwsPlace
    bucket: str
    plan: JobPlan

    def publish_batch(self, progress: dict[str, Any]) -> None:
        """Publish the progress of a batch: under its id, and as the newest."""
        self._publish(progress, progress_key(self.plan.prefixes, self.plan.query, progress["batchId"]))
        self.publish_idle(progress)

    def publish_idle(self, progress: dict[str, Any]) -> None:
        """Publish a trigger as the newest."""
        self._publish(progress, latest_progress_key(self.plan.prefixes, self.plan.query))

    def purge(self, checkpoint: Checkpoint, batch_id: int) -> None:
        """Remove what old batches left, every so many batches.

        That is entries of the checkpoint, staged files, and progress that is older still.
        """
        keys = self._purged_keys(checkpoint, batch_id) if batch_id % _PURGE_EVERY == 0 else []
        if keys:
            objects = [{"Key": key} for key in keys]
            delete: Any = {"Objects": objects, "Quiet": True}
            patiently(lambda: s3_client(self.place).delete_objects(Bucket=self.bucket, Delete=delete))

    def _purged_keys(self, checkpoint: Checkpoint, batch_id: int) -> list[str]:
        prefixes, query = self.plan.prefixes, self.plan.query
        keys = []
        for old in range(max(0, batch_id - _KEPT_BATCHES - _PURGE_EVERY), batch_id - _KEPT_BATCHES):
            keys += [*checkpoint.keys_of(old), staged_key(prefixes, query, old)]
            if old >= _KEPT_PROGRESS:
                keys.append(progress_key(prefixes, query, old - _KEPT_PROGRESS))
        return keys

    def _publish(self, progress: dict[str, Any], key: str) -> None:
        body = json.dumps(progress, separators=(",", ":"), ensure_ascii=False).encode("utf-8")
        patiently(lambda: s3_client(self.place).put_object(Bucket=self.bucket, Key=key, Body=body))
