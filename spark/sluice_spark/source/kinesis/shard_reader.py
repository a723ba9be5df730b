"""Reads one shard ahead of the batches, in a thread of its own, into a bounded buffer."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

import pyarrow as pa

from sluice_spark.source.kinesis.api import KinesisStream
from sluice_spark.source.kinesis.choose import Waiting
from sluice_spark.source.kinesis.gaps import (
    NEAR_RETENTION_MS,
    RetentionGap,
    is_covered,
    is_near_retention,
)
from sluice_spark.source.kinesis.offset import TRIM_HORIZON
from sluice_spark.source.kinesis.page_buffer import PageBuffer
from sluice_spark.source.kinesis.patience import (
    FIRST_WAIT_S,
    LONGEST_WAIT_S,
    PATIENCE_S,
    error_code,
    is_transient,
)
from sluice_spark.source.kinesis.read_spans import PageRead
from sluice_spark.source.kinesis.records import Page, arrivals_of, sequence_number_at, size_of

READS_A_SECOND = 5
"""GetRecords calls that a shard takes from all its readers together (Developer Guide, "Quotas and limits")."""
BEHIND_GAP_S = 0.205
CAUGHT_UP_GAP_S = 0.25
"""A reader that is caught up leaves one read in five to others, such as a console that reads the shard."""
BYTES_A_SECOND = 2 * 1024 * 1024
"""What a shard gives a second. A read gives up to 10 MiB at once; the next ones are refused until that is paid off."""
CALM_S = 60.0
"""After a refusal the reader keeps below the shard's bytes a second for this long; before, it knows of no limit."""


@dataclass(frozen=True, slots=True)
class Seen:
    """What GetRecords last said of a shard, and when (epoch ms)."""

    millis_behind_latest: int
    read_at_ms: int


@dataclass(frozen=True, slots=True)
class BufferLimits:
    """A reader stops reading ahead when its buffer holds this much."""

    records: int
    bytes: int


class ShardReader:
    """Reads from a position on until it is stopped, the shard ends, or a failure does not pass.

    `covered_until_ms` says that everything that arrived before this time is before the position; None when that is not
    known. `retention_ms` and `is_listed` are asked when records seem to have expired.
    """

    def __init__(
        self,
        stream: KinesisStream,
        shard_id: str,
        position: str,
        *,
        covered_until_ms: int | None,
        limits: BufferLimits,
        retention_ms: Callable[[], int],
        is_listed: Callable[[str], bool],
        now_ms: Callable[[], int],
        on_change: Callable[[], None],
    ) -> None:
        self.shard_id = shard_id
        self._stream = stream
        self._limits = limits
        self._retention_ms = retention_ms
        self._is_listed = is_listed
        self._now_ms = now_ms
        self._on_change = on_change
        self._changed = threading.Condition()
        # Below: guarded by _changed.
        self._buffer = PageBuffer()
        self._read_all = False
        self._seen: Seen | None = None
        self._covered_until_ms = _covered_by(position, covered_until_ms)
        self._gaps: list[RetentionGap] = []
        self._failure: BaseException | None = None
        self._stopped = False
        # Below: only the thread's.
        self._position = position
        self._iterator: str | None = None
        self._must_begin_with: str | None = None
        self._expired = False
        self._calm_until_s = float("-inf")
        self._thread = threading.Thread(target=self._run, name=f"kinesis-{shard_id}", daemon=True)
        self._thread.start()

    # What the batches ask.

    def waiting(self) -> Waiting:
        """Say what is in the buffer."""
        with self._changed:
            return Waiting(self.shard_id, self._buffer.arrivals(), self._unread_from_ms())

    def first(self, count: int) -> pa.RecordBatch:
        """Give the first `count` records of the buffer, and leave them there."""
        with self._changed:
            return self._buffer.first(count)

    def reads(self, count: int) -> list[PageRead]:
        """Say when the first `count` records of the buffer were read."""
        with self._changed:
            return self._buffer.reads(count)

    def drop(self, count: int, size_bytes: int) -> None:
        """Drop the first `count` records of the buffer, of this size in bytes."""
        with self._changed:
            self._buffer.drop(count, size_bytes)
            self._changed.notify_all()

    @property
    def drained(self) -> bool:
        """The shard is closed, and everything of it was taken."""
        with self._changed:
            return self._read_all and self._buffer.records == 0

    @property
    def seen(self) -> Seen | None:
        """What GetRecords last said."""
        with self._changed:
            return self._seen

    @property
    def oldest_waiting_ms(self) -> int | None:
        """When the oldest record of the buffer arrived; None when it is empty."""
        with self._changed:
            return self._buffer.arrivals()[0] if self._buffer.records else None

    @property
    def covered_until_ms(self) -> int | None:
        """Everything that arrived before this time was taken; None when that is not known."""
        with self._changed:
            return self._buffer.arrivals()[0] if self._buffer.records else self._covered_until_ms

    def take_gaps(self) -> list[RetentionGap]:
        """Give the gaps that were found since the last time."""
        with self._changed:
            gaps, self._gaps = self._gaps, []
            return gaps

    def raise_failure(self) -> None:
        """Raise what ended the reading for good, if anything did."""
        with self._changed:
            if self._failure is not None:
                raise self._failure

    def stop(self) -> None:
        """Ask the thread to end; `join` waits for it."""
        with self._changed:
            self._stopped = True
            self._changed.notify_all()

    def join(self) -> None:
        """Wait until the thread ended: at most as long as a call of Kinesis takes."""
        self._thread.join()

    def _unread_from_ms(self) -> int | None:
        if self._read_all:
            return None
        if self._seen is None:
            return 0
        behind = self._seen.millis_behind_latest
        return self._seen.read_at_ms - behind if behind > 0 else None

    # What the thread does.

    def _run(self) -> None:
        try:
            self._read_on()
        except BaseException as error:  # noqa: BLE001 - kept for whoever plans the next batch, which raises it
            with self._changed:
                self._failure = error
        self._on_change()

    def _read_on(self) -> None:
        wait_s = FIRST_WAIT_S
        gives_up_at_s = time.monotonic() + PATIENCE_S
        while self._has_room():
            began_s = time.monotonic()
            try:
                gap_s = self._read_page()
            except Exception as error:
                code = error_code(error)
                if code == "ExpiredIteratorException":
                    self._iterator = None
                    continue
                if code == "ResourceNotFoundException" and not self._is_listed(self.shard_id):
                    self._end_of_expired_shard()
                    return
                if not is_transient(error) or time.monotonic() > gives_up_at_s:
                    raise
                if "ProvisionedThroughputExceeded" in code:
                    self._calm_until_s = time.monotonic() + CALM_S
                else:
                    self._iterator = None
                self._pause(wait_s)
                wait_s = min(LONGEST_WAIT_S, wait_s * 2)
                continue
            if gap_s is None:
                return
            wait_s = FIRST_WAIT_S
            gives_up_at_s = time.monotonic() + PATIENCE_S
            self._pause(began_s + gap_s - time.monotonic())

    def _has_room(self) -> bool:
        """Wait until there is room in the buffer; False when the reader is to end."""
        with self._changed:
            while not self._stopped and (
                self._buffer.records >= self._limits.records or self._buffer.bytes >= self._limits.bytes
            ):
                self._changed.wait()
            return not self._stopped

    def _read_page(self) -> float | None:
        """Read once. Gives the least time from this call to the next, in seconds; None at the end of the shard."""
        iterator = self._iterator_to_read()
        was_expired = self._expired
        asked_ms = self._now_ms()
        page = self._stream.get_records(iterator)
        read_at_ms = self._now_ms()
        records = self._behind_the_last(page, asked_ms)
        size = size_of(records)
        if len(records) > 0:
            self._position = sequence_number_at(records, -1)
        self._iterator = None if self._expired and not was_expired else page.next_iterator
        with self._changed:
            if len(records) > 0:
                self._buffer.append(records, size, read_at_ms)
            self._seen = Seen(page.millis_behind_latest, self._now_ms())
            self._covered_until_ms = _covered_after(page, records, asked_ms, self._covered_until_ms)
            self._read_all = page.next_iterator is None
        self._on_change()
        if page.next_iterator is None:
            return None
        if page.millis_behind_latest == 0:
            return CAUGHT_UP_GAP_S
        return max(BEHIND_GAP_S, size / BYTES_A_SECOND) if time.monotonic() < self._calm_until_s else BEHIND_GAP_S

    def _iterator_to_read(self) -> str:
        with self._changed:
            covered_until_ms = self._covered_until_ms
        names_record = self._position != TRIM_HORIZON and not self._position.startswith("@")
        is_proving = self._must_begin_with is not None
        if (
            names_record
            and not is_proving
            and is_near_retention(covered_until_ms, self._retention_ms(), self._now_ms())
        ):
            # The iterator at hand would skip what expires before it is used, and say nothing.
            self._iterator = None
        if self._iterator is not None:
            return self._iterator
        if self._expired:
            self._iterator = self._stream.iterator_from(self.shard_id, TRIM_HORIZON)
        elif names_record:
            self._iterator = self._stream.iterator_at(self.shard_id, self._position)
            self._must_begin_with = self._position
        else:
            self._iterator = self._stream.iterator_from(self.shard_id, self._position)
            known_uncovered = covered_until_ms is not None and not is_covered(
                covered_until_ms, self._retention_ms(), self._now_ms()
            )
            self._must_begin_with = self._position if known_uncovered else None
        return self._iterator

    def _behind_the_last(self, page: Page, asked_ms: int) -> pa.RecordBatch:
        """Give the records of a page behind the last one that was read; note it when they may not be the next ones."""
        if self._must_begin_with is None:
            return page.records
        first = sequence_number_at(page.records, 0) if len(page.records) > 0 else None
        if first == self._must_begin_with:
            self._must_begin_with = None
            return page.records.slice(1)
        if first is None and page.millis_behind_latest > 0 and page.next_iterator is not None:
            # "It might take multiple calls to get to a portion of the shard that contains records" (API reference,
            # GetRecords). One of a record that expired was seen to get there never (harlow/kinesis-consumer#125).
            if page.millis_behind_latest > self._retention_ms() - NEAR_RETENTION_MS and not self._expired:
                self._expired = True
            return page.records
        until_ms = arrivals_of(page.records)[0] if first is not None else asked_ms - self._retention_ms()
        self._note_gap(first, until_ms, asked_ms, shard_gone=False)
        self._must_begin_with = None
        self._expired = False
        return page.records

    def _end_of_expired_shard(self) -> None:
        asked_ms = self._now_ms()
        self._note_gap(None, asked_ms - self._retention_ms(), asked_ms, shard_gone=True)
        with self._changed:
            self._seen = Seen(0, asked_ms)
            self._read_all = True

    def _note_gap(self, first: str | None, until_ms: int, asked_ms: int, *, shard_gone: bool) -> None:
        with self._changed:
            if is_covered(self._covered_until_ms, self._retention_ms(), asked_ms):
                return
            self._gaps.append(
                RetentionGap(
                    self.shard_id, self._position, self._covered_until_ms, until_ms, first, asked_ms, shard_gone
                )
            )

    def _pause(self, seconds: float) -> None:
        with self._changed:
            if seconds > 0 and not self._stopped:
                self._changed.wait_for(lambda: self._stopped, seconds)


def _covered_by(position: str, covered_until_ms: int | None) -> int | None:
    """A position that names a time covers what arrived before."""
    if not position.startswith("@"):
        return covered_until_ms
    return max(int(position[1:]), covered_until_ms or 0)


def _covered_after(page: Page, records: pa.RecordBatch, asked_ms: int, before_ms: int | None) -> int | None:
    """Until when everything was read, after a page: to its tip, or to its last record."""
    if page.millis_behind_latest == 0:
        return asked_ms
    return arrivals_of(records)[-1] if len(records) > 0 else before_ms
