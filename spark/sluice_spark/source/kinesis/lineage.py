"""Which shards may be read: parents before their children. The same as electron/engine/kinesis/lineage.ts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from sluice_spark.source.kinesis.offset import EXPIRED, SHARD_END, TRIM_HORIZON, Offset, ShardPosition

StartingPosition = Literal["TRIM_HORIZON", "LATEST"]


@dataclass(frozen=True, slots=True)
class Shard:
    """A shard as ListShards describes it. Both ends of its range of hash keys are inclusive."""

    shard_id: str
    parents: tuple[str, ...]
    closed: bool
    first_hash_key: int
    last_hash_key: int


def initial_offset(shards: Sequence[Shard], starting_position: StartingPosition, now_ms: int) -> Offset:
    """Give the first offset of a query.

    Every shard without a known parent (TRIM_HORIZON), or every open shard as of now (LATEST).
    """
    if starting_position == "LATEST":
        return {shard.shard_id: ShardPosition(SHARD_END if shard.closed else f"@{now_ms}") for shard in shards}
    known = {shard.shard_id for shard in shards}
    return {shard.shard_id: ShardPosition(TRIM_HORIZON) for shard in shards if known.isdisjoint(shard.parents)}


def follow_lineage(offset: Mapping[str, ShardPosition], shards: Sequence[Shard]) -> Offset:
    """Give the offset with the shards that may be read now.

    A child joins when all its known parents are read to their end, so that the records of a key stay in order.
    Drained shards that the stream no longer lists leave their counts behind.
    """
    following = dict(offset)
    known = {shard.shard_id for shard in shards}
    for shard in shards:
        drained = all(parent not in known or _is_drained(offset.get(parent)) for parent in shard.parents)
        if shard.shard_id not in offset and drained:
            following[shard.shard_id] = ShardPosition(TRIM_HORIZON)
    for shard_id, position in offset.items():
        if shard_id == EXPIRED or shard_id in known or not _is_drained(position):
            continue
        gone = following.get(EXPIRED, ShardPosition(SHARD_END))
        following[EXPIRED] = ShardPosition(SHARD_END, gone.records + position.records, gone.bytes + position.bytes)
        del following[shard_id]
    return following


def _is_drained(position: ShardPosition | None) -> bool:
    return position is not None and position.position == SHARD_END
