"""A stream's reader that reports to the driver, all the while, what it sees of the shards."""

from __future__ import annotations

import threading

from sluice_spark.source.handover import Handover, PlannedSlice, ShardSeen
from sluice_spark.source.kinesis.lineage import StartingPosition
from sluice_spark.source.kinesis.offset import Offset
from sluice_spark.source.kinesis.reader import PlannedRead, StreamReader

_REPORT_EVERY_S = 0.5


class ReportingReader:
    """Reads for the source. While a batch runs Spark asks for nothing, so a thread reports what is seen meanwhile."""

    def __init__(self, reader: StreamReader, handover: Handover) -> None:
        self._reader = reader
        self._handover = handover
        self._planned_to: Offset = {}
        self._turn = threading.Lock()
        self._closed = threading.Event()
        threading.Thread(target=self._report_until_closed, name="report-seen", daemon=True).start()

    def begin(
        self, offset: Offset | None, starting_position: StartingPosition, covered: dict[str, int] | None
    ) -> Offset:
        """See `StreamReader.begin`."""
        with self._turn:
            self._planned_to = self._reader.begin(offset, starting_position, covered)
            return self._planned_to

    def plan(self, max_records: int, wait_ms: int) -> PlannedRead:
        """Plan what is there; when there is nothing, wait for so long, and plan what is there then."""
        planned = self._plan(max_records)
        if planned.is_empty:
            self._reader.wait_for_records(wait_ms)
            planned = self._plan(max_records)
        self.report()
        return planned

    def _plan(self, max_records: int) -> PlannedRead:
        with self._turn:
            planned = self._reader.plan(max_records)
            self._planned_to = planned.end
            return planned

    def replay(self, start: Offset, end: Offset) -> PlannedRead:
        """See `StreamReader.replay`."""
        with self._turn:
            return self._reader.replay(start, end)

    def hand_over(self, planned: PlannedRead) -> None:
        """Report which batch is about to run, with the gaps that were found before it."""
        with self._turn:
            covered, gaps = self._reader.covered_until_ms(), self._reader.gaps()
        self._handover.write_planned(
            PlannedSlice(
                start=planned.start,
                end=planned.end,
                kinesis_records=planned.kinesis_records,
                rows=planned.user_records,
                misplaced=planned.misplaced,
                covered_until_ms=covered,
                gaps=gaps,
                reads=planned.reads,
            )
        )

    def report(self) -> None:
        """Report what was seen of the shards, and what waits behind the newest plan."""
        with self._turn:
            seen = self._reader.seen()
            # After what was seen: what came in between is then waiting, not missing.
            waiting = self._reader.oldest_waiting_ms()
            self._handover.write_seen(
                {
                    shard: ShardSeen(
                        entry.millis_behind_latest,
                        entry.read_at_ms,
                        waiting.get(shard),
                        self._planned_to[shard].records,
                    )
                    for shard, entry in seen.items()
                    if shard in self._planned_to
                }
            )

    def close(self) -> None:
        """Stop reading and reporting."""
        self._closed.set()
        with self._turn:
            self._reader.close()

    def _report_until_closed(self) -> None:
        while not self._closed.wait(_REPORT_EVERY_S):
            try:
                self.report()
            except FileNotFoundError:
                # The run is over, and its folder is gone.
                return
