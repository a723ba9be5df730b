"""When records were read, held against the embedded engine's."""

from __future__ import annotations

from typing import Any

import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sluice_spark.source.kinesis.page_buffer import PageBuffer
from sluice_spark.source.kinesis.read_spans import PageRead, ReadSpan, read_spans
from sluice_spark.source.kinesis.records import PAGE_SCHEMA
from sluice_spark.times import iso_utc
from tests.embedded import ask, needs_node

_AT = 1_795_629_600_000
_PAGES = st.lists(st.tuples(st.integers(1, 5), st.integers(0, 2)), min_size=1, max_size=90)
"""Of a shard: how many records each page has, and how long after the one before it was read."""


def _page(first: int, count: int) -> pa.RecordBatch:
    row = {"partitionKey": "k", "arrivedAt": 0, "data": b""}
    return pa.RecordBatch.from_pylist(
        [{**row, "sequenceNumber": str(number)} for number in range(first, first + count)], schema=PAGE_SCHEMA
    )


@pytest.mark.node
@needs_node
def test_spans_are_those_of_the_embedded_engine() -> None:
    drawn: list[dict[str, list[tuple[int, int]]]] = []

    @settings(max_examples=60, database=None, suppress_health_check=[HealthCheck.too_slow])
    @given(st.dictionaries(st.sampled_from(["a", "b", "c"]), _PAGES, min_size=1))
    def collect(shards: dict[str, list[tuple[int, int]]]) -> None:
        drawn.append(shards)

    collect()
    questions = []
    ours: list[Any] = []
    for shards in drawn:
        records: list[dict[str, Any]] = []
        reads: dict[str, list[PageRead]] = {}
        for shard_id, pages in shards.items():
            number, at_ms = 0, _AT
            reads[shard_id] = []
            for count, later_ms in pages:
                at_ms += later_ms
                records += [
                    {"partitionId": shard_id, "offset": str(number + place), "readAtMs": at_ms}
                    for place in range(count)
                ]
                number += count
                reads[shard_id].append(PageRead(str(number - 1), at_ms))
        questions.append({"question": "readSpans", "records": records})
        ours.append(
            {
                shard_id: [
                    {"upTo": span.up_to, "from": iso_utc(span.from_ms), "at": iso_utc(span.at_ms)} for span in spans
                ]
                for shard_id, spans in read_spans(reads).items()
            }
        )
    assert [reply["answer"] for reply in ask(*questions)] == ours


def test_what_is_taken_out_of_the_middle_of_a_page_keeps_the_time_of_the_page() -> None:
    buffer = PageBuffer()
    buffer.append(_page(0, 10), 100, _AT)
    buffer.append(_page(10, 10), 100, _AT + 250)
    assert read_spans({"s": buffer.reads(14)}) == {"s": [ReadSpan("9", _AT, _AT), ReadSpan("13", _AT + 250, _AT + 250)]}
    buffer.drop(14, 140)
    assert buffer.reads(3) == [PageRead("16", _AT + 250)]
    assert buffer.reads(0) == []
