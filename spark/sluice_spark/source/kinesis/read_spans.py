"""When the reader had the records of a batch. The same as electron/engine/kinesis/read-spans.ts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

MOST_READ_SPANS = 64
"""Of all shards of a batch together, about: shared/job/progress.ts."""


@dataclass(frozen=True, slots=True)
class PageRead:
    """Records of one page of GetRecords: the last of them, and when the page was there."""

    up_to: str
    read_at_ms: int


@dataclass(frozen=True, slots=True)
class ReadSpan:
    """Records behind the span before, up to a sequence number, were read between two times.

    It is one time if it is one page.
    """

    up_to: str
    from_ms: int
    at_ms: int


def read_spans(reads: Mapping[str, Sequence[PageRead]]) -> dict[str, list[ReadSpan]]:
    """Give the pages of each shard as spans: several as one, when there are more than the progress has room for."""
    most = max(1, MOST_READ_SPANS // max(1, len(reads)))
    return {shard_id: _joined(_of_one_time(pages), most) for shard_id, pages in reads.items()}


def _of_one_time(pages: Sequence[PageRead]) -> list[PageRead]:
    """Take pages of the same millisecond as one."""
    return [
        page
        for place, page in enumerate(pages)
        if place + 1 == len(pages) or pages[place + 1].read_at_ms != page.read_at_ms
    ]


def _joined(pages: Sequence[PageRead], most: int) -> list[ReadSpan]:
    size = -(-len(pages) // most)
    groups = [pages[first : first + size] for first in range(0, len(pages), size)] if pages else []
    return [ReadSpan(group[-1].up_to, group[0].read_at_ms, group[-1].read_at_ms) for group in groups]
