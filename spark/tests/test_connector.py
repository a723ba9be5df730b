"""EMR's connector: which options it is given, and what becomes of its rows.

It cannot run here, so nothing here shows that it reads.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from sluice_spark.arguments import JobArguments, UnusableArgumentsError, check_sink_arguments, parse_job_arguments
from sluice_spark.batch.records import RECORD_SCHEMA
from sluice_spark.source.connector import (
    ConnectorMissingError,
    as_records,
    connector_options,
    connector_records,
)

GIVEN = {
    "--plan": "s3://bucket/plan.json",
    "--region": "eu-central-1",
    "--stream": "orders",
    "--bucket": "bucket",
    "--trigger-ms": "1000",
    "--max-records-per-batch": "20000",
    "--sink": "parquet",
    "--output": "s3://bucket/out/",
    "--connector": "aws-kinesis",
    "--spark-checkpoint": "s3://bucket/spark-checkpoint/",
}


def arguments(**more: str | None) -> JobArguments:
    given = {**GIVEN, **{f"--{name.replace('_', '-')}": value for name, value in more.items()}}
    return parse_job_arguments([part for name, value in given.items() if value is not None for part in (name, value)])


def test_the_connector_is_given_the_options_of_the_job() -> None:
    assert connector_options(arguments()) == {
        "kinesis.endpointUrl": "https://kinesis.eu-central-1.amazonaws.com",
        "kinesis.region": "eu-central-1",
        "kinesis.streamName": "orders",
        "kinesis.consumerType": "GetRecords",
        "kinesis.startingPosition": "TRIM_HORIZON",
        "kinesis.failOnDataLoss": "false",
        "kinesis.maxFetchRecordsPerShard": "20000",
        "kinesis.getRecords.numberOfRecordsPerFetch": "10000",
    }


@pytest.mark.parametrize(
    ("more", "option", "value"),
    [
        ({"region": "cn-north-1"}, "kinesis.endpointUrl", "https://kinesis.cn-north-1.amazonaws.com.cn"),
        ({"endpoint_url": "http://127.0.0.1:4567"}, "kinesis.endpointUrl", "http://127.0.0.1:4567"),
        ({"starting_position": "LATEST"}, "kinesis.startingPosition", "LATEST"),
        ({"on_retention_gap": "stop"}, "kinesis.failOnDataLoss", "true"),
        ({"max_records_per_batch": "50"}, "kinesis.getRecords.numberOfRecordsPerFetch", "50"),
    ],
)
def test_each_argument_has_its_option(more: dict[str, str], option: str, value: str) -> None:
    assert connector_options(arguments(**more))[option] == value


def test_the_connector_needs_a_checkpoint_of_sparks() -> None:
    args = arguments(spark_checkpoint=None, sink="redshift-jdbc", jdbc_url="jdbc:redshift://host:5439/dev")
    with pytest.raises(UnusableArgumentsError, match="--spark-checkpoint"):
        check_sink_arguments(args, "redshift-jdbc")


@pytest.mark.spark
@pytest.mark.every_spark
def test_a_spark_without_the_connector_is_refused_with_where_it_comes_from(spark: Any) -> None:
    with pytest.raises(ConnectorMissingError, match="Amazon EMR 7"):
        connector_records(spark, arguments())


@pytest.mark.spark
@pytest.mark.every_spark
def test_its_rows_become_records(spark: Any) -> None:
    # The columns and types of its README.
    schema = (
        "data binary, streamName string, partitionKey string, sequenceNumber string,"
        " approximateArrivalTimestamp timestamp"
    )
    at = datetime(2026, 11, 25, 12, 0, 0, 123_000, UTC)
    read = spark.createDataFrame([(bytearray(b"{}"), "orders", "key", "4966", at)], schema)
    records = as_records(read).toArrow()
    assert records.schema.names == ["_ordinal", *RECORD_SCHEMA.names]
    assert records.drop_columns(["_ordinal"]).to_pylist() == [
        {
            "shardId": "",
            "sequenceNumber": "4966",
            "partitionKey": "key",
            "arrivedAt": at.replace(tzinfo=None),
            "data": b"{}",
        }
    ]
