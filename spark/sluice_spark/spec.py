"""What the job reads of a resolved pipeline (shared/pipelines/pipeline.ts); members for others are passed over."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import Any, Literal, TypeVar, cast

FieldType = Literal["string", "int", "decimal", "timestamp"]
_FIELD_TYPES = ("string", "int", "decimal", "timestamp")
T = TypeVar("T")
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]*")


class UnusableSpecError(Exception):
    """The text is not a pipeline spec; the message names each wrong member."""


@dataclass(frozen=True)
class EventField:
    """One field of an event. A required field that is missing, null or of another type makes the event invalid."""

    name: str
    type: FieldType
    required: bool = True
    precision: int = 18
    scale: int = 0
    min: float | None = None
    max: float | None = None
    max_bytes: int | None = None
    enum: tuple[str, ...] | None = None


@dataclass(frozen=True)
class Check:
    """A rule over several fields: SQL that is true for a valid event."""

    reason: str
    expression: str


@dataclass(frozen=True)
class Event:
    """What the records of the stream hold."""

    key: tuple[str, ...]
    time: str
    fields: tuple[EventField, ...]
    checks: tuple[Check, ...]


@dataclass(frozen=True)
class SinkColumn:
    """A column of the fact table and the SQL expression that fills it."""

    name: str
    type: str
    expression: str


@dataclass(frozen=True)
class SinkSpec:
    """The table that rows are loaded into."""

    kind: str
    schema: str
    table: str
    merge_key: tuple[str, ...]
    columns: tuple[SinkColumn, ...]
    batch_table: str


@dataclass(frozen=True)
class JobPrefixes:
    """Where in the streaming bucket the job keeps what it writes; each ends with a slash."""

    checkpoint: str
    staging: str
    quarantine: str
    progress: str


@dataclass(frozen=True)
class PipelineSpec:
    """A pipeline, as far as the job knows it."""

    id: str
    event: Event
    query: str
    watermark_delay_minutes: float
    sink: SinkSpec
    prefixes: JobPrefixes

    def watermark_ms(self, max_event_time_ms: int | None) -> float | None:
        """What is before this is late: the greatest event time of the batches before, less the delay."""
        return None if max_event_time_ms is None else max_event_time_ms - self.watermark_delay_minutes * 60_000


class _Reader:
    """Takes typed members out of parsed JSON and collects what is wrong, by path."""

    def __init__(self) -> None:
        self.problems: list[str] = []

    def object(self, value: Any, path: str) -> dict[str, Any]:
        return cast("dict[str, Any]", value) if isinstance(value, dict) else self._wrong(path, "an object", {})

    def list(self, value: Any, path: str) -> list[Any]:
        if isinstance(value, list) and value:
            return value
        return self._wrong(path, "a list with at least one entry", [])

    def text(self, value: Any, path: str) -> str:
        return value if isinstance(value, str) and value else self._wrong(path, "text", "")

    def name(self, value: Any, path: str) -> str:
        if isinstance(value, str) and _NAME.fullmatch(value):
            return value
        return self._wrong(path, "a name: a letter, then letters, digits or underscores", "")

    def number(self, value: Any, path: str, least: float | None = None) -> float:
        if isinstance(value, int | float) and not isinstance(value, bool) and (least is None or value >= least):
            return value
        return self._wrong(path, "a number" if least is None else f"a number of at least {least}", 0)

    def bound(self, field: dict[str, Any], member: str, path: str) -> float | None:
        return None if field.get(member) is None else self.number(field[member], f"{path}.{member}")

    def whole(self, value: Any, path: str, least: int, most: int) -> int:
        if isinstance(value, int) and not isinstance(value, bool) and least <= value <= most:
            return value
        return self._wrong(path, f"a whole number from {least} to {most}", least)

    def _wrong(self, path: str, wanted: str, instead: T) -> T:
        self.problems.append(f"{path}: {wanted} is needed")
        return instead


def parse_pipeline_spec(text: str, file: str) -> PipelineSpec:
    """Parse a spec from the text of its file and check that names it uses are names it declares.

    :raises UnusableSpecError: naming each wrong member
    """
    try:
        value = json.loads(text)
    except ValueError as error:
        raise UnusableSpecError(f"{file} is not a pipeline spec: it is not JSON ({error})") from error
    read = _Reader()
    root = read.object(value, "the spec")
    spec = PipelineSpec(
        id=read.text(root.get("id"), "id"),
        event=_event(read, read.object(root.get("event"), "event")),
        query=read.name(read.object(root.get("job"), "job").get("query"), "job.query"),
        watermark_delay_minutes=read.number(
            read.object(root.get("job"), "job").get("watermarkDelayMinutes"), "job.watermarkDelayMinutes", 0
        ),
        sink=_sink(read, read.object(root.get("sink"), "sink")),
        prefixes=_prefixes(read, root),
    )
    problems = read.problems or _dangling_names(spec)
    if problems:
        raise UnusableSpecError("\n".join([f"{file} is not a pipeline spec:", *problems]))
    return spec


def _event(read: _Reader, event: dict[str, Any]) -> Event:
    fields = read.list(event.get("fields"), "event.fields")
    checks = event.get("checks") or []
    return Event(
        key=tuple(read.name(key, "event.key") for key in read.list(event.get("key"), "event.key")),
        time=read.name(event.get("time"), "event.time"),
        fields=tuple(_field(read, field, f"event.fields[{place}]") for place, field in enumerate(fields)),
        checks=tuple(
            Check(
                read.name(check.get("reason"), f"event.checks[{place}].reason"),
                read.text(check.get("expression"), f"event.checks[{place}].expression"),
            )
            for place, check in enumerate(checks)
        ),
    )


def _field(read: _Reader, value: Any, path: str) -> EventField:
    field = read.object(value, path)
    kind = read.text(field.get("type"), f"{path}.type")
    if kind not in _FIELD_TYPES:
        read.problems.append(f"{path}.type: one of {', '.join(_FIELD_TYPES)} is needed")
    precision = read.whole(field.get("precision", 18), f"{path}.precision", 1, 38)
    max_bytes, enum = field.get("maxBytes"), field.get("enum")
    return EventField(
        name=read.name(field.get("name"), f"{path}.name"),
        type=cast("FieldType", kind),
        required=field.get("required", True) is True,
        precision=precision,
        scale=read.whole(field.get("scale", 0), f"{path}.scale", 0, precision),
        min=read.bound(field, "min", path),
        max=read.bound(field, "max", path),
        max_bytes=None if max_bytes is None else read.whole(max_bytes, f"{path}.maxBytes", 1, 65_535),
        enum=None
        if enum is None
        else tuple(read.text(entry, f"{path}.enum") for entry in read.list(enum, f"{path}.enum")),
    )


def _sink(read: _Reader, sink: dict[str, Any]) -> SinkSpec:
    columns = read.list(sink.get("columns"), "sink.columns")
    return SinkSpec(
        kind=read.text(sink.get("kind"), "sink.kind"),
        schema=read.name(sink.get("schema"), "sink.schema"),
        table=read.name(sink.get("table"), "sink.table"),
        merge_key=tuple(read.name(key, "sink.mergeKey") for key in read.list(sink.get("mergeKey"), "sink.mergeKey")),
        columns=tuple(_column(read, column, f"sink.columns[{place}]") for place, column in enumerate(columns)),
        batch_table=read.name(sink.get("batchTable"), "sink.batchTable"),
    )


def _column(read: _Reader, value: Any, path: str) -> SinkColumn:
    column = read.object(value, path)
    return SinkColumn(
        name=read.name(column.get("name"), f"{path}.name"),
        type=read.text(column.get("type"), f"{path}.type"),
        expression=read.text(column.get("expression"), f"{path}.expression"),
    )


def _prefixes(read: _Reader, root: dict[str, Any]) -> JobPrefixes:
    path = "buckets.streaming.prefixes"
    streaming = read.object(read.object(root.get("buckets"), "buckets").get("streaming"), "buckets.streaming")
    prefixes = read.object(streaming.get("prefixes"), path)
    known = {name: read.text(prefixes.get(name), f"{path}.{name}") for name in JobPrefixes.__dataclass_fields__}
    return JobPrefixes(**known)


def _dangling_names(spec: PipelineSpec) -> list[str]:
    fields = {field.name for field in spec.event.fields}
    columns = {column.name for column in spec.sink.columns}
    used = [
        *((f"event.key: {key}", key in fields) for key in spec.event.key),
        (f"event.time: {spec.event.time}", spec.event.time in fields),
        *((f"sink.mergeKey: {key}", key in columns) for key in spec.sink.merge_key),
    ]
    problems = [f"{where} is not declared" for where, known in used if not known]
    times = [field for field in spec.event.fields if field.name == spec.event.time and field.type != "timestamp"]
    return problems + [f"event.time: {field.name} is of type {field.type}, not timestamp" for field in times]
