"""The job from its command line to its exit code."""

from __future__ import annotations

import os
import re
import threading
import traceback
from collections.abc import Callable
from dataclasses import replace
from importlib.metadata import version
from uuid import uuid4

from botocore.exceptions import BotoCoreError, ClientError

from sluice_spark import exit_codes
from sluice_spark.arguments import JobArguments, UnusableArgumentsError, check_sink_arguments, parse_job_arguments
from sluice_spark.aws import AwsPlace, read_text
from sluice_spark.durable_query import DurableQueryOptions, run_durable_query
from sluice_spark.environment import NotMadeForError
from sluice_spark.jvm import JavaProcess, say
from sluice_spark.plan import JobPlan, OtherPlanError, UnusablePlanError, parse_job_plan, require_duckdb
from sluice_spark.query import QueryOptions, RetentionGapError, run_query
from sluice_spark.session import check_environment, start_session
from sluice_spark.sinks.choose import choose_sink, file_sink
from sluice_spark.source.connector import ConnectorMissingError
from sluice_spark.source.kinesis.replay import RecordsGoneError
from sluice_spark.state.checkpoint import FencedError


def run_job(argv: list[str]) -> int:
    """Run the job; gives its exit code."""
    try:
        args = parse_job_arguments(argv)
        args = replace(args, endpoint_url=args.endpoint_url or os.environ.get("AWS_ENDPOINT_URL"))
        place = AwsPlace(args.region, args.endpoint_url)
        plan_text = _read_plan(place, args.plan)
        plan = parse_job_plan(plan_text, args.plan)
        sink = args.sink or plan.sink.kind
        check_sink_arguments(args, sink)
        require_duckdb(plan, version("duckdb"), args.plan)
    except (NotMadeForError, OtherPlanError) as error:
        say(str(error))
        return exit_codes.ENVIRONMENT
    except (UnusableArgumentsError, UnusablePlanError) as error:
        say(str(error))
        return exit_codes.UNUSABLE
    return _run_on_spark(replace(args, sink=sink), place, plan, plan_text)


def _read_plan(place: AwsPlace, address: str) -> str:
    try:
        return read_text(place, address)
    except (OSError, ValueError, ClientError, BotoCoreError) as error:
        raise UnusablePlanError(f"{address} cannot be read: {error}") from error


def _run_on_spark(args: JobArguments, place: AwsPlace, plan: JobPlan, plan_text: str) -> int:
    stop = threading.Event()
    try:
        java = JavaProcess()
        check_environment(java, source_on_driver=args.connector == "sluice")
    except NotMadeForError as error:
        say(str(error))
        return exit_codes.ENVIRONMENT
    if args.end_with_stdin:
        # Whoever started the job is gone: nobody waits for the batch to end, and it will be done again.
        java.on_end_of_input(lambda: os._exit(exit_codes.FAILED))
    session = start_session(f"{plan.pipeline} {plan.query}", java.gateway)
    java.on_signals(stop.set)
    try:
        java.log(f"INFO {plan.query} of {plan.pipeline} on Spark {session.version}: {args.stream} to {args.sink}")
        files = file_sink(args, plan)
        if files is not None or args.connector == "aws-kinesis":
            run_durable_query(
                DurableQueryOptions(
                    plan=plan,
                    plan_text=plan_text,
                    args=args,
                    place=place,
                    sink=files or choose_sink(args, place, plan, session, java.log),
                    session=session,
                    run_id=str(uuid4()),
                    log=java.log,
                    stop=stop,
                )
            )
        else:
            run_query(
                QueryOptions(
                    plan=plan,
                    plan_text=plan_text,
                    args=args,
                    place=place,
                    sink=choose_sink(args, place, plan, session, java.log),
                    session=session,
                    run_id=str(uuid4()),
                    new_query_id=lambda: str(uuid4()),
                    log=java.log,
                    stop=stop,
                )
            )
    except Exception as error:  # noqa: BLE001 - whatever it was, it is logged, and the exit code says so
        return _failed(error, say)
    finally:
        session.stop()
    say("INFO ended on request")
    return exit_codes.ENDED


def _failed(error: Exception, log: Callable[[str], None]) -> int:
    """Log a failure, the cause in the last line as `Name: message`."""
    log("".join(traceback.format_exception(error)).rstrip())
    code, name, message = cause_of(error)
    log(f"{name}: {message}")
    return code


def cause_of(error: Exception) -> tuple[int, str, str]:
    """Give the exit code of an error, its name, and what it says.

    Of what failed in a process of Spark's, only the text is left.
    """
    text = str(error)
    for kind, code in _EXIT_CODES.items():
        if isinstance(error, kind):
            return code, kind.__name__, text
        message = text.rpartition(f"{kind.__module__}.{kind.__name__}: ")[2]
        if message != text:
            return code, kind.__name__, message.split("\n", 1)[0]
    python_error = _last_python_error(text)
    if python_error is not None:
        return (exit_codes.FAILED, *python_error)
    java_error = _root_java_error(text)
    if java_error is None:
        return exit_codes.FAILED, type(error).__name__, text.split("\n", 1)[0]
    name, message = java_error
    if name in _NOT_IN_THIS_SPARK:
        return (
            exit_codes.ENVIRONMENT,
            name,
            f"This Spark does not have {message}, which the job, or an address or setting that it was given, needs.",
        )
    return exit_codes.FAILED, name, message


_EXIT_CODES: dict[type[Exception], int] = {
    FencedError: exit_codes.FENCED,
    RecordsGoneError: exit_codes.DATA_GONE,
    RetentionGapError: exit_codes.DATA_GONE,
    ConnectorMissingError: exit_codes.ENVIRONMENT,
    NotMadeForError: exit_codes.ENVIRONMENT,
}
_NOT_IN_THIS_SPARK = ("ClassNotFoundException", "NoClassDefFoundError", "NoSuchMethodError", "NoSuchFieldError")
"""What Java raises for a class, or a part of one, that another version has. Its message is the name."""


def _root_java_error(text: str) -> tuple[str, str] | None:
    """Find the innermost error of what Py4J says: its first line is only the name of the call."""
    if not text.startswith("An error occurred while calling "):
        return None
    errors = re.findall(r"^(?:: |Caused by: )([\w.$]+)(?:: (.*))?$", text, re.MULTILINE)
    if not errors:
        return None
    name, message = errors[-1]
    return name.rpartition(".")[2], message or name


def _last_python_error(text: str) -> tuple[str, str] | None:
    """Find the last line of the last Python traceback in what Spark says: that is what went wrong, in its own words."""
    _, found, traceback_text = text.rpartition("Traceback (most recent call last):\n")
    if not found:
        return None
    for line in traceback_text.split("\n"):
        name, colon, message = line.partition(": ")
        if colon and not line.startswith(" ") and name.replace(".", "").replace("_", "").isalnum():
            return name.rpartition(".")[2], message
    return None
