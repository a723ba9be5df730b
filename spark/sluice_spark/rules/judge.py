"""What makes an event valid: the spec's fields, over whole columns of records at once.

Types are strict, as JSON has them: a number in quotes is not a number, and 12.5 is not an integer. The first reason that holds, in the order of
the fields, goes to quarantine; the reasons and their order are those of the embedded engine (electron/engine/rules/rules.ts).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from sluice_spark.rules.decimals import read_decimal
from sluice_spark.rules.json_text import read_json
from sluice_spark.rules.timestamps import read_timestamp
from sluice_spark.spec import EventField, PipelineSpec

_INT_MIN, _INT_MAX = -(2**31), 2**31 - 1
_JSON_INT_MIN, _JSON_INT_MAX = -(2**63), 2**64 - 1
"""Beyond these a JSON integer is a DOUBLE for the embedded engine."""
_DOUBLE_IS_EXACT = 2**53
_ISO_UTC = r"^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d{1,6})?Z?$"
_PYTHON_TYPES: dict[str, frozenset[type]] = {
    "string": frozenset((str,)),
    "int": frozenset((int,)),
    "decimal": frozenset((int, float)),
    "timestamp": frozenset((str,)),
}
"""What a JSON value of the right type is in Python; a bool's type is not int."""


@dataclass(frozen=True)
class Judged:
    """The fields of records in their types, and why a record is invalid (null: it is not). All columns are of one length."""

    columns: dict[str, Any]
    reason: Any


def arrow_type(field: EventField) -> Any:
    """Give the type of a field's column."""
    match field.type:
        case "string":
            return pa.string()
        case "int":
            return pa.int32()
        case "decimal":
            return pa.decimal128(field.precision, field.scale)
        case "timestamp":
            return pa.timestamp("us")


def judge(spec: PipelineSpec, records: Sequence[bytes]) -> Judged:
    """Judge records by what each of them holds; rules over several fields and over several records come after this."""
    reasons = _Reasons(len(records))
    documents = [_document(data) for data in records]
    kinds = list(map(type, documents))
    if kinds.count(dict) != len(kinds):
        reasons.add([document is None for document in documents], "not_utf8")
        reasons.add([kind is not dict for kind in kinds], "not_json")
        documents = [document if kind is dict else {} for document, kind in zip(documents, kinds, strict=True)]
    keys = set(spec.event.key)
    columns = {}
    for field in spec.event.fields:
        name = field.name
        values = [document.get(name) for document in documents]
        columns[name] = _judge_field(field, values, name in keys, reasons)
    return Judged(columns, reasons.column)


_NOT_AN_OBJECT = object()


def _document(data: bytes) -> Any:
    """Parse a record: its object, `None` when it is not UTF-8, something else when it is not a JSON object."""
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        return None
    value = read_json(text)
    return _NOT_AN_OBJECT if value is None else value


class _Reasons:
    """The first reason of each record, so far."""

    def __init__(self, length: int) -> None:
        self.column = pa.nulls(length, pa.string())

    def add(self, holds: Any, reason: str) -> None:
        mask = holds if isinstance(holds, pa.Array) else pa.array(holds, pa.bool_())
        if pc.any(mask).as_py():
            self.column = pc.if_else(pc.and_(pc.is_null(self.column), pc.fill_null(mask, False)), reason, self.column)


def _judge_field(field: EventField, values: list[Any], is_key: bool, reasons: _Reasons) -> Any:
    """Judge one field of all records. None stands for a member that is missing or null, then for one that is wrong."""
    kinds = set(map(type, values))
    if field.required and type(None) in kinds:
        reasons.add([value is None for value in values], f"missing:{field.name}")
    if field.required and is_key and str in kinds:
        reasons.add([value == "" for value in values], f"missing:{field.name}")
    wrong = kinds - _PYTHON_TYPES[field.type] - {type(None)}
    if wrong:
        reasons.add([type(value) in wrong for value in values], f"wrong_type:{field.name}")
        values = [None if type(value) in wrong else value for value in values]
    column = _READERS[field.type](field, values, reasons)
    if field.max_bytes is not None:
        reasons.add(pc.greater(pc.binary_length(column), field.max_bytes), f"too_long:{field.name}")
    if field.enum is not None:
        known = pc.is_in(column, value_set=pa.array(field.enum, pa.string()))
        reasons.add(pc.and_(pc.is_valid(column), pc.invert(known)), f"not_in_enum:{field.name}")
    return column


def _texts(field: EventField, values: list[Any], reasons: _Reasons) -> Any:  # noqa: ARG001
    return pa.array(values, pa.string())


def _ints(field: EventField, values: list[Any], reasons: _Reasons) -> Any:
    least = max(_INT_MIN, field.min if field.min is not None else _INT_MIN)
    most = min(_INT_MAX, field.max if field.max is not None else _INT_MAX)
    present = [value for value in values if value is not None]
    if present and not least <= min(present) <= max(present) <= most:
        not_json_int = [value is not None and not _JSON_INT_MIN <= value <= _JSON_INT_MAX for value in values]
        reasons.add(not_json_int, f"wrong_type:{field.name}")
        reasons.add(
            [value is not None and not least <= value <= most for value in values], f"out_of_range:{field.name}"
        )
        values = [None if value is None or not _INT_MIN <= value <= _INT_MAX else value for value in values]
    return pa.array(values, pa.int32())


def _decimals(field: EventField, values: list[Any], reasons: _Reasons) -> Any:
    """Read numbers; one is held against its bounds as it was written: its own type has rounded it."""
    units, given = _few_digits(field, values) or _any_digits(field, values)
    outside = pc.and_(pc.is_valid(given), pc.is_null(units))
    if field.min is not None:
        outside = pc.or_(outside, pc.less(given, field.min))
    if field.max is not None:
        outside = pc.or_(outside, pc.greater(given, field.max))
    reasons.add(outside, f"out_of_range:{field.name}")
    # The same sixteen bytes, with the point where it belongs.
    return pa.Array.from_buffers(arrow_type(field), len(units), units.buffers())


_WHOLE = pa.decimal128(38, 0)


def _few_digits(field: EventField, values: list[Any]) -> tuple[Any, Any] | None:
    """Give the units of 10^-scale, and the numbers, as columns; None when some number has more digits than its type, or than a double."""
    try:
        given = pa.array(values, pa.float64())
    except pa.ArrowInvalid:
        return None
    power = float(10**field.scale)
    units = pc.round(pc.multiply(given, power))
    most = float(min(_DOUBLE_IS_EXACT, 10**field.precision))
    exact = pc.and_(pc.equal(pc.divide(units, power), given), pc.less(pc.abs(units), most))
    if not pc.all(pc.fill_null(exact, True)).as_py():
        return None
    return units.cast(pa.int64()).cast(_WHOLE), given


def _any_digits(field: EventField, values: list[Any]) -> tuple[Any, Any]:
    units = [None if value is None else read_decimal(value, field.precision, field.scale) for value in values]
    return pa.array(units, _WHOLE), pa.array(
        [None if value is None else _double(value) for value in values], pa.float64()
    )


def _double(value: float) -> float:
    try:
        return float(value)
    except OverflowError:
        return float("inf") if value > 0 else float("-inf")


def _timestamps(field: EventField, values: list[Any], reasons: _Reasons) -> Any:
    texts = pa.array(values, pa.string())
    usual = pc.match_substring_regex(texts, _ISO_UTC)
    try:
        column = pc.ascii_rtrim(pc.if_else(usual, texts, None), characters="Z").cast(pa.timestamp("us"))
    except pa.ArrowInvalid:
        usual, column = pa.repeat(pa.scalar(False), len(texts)), pa.nulls(len(texts), pa.timestamp("us"))
    if not pc.all(pc.fill_null(usual, True)).as_py():
        read = [
            None if value is None or is_usual else read_timestamp(value)
            for value, is_usual in zip(values, usual.to_pylist(), strict=True)
        ]
        column = pc.coalesce(column, pa.array(read, pa.int64()).cast(pa.timestamp("us")))
        reasons.add(pc.and_(pc.is_valid(texts), pc.is_null(column)), f"wrong_type:{field.name}")
    return column


_READERS: dict[str, Callable[[EventField, list[Any], _Reasons], Any]] = {
    "string": _texts,
    "int": _ints,
    "decimal": _decimals,
    "timestamp": _timestamps,
}
