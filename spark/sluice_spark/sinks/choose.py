"""Makes the sink that the job was told to write to."""

from __future__ import annotations

from collections.abc import Callable

from sluice_spark.arguments import JobArguments, UnusableArgumentsError
from sluice_spark.aws import AwsPlace
from sluice_spark.sinks.data_api import Warehouse
from sluice_spark.sinks.redshift import RedshiftSink
from sluice_spark.sinks.sink import Sink
from sluice_spark.spec import PipelineSpec


def choose_sink(args: JobArguments, place: AwsPlace, spec: PipelineSpec, log: Callable[[str], None]) -> Sink:
    """Make the sink; its arguments were checked."""
    if args.sink == "redshift":
        warehouse = Warehouse(args.database or "", args.cluster_identifier, args.db_user, args.workgroup_name)
        return RedshiftSink(spec, place, args.bucket, warehouse, args.copy_role or "", log)
    raise UnusableArgumentsError(f"There is no sink {args.sink!r}.")
