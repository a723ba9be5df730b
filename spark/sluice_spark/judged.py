"""Gives each record of a batch its verdict, as a DataFrame: what it is, why, and the columns of the sink."""

from __future__ import annotations

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F  # noqa: N812

from sluice_spark.packed import BATCH_ID, PACKS, asked_columns, asks_spark
from sluice_spark.spec import PipelineSpec

INVALID, LATE, VALID = "invalid", "late", "valid"
RECORD_COLUMNS = ("shardId", "sequenceNumber", "partitionKey", "arrivedAt")


def asked_records(records: DataFrame, spec: PipelineSpec, batch_id: int, watermark_ms: float | None) -> DataFrame:
    """Give for the rows of `packed.packed_schema` what only Spark can say, if the spec has SQL for it: in columns

    - `_ordinal` and the packs, as they are,
    - `_reason`: why an event is invalid, by its fields or by the rules over several of them,
    - the columns of the sink that are more than a field as it is, of what is valid and not late.
    """  # noqa: D400, D415
    if not asks_spark(spec):
        return records.select("_ordinal", *PACKS)
    reasoned = records.withColumn(BATCH_ID, F.lit(batch_id).cast("bigint")).withColumn("_reason", _reason(spec))
    is_late = F.lit(False)
    if watermark_ms is not None:
        watermark = F.timestamp_micros(F.lit(round(watermark_ms * 1000))).cast("timestamp_ntz")
        is_late = F.coalesce(F.col(spec.event.time) < watermark, F.lit(False))
    is_valid = F.col("_reason").isNull() & ~is_late
    return reasoned.select(
        "_ordinal",
        *PACKS,
        "_reason",
        # An expression may fail on what is not valid: it is asked only of the others.
        *(_of(column.expression, column.name, is_valid) for column in asked_columns(spec)),
    )


def judged_records(records: DataFrame, spec: PipelineSpec) -> DataFrame:
    """Give for each of the rows of `typed.typed_schema`, in columns:

    - `_ordinal`, `_verdict` (`invalid` or `valid`), `_reason` (of what is invalid), `_time` (its event time),
    - `_key0` and so on: the values of the event's key,
    - `_shardId`, `_sequenceNumber`, `_partitionKey`, `_arrivedAt`, `_data`: the record, of what is invalid,
    - the columns of the sink, of what is valid.

    Rules of one event alone: what is late and which of two with one key is the first, Spark's operators find (durable_query.py). An expression may
    not use `batchId`.
    """  # noqa: D400, D415
    judged = records.withColumn("_reason", _reason(spec))
    is_valid = F.col("_reason").isNull()
    return judged.select(
        "_ordinal",
        F.when(is_valid, VALID).otherwise(INVALID).alias("_verdict"),
        "_reason",
        F.col(spec.event.time).alias("_time"),
        *(F.col(name).alias(f"_key{place}") for place, name in enumerate(spec.event.key)),
        *(F.when(~is_valid, F.col(name)).alias(f"_{name}") for name in RECORD_COLUMNS),
        F.when(~is_valid, F.col("_data")).alias("_data"),
        # As above.
        *(_of(column.expression, column.name, is_valid) for column in spec.sink.columns),
    )


def _of(expression: str, name: str, is_valid: Column) -> Column:
    return F.when(is_valid, F.expr(f"({expression})")).alias(name)


def _reason(spec: PipelineSpec) -> Column:
    """Name why an event is invalid: by its fields, or by the first rule over several of them that does not hold.

    The rules are asked only of events whose fields are right, one by one.
    """
    checked: Column | None = None
    for check in spec.event.checks:
        fails = ~F.coalesce(F.expr(f"({check.expression})"), F.lit(False))
        reason = F.lit(f"check:{check.reason}")
        checked = F.when(fails, reason) if checked is None else checked.when(fails, reason)
    fields = F.col("_reason")
    return fields if checked is None else F.coalesce(fields, F.when(fields.isNull(), checked))
