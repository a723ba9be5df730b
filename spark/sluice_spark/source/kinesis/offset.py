"""The offset of a Kinesis source: where a query stands on each shard.

In JSON it is the `SourceOffset` of shared/job/progress.ts.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, TypeGuard

TRIM_HORIZON = "TRIM_HORIZON"
SHARD_END = "SHARD_END"
EXPIRED = "expired"
"""The place where counts of shards are kept that the stream has forgotten: closed shards, past retention."""


@dataclass(frozen=True, slots=True)
class ShardPosition:
    """Where a reader stands on one shard.

    `position` is `TRIM_HORIZON`, `@<epoch ms>` (LATEST, frozen when first planned), the sequence number of the last
    record read, or `SHARD_END` (closed and drained). `records` and `bytes` count what was read of the shard since the
    checkpoint began, in records as the stream counts them, and bytes of data and partition key.
    `last_sequence_number` outlives `SHARD_END`.
    """

    position: str
    records: int = 0
    bytes: int = 0
    last_sequence_number: str | None = None

    @property
    def resume_at(self) -> str:
        """Where to read on: behind the last record, also where the shard has ended since."""
        return self.last_sequence_number or self.position


Offset = dict[str, ShardPosition]


class UnusableOffsetError(Exception):
    """The text is not an offset of a Kinesis source."""


def offset_to_json(offset: Mapping[str, ShardPosition]) -> str:
    """Write an offset as compact JSON, in the order of its shards."""
    return json.dumps({shard_id: _to_object(position) for shard_id, position in offset.items()}, separators=(",", ":"))


def _to_object(position: ShardPosition) -> dict[str, Any]:
    members: dict[str, Any] = {"position": position.position, "records": position.records, "bytes": position.bytes}
    if position.last_sequence_number is not None:
        members["lastOffset"] = position.last_sequence_number
    return members


def offset_from_json(text: str) -> Offset:
    """Read an offset.

    :raises UnusableOffsetError: naming the member that is wrong
    """
    try:
        value = json.loads(text)
    except ValueError as error:
        raise UnusableOffsetError(f"The offset is not JSON: {text[:200]!r}") from error
    if not isinstance(value, dict):
        raise UnusableOffsetError(f"The offset is not an object of shards: {text[:200]!r}")
    return {shard_id: _from_object(shard_id, entry) for shard_id, entry in value.items()}


def _from_object(shard_id: str, entry: object) -> ShardPosition:
    if not isinstance(entry, dict):
        raise UnusableOffsetError(f"The offset of {shard_id} is not an object: {entry!r}")
    position, records, size = entry.get("position"), entry.get("records"), entry.get("bytes")
    last = entry.get("lastOffset", entry.get("lastSequenceNumber"))
    if not isinstance(position, str):
        raise UnusableOffsetError(f"The offset of {shard_id} has a position that is not text: {entry!r}")
    if not _is_count(records) or not _is_count(size):
        raise UnusableOffsetError(f"The offset of {shard_id} has records or bytes that are no whole number: {entry!r}")
    if last is not None and not isinstance(last, str):
        raise UnusableOffsetError(f"The offset of {shard_id} has a lastOffset that is not text: {entry!r}")
    return ShardPosition(position, records, size, last)


def _is_count(value: object) -> TypeGuard[int]:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0
