"""What is packed, and what is found when packs are taken apart."""

from __future__ import annotations

import json

import pyarrow as pa
import pytest

from sluice_spark.packed import asked_columns, packed_records, packed_schema, packing, unpacked, unpacked_data
from sluice_spark.settle import Settling, settle_table
from sluice_spark.typed import RECORD_SCHEMA, typed_records
from tests.events import GOOD
from tests.specs import FOOD_DELIVERY, checked_spec, parsed

PLAIN = parsed(FOOD_DELIVERY)


def records(first: int, count: int) -> pa.RecordBatch:
    ordinals = range(first, first + count)
    return pa.RecordBatch.from_arrays(
        [
            pa.array(ordinals, pa.int64()),
            pa.array(["shardId-000000000000"] * count),
            pa.array([f"{49 + ordinal}" for ordinal in ordinals]),
            pa.array(["key"] * count),
            pa.array([1_700_000_000_000_000 + ordinal for ordinal in ordinals], pa.timestamp("us")),
            pa.array([json.dumps({**GOOD, "OrderID": f"o-{ordinal % 7}"}).encode() for ordinal in ordinals]),
        ],
        schema=RECORD_SCHEMA,
    )


def packs(*batches: pa.RecordBatch) -> list[pa.RecordBatch]:
    return list(packing(PLAIN)(batches))


def test_of_a_spec_without_sql_spark_sees_no_more_than_that_there_are_records() -> None:
    assert packed_schema(PLAIN).names == ["_ordinal", "_records", "_fields"]
    (rows,) = packs(records(0, 5))
    assert rows.num_rows == 5
    assert rows.column("_records").null_count == rows.column("_fields").null_count == 4


def test_of_a_spec_with_sql_spark_sees_the_columns_that_the_sql_names() -> None:
    spec = parsed(checked_spec())
    assert [column.name for column in asked_columns(spec)] == ["DeliveryFee", "OrderStatus"]
    assert packed_schema(spec).names == [
        *("_ordinal", "_records", "_fields", "_reason"),
        *("OrderDate", "OrderValue", "DeliveryFee", "TipAmount", "OrderStatus"),
    ]


def test_sql_that_writes_names_in_other_letters_sees_their_columns() -> None:
    changed = json.loads(json.dumps(FOOD_DELIVERY))
    changed["sink"]["columns"][1]["expression"] = "abs(customerid) + cast(`SHARDID` is null as int)"
    assert {"CustomerID", "shardId"} < set(packed_schema(parsed(changed)).names)


def test_what_was_packed_comes_back_in_the_order_of_the_records() -> None:
    later, earlier, none = records(4, 3), records(0, 4), records(0, 0)
    rows = pa.Table.from_batches(packs(later, none, earlier))
    typed = pa.Table.from_batches([typed_records(PLAIN, batch) for batch in (earlier, later)])
    assert unpacked(PLAIN, rows).equals(typed.drop_columns("_data").select(unpacked(PLAIN, rows).column_names))
    assert unpacked_data(rows).sort_by("_ordinal")["data"].equals(typed["_data"])


def test_a_row_or_a_pack_that_is_missing_fails_the_batch() -> None:
    whole = packs(records(0, 4), records(4, 4))
    settling = Settling(PLAIN, 3, None)
    counts = settle_table(whole, settling).counts
    assert (counts.read, counts.staged, counts.duplicates_in_batch) == (8, 7, 1)
    for broken in ([whole[0], whole[1].slice(0, 3)], [whole[0], whole[1].slice(1)], [*whole, whole[1].slice(1, 1)]):
        with pytest.raises(RuntimeError, match=r"Spark gave \d rows of a batch, and packs of \d other ones"):
            settle_table(broken, settling)


def test_a_batch_without_records_has_nothing() -> None:
    settled = settle_table([], Settling(PLAIN, 3, None))
    assert (settled.counts.read, settled.times, settled.staged, settled.quarantine) == (0, None, None, {})


def test_each_record_is_one_row_to_spark() -> None:
    stream = pa.BufferOutputStream()
    batch = records(0, 12)
    with pa.ipc.new_stream(stream, batch.schema) as writer:
        writer.write_batch(batch)
    rows = packed_records(PLAIN, stream.getvalue().to_pybytes())
    assert rows.column("_ordinal").to_pylist() == list(range(12))
