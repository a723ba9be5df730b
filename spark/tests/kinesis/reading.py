"""Reading as the job does, and what must be true of it."""

from __future__ import annotations

import itertools
from collections.abc import Callable

from sluice_spark.source.kinesis.reader import PlannedRead, StreamReader


def read_until(
    reader: StreamReader, is_enough: Callable[[list[PlannedRead]], bool], most: int = 10_000
) -> list[PlannedRead]:
    """Plan batches, as the job does, until they are enough."""
    reads: list[PlannedRead] = []
    while not is_enough(reads):
        read = reader.plan(most)
        if read.is_empty:
            reader.wait_for_records(1_000)
        else:
            reads.append(read)
    return reads


def rows(*reads: PlannedRead) -> list[dict[str, object]]:
    return [row for read in reads for _, batch in read.shards for row in batch.to_pylist()]


def keys(reads: list[PlannedRead]) -> list[object]:
    return [row["partitionKey"] for row in rows(*reads)]


def have(count: int) -> Callable[[list[PlannedRead]], bool]:
    return lambda reads: sum(read.kinesis_records for read in reads) >= count


def assert_whole(reads: list[PlannedRead], sent: list[str]) -> None:
    """Every record once; batches join; positions count what was read."""
    assert sorted(map(str, keys(reads))) == sorted(sent)
    for before, after in itertools.pairwise(reads):
        assert before.end == after.start
    counted = sum(position.records for position in reads[-1].end.values())
    assert counted - sum(position.records for position in reads[0].start.values()) == len(sent)
