"""What the source is given, and what it sends to its tasks."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import Literal

from pyspark.sql.datasource import InputPartition

from sluice_spark.batch.start import BatchStart
from sluice_spark.source.kinesis.lineage import StartingPosition


@dataclass(frozen=True, kw_only=True)
class SourceSettings:
    """What the source is given.

    `plan` is the text of the job plan. `committed` is where the query stands, as JSON, and `covered_until_ms` what the
    reader knew there; `open_end` ends a batch that is to be done again first. `hands_over` says in which form Spark
    gets records: as judged rows, one each, in as many tasks as they need (rows.py), or as the parts of a settled
    batch, in one task (settle.py); the driver then says before each batch what decides about it
    (`Handover.write_next`).
    """

    plan: str
    stream: str
    region: str
    endpoint_url: str | None
    handover: str
    starting_position: StartingPosition
    max_records: int
    wait_ms: int
    committed: str | None = None
    covered_until_ms: dict[str, int] | None = None
    open_end: str | None = None
    hands_over: Literal["rows", "settled"] = "settled"

    def to_options(self) -> dict[str, str]:
        """Give the options to load the source with. One, because Spark's options forget the case of their names."""
        return {"settings": json.dumps(asdict(self))}


class RecordsPartition(InputPartition):
    """Some records of a batch: packs, each with the number of its first record; or all, which are to be settled."""

    def __init__(self, packs: list[tuple[int, bytes]], start: BatchStart | None) -> None:
        super().__init__(None)
        self.packs = packs
        self.start = start
