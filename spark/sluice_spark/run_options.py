"""What every run of a query is given from outside, whatever keeps its checkpoint."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass

from pyspark.sql import SparkSession

from sluice_spark.arguments import JobArguments
from sluice_spark.aws import AwsPlace
from sluice_spark.plan import JobPlan
from sluice_spark.report.progress import QueryIdentity
from sluice_spark.session import application_facts
from sluice_spark.source.settings import SourceSettings


@dataclass(frozen=True, kw_only=True)
class RunOptions:
    """What a run is given. `stop` ends it after the batch that runs."""

    plan: JobPlan
    plan_text: str
    args: JobArguments
    place: AwsPlace
    session: SparkSession
    run_id: str
    log: Callable[[str], None]
    stop: threading.Event

    def identity(self, query_id: str, sink: str) -> QueryIdentity:
        """Say what is the same in every progress of the run; `sink` as progress describes it."""
        return QueryIdentity(
            query_id=query_id,
            run_id=self.run_id,
            name=self.plan.query,
            stream=self.args.stream,
            sink=sink,
            application=application_facts(self.session),
        )

    def source_settings(self, handover: str, wait_ms: int) -> SourceSettings:
        """Give what the source needs to begin anew; `wait_ms` is for how long it waits for records within a trigger."""
        args = self.args
        return SourceSettings(
            plan=self.plan_text,
            stream=args.stream,
            region=args.region,
            endpoint_url=args.endpoint_url,
            handover=handover,
            starting_position="LATEST" if args.starting_position == "LATEST" else "TRIM_HORIZON",
            max_records=args.max_records_per_batch,
            wait_ms=wait_ms,
        )
