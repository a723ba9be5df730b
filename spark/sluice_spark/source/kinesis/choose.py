"""How many records of each shard go into a batch. The same as electron/engine/kinesis/choose.ts."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Waiting:
    """What is in the buffer of one shard, as the choice of a batch sees it.

    `arrivals` are the arrival times, epoch ms, in order. `unread_from_ms` says that the shard holds more than its
    buffer: records that arrived at this time or later are still to be read. 0 when it was never read; None when it is
    known to hold no more.
    """

    shard_id: str
    arrivals: Sequence[int]
    unread_from_ms: int | None


def choose_counts(waiting: Sequence[Waiting], most: int) -> dict[str, int]:
    """Choose at most `most` records in all, up to one moment of arrival for all shards alike.

    So no shard runs ahead of the others in event time, which would make the records of the slower ones late. Nothing,
    when a shard with unread records has none in its buffer that are as old as those of the others: its next read
    decides.
    """
    heads = [entry for entry in waiting if len(entry.arrivals) > 0]
    if not heads:
        return {}

    def up_to(at_ms: int) -> dict[str, int]:
        return {entry.shard_id: bisect_right(entry.arrivals, at_ms) for entry in heads}

    newest = max(entry.arrivals[-1] for entry in heads)
    unread = [entry for entry in waiting if entry.unread_from_ms is not None]
    horizon = min([newest, *(entry.arrivals[-1] if entry.arrivals else entry.unread_from_ms or 0 for entry in unread)])
    counts = up_to(horizon)
    if sum(counts.values()) <= most:
        return counts
    low = min(entry.arrivals[0] for entry in heads)
    high = horizon
    while high - low > 1:
        middle = (low + high) // 2
        if sum(up_to(middle).values()) <= most:
            low = middle
        else:
            high = middle
    chosen = up_to(low)
    if 0 < sum(chosen.values()) <= most:
        return chosen
    # More records than fit arrived within one millisecond: an even share of each.
    share = max(1, most // len(heads))
    return {entry.shard_id: min(share, bisect_right(entry.arrivals, high)) for entry in heads}
