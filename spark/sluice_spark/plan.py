"""The job plan: what the job runs of one query. Its schema, and what each member means, is shared/job/plan.ts.

The plan is compiled from the pipeline's spec by the console. The job knows no rule of it: it runs the SQL and fills the
statements.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, fields, is_dataclass
from typing import Any, Literal, get_args, get_origin, get_type_hints

FORMAT = 2
"""Of the plans that this package runs."""


class UnusablePlanError(Exception):
    """The text is not a plan that this package runs; the message says why, and what to do."""


class OtherPlanError(UnusablePlanError):
    """It is a plan, of another version of this package or for another DuckDB: not what the job is made for."""


@dataclass(frozen=True)
class JobPrefixes:
    """Where in the streaming bucket the job keeps what it writes; each ends with a slash."""

    checkpoint: str
    staging: str
    quarantine: str
    progress: str


@dataclass(frozen=True)
class JudgePlan:
    """The SQL that judges the records of a batch, over a table `raw` and the variables `batch_id` and `watermark`."""

    statements: tuple[str, ...]
    counts: str
    quarantine: str
    staged: str
    rows: str


@dataclass(frozen=True)
class TransactionPlan:
    """The statements of a batch's transaction, with places to be filled (sinks/transaction.py)."""

    lock: tuple[str, ...]
    copy: tuple[str, ...]
    merge: tuple[str, ...]
    nothing: tuple[str, ...]
    result: str


@dataclass(frozen=True)
class SourcePlan:
    """The kind of the stream that is read."""

    kind: Literal["kinesis"]


@dataclass(frozen=True)
class SinkPlan:
    """The table that rows are merged into. `stage_columns`: those of the staging table, in parentheses."""

    kind: Literal["redshift"]
    schema: str
    table: str
    merge_key: tuple[str, ...]
    stage_columns: str
    transaction: TransactionPlan

    @property
    def full_table(self) -> str:
        """Name the table as SQL writes it."""
        return f"{self.schema}.{self.table}"


@dataclass(frozen=True)
class JobPlan:
    """One query of a pipeline, compiled."""

    format: int
    duckdb: str
    pipeline: str
    query: str
    event_key: tuple[str, ...]
    watermark_delay_ms: float
    prefixes: JobPrefixes
    judge: JudgePlan
    source: SourcePlan
    sink: SinkPlan

    def watermark_ms(self, max_event_time_ms: int | None) -> float | None:
        """What is before this is late: the greatest event time of the batches before, less the delay."""
        return None if max_event_time_ms is None else max_event_time_ms - self.watermark_delay_ms


def parse_job_plan(text: str, file: str) -> JobPlan:
    """Read a plan from the text of its file.

    :raises OtherPlanError: when it is of another format
    :raises UnusablePlanError: when it is none
    """
    try:
        value = json.loads(text)
    except ValueError as error:
        raise UnusablePlanError(f"{file} is not a job plan: it is not JSON ({error})") from error
    found = value.get("format") if isinstance(value, dict) else None
    if found != FORMAT:
        # A number is what a plan of another version has there; anything else is no plan at all.
        is_other = isinstance(found, int) and not isinstance(found, bool)
        raise (OtherPlanError if is_other else UnusablePlanError)(
            f"{file} is not a job plan of format {FORMAT}, which this job runs: its format is {json.dumps(found)}. "
            "Deploy the artifacts again."
        )
    problems: list[str] = []
    plan = _read(JobPlan, value, "", problems)
    if problems:
        raise UnusablePlanError("\n".join([f"{file} is not a job plan:", *problems]))
    assert isinstance(plan, JobPlan)  # noqa: S101 - what _read gives when there are no problems
    return plan


def require_duckdb(plan: JobPlan, version: str, file: str) -> None:
    """Hold the version of the DuckDB that runs against that of the plan.

    :raises OtherPlanError: when it is another one: its SQL may mean something else
    """
    if plan.duckdb != version:
        raise OtherPlanError(
            f"{file} is compiled for DuckDB {plan.duckdb}, and this Python has DuckDB {version}: "
            f"install duckdb=={plan.duckdb} where PYSPARK_PYTHON points."
        )


def _read(kind: Any, value: Any, path: str, problems: list[str]) -> Any:
    """Read a value of a type: a dataclass of this file, or what one is made of. Strict: no member more, none less."""
    if is_dataclass(kind):
        return _read_object(kind, value, path, problems)
    if get_origin(kind) is tuple:
        if not isinstance(value, list) or not value:
            problems.append(f"{path}: a list with at least one entry is needed")
            return ()
        return tuple(_read(get_args(kind)[0], entry, f"{path}[{place}]", problems) for place, entry in enumerate(value))
    if get_origin(kind) is Literal:
        if value not in get_args(kind):
            problems.append(f"{path}: one of {', '.join(get_args(kind))} is needed")
    elif kind is str:
        if not isinstance(value, str) or not value:
            problems.append(f"{path}: text is needed")
    elif not isinstance(value, int | float) or isinstance(value, bool) or value < 0:
        problems.append(f"{path}: a number of at least 0 is needed")
    return value


def _read_object(kind: Any, value: Any, path: str, problems: list[str]) -> Any:
    if not isinstance(value, Mapping):
        problems.append(f"{path}: an object is needed")
        return None
    types = get_type_hints(kind)
    members = {_camel(field.name): field.name for field in fields(kind)}
    problems += [f"{_at(path, name)}: there is no such member" for name in value if name not in members]
    return kind(
        **{name: _read(types[name], value.get(member), _at(path, member), problems) for member, name in members.items()}
    )


def _camel(name: str) -> str:
    first, *rest = name.split("_")
    return first + "".join(word.capitalize() for word in rest)


def _at(path: str, member: str) -> str:
    return f"{path}.{member}" if path else member
