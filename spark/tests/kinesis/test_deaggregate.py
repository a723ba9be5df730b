"""Aggregates of the KPL, against AWS's own library for them (aws_kinesis_agg) and Google's protobuf below it."""

from __future__ import annotations

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sluice_spark.source.kinesis.deaggregate import MAGIC, UserRecord, deaggregate, user_records
from sluice_spark.source.kinesis.lineage import Shard
from sluice_spark.source.kinesis.records import PAGE_SCHEMA
from tests.kinesis.kpl import aggregate, delimited, sealed, varint

aggregator = pytest.importorskip("aws_kinesis_agg.aggregator")
messages = pytest.importorskip("aws_kinesis_agg.messages_pb2")

hash_keys = st.none() | st.integers(0, 2**128 - 1).map(str)
records = st.lists(
    st.builds(UserRecord, st.text(min_size=1, max_size=20), hash_keys, st.binary(max_size=300)), max_size=30
)


def by_protobuf(data: bytes) -> list[UserRecord]:
    """What Google's protobuf finds in an aggregate."""
    found = messages.AggregatedRecord.FromString(data[len(MAGIC) : -16])
    return [
        UserRecord(
            found.partition_key_table[entry.partition_key_index],
            found.explicit_hash_key_table[entry.explicit_hash_key_index]
            if entry.HasField("explicit_hash_key_index")
            else None,
            entry.data,
        )
        for entry in found.records
    ]


@given(records.filter(len))
def test_what_the_oracle_aggregates_is_read(users: list[UserRecord]) -> None:
    lot = aggregator.RecordAggregator()
    for user in users:
        assert lot.add_user_record(user.partition_key, user.data, user.explicit_hash_key) is None
    _, _, data = lot.clear_and_get().get_contents()
    data = bytes(data)
    found = deaggregate(data)
    assert found is not None
    assert found == by_protobuf(data)
    assert [(user.partition_key, user.data) for user in found] == [(user.partition_key, user.data) for user in users]
    # AWS's library gives a record without a hash key the MD5 of its partition key; the KPL leaves it out.
    for user, original in zip(found, users, strict=True):
        assert original.explicit_hash_key in (None, user.explicit_hash_key)


@given(records.filter(len))
def test_protobuf_finds_the_same_in_what_the_tests_aggregate(users: list[UserRecord]) -> None:
    data = aggregate(users)
    assert deaggregate(data) == users
    assert by_protobuf(data) == users


@given(records.filter(len), st.data())
def test_a_damaged_aggregate_is_passed_on_whole(users: list[UserRecord], draw: st.DataObject) -> None:
    data = bytearray(aggregate(users))
    data[draw.draw(st.integers(0, len(data) - 1))] ^= draw.draw(st.integers(1, 255))
    assert deaggregate(bytes(data)) is None


@given(st.binary(max_size=200))
def test_no_message_makes_the_reader_fail(message: bytes) -> None:
    found = deaggregate(sealed(message))
    assert found is None or isinstance(found, list)
    assert deaggregate(message) is None


@pytest.mark.parametrize(
    "message",
    [
        pytest.param(
            delimited(1, b"key") + delimited(3, varint(1 << 3) + varint(1) + delimited(3, b"x")), id="key index"
        ),
        pytest.param(delimited(1, b"key") + delimited(3, varint(1 << 3) + varint(0)), id="no data"),
        pytest.param(delimited(1, b"key") + delimited(3, delimited(3, b"x")), id="no key"),
        pytest.param(
            delimited(1, b"\xff") + delimited(3, varint(1 << 3) + varint(0) + delimited(3, b"x")), id="key text"
        ),
        pytest.param(varint(3 << 3 | 2) + varint(100) + b"short", id="length"),
        pytest.param(b"\xff" * 11, id="varint"),
    ],
)
def test_a_message_that_is_no_aggregate_is_passed_on_whole(message: bytes) -> None:
    assert deaggregate(sealed(message)) is None


def test_unknown_fields_and_tags_are_passed_over() -> None:
    entry = varint(1 << 3) + varint(0) + delimited(3, b"data") + delimited(4, delimited(1, b"tag")) + varint(9 << 3 | 5)
    message = varint(7 << 3 | 1) + b"12345678" + delimited(1, b"key") + delimited(3, entry + b"1234")
    assert deaggregate(sealed(message)) == [UserRecord("key", None, b"data")]


def test_magic_and_checksum_alone_are_no_aggregate() -> None:
    assert deaggregate(MAGIC + b"\0" * 16) is None


@pytest.mark.parametrize(
    "hash_key", ["", "-1", "01", "1e3", "0x10", "\u0663", "9" * 40, "9" * 5_000, "1\n", str(2**127)]
)
def test_a_hash_key_that_is_none_or_of_another_shard_is_counted_and_fails_nothing(hash_key: str) -> None:
    shard = Shard("shard", (), closed=False, first_hash_key=0, last_hash_key=2**127 - 1)
    users = [UserRecord("here", "0", b"a"), UserRecord("elsewhere", hash_key, b"b")]
    page = pa.RecordBatch.from_pylist(
        [{"sequenceNumber": "7", "partitionKey": "outer", "arrivedAt": 1, "data": aggregate(users)}], schema=PAGE_SCHEMA
    )
    read = user_records("shard", page, shard)
    assert (read.misplaced, read.rows.column("partitionKey").to_pylist()) == (1, ["here", "elsewhere"])
    assert user_records("shard", page, None).misplaced == 0
