"""What a new checkpoint says of itself: `metadata`, as shared/job/checkpoint.ts describes it.

Whoever checks a checkpoint before a job starts has to know of which stream its positions are, by which key its rows
were matched and into which table they went. It is written when the checkpoint is made, and never after.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sluice_spark.aws import AwsPlace
from sluice_spark.plan import JobPlan
from sluice_spark.source.kinesis.api import connect
from sluice_spark.source.kinesis.patience import patiently
from sluice_spark.times import iso_utc

if TYPE_CHECKING:
    from mypy_boto3_kinesis.type_defs import StreamDescriptionSummaryTypeDef

FORMAT = 1
"""Of what this package writes, and the greatest that it reads."""


def stream_created_ms(place: AwsPlace, stream: str) -> int:
    """Ask Kinesis when a stream was made, in epoch ms.

    One that is made again under its name has other sequence numbers.
    """
    client = connect(place.region, place.endpoint_url)
    summary: StreamDescriptionSummaryTypeDef = patiently(
        lambda: client.describe_stream_summary(StreamName=stream)["StreamDescriptionSummary"]
    )
    return round(summary["StreamCreationTimestamp"].timestamp() * 1000)


def new_metadata(
    query_id: str, plan: JobPlan, *, stream: str, created_ms: int, spark_version: str, now_ms: int
) -> dict[str, Any]:
    """Give the metadata of a checkpoint that is made now."""
    return {
        "id": query_id,
        "sluice": {
            "format": FORMAT,
            "madeAt": iso_utc(now_ms),
            "madeBy": {"name": "spark", "version": spark_version},
            "pipeline": plan.pipeline,
            "query": plan.query,
            "stream": {"name": stream, "createdAt": iso_utc(created_ms)},
            "eventKey": list(plan.event_key),
            "sink": {
                "kind": plan.sink.kind,
                "table": plan.sink.full_table,
                "mergeKey": list(plan.sink.merge_key),
            },
        },
    }
