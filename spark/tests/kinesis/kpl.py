"""Writes aggregates of the Kinesis Producer Library, for tests: a small encoder of their protobuf message."""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import md5

from sluice_spark.source.kinesis.deaggregate import MAGIC, UserRecord


def varint(value: int) -> bytes:
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)


def delimited(field: int, value: bytes) -> bytes:
    return varint(field << 3 | 2) + varint(len(value)) + value


def sealed(message: bytes) -> bytes:
    """Make a record of a message: magic and checksum around it."""
    return MAGIC + message + md5(message, usedforsecurity=False).digest()


def aggregate(records: Sequence[UserRecord]) -> bytes:
    """Make one record of several, each key once in its table."""
    keys = list(dict.fromkeys(record.partition_key for record in records))
    hash_keys = list(
        dict.fromkeys(record.explicit_hash_key for record in records if record.explicit_hash_key is not None)
    )
    message = b"".join(delimited(1, key.encode()) for key in keys)
    message += b"".join(delimited(2, key.encode()) for key in hash_keys)
    for record in records:
        entry = varint(1 << 3) + varint(keys.index(record.partition_key))
        if record.explicit_hash_key is not None:
            entry += varint(2 << 3) + varint(hash_keys.index(record.explicit_hash_key))
        message += delimited(3, entry + delimited(3, record.data))
    return sealed(message)
