"""Pages of one shard that were read and are not yet taken into a batch."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from itertools import accumulate
from typing import overload

import pyarrow as pa

from sluice_spark.source.kinesis.read_spans import PageRead
from sluice_spark.source.kinesis.records import PAGE_SCHEMA, arrivals_of, sequence_number_at


class Arrivals(Sequence[int]):
    """The arrival times of several pages as one sequence, without copying them."""

    def __init__(self, pages: Sequence[pa.RecordBatch]) -> None:
        self._pages = [arrivals_of(page) for page in pages]
        self._ends = list(accumulate(len(page) for page in self._pages))

    def __len__(self) -> int:
        return self._ends[-1] if self._ends else 0

    @overload
    def __getitem__(self, place: int) -> int: ...
    @overload
    def __getitem__(self, place: slice) -> list[int]: ...
    def __getitem__(self, place: int | slice) -> int | list[int]:
        if isinstance(place, slice):
            return [self[each] for each in range(*place.indices(len(self)))]
        at = place if place >= 0 else len(self) + place
        if not 0 <= at < len(self):
            raise IndexError(place)
        page = bisect_right(self._ends, at)
        return self._pages[page][at - (self._ends[page - 1] if page else 0)]


class PageBuffer:
    """A queue of records in pages. Not safe between threads by itself."""

    def __init__(self) -> None:
        self._pages: list[pa.RecordBatch] = []
        self._read_at_ms: list[int] = []
        self.records = 0
        self.bytes = 0

    def append(self, page: pa.RecordBatch, size_bytes: int, read_at_ms: int) -> None:
        """Add a page that was read at a time; its size is of data and keys."""
        self._pages.append(page)
        self._read_at_ms.append(read_at_ms)
        self.records += len(page)
        self.bytes += size_bytes

    def arrivals(self) -> Arrivals:
        """Give the arrival times of what is in the buffer now; they stay as they are when it changes."""
        return Arrivals(self._pages)

    def first(self, count: int) -> pa.RecordBatch:
        """Give the first `count` records as one batch, and leave them."""
        taken: list[pa.RecordBatch] = []
        wanted = count
        for page in self._pages:
            if wanted <= 0:
                break
            taken.append(page.slice(0, wanted))
            wanted -= len(taken[-1])
        return pa.concat_batches(taken) if taken else pa.RecordBatch.from_pylist([], schema=PAGE_SCHEMA)

    def reads(self, count: int) -> list[PageRead]:
        """Say when the first `count` records were read, by page."""
        reads: list[PageRead] = []
        wanted = count
        for page, read_at_ms in zip(self._pages, self._read_at_ms, strict=True):
            if wanted <= 0:
                break
            last = sequence_number_at(page, min(wanted, len(page)) - 1)
            reads.append(PageRead(last, read_at_ms))
            wanted -= len(page)
        return reads

    def drop(self, count: int, size_bytes: int) -> None:
        """Drop the first `count` records, of this size."""
        self.records -= count
        self.bytes -= size_bytes
        while count > 0:
            page = self._pages[0]
            if len(page) > count:
                self._pages[0] = page.slice(count)
                return
            count -= len(self._pages.pop(0))
            self._read_at_ms.pop(0)
