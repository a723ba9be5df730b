"""Lineage and choice: the same answers as the embedded engine's, and what must hold of every answer."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sluice_spark.source.kinesis.choose import Waiting, choose_counts
from sluice_spark.source.kinesis.lineage import Shard, follow_lineage, initial_offset
from sluice_spark.source.kinesis.offset import (
    EXPIRED,
    SHARD_END,
    Offset,
    ShardPosition,
    UnusableOffsetError,
    offset_from_json,
    offset_to_json,
)
from tests.embedded import ask, needs_node

arrival_times = st.lists(st.integers(0, 1_000), max_size=50).map(sorted)
waiting_lists = st.lists(st.tuples(arrival_times, st.none() | st.integers(0, 2_000)), min_size=1, max_size=6).map(
    lambda shards: [Waiting(str(place), times, unread) for place, (times, unread) in enumerate(shards)]
)


@st.composite
def streams(draw: st.DrawFn) -> list[Shard]:
    """A stream after some splits and merges; the oldest shards may have expired."""
    open_ids = [str(place) for place in range(draw(st.integers(1, 3)))]
    shards = {shard_id: Shard(shard_id, (), False, 0, 0) for shard_id in open_ids}
    for _ in range(draw(st.integers(0, 4))):
        closing = [open_ids.pop(draw(st.integers(0, len(open_ids) - 1)))]
        merges: bool = draw(st.booleans())
        if open_ids and merges:
            closing.append(open_ids.pop())
        for parent in closing:
            shards[parent] = Shard(parent, shards[parent].parents, True, 0, 0)
        for _ in range(2 if len(closing) == 1 else 1):
            child = str(len(shards))
            shards[child] = Shard(child, tuple(closing), False, 0, 0)
            open_ids.append(child)
    return list(shards.values())[draw(st.integers(0, 2)) :]


positions = st.builds(
    ShardPosition,
    position=st.sampled_from(["TRIM_HORIZON", "@1700000000000", "4966", SHARD_END]),
    records=st.integers(0, 2**53 - 1),
    bytes=st.integers(0, 2**53 - 1),
    last_sequence_number=st.none() | st.just("4966"),
)
offsets = st.dictionaries(st.sampled_from([*map(str, range(8)), EXPIRED]), positions, max_size=8)


def as_aws(shard: Shard) -> dict[str, Any]:
    parents = dict(zip(("ParentShardId", "AdjacentParentShardId"), shard.parents, strict=False))
    ends = {"EndingSequenceNumber": "2"} if shard.closed else {}
    return {"ShardId": shard.shard_id, **parents, "SequenceNumberRange": {"StartingSequenceNumber": "1", **ends}}


def as_json(offset: Offset) -> Any:
    return json.loads(offset_to_json(offset))


@given(waiting_lists, st.integers(6, 100))
def test_a_batch_never_exceeds_its_size_nor_overtakes_what_is_unread(waiting: list[Waiting], most: int) -> None:
    counts = choose_counts(waiting, most)
    assert sum(counts.values()) <= most
    more = [(entry.arrivals, entry.unread_from_ms) for entry in waiting]
    unread = [arrivals[-1] if arrivals else unread_from for arrivals, unread_from in more if unread_from is not None]
    for entry in waiting:
        taken = entry.arrivals[: counts.get(entry.shard_id, 0)]
        assert all(arrival <= limit for arrival in taken for limit in unread)
    oldest = min((entry.arrivals[0] for entry in waiting if entry.arrivals), default=None)
    if oldest is not None and all(oldest <= limit for limit in unread):
        assert sum(counts.values()) > 0


@given(streams(), offsets)
def test_a_child_joins_only_behind_its_parents_and_no_count_is_forgotten(shards: list[Shard], offset: Offset) -> None:
    following = follow_lineage(offset, shards)
    listed = {shard.shard_id: shard for shard in shards}
    for joined in following.keys() - offset.keys() - {EXPIRED}:
        for parent in listed[joined].parents:
            assert parent not in listed or offset[parent].position == SHARD_END
    for left in offset.keys() - following.keys():
        assert left not in listed
        assert offset[left].position == SHARD_END
    for total in ("records", "bytes"):
        assert sum(getattr(entry, total) for entry in following.values()) == sum(
            getattr(entry, total) for entry in offset.values()
        )
    assert follow_lineage(following, shards) == following or following.keys() != offset.keys()


@given(streams())
def test_a_query_begins_with_the_oldest_shards_or_with_the_open_ones(shards: list[Shard]) -> None:
    listed = {shard.shard_id for shard in shards}
    begin = initial_offset(shards, "TRIM_HORIZON", 5)
    assert begin.keys() == {shard.shard_id for shard in shards if not listed & set(shard.parents)}
    latest = initial_offset(shards, "LATEST", 5)
    assert {shard_id for shard_id, entry in latest.items() if entry.position == "@5"} == {
        shard.shard_id for shard in shards if not shard.closed
    }


@given(offsets)
def test_an_offset_is_the_same_after_json(offset: Offset) -> None:
    assert offset_from_json(offset_to_json(offset)) == offset


def test_an_offset_of_the_version_before_is_read() -> None:
    older = '{"a":{"position":"SHARD_END","records":3,"bytes":30,"lastSequenceNumber":"17"}}'
    offset = offset_from_json(older)
    assert offset["a"].last_sequence_number == "17"
    assert offset_to_json(offset) == older.replace("lastSequenceNumber", "lastOffset")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        '{"a":1}',
        '{"a":{"position":1,"records":0,"bytes":0}}',
        '{"a":{"position":"x","records":-1,"bytes":0}}',
    ],
)
def test_what_is_no_offset_is_refused(text: str) -> None:
    with pytest.raises(UnusableOffsetError):
        offset_from_json(text)


@pytest.mark.node
@needs_node
@settings(max_examples=1, deadline=None)
@given(
    st.lists(st.tuples(waiting_lists, st.integers(1, 100)), min_size=100, max_size=100),
    st.lists(st.tuples(streams(), offsets), min_size=100, max_size=100),
)
def test_the_embedded_engine_gives_the_same_answers(
    choices: list[tuple[list[Waiting], int]], lineages: list[tuple[list[Shard], Offset]]
) -> None:
    questions: list[dict[str, Any]] = []
    expected: list[Any] = []
    for waiting, most in choices:
        entries = [
            {"shardId": each.shard_id, "arrivals": list(each.arrivals), "unreadFromMs": each.unread_from_ms}
            for each in waiting
        ]
        questions.append({"question": "choose", "waiting": entries, "max": most})
        expected.append(choose_counts(waiting, most))
    for shards, offset in lineages:
        listed = [as_aws(shard) for shard in shards]
        questions.append({"question": "followLineage", "offset": as_json(offset), "shards": listed})
        expected.append(as_json(follow_lineage(offset, shards)))
        for position in ("TRIM_HORIZON", "LATEST"):
            questions.append({"question": "initialOffset", "shards": listed, "from": position, "nowMs": 7})
            expected.append(as_json(initial_offset(shards, position, 7)))
    answers = [answer.get("answer", answer) for answer in ask(*questions)]
    for question, answer, wanted in zip(questions, answers, expected, strict=True):
        assert answer == wanted, question
