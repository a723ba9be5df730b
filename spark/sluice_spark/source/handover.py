"""What the source and the driver tell each other.

Spark runs the source in a Python process of its own, whose only answer to the driver is an offset; so it leaves files
in a folder that both know: the batch that is about to run, and what the reader last saw of each shard. The driver
leaves one there, too: what decides about the records of the batch that Spark plans next.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from sluice_spark.batch.start import BatchStart
from sluice_spark.source.kinesis.gaps import RetentionGap
from sluice_spark.source.kinesis.offset import Offset, offset_from_json, offset_to_json
from sluice_spark.source.kinesis.read_spans import ReadSpan


def offset_to_object(offset: Offset) -> dict[str, Any]:
    """Give an offset as an object of JSON, in the order of its shards."""
    value: dict[str, Any] = json.loads(offset_to_json(offset))
    return value


@dataclass(frozen=True)
class PlannedSlice:
    """The batch that is about to run: the records between two offsets.

    `kinesis_records` are records as the stream counts them; producers that aggregate put several of the `rows` into
    one. Of `misplaced` records the hash key does not belong to their shard. `covered_until_ms`: see
    `StreamReader.begin`. `gaps` were found before this batch. `reads` says when its records were read, by shard.
    """

    start: Offset
    end: Offset
    kinesis_records: int
    rows: int
    misplaced: int
    covered_until_ms: dict[str, int]
    gaps: list[RetentionGap]
    reads: dict[str, list[ReadSpan]] = field(default_factory=dict)

    @property
    def is_empty(self) -> bool:
        """Say that there is nothing to do. Spark's first batch is so, when nothing has come yet."""
        return self.start == self.end

    def require_all_rows(self, judged: int) -> None:
        """Hold what was judged against what the reader handed over: the positions are of the latter.

        :raises RuntimeError: when Spark gave more or fewer rows; nothing of the batch may be written then
        """
        if judged != self.rows:
            raise RuntimeError(f"The reader handed over {self.rows} rows of a batch, and Spark gave {judged}.")


@dataclass(frozen=True)
class ShardSeen:
    """What GetRecords last said of a shard, and when.

    `oldest_waiting_ms` is when the oldest record arrived that is read and not in a batch (None: there is none), as it
    was when `planned_records` of the shard were in batches.
    """

    millis_behind_latest: int
    read_at_ms: int
    oldest_waiting_ms: int | None
    planned_records: int


def seen_behind(end: Offset, now: Mapping[str, ShardSeen], before: Mapping[str, ShardSeen]) -> dict[str, ShardSeen]:
    """Give what was seen of each shard while batches ended at `end`: now, or, where more was planned since, before.

    What was seen later says what waits behind the later batch, and nothing of what is in it.
    """

    def newest(shard: str, entry: ShardSeen) -> ShardSeen:
        position, earlier = end.get(shard), before.get(shard)
        is_behind = position is not None and position.records == entry.planned_records
        return entry if is_behind or earlier is None else earlier

    return {shard: newest(shard, entry) for shard, entry in now.items()}


@dataclass(frozen=True)
class Handover:
    """The folder, for both sides. Either reads only whole files: a file is renamed into its place."""

    folder: str

    def write_planned(self, planned: PlannedSlice) -> None:
        """Report which batch is about to run."""
        self._write(
            "planned.json",
            {
                "start": offset_to_object(planned.start),
                "end": offset_to_object(planned.end),
                "kinesisRecords": planned.kinesis_records,
                "rows": planned.rows,
                "misplaced": planned.misplaced,
                "coveredUntilMs": planned.covered_until_ms,
                "gaps": [asdict(gap) for gap in planned.gaps],
                "reads": {shard: [asdict(span) for span in spans] for shard, spans in planned.reads.items()},
            },
        )

    def write_next(self, start: BatchStart) -> None:
        """Say, before Spark plans the next batch, what decides about its records."""
        self._write("next.json", asdict(start))

    def next(self) -> BatchStart:
        """Read what decides about the records of the batch that Spark plans now."""
        return BatchStart(**self._read("next.json"))

    def planned(self) -> PlannedSlice:
        """Read which batch is about to run."""
        value = self._read("planned.json")
        return PlannedSlice(
            offset_from_json(json.dumps(value["start"])),
            offset_from_json(json.dumps(value["end"])),
            value["kinesisRecords"],
            value["rows"],
            value["misplaced"],
            value["coveredUntilMs"],
            [RetentionGap(**gap) for gap in value["gaps"]],
            {shard: [ReadSpan(**span) for span in spans] for shard, spans in value["reads"].items()},
        )

    def write_seen(self, seen: dict[str, ShardSeen]) -> None:
        """Report what was seen of the shards."""
        self._write(
            "seen.json",
            {
                shard: [entry.millis_behind_latest, entry.read_at_ms, entry.oldest_waiting_ms, entry.planned_records]
                for shard, entry in seen.items()
            },
        )

    def seen(self) -> dict[str, ShardSeen]:
        """Read what was seen of the shards; nothing before the first read."""
        try:
            return {shard: ShardSeen(*entry) for shard, entry in self._read("seen.json").items()}
        except FileNotFoundError:
            return {}

    def _write(self, name: str, value: Any) -> None:
        path = Path(self.folder) / name
        unfinished = path.with_suffix(".tmp")
        unfinished.write_text(json.dumps(value), "utf-8")
        os.replace(unfinished, path)  # noqa: PTH105

    def _read(self, name: str) -> Any:
        return json.loads((Path(self.folder) / name).read_text("utf-8"))
