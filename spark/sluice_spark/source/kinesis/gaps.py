"""Retention gaps: records that expired before they were read.

Kinesis does not report them. An iterator of a record that expired is given without an error, and reading goes on with
whatever is there next. Sequence numbers have holes, so the next one does not say whether it is the next record. What
can be known:

- Reading on begins AT the last record that was read, not after it. While that record is still there, nothing after it
  can have expired.
- When it is gone, everything older is, and records after it may be. Not so when the reader is known to have read
  everything that arrived before a time which retention still covers: then there was only silence. That time is
  `covered_until_ms`: when a read found nothing more, it is the time of that read.
- How many records expired is not known; the span of time in which they arrived is.
"""

from __future__ import annotations

from dataclasses import dataclass

NEAR_RETENTION_MS = 120_000
"""So close to retention a reader makes sure, page by page, that the record it goes on from is still there."""


@dataclass(frozen=True, slots=True)
class RetentionGap:
    """Records of a shard may have expired unread; how many is not known. Times are arrival times, epoch ms.

    `position` is where the reader stood. `from_ms` is until when everything had been read; None when that is not
    known. `until_ms` is when the first record arrived that was still there (`first_sequence_number`); without one,
    the time that retention reached back to.
    """

    shard_id: str
    position: str
    from_ms: int | None
    until_ms: int
    first_sequence_number: str | None
    found_at_ms: int
    shard_gone: bool

    def message(self) -> str:
        """Say it in one line, for a log."""
        since = "an unknown time" if self.from_ms is None else f"{self.from_ms} ms"
        what = "The shard expired" if self.shard_gone else "Records expired"
        first = self.first_sequence_number
        then = "nothing was left" if first is None else f"reading went on with {first}"
        return (
            f"{what} before they were read: {self.shard_id} behind {self.position}, what arrived between {since} and "
            f"{self.until_ms} ms (epoch); how many is not known; {then}. "
            "Retention is too short for this lag: raise it, or add shards."
        )


def is_covered(covered_until_ms: int | None, retention_ms: int, now_ms: int) -> bool:
    """Say whether all that expired until now had been read."""
    return covered_until_ms is not None and covered_until_ms >= now_ms - retention_ms


def is_near_retention(covered_until_ms: int | None, retention_ms: int, now_ms: int) -> bool:
    """Say whether records that are not yet read are about to expire."""
    return covered_until_ms is not None and covered_until_ms < now_ms - retention_ms + NEAR_RETENTION_MS
