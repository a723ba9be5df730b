"""Specs for the tests: that of the repository, and one with a check and fields of every kind."""

from __future__ import annotations

import json
from copy import deepcopy
from typing import Any

from sluice_spark.spec import PipelineSpec, parse_pipeline_spec
from tests.embedded import resolved

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


def parsed(spec: dict[str, Any]) -> PipelineSpec:
    """Parse a spec."""
    return parse_pipeline_spec(json.dumps(spec), "spec")
