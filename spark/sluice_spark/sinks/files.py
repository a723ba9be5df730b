"""Writes rows as files, Parquet or JSON lines, below a folder: `table/batch=N/`.

Spark's own operators find what is late and what repeats a key (see durable_query.py); here only what is left is
written. A batch that is done again replaces its folder, so its rows are there once.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from pyspark.sql import DataFrame

from sluice_spark.layout import output_folder
from sluice_spark.plan import JobPlan

FileFormat = Literal["parquet", "json"]


@dataclass(frozen=True)
class FileSink:
    """The files of a plan's table below a folder."""

    plan: JobPlan
    output: str
    format: FileFormat

    @property
    def description(self) -> str:
        """Name the place."""
        return f"{self.format.capitalize()}[{self.output.rstrip('/')}/{self.plan.sink.table}]"

    def write(self, rows: DataFrame, batch_id: int) -> int:
        """Write the rows of a batch, which is read by one action; gives how many there are.

        A batch without rows has no folder.
        """
        columns = rows.select(*file_columns(rows)).persist()
        try:
            count = columns.count()
            if count > 0:
                folder = output_folder(self.output, self.plan.sink.table, batch_id)
                columns.coalesce(1).write.mode("overwrite").format(self.format).save(folder)
        finally:
            columns.unpersist()
        return count


def file_columns(rows: DataFrame) -> list[str]:
    """Name the columns of the files.

    They are those of the sink but for the batch's, which is in the name of the folder, as of a Hive partition.
    """
    return [name for name in rows.columns if not name.startswith("_")]
