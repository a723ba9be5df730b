"""Makes the sink that the arguments name."""

from __future__ import annotations

from collections.abc import Callable

from pyspark.sql import SparkSession

from sluice_spark.arguments import JobArguments, UnusableArgumentsError
from sluice_spark.aws import AwsPlace
from sluice_spark.plan import JobPlan
from sluice_spark.sinks.batch_sink import BatchSink
from sluice_spark.sinks.data_api import Warehouse
from sluice_spark.sinks.files import FileSink
from sluice_spark.sinks.jdbc_connection import JdbcPlace, login_from_secret
from sluice_spark.sinks.redshift import CopyLoader
from sluice_spark.sinks.redshift_jdbc import JdbcLoader
from sluice_spark.sinks.sink import Sink


def file_sink(args: JobArguments, plan: JobPlan) -> FileSink | None:
    """Make the sink, if it is one of files; its arguments were checked."""
    if args.sink not in ("parquet", "json") or args.output is None:
        return None
    return FileSink(plan, args.output, "parquet" if args.sink == "parquet" else "json")


def choose_sink(
    args: JobArguments, place: AwsPlace, plan: JobPlan, session: SparkSession, log: Callable[[str], None]
) -> Sink:
    """Make the sink; its arguments were checked."""
    if args.sink == "redshift":
        warehouse = Warehouse(args.database or "", args.cluster_identifier, args.db_user, args.workgroup_name)
        loader = CopyLoader(plan, place, args.bucket, warehouse, args.copy_role or "", log)
        return BatchSink(plan, place, args.bucket, loader)
    if args.sink == "redshift-jdbc":
        login = None if args.jdbc_secret is None else login_from_secret(place, args.jdbc_secret)
        jdbc = JdbcLoader(plan, JdbcPlace(args.jdbc_url or "", login), session, log)
        return BatchSink(plan, place, args.bucket, jdbc)
    raise UnusableArgumentsError(f"There is no sink {args.sink!r}.")
