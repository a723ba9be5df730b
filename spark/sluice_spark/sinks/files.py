"""Writes rows as files, Parquet or JSON lines, below a folder: `table/batch=N/`.

Spark's own operators find what is late and what repeats a key (see durable_query.py); here only what is left is written. A batch that is done
again writes its folder anew, so its rows are there once.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import Literal

from pyspark.sql import DataFrame

from sluice_spark.layout import output_folder
from sluice_spark.spec import PipelineSpec, SinkColumn

FileFormat = Literal["parquet", "json"]
_BATCH_ID = re.compile(r"\bbatchId\b")


@dataclass(frozen=True)
class FileSink:
    """The files of a spec's table below a folder."""

    spec: PipelineSpec
    output: str
    format: FileFormat

    @property
    def description(self) -> str:
        """Name the place."""
        return f"{self.format.capitalize()}[{self.output.rstrip('/')}/{self.spec.sink.table}]"

    def write(self, rows: DataFrame, batch_id: int) -> int:
        """Write the rows of a batch, which is read by one action; gives how many there are. A batch without rows has no folder."""
        columns = rows.select(*(column.name for column in file_columns(self.spec))).persist()
        try:
            count = columns.count()
            if count > 0:
                folder = output_folder(self.output, self.spec.sink.table, batch_id)
                columns.coalesce(1).write.mode("overwrite").format(self.format).save(folder)
        finally:
            columns.unpersist()
        return count


def file_columns(spec: PipelineSpec) -> tuple[SinkColumn, ...]:
    """Give the columns of the files: all but the number of the batch, which is in the name of the folder, as of a Hive partition."""
    return tuple(column for column in spec.sink.columns if not _BATCH_ID.search(column.expression))


def without_batch_id(spec: PipelineSpec) -> PipelineSpec:
    """Give the spec with the columns of the files alone."""
    return replace(spec, sink=replace(spec.sink, columns=file_columns(spec)))
