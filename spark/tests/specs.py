"""Specs for the tests: that of the repository, and one with a check and fields of every kind."""

from __future__ import annotations

import json
from copy import deepcopy
from functools import cache
from pathlib import Path
from typing import Any

from sluice_spark.plan import JobPlan, parse_job_plan
from tests.embedded import ask, resolved

FOOD_DELIVERY: dict[str, Any] = resolved("food-delivery")


def checked_spec() -> dict[str, Any]:
    """Give the food delivery with a rule over several fields, optional fields, and expressions that do something."""
    spec = deepcopy(FOOD_DELIVERY)
    event = spec["event"]
    event["checks"] = [
        {"reason": "tip_above_value", "expression": "TipAmount <= OrderValue"},
        {"reason": "cancelled_has_tip", "expression": "OrderStatus <> 'Cancelled' or TipAmount = 0"},
    ]
    event["fields"] = [
        {**field, "required": False} if field["name"] in ("DeliveryFee", "RiderID") else field
        for field in event["fields"]
    ]
    columns = {column["name"]: column for column in spec["sink"]["columns"]}
    columns["DeliveryFee"]["expression"] = "coalesce(DeliveryFee, 0)"
    columns["OrderStatus"]["expression"] = "upper(trim(OrderStatus))"
    return spec


def plan_text(spec: dict[str, Any]) -> str:
    """Compile a spec, as the console does it."""
    return _compiled(json.dumps(spec))


def plan_of(spec: dict[str, Any]) -> JobPlan:
    """Compile a spec and read its plan."""
    return parse_job_plan(plan_text(spec), "the plan")


@cache
def _compiled(spec: str) -> str:
    (reply,) = ask({"question": "compile", "spec": json.loads(spec)})
    return json.dumps(reply["answer"])


def nested_spec() -> dict[str, Any]:
    """Give a pipeline whose events have structs, lists and maps in each other, for columns of the type SUPER."""
    spec = deepcopy(FOOD_DELIVERY)
    item = {"struct": [{"name": "sku", "type": "string"}, {"name": "qty", "type": "int"}]}
    place = {"struct": [{"name": "lat", "type": "double"}, {"name": "lon", "type": "double"}]}
    fields: list[tuple[str, Any, bool]] = [
        ("id", "string", True),
        ("seen", "timestamp", True),
        ("items", {"list": item}, True),
        ("place", place, False),
        ("tags", {"map": "int"}, False),
        ("levels", {"map": {"list": "bigint"}}, False),
        ("raw", "json", False),
        ("ok", "boolean", False),
        ("share", "double", False),
    ]
    spec["event"] |= {
        "key": ["id"],
        "time": "seen",
        "fields": [
            {"name": name, "type": kind, "required": required, "description": ""} for name, kind, required in fields
        ],
        "checks": [{"reason": "no_items", "expression": "len(items) > 0"}],
    }
    provenance = [column for column in spec["sink"]["columns"] if "_" in column["name"]]
    columns = [
        ("id", "VARCHAR(64)", "id"),
        ("seen", "TIMESTAMP", "seen"),
        ("items", "SUPER", "items"),
        ("lat", "DOUBLE PRECISION", "place.lat"),
        ("tags", "SUPER", "tags"),
        ("levels", "SUPER", "levels"),
        ("raw", "SUPER", "raw"),
        ("quantity", "BIGINT", "cast(list_sum([item.qty for item in items]) as bigint)"),
        ("ok", "BOOLEAN", "ok"),
        ("share", "DOUBLE PRECISION", "share"),
    ]
    named = [{"name": name, "type": kind, "expression": expression} for name, kind, expression in columns]
    spec["sink"] |= {"mergeKey": ["id"], "columns": [*named, *provenance]}
    return spec


def arguments_of_files(folder: Path) -> list[str]:
    """Write the plan into a folder, and give the job's arguments with it and a sink of files below the folder."""
    plan = folder / "plan.json"
    plan.write_text(plan_text(FOOD_DELIVERY))
    given = {
        "--plan": plan.as_uri(),
        "--region": "us-east-1",
        "--stream": "orders",
        "--bucket": "streaming",
        "--trigger-ms": "100",
        "--max-records-per-batch": "100",
        "--sink": "json",
        "--output": (folder / "out").as_uri(),
        "--spark-checkpoint": (folder / "checkpoint").as_uri(),
    }
    return [part for pair in given.items() for part in pair]
