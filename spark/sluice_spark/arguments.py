"""The command line of the job: that of every engine (shared/job/arguments.ts), and what Spark alone can do."""

from __future__ import annotations

import argparse
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import NoReturn

from sluice_spark import exit_codes
from sluice_spark.environment import NotMadeForError

SINKS = ("redshift", "redshift-jdbc", "parquet", "json")
CONNECTORS = ("sluice", "aws-kinesis")


@dataclass(frozen=True)
class JobArguments:
    """What the job is started with. Times are in milliseconds."""

    plan: str
    region: str
    stream: str
    bucket: str
    trigger_ms: int
    max_records_per_batch: int
    starting_position: str
    sink: str | None
    connector: str
    cluster_identifier: str | None = None
    workgroup_name: str | None = None
    database: str | None = None
    db_user: str | None = None
    copy_role: str | None = None
    endpoint_url: str | None = None
    jdbc_url: str | None = None
    jdbc_secret: str | None = None
    output: str | None = None
    spark_checkpoint: str | None = None
    on_retention_gap: str = "continue"
    end_with_stdin: bool = False


class UnusableArgumentsError(Exception):
    """The command line cannot be used; the text names each argument that is wrong."""


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        raise UnusableArgumentsError(f"The job's arguments cannot be used: {message}\n{self.format_usage()}")


_EPILOG = f"""\
exit codes:
  {exit_codes.ENDED}  ended on request: SIGTERM or SIGINT, after the batch that ran
  {exit_codes.FAILED}  the query failed; the last line of stderr says why. It may be started again from its checkpoint
  {exit_codes.UNUSABLE}  the arguments or the plan cannot be used; Spark was not started
  {exit_codes.ENVIRONMENT}  Python, Java, Spark, DuckDB or the plan's format do not suit; nothing was read or written
  {exit_codes.FENCED}  another run writes the same checkpoint; this one ended. Do not start it again beside the other
  {exit_codes.DATA_GONE}  records that must be read again are no longer in the stream; a person has to decide

environment:
  AWS_ENDPOINT_URL and credentials are found as by every AWS client.

examples:
  spark-submit --py-files s3://BUCKET/pyspark_script/sluice_spark.zip s3://BUCKET/pyspark_script/main.py \\
    --plan s3://BUCKET/pyspark_script/food-delivery.kinesisToRedshift.plan.json --region us-east-1 \\
    --stream incoming-food-order-data \\
    --bucket STREAMING-BUCKET --cluster-identifier CLUSTER --db-user USER --database dev \\
    --copy-role arn:aws:iam::ACCOUNT:role/ROLE --trigger-ms 1000 --max-records-per-batch 100000
"""


def _whole(least: int) -> type[int]:
    def convert(text: str) -> int:
        if not re.fullmatch(r"[0-9]+", text) or int(text) < least:
            raise argparse.ArgumentTypeError(f"{text!r} is not a whole number of at least {least}")
        return int(text)

    return convert  # type: ignore[return-value]


_OTHER_TRIGGERS = ("real-time", "continuous", "available-now", "once")
"""Of Spark's, those without an interval. Its real-time trigger takes no foreachBatch, which is how a batch gets into a
warehouse.
"""


def _interval(text: str) -> int:
    if text in _OTHER_TRIGGERS:
        raise NotMadeForError(
            f"The job is not made for the trigger {text}: it writes batches, each in a transaction. "
            "Give --trigger-ms the milliseconds from trigger to trigger; 0 is without a pause."
        )
    milliseconds: int = _whole(0)(text)
    return milliseconds


def _matching(pattern: str, meaning: str) -> type[str]:
    def convert(text: str) -> str:
        if not re.fullmatch(pattern, text):
            raise argparse.ArgumentTypeError(f"{text!r} is not {meaning}")
        return text

    return convert  # type: ignore[return-value]


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(
        prog="main.py",
        description="Runs the streaming query of a pipeline: Kinesis to its sink, every record accounted for.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    s3 = _matching(r"(s3|file)://.+", "an address that begins with s3:// or file://")
    url = _matching(r"https?://[^/\s]+(/\S*)?", "an address that begins with http:// or https://")
    directory = _matching(r"[a-z][a-z0-9+.-]*:/.+", "an address with a scheme, such as s3://bucket/prefix/")

    source = parser.add_argument_group("source")
    source.add_argument("--plan", required=True, type=s3, help="the job plan, as the artifacts were deployed")
    source.add_argument("--region", required=True, help="the AWS region of stream, bucket and warehouse")
    source.add_argument("--stream", required=True, help="the Kinesis stream to read")
    source.add_argument(
        "--starting-position",
        choices=("TRIM_HORIZON", "LATEST"),
        default="TRIM_HORIZON",
        help="where a query without a checkpoint begins (default: %(default)s)",
    )
    source.add_argument(
        "--connector",
        choices=CONNECTORS,
        default="sluice",
        help="sluice: this package's own source. aws-kinesis: the one that EMR carries, for more than one driver reads "
        "(default: %(default)s)",
    )
    source.add_argument(
        "--on-retention-gap",
        choices=("continue", "stop"),
        default="continue",
        help="when records expired before they were read: report, count and go on, or end with exit code "
        f"{exit_codes.DATA_GONE} (default: %(default)s)",
    )

    query = parser.add_argument_group("query")
    query.add_argument(
        "--bucket",
        required=True,
        help="the bucket of checkpoint, staging, quarantine and progress: the plan's prefixes",
    )
    query.add_argument("--trigger-ms", required=True, type=_interval, help="milliseconds from trigger to trigger")
    query.add_argument("--max-records-per-batch", required=True, type=_whole(1), help="the most records of a batch")
    query.add_argument(
        "--spark-checkpoint",
        type=directory,
        help="where Spark keeps its own checkpoint, on a file system that it can write: needed by the sinks parquet "
        "and json (state of the deduplication) and by the connector aws-kinesis",
    )

    sink = parser.add_argument_group("sink")
    sink.add_argument("--sink", choices=SINKS, help="where rows go (default: what the plan says)")
    sink.add_argument("--database", help="the warehouse's database (redshift)")
    sink.add_argument("--cluster-identifier", help="the provisioned cluster, with --db-user (redshift)")
    sink.add_argument(
        "--db-user", help="the database user to get credentials for (redshift, with --cluster-identifier)"
    )
    sink.add_argument("--workgroup-name", help="the serverless workgroup, instead of a cluster (redshift)")
    sink.add_argument("--copy-role", help="the ARN that COPY reads the staged files as (redshift)")
    sink.add_argument(
        "--jdbc-url", type=_matching(r"jdbc:.+", "a JDBC URL"), help="jdbc:redshift://... (redshift-jdbc)"
    )
    sink.add_argument(
        "--jdbc-secret",
        help="the Secrets Manager secret that holds username and password (redshift-jdbc; none for an IAM URL)",
    )
    sink.add_argument("--output", type=directory, help="the folder of the files: s3:// or file:// (parquet, json)")

    host = parser.add_argument_group("host")
    host.add_argument(
        "--endpoint-url", type=url, help="the address of all AWS services, for a sandbox (default: $AWS_ENDPOINT_URL)"
    )
    host.add_argument(
        "--end-with-stdin",
        action="store_true",
        help=f"end at once with exit code {exit_codes.FAILED} when standard input ends, as when the parent is gone",
    )
    return parser


def parse_job_arguments(argv: list[str]) -> JobArguments:
    """Parse and check the command line.

    :raises UnusableArgumentsError: naming what is wrong
    :raises NotMadeForError: naming what it cannot be asked for
    """
    args = JobArguments(**vars(_parser().parse_args(argv)))
    for flag, value in (("--region", args.region), ("--stream", args.stream), ("--bucket", args.bucket)):
        if not value.strip():
            raise UnusableArgumentsError(f"The job's arguments cannot be used: {flag} is empty.")
    return args


def check_sink_arguments(args: JobArguments, sink: str) -> None:
    """Check what the chosen sink and connector need; the sink may come from the plan.

    :raises UnusableArgumentsError: naming what is missing
    """
    if sink not in SINKS:
        raise UnusableArgumentsError(f"The plan's sink is {sink!r}; the job knows {', '.join(SINKS)}.")
    problems = list(_sink_problems(args, sink))
    if args.connector == "aws-kinesis" and not args.spark_checkpoint:
        problems.append("The connector aws-kinesis keeps its positions in Spark's checkpoint: give --spark-checkpoint.")
    if problems:
        raise UnusableArgumentsError("\n".join(problems))


def _sink_problems(args: JobArguments, sink: str) -> list[str]:
    if sink == "redshift":
        problems = []
        if not args.database:
            problems.append("The sink redshift needs --database.")
        if not args.copy_role:
            problems.append("The sink redshift needs --copy-role.")
        if bool(args.cluster_identifier) == bool(args.workgroup_name):
            problems.append("Give the job one of --cluster-identifier (with --db-user) and --workgroup-name.")
        return problems
    if sink == "redshift-jdbc":
        return list(_jdbc_problems(args.jdbc_url))
    problems = []
    if not args.output or not args.output.startswith(("s3://", "file:/")):
        problems.append(f"The sink {sink} needs --output, an s3:// or file:// folder.")
    if not args.spark_checkpoint:
        problems.append(
            f"The sink {sink} keeps the state of its deduplication in Spark's checkpoint: give --spark-checkpoint."
        )
    return problems


def _jdbc_problems(url: str | None) -> Iterator[str]:
    if not url:
        yield "The sink redshift-jdbc needs --jdbc-url."
    elif re.search(r"[?;&](password|pwd)=", url, re.IGNORECASE):
        # The arguments of a step are shown to everyone who may describe the cluster.
        yield "The --jdbc-url holds a password, which is visible: keep it in Secrets Manager, and give --jdbc-secret."
    elif not url.startswith(("jdbc:redshift:", "jdbc:postgresql:")):
        yield f"The --jdbc-url begins with {url.split('/', 1)[0]!r}; the job knows jdbc:redshift: and jdbc:postgresql:."
