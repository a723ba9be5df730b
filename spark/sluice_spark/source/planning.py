"""Plans the batches of the Kinesis stream, beside the driver."""

from __future__ import annotations

import json
import signal
from collections.abc import Sequence
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from sluice_spark.batch.records import RECORD_SCHEMA, packed
from sluice_spark.source.handover import Handover, offset_to_object
from sluice_spark.source.kinesis.api import connect
from sluice_spark.source.kinesis.offset import Offset, offset_from_json
from sluice_spark.source.kinesis.reader import PlannedRead, StreamReader
from sluice_spark.source.reporting_reader import ReportingReader
from sluice_spark.source.settings import RecordsPartition, SourceSettings

_PARTITION_BYTES = 8_000_000
"""As many bytes of records go into a task that gives rows: a batch of some size is judged on several cores."""


class BatchPlanning:
    """Answers Spark's questions about offsets and partitions; see `DataSourceStreamReader` of PySpark."""

    def __init__(self, settings: SourceSettings) -> None:
        self._settings = settings
        self._opened: ReportingReader | None = None
        self._initial: Offset | None = None
        self._at: Offset | None = None
        """Everything up to here has been planned; None until the reader has begun."""
        self._planned: PlannedRead | None = None

    def initial_offset(self) -> dict[str, Any]:
        """Give where the query begins.

        With LATEST that is nowhere: the first batch is empty and writes down which moment was the latest.
        """
        if self._initial is None:
            if self._settings.committed is not None:
                self._initial = offset_from_json(self._settings.committed)
            elif (
                self._settings.starting_position == "LATEST"
                or self._settings.open_end is not None
                or self._at is not None
            ):
                # The last of these: Spark does the first batch of its checkpoint again, and has said where that ends
                # (see `partitions`).
                self._initial = {}
            else:
                self._initial = self._begin(None)
        return offset_to_object(self._initial)

    def latest_offset(self) -> dict[str, Any]:
        """Plan the next batch and give its end: where the reader stands then, after records that it has already."""
        if self._settings.open_end is not None and self._at is None:
            return offset_to_object(offset_from_json(self._settings.open_end))
        # Spark asks where the query begins only after it has the end of the first batch.
        self.initial_offset()
        if self._at is None:
            begun = self._begin(
                None if self._settings.committed is None else offset_from_json(self._settings.committed)
            )
            if self._settings.committed is None and self._settings.starting_position == "LATEST":
                self._planned = PlannedRead({}, begun, [], 0, 0, 0)
                return offset_to_object(begun)
        planned = self._reader.plan(self._settings.max_records, self._settings.wait_ms)
        if not planned.is_empty:
            self._planned = planned
            self._at = planned.end
        return offset_to_object(planned.end)

    def partitions(self, start: dict[str, Any], end: dict[str, Any]) -> Sequence[RecordsPartition]:
        """Hand over the records of a batch: those that were planned, or those of an earlier run again."""
        from_offset, to_offset = (offset_from_json(json.dumps(offset)) for offset in (start, end))
        planned = self._planned
        if planned is None or (planned.start, planned.end) != (from_offset, to_offset):
            if from_offset == to_offset:
                # Spark's first batch, with nothing to read yet; or where a run that is gone stood.
                planned = PlannedRead(from_offset, to_offset, [], 0, 0, 0)
            else:
                planned = self._planned = self._reader.replay(from_offset, to_offset)
            self._begin(to_offset)
        self._reader.hand_over(planned)
        return self._partitions([records for _, records in planned.shards])

    def stop(self) -> None:
        """Stop reading."""
        if self._opened is not None:
            self._opened.close()

    @property
    def _reader(self) -> ReportingReader:
        if self._opened is None:
            # A Ctrl-C reaches this process, too; but the job ends after its batch, and this process with it.
            for ending in (signal.SIGINT, signal.SIGTERM):
                signal.signal(ending, signal.SIG_IGN)
            settings = self._settings
            client = connect(settings.region, settings.endpoint_url)
            reader = StreamReader(client, settings.stream, max_records_per_batch=settings.max_records)
            self._opened = ReportingReader(reader, Handover(settings.handover))
        return self._opened

    def _begin(self, offset: Offset | None) -> Offset:
        if self._at is None:
            self._at = self._reader.begin(offset, self._settings.starting_position, self._settings.covered_until_ms)
        return self._at

    def _partitions(self, batches: list[pa.RecordBatch]) -> list[RecordsPartition]:
        """Give the records of a batch, shard after shard, in the partitions that are to be read."""
        records = pa.Table.from_batches(
            [_with_arrival_in_micros(batch) for batch in batches if batch.num_rows > 0], RECORD_SCHEMA
        )
        if self._settings.hands_over == "settled":
            return [RecordsPartition(_packs(records, 0), Handover(self._settings.handover).next())]
        if records.num_rows == 0:
            return []
        count = -(-records.nbytes // _PARTITION_BYTES)
        rows = -(-records.num_rows // count)
        return [
            RecordsPartition(_packs(records.slice(first, rows), first), None)
            for first in range(0, records.num_rows, rows)
        ]


def _packs(records: pa.Table, first: int) -> list[tuple[int, bytes]]:
    batches = records.combine_chunks().to_batches(max_chunksize=_PACKED_TOGETHER)
    return [(first + place * _PACKED_TOGETHER, packed(batch)) for place, batch in enumerate(batches)]


_PACKED_TOGETHER = 10_000


def _with_arrival_in_micros(batch: pa.RecordBatch) -> pa.RecordBatch:
    arrived = pc.multiply(batch.column("arrivedAt").cast(pa.int64()), 1000).cast(pa.timestamp("us"))
    columns = [arrived if field.name == "arrivedAt" else batch.column(field.name) for field in RECORD_SCHEMA]
    return pa.RecordBatch.from_arrays(columns, schema=RECORD_SCHEMA)
