"""The Kinesis stream as a streaming source of Spark.

Spark runs the reader in one long-lived process beside the driver. The records that it read travel inside the partitions
of their batch, so Kinesis is read once; a batch of a run that is gone is read again from its two offsets, and has the
same records. The tasks that are sent them judge them: what the source gives Spark is judged already.

Spark makes this source in several processes one after the other, each of which needs a part of it: so what takes long
to import (boto3, PyArrow, DuckDB) is imported where it is first needed.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from pyspark.sql.datasource import DataSource, DataSourceStreamReader, InputPartition
from pyspark.sql.types import StructType

from sluice_spark.batch.parts import PARTS_SCHEMA
from sluice_spark.source.settings import RecordsPartition, SourceSettings

if TYPE_CHECKING:
    import pyarrow as pa

    from sluice_spark.source.planning import BatchPlanning

FORMAT = "sluice-kinesis"


class KinesisSource(DataSource):
    """The data source, registered under its name."""

    @classmethod
    def name(cls) -> str:
        """Name the format."""
        return FORMAT

    def schema(self) -> StructType:
        """Give the columns of what is handed over."""
        settings = self._settings()
        if settings.hands_over == "settled":
            return PARTS_SCHEMA
        from sluice_spark.source.reading import schema_of_rows  # noqa: PLC0415

        return schema_of_rows(settings.plan)

    def streamReader(self, schema: StructType) -> DataSourceStreamReader:  # noqa: ARG002, N802
        """Open the stream."""
        return KinesisStreamReader(self._settings())

    def _settings(self) -> SourceSettings:
        return SourceSettings(**json.loads(self.options["settings"]))


class KinesisStreamReader(DataSourceStreamReader):
    """Plans batches and hands their records over.

    Spark makes one beside the driver, which is asked for offsets and partitions, and another that it sends to the tasks
    to `read`: so what cannot be sent is made when it is first needed.
    """

    def __init__(self, settings: SourceSettings) -> None:
        self._settings = settings
        self._planning: BatchPlanning | None = None

    def initialOffset(self) -> dict[str, Any]:  # noqa: N802
        """Give where the query begins."""
        return self._plans().initial_offset()

    def latestOffset(self) -> dict[str, Any]:  # noqa: N802
        """Plan the next batch and give its end."""
        return self._plans().latest_offset()

    def partitions(self, start: dict[str, Any], end: dict[str, Any]) -> Sequence[InputPartition]:
        """Hand over the records of a batch."""
        return self._plans().partitions(start, end)

    def read(self, partition: InputPartition) -> Iterator[pa.RecordBatch]:
        """Give the records of a partition; this runs in a task."""
        from sluice_spark.source.reading import read_partition  # noqa: PLC0415

        assert isinstance(partition, RecordsPartition)  # noqa: S101
        yield from read_partition(self._settings.plan, partition)

    def commit(self, end: dict[str, Any]) -> None:
        """Nothing to do: what is committed, the checkpoint says."""

    def stop(self) -> None:
        """Stop reading."""
        if self._planning is not None:
            self._planning.stop()

    def _plans(self) -> BatchPlanning:
        if self._planning is None:
            from sluice_spark.source.planning import BatchPlanning  # noqa: PLC0415

            self._planning = BatchPlanning(self._settings)
        return self._planning
