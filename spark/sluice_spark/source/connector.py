"""EMR's own Kinesis connector as the source, for streams that one driver cannot read.

Amazon EMR 7.1 and later carry it (EMR Release Guide, "Using the Spark structured streaming Amazon Kinesis Data Streams
connector"); its options are those of awslabs/spark-sql-kinesis-connector. It cannot run anywhere else: what is built
here is checked, and was never seen running.

What it does not do: it does not say the shard of a record, it records its positions from its tasks (so that a batch
that is done again may end elsewhere), and it cannot be asked how far behind each shard is. So it goes with sinks that
merge by key, or that deduplicate.
"""

from __future__ import annotations

import boto3
from py4j.protocol import Py4JJavaError
from pyspark.errors import PySparkException
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F  # noqa: N812

from sluice_spark.arguments import JobArguments

FORMAT = "aws-kinesis"


class ConnectorMissingError(Exception):
    """The Spark at hand does not carry the connector."""


def connector_options(args: JobArguments) -> dict[str, str]:
    """Give the connector's options for the arguments of the job.

    Its limit of records is one of each shard and batch, not of a batch.
    """
    client = boto3.client("kinesis", region_name=args.region, endpoint_url=args.endpoint_url)
    return {
        "kinesis.endpointUrl": client.meta.endpoint_url,
        "kinesis.region": args.region,
        "kinesis.streamName": args.stream,
        "kinesis.consumerType": "GetRecords",
        "kinesis.startingPosition": args.starting_position,
        "kinesis.failOnDataLoss": "true" if args.on_retention_gap == "stop" else "false",
        "kinesis.maxFetchRecordsPerShard": str(args.max_records_per_batch),
        "kinesis.getRecords.numberOfRecordsPerFetch": str(min(10_000, args.max_records_per_batch)),
    }


def connector_records(session: SparkSession, args: JobArguments) -> DataFrame:
    """Read the stream through the connector, in the columns of `_ordinal` and those of `records.RECORD_SCHEMA`.

    :raises ConnectorMissingError: when this Spark has none: it is not EMR's
    """
    if session.conf.get("spark.speculation", "false") == "true":
        raise ConnectorMissingError(
            "The connector aws-kinesis cannot work with speculative execution: two tasks would read one shard. "
            "Submit the job with --conf spark.speculation=false."
        )
    try:
        read = session.readStream.format(FORMAT).options(**connector_options(args)).load()
    except (PySparkException, Py4JJavaError) as error:
        # As a SparkClassNotFoundException, which PySpark 4.0 does not turn into one of its own.
        if "DATA_SOURCE_NOT_FOUND" not in str(error):
            raise
        raise ConnectorMissingError(
            "This Spark has no data source aws-kinesis: it is part of Amazon EMR 7.1 or later, and cannot be installed "
            "from elsewhere. Run the job on EMR, or with --connector sluice."
        ) from error
    return as_records(read)


def as_records(read: DataFrame) -> DataFrame:
    """Turn what the connector gives into the columns of `_ordinal` and those of `records.RECORD_SCHEMA`.

    It does not know the shard of a record.
    """
    return read.select(
        F.monotonically_increasing_id().alias("_ordinal"),
        F.lit("").alias("shardId"),
        "sequenceNumber",
        "partitionKey",
        F.col("approximateArrivalTimestamp").cast("timestamp_ntz").alias("arrivedAt"),
        "data",
    )
