"""Reads a stream shard by shard, ahead of the batches.

Behaves as electron/engine/kinesis/reader.ts does, and reports retention gaps.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pyarrow as pa

from sluice_spark.source.kinesis.api import KinesisStream
from sluice_spark.source.kinesis.choose import choose_counts
from sluice_spark.source.kinesis.deaggregate import UserRecords, user_records
from sluice_spark.source.kinesis.gaps import RetentionGap
from sluice_spark.source.kinesis.lineage import Shard, StartingPosition, follow_lineage, initial_offset
from sluice_spark.source.kinesis.offset import EXPIRED, SHARD_END, Offset, ShardPosition
from sluice_spark.source.kinesis.patience import patiently
from sluice_spark.source.kinesis.read_spans import ReadSpan, read_spans
from sluice_spark.source.kinesis.records import sequence_number_at, size_of
from sluice_spark.source.kinesis.replay import read_exactly
from sluice_spark.source.kinesis.shard_reader import BufferLimits, Seen, ShardReader

if TYPE_CHECKING:
    from mypy_boto3_kinesis import KinesisClient

LIST_EVERY_MS = 10_000
"""Shards are listed again this often, and at once when one ends."""
RETENTION_EVERY_MS = 60_000
BUFFERED_BYTES = 256 * 1024 * 1024
"""All buffers together, about: each may hold one page of 10 MiB beyond its share."""


@dataclass(frozen=True, slots=True)
class PlannedRead:
    """Records of a batch, and the positions before and behind them.

    `kinesis_records` are records as the stream counts them; `user_records` (the rows) are more when producers
    aggregate. Of `misplaced` Kinesis records, a hash key does not belong to the shard; see deaggregate.py. `reads` says
    when they were read, by shard.
    """

    start: Offset
    end: Offset
    shards: list[tuple[str, pa.RecordBatch]]
    kinesis_records: int
    user_records: int
    misplaced: int
    reads: dict[str, list[ReadSpan]] = field(default_factory=dict)

    @property
    def is_empty(self) -> bool:
        """Nothing came, no shard ended, none joined."""
        return self.kinesis_records == 0 and self.start == self.end


class StreamReader:
    """Reads a stream: `begin`, then `plan` for each batch. One thread calls it; a thread a shard reads ahead.

    :param client: see `api.connect`
    :param max_records_per_batch: what `plan` will be asked for, at most; buffers are made for two batches of it
    :param now_ms: the clock, epoch ms
    """

    def __init__(
        self,
        client: KinesisClient,
        stream: str,
        *,
        max_records_per_batch: int,
        now_ms: Callable[[], int] = lambda: time.time_ns() // 1_000_000,
    ) -> None:
        self._stream = KinesisStream(client, stream)
        self._max_records_per_batch = max_records_per_batch
        self._now_ms = now_ms
        self._readers: dict[str, ShardReader] = {}
        self._gaps: list[RetentionGap] = []
        self._offset: Offset = {}
        self._covered: dict[str, int] = {}
        self._shards: dict[str, Shard] = {}
        self._listed_at_ms = 0
        self._retention_ms = 0
        self._retention_asked_at_ms = 0
        self._retention_lock = threading.Lock()
        self._changed = threading.Condition()
        self._changes = 0
        self._changes_planned = 0

    def begin(
        self,
        committed: Offset | None,
        starting_position: StartingPosition,
        covered_until_ms: Mapping[str, int] | None = None,
    ) -> Offset:
        """Begin at an offset; none yet means the query's starting position.

        :param covered_until_ms: what `covered_until_ms()` said when `committed` was the newest offset, if that is
            known: it distinguishes silence
            from records that expired while the query did not run
        """
        shards = self._list_shards()
        self._offset = (
            initial_offset(shards, starting_position, self._now_ms()) if committed is None else dict(committed)
        )
        self._covered = dict(covered_until_ms or {})
        self._start_readers()
        return dict(self._offset)

    def plan(self, max_records: int) -> PlannedRead:
        """Give what is there for the next batch; its end is where the reader then stands.

        :raises Exception: what ended the reading of a shard for good
        """
        start = dict(self._offset)
        following = dict(start)
        if self._now_ms() - self._listed_at_ms > LIST_EVERY_MS:
            following = follow_lineage(following, self._list_shards())
        for reader in self._readers.values():
            reader.raise_failure()
        with self._changed:
            self._changes_planned = self._changes
        parts = self._choose(max_records)
        reads = {shard_id: self._readers[shard_id].reads(len(part.of)) for shard_id, part in parts.items()}
        ended = False
        for shard_id, reader in list(self._readers.items()):
            records = parts[shard_id].of if shard_id in parts else reader.first(0)
            size = size_of(records)
            reader.drop(len(records), size)
            following[shard_id] = _advance(following[shard_id], records, size, drained=reader.drained)
            if following[shard_id].position == SHARD_END:
                ended = True
                self._retire(shard_id)
        # The children of a shard that ended are read from the next batch on.
        self._offset = follow_lineage(following, self._list_shards()) if ended else following
        self._start_readers()
        return _planned(start, dict(self._offset), parts, read_spans(reads))

    def _choose(self, max_records: int) -> dict[str, UserRecords]:
        """Choose the records of a batch: as many as give no more rows than asked for, as nearly as aggregates allow."""
        waiting = [reader.waiting() for reader in self._readers.values()]
        most = max_records
        while True:
            counts = choose_counts(waiting, most)
            parts = {
                shard_id: user_records(shard_id, self._readers[shard_id].first(count), self._shards.get(shard_id))
                for shard_id, count in counts.items()
                if count > 0
            }
            rows = sum(len(part.rows) for part in parts.values())
            if rows <= max_records or most <= len(counts):
                return parts
            most = max(1, most * max_records // rows)

    def replay(self, start: Offset, end: Offset) -> PlannedRead:
        """Read exactly the records between two recorded offsets again; needs no `begin`.

        :raises RecordsGoneError: when some are gone
        """
        if not self._shards:
            self._list_shards()
        parts: dict[str, UserRecords] = {}
        reads: dict[str, list[ReadSpan]] = {}
        for shard_id, position in end.items():
            if shard_id == EXPIRED:
                continue
            began_ms = self._now_ms()
            records = read_exactly(self._stream, shard_id, start.get(shard_id), position)
            if len(records) > 0:
                reads[shard_id] = [ReadSpan(sequence_number_at(records, -1), began_ms, self._now_ms())]
                parts[shard_id] = user_records(shard_id, records, self._shards.get(shard_id))
        return _planned(dict(start), dict(end), parts, reads)

    def seen(self) -> dict[str, Seen]:
        """Give what GetRecords last said of each shard that is read."""
        return {shard_id: seen for shard_id, reader in self._readers.items() if (seen := reader.seen) is not None}

    def oldest_waiting_ms(self) -> dict[str, int | None]:
        """Give, for each shard that is read, when the oldest record arrived that was read and is in no batch.

        None: there is none.
        """
        return {shard_id: reader.oldest_waiting_ms for shard_id, reader in self._readers.items()}

    def covered_until_ms(self) -> dict[str, int]:
        """Give, for each shard that is read, the time before which everything that arrived is in a batch.

        See `begin`.
        """
        covered = {shard_id: reader.covered_until_ms for shard_id, reader in self._readers.items()}
        return {shard_id: until_ms for shard_id, until_ms in covered.items() if until_ms is not None}

    def gaps(self) -> list[RetentionGap]:
        """Give the retention gaps that were found since the last time."""
        gaps, self._gaps = self._gaps, []
        for reader in self._readers.values():
            gaps += reader.take_gaps()
        return gaps

    def wait_for_records(self, wait_ms: float) -> None:
        """Wait until something was read since the last plan, but no longer than this."""
        with self._changed:
            self._changed.wait_for(lambda: self._changes != self._changes_planned, wait_ms / 1000)

    def close(self) -> None:
        """Stop reading."""
        for reader in self._readers.values():
            reader.stop()
        for reader in self._readers.values():
            reader.join()
        self._readers.clear()

    def _list_shards(self) -> list[Shard]:
        shards = patiently(self._stream.list_shards)
        self._shards = {shard.shard_id: shard for shard in shards}
        self._listed_at_ms = self._now_ms()
        return shards

    def _is_listed(self, shard_id: str) -> bool:
        return any(shard.shard_id == shard_id for shard in patiently(self._stream.list_shards))

    def _retention(self) -> int:
        with self._retention_lock:
            if self._now_ms() - self._retention_asked_at_ms > RETENTION_EVERY_MS:
                self._retention_ms = patiently(self._stream.retention_ms)
                self._retention_asked_at_ms = self._now_ms()
            return self._retention_ms

    def _on_change(self) -> None:
        with self._changed:
            self._changes += 1
            self._changed.notify_all()

    def _start_readers(self) -> None:
        live = {shard_id: position for shard_id, position in self._offset.items() if position.position != SHARD_END}
        limits = BufferLimits(
            records=max(10_000, 2 * self._max_records_per_batch // max(1, len(live))),
            bytes=BUFFERED_BYTES // max(1, len(live)),
        )
        for shard_id, position in live.items():
            if shard_id not in self._readers:
                self._readers[shard_id] = ShardReader(
                    self._stream,
                    shard_id,
                    position.resume_at,
                    covered_until_ms=self._covered.get(shard_id),
                    limits=limits,
                    retention_ms=self._retention,
                    is_listed=self._is_listed,
                    now_ms=self._now_ms,
                    on_change=self._on_change,
                )

    def _retire(self, shard_id: str) -> None:
        reader = self._readers.pop(shard_id)
        self._gaps += reader.take_gaps()


def _advance(before: ShardPosition, taken: pa.RecordBatch, size_bytes: int, *, drained: bool) -> ShardPosition:
    """Give the position behind records.

    At the end of a closed shard it keeps the last number, so that a replay knows where to end.
    """
    last = sequence_number_at(taken, -1) if len(taken) > 0 else None
    return ShardPosition(
        position=SHARD_END if drained else last or before.position,
        records=before.records + len(taken),
        bytes=before.bytes + size_bytes,
        last_sequence_number=last or before.last_sequence_number,
    )


def _planned(
    start: Offset, end: Offset, parts: dict[str, UserRecords], reads: dict[str, list[ReadSpan]]
) -> PlannedRead:
    return PlannedRead(
        start=start,
        end=end,
        shards=[(shard_id, part.rows) for shard_id, part in parts.items()],
        kinesis_records=sum(len(part.of) for part in parts.values()),
        user_records=sum(len(part.rows) for part in parts.values()),
        misplaced=sum(part.misplaced for part in parts.values()),
        reads=reads,
    )
