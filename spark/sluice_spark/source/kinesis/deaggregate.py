"""Takes the user records out of the aggregates of the Kinesis Producer Library (KPL).

The same as shared/job/deaggregate.ts.

The format is that of aggregation-format.md of awslabs/amazon-kinesis-producer: four bytes of magic, a protobuf
message, the MD5 of the message. The message is read by hand: three fields, and nothing to install. What is not wholly
an aggregate is passed on whole, as what it is.

After a resharding an aggregate may lie in a shard that its keys do not belong to. The KCL drops such an aggregate,
because the KPL sends its user records again. Here it is kept and counted as misplaced: other producers of the format
(awslabs' aggregation libraries, Fluent Bit) do not send again, so that dropping would lose records, and what the KPL
sends twice is a duplicate by its key, which the job finds anyway.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import md5

import pyarrow as pa
import pyarrow.compute as pc

from sluice_spark.source.kinesis.lineage import Shard
from sluice_spark.source.kinesis.records import RECORD_SCHEMA

MAGIC = b"\xf3\x89\x9a\xc2"
_DIGEST_BYTES = 16
_VARINT, _FIXED64, _BYTES, _FIXED32 = 0, 1, 2, 5
_LONGEST_VARINT = 10
_HASH_KEY = re.compile(r"0|[1-9][0-9]{0,38}")
"""What Kinesis takes as an explicit hash key: a decimal number below 2^128. Python's int also takes others, and fails
on very long ones.
"""


@dataclass(frozen=True, slots=True)
class UserRecord:
    """A record as its producer made it. The explicit hash key is what routes it instead of its partition key."""

    partition_key: str
    explicit_hash_key: str | None
    data: bytes


@dataclass(frozen=True, slots=True)
class UserRecords:
    """The rows that came out of Kinesis records (`of`). Of `misplaced` ones a hash key does not belong to the shard."""

    of: pa.RecordBatch
    rows: pa.RecordBatch
    misplaced: int


class _NotAnAggregateError(Exception):
    pass


def deaggregate(data: bytes) -> list[UserRecord] | None:
    """Give the user records of an aggregate; None when this is none, or a damaged one."""
    if not data.startswith(MAGIC) or len(data) <= len(MAGIC) + _DIGEST_BYTES:
        return None
    message = data[len(MAGIC) : -_DIGEST_BYTES]
    if md5(message, usedforsecurity=False).digest() != data[-_DIGEST_BYTES:]:
        return None
    try:
        return _aggregate(message)
    except (_NotAnAggregateError, UnicodeDecodeError, IndexError):
        return None


def _aggregate(message: bytes) -> list[UserRecord]:
    partition_keys: list[str] = []
    hash_keys: list[str] = []
    records: list[bytes] = []
    for field, value in _fields(message):
        if isinstance(value, bytes):
            if field == 1:
                partition_keys.append(value.decode())
            elif field == 2:
                hash_keys.append(value.decode())
            elif field == 3:
                records.append(value)
        elif field in (1, 2, 3):
            raise _NotAnAggregateError
    return [_record(record, partition_keys, hash_keys) for record in records]


def _record(message: bytes, partition_keys: list[str], hash_keys: list[str]) -> UserRecord:
    key_index: int | None = None
    hash_index: int | None = None
    data: bytes | None = None
    for field, value in _fields(message):
        if field in (1, 2):
            if isinstance(value, bytes):
                raise _NotAnAggregateError
            key_index, hash_index = (value, hash_index) if field == 1 else (key_index, value)
        elif field == 3:
            if not isinstance(value, bytes):
                raise _NotAnAggregateError
            data = value
    if key_index is None or data is None:
        raise _NotAnAggregateError
    return UserRecord(partition_keys[key_index], None if hash_index is None else hash_keys[hash_index], data)


def _fields(message: bytes) -> Iterator[tuple[int, int | bytes]]:
    """Read the fields of a protobuf message, unknown ones included: a number, or what is delimited by its length."""
    at, end = 0, len(message)
    while at < end:
        tag, at = _varint(message, at)
        field, kind = tag >> 3, tag & 7
        if field == 0:
            raise _NotAnAggregateError
        value: int | bytes
        if kind == _VARINT:
            value, at = _varint(message, at)
        elif kind == _BYTES:
            length, at = _varint(message, at)
            value, at = message[at : at + length], at + length
        elif kind in (_FIXED32, _FIXED64):
            length = 4 if kind == _FIXED32 else 8
            value, at = int.from_bytes(message[at : at + length], "little"), at + length
        else:
            raise _NotAnAggregateError
        if at > end:
            raise _NotAnAggregateError
        yield field, value


def _varint(message: bytes, at: int) -> tuple[int, int]:
    value = 0
    for place in range(_LONGEST_VARINT):
        byte = message[at + place]
        value |= (byte & 0x7F) << (7 * place)
        if byte < 0x80:
            return value, at + place + 1
    raise _NotAnAggregateError


def user_records(shard_id: str, records: pa.RecordBatch, shard: Shard | None) -> UserRecords:
    """Turn Kinesis records of a shard into rows.

    Its range of hash keys says what is misplaced, when it is still known.
    """
    count = len(records)
    if not pc.any(pc.starts_with(records.column("data"), pattern=MAGIC), min_count=0).as_py():
        sub_sequence_numbers = pa.repeat(pa.scalar(0, pa.int64()), count)
        return UserRecords(records, _rows(shard_id, records, sub_sequence_numbers), 0)
    of: list[int] = []
    sub_sequence_numbers = []
    keys: list[str] = []
    data: list[bytes] = []
    misplaced = 0
    whole = zip(records.column("partitionKey").to_pylist(), records.column("data").to_pylist(), strict=True)
    for place, (key, blob) in enumerate(whole):
        users = deaggregate(blob)
        if users is None:
            users = [UserRecord(key, None, blob)]
        elif shard is not None and not all(_belongs(user, shard) for user in users):
            misplaced += 1
        of += [place] * len(users)
        sub_sequence_numbers += range(len(users))
        keys += [user.partition_key for user in users]
        data += [user.data for user in users]
    columns = [
        records.column("sequenceNumber").take(pa.array(of, pa.int64())),
        pa.array(keys, pa.string()),
        records.column("arrivedAt").take(pa.array(of, pa.int64())),
        pa.array(data, pa.binary()),
    ]
    rows = _rows(
        shard_id, pa.RecordBatch.from_arrays(columns, schema=records.schema), pa.array(sub_sequence_numbers, pa.int64())
    )
    return UserRecords(records, rows, misplaced)


def _rows(shard_id: str, records: pa.RecordBatch, sub_sequence_numbers: pa.Array) -> pa.RecordBatch:
    shard_ids = pa.repeat(pa.scalar(shard_id, pa.string()), len(records))
    number, *others = records.columns
    return pa.RecordBatch.from_arrays([shard_ids, number, sub_sequence_numbers, *others], schema=RECORD_SCHEMA)


def _belongs(user: UserRecord, shard: Shard) -> bool:
    if user.explicit_hash_key is None:
        key = int.from_bytes(md5(user.partition_key.encode(), usedforsecurity=False).digest(), "big")
    elif _HASH_KEY.fullmatch(user.explicit_hash_key):
        key = int(user.explicit_hash_key)
    else:
        return False
    return shard.first_hash_key <= key <= shard.last_hash_key
