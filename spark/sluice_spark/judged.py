"""Gives each record of a batch its verdict, as a DataFrame: what it is, why, and the columns of the sink."""

from __future__ import annotations

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F  # noqa: N812

from sluice_spark.spec import PipelineSpec

INVALID, LATE, VALID = "invalid", "late", "valid"
RECORD_COLUMNS = ("shardId", "sequenceNumber", "partitionKey", "arrivedAt")


def judged_records(
    records: DataFrame, spec: PipelineSpec, batch_id: int | None, watermark_ms: float | None
) -> DataFrame:
    """Give for each of the rows of `typed.typed_schema`, in columns:

    - `_ordinal`, `_verdict` (`invalid`, `late` or `valid`), `_reason` (of what is not valid), `_time` (its event time),
    - `_key0` and so on: the values of the event's key,
    - `_shardId`, `_sequenceNumber`, `_partitionKey`, `_arrivedAt`, `_data`: the record, of what is not valid,
    - the columns of the sink, of what is valid.

    Rules of one event alone; which of two with one key is the first, whoever takes the rows has to say. Without a batch id (a query whose
    checkpoint is Spark's) an expression may not use `batchId`.
    """  # noqa: D400, D415
    watermark = None if watermark_ms is None else round(watermark_ms * 1000)
    typed = records
    if batch_id is not None:
        typed = typed.withColumn("batchId", F.lit(batch_id).cast("bigint"))
    reasoned = typed.withColumn("_reason", F.coalesce(F.col("_reason"), *_check_reason(spec)))
    is_late = (
        F.lit(False)
        if watermark is None
        else F.col(spec.event.time) < F.timestamp_micros(F.lit(watermark)).cast("timestamp_ntz")
    )
    verdict = F.when(F.col("_reason").isNotNull(), INVALID).when(is_late, LATE).otherwise(VALID)
    judged = reasoned.withColumn("_verdict", verdict)
    is_valid = F.col("_verdict") == VALID
    return judged.select(
        "_ordinal",
        "_verdict",
        F.when(F.col("_verdict") == LATE, LATE).otherwise(F.col("_reason")).alias("_reason"),
        F.col(spec.event.time).alias("_time"),
        *(F.col(name).alias(f"_key{place}") for place, name in enumerate(spec.event.key)),
        *(F.when(~is_valid, F.col(name)).alias(f"_{name}") for name in RECORD_COLUMNS),
        F.when(~is_valid, F.col("_data")).alias("_data"),
        # An expression may fail on what is not valid: it is asked only of the others.
        *(F.when(is_valid, F.expr(f"({column.expression})")).alias(column.name) for column in spec.sink.columns),
    )


def _check_reason(spec: PipelineSpec) -> list[Column]:
    """Name the first rule over several fields that does not hold; asked only of events whose fields are right, one by one."""
    checked: Column | None = None
    for check in spec.event.checks:
        fails = ~F.coalesce(F.expr(f"({check.expression})"), F.lit(False))
        reason = F.lit(f"check:{check.reason}")
        checked = F.when(fails, reason) if checked is None else checked.when(fails, reason)
    return [] if checked is None else [F.when(F.col("_reason").isNull(), checked)]
