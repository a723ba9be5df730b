"""The plan's reader: strict, as the schema is (shared/job/plan.ts)."""

from __future__ import annotations

import json
import re
from copy import deepcopy
from pathlib import Path
from typing import Any

import duckdb
import pytest

from sluice_spark.batch.duckdb_locked import locked_duckdb
from sluice_spark.plan import UnusablePlanError, parse_job_plan, require_duckdb
from tests.embedded import ROOT, needs_node
from tests.specs import FOOD_DELIVERY, plan_of, plan_text

pytestmark = [pytest.mark.node, needs_node]


def changed(path: str, value: Any) -> str:
    """Give the plan with one member set, or without it (None)."""
    plan = deepcopy(json.loads(plan_text(FOOD_DELIVERY)))
    *parents, last = path.split(".")
    place = plan
    for parent in parents:
        place = place[parent]
    if value is None:
        del place[last]
    else:
        place[last] = value
    return json.dumps(plan)


def test_reads_what_the_compiler_writes() -> None:
    plan = plan_of(FOOD_DELIVERY)
    assert (plan.pipeline, plan.query, plan.event_key) == ("food-delivery", "kinesisToRedshift", ("OrderID",))
    assert plan.sink.full_table == "food_delivery_datamart.factOrders"
    assert plan.watermark_ms(7_200_001) == 1


@pytest.mark.parametrize(
    ("path", "value", "said"),
    [
        (
            "format",
            1,
            "is not a job plan of format 2, which this job runs: its format is 1. Deploy the artifacts again",
        ),
        ("format", None, "its format is null"),
        ("judge.counts", None, "judge.counts: text is needed"),
        ("judge.statements", [], r"judge.statements: a list with at least one entry is needed"),
        ("judge.statements", [1], r"judge.statements\[0\]: text is needed"),
        ("sink.transaction.lock", "x", "sink.transaction.lock: a list with at least one entry"),
        ("sink.kind", "files", "sink.kind: one of redshift is needed"),
        ("source.kind", "files", "source.kind: one of kinesis is needed"),
        ("sink", 3, "sink: an object is needed"),
        ("watermarkDelayMs", True, "watermarkDelayMs: a number of at least 0"),
        ("prefixes.more", "x/", "prefixes.more: there is no such member"),
    ],
)
def test_names_the_member_that_is_wrong(path: str, value: Any, said: str) -> None:
    with pytest.raises(UnusablePlanError, match=said):
        parse_job_plan(changed(path, value), "plan.json")


def test_what_is_no_json_is_no_plan() -> None:
    with pytest.raises(UnusablePlanError, match=r"plan.json is not a job plan: it is not JSON"):
        parse_job_plan("{", "plan.json")


def test_the_duckdb_that_runs_is_the_one_that_the_requirements_and_the_plan_name() -> None:
    (runs,) = locked_duckdb().connection.execute("select version()").fetchall()[0]
    required = re.search(r"^duckdb==(.+)$", (ROOT / "spark/requirements.txt").read_text(), re.MULTILINE)
    assert required is not None
    assert runs == f"v{required[1]}" == f"v{duckdb.__version__}" == f"v{plan_of(FOOD_DELIVERY).duckdb}"
    require_duckdb(plan_of(FOOD_DELIVERY), duckdb.__version__, "plan.json")
    with pytest.raises(UnusablePlanError, match=r"install duckdb=="):
        require_duckdb(plan_of(FOOD_DELIVERY), "1.0.0", "plan.json")


@pytest.mark.parametrize(
    "sql",
    [
        "select * from read_text('/etc/hostname')",
        "copy (select 1) to '/tmp/sluice-must-not-be-there.csv'",
        "install httpfs",
        "load httpfs",
        "set threads = 1",
        "set enable_external_access = true",
    ],
)
def test_sql_of_a_plan_reaches_no_file_no_extension_and_no_setting(sql: str) -> None:
    with pytest.raises(duckdb.Error):
        locked_duckdb().connection.execute(sql)
    assert not Path("/tmp/sluice-must-not-be-there.csv").exists()
