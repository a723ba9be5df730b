"""Takes Spark's events about a query out of Java, each as the JSON that Spark makes of it."""

from __future__ import annotations

import json
from functools import cached_property
from typing import Any, Protocol

from pyspark import SparkContext
from pyspark.sql.streaming.listener import JStreamingQueryListener


class SparkEventHandler(Protocol):
    """What becomes of events. Spark calls it in one thread, event after event, some time after each happened."""

    def query_started(self, query_id: str) -> None:
        """Take that the query has started; Spark waits for this before the first batch."""

    def query_progressed(self, progress: dict[str, Any]) -> None:
        """Take Spark's StreamingQueryProgress of a batch."""

    def query_idle(self, timestamp: str) -> None:
        """Take that a trigger found nothing to do; the time is ISO 8601."""

    def query_terminated(self) -> None:
        """Take that no event comes any more."""


class SparkEvents:
    """A listener for `session.streams`.

    PySpark's own reads each member of an event from Java, and five maps entry by entry, each of which ends with an
    exception of Java's whose kind is looked up in all jars of Spark some forty times: 0.1 s of CPU an event.
    """

    def __init__(self, handler: SparkEventHandler) -> None:
        self._handler = handler

    @cached_property
    def _jlistener(self) -> Any:
        """What `addListener` and `removeListener` of PySpark ask for."""
        jvm: Any = SparkContext._jvm
        return jvm.PythonStreamingQueryListenerWrapper(_CalledByJava(self._handler))


class _CalledByJava:
    def __init__(self, handler: SparkEventHandler) -> None:
        self._handler = handler

    def onQueryStarted(self, event: Any) -> None:  # noqa: N802
        self._handler.query_started(event.id().toString())

    def onQueryProgress(self, event: Any) -> None:  # noqa: N802
        self._handler.query_progressed(json.loads(event.progress().json()))

    def onQueryIdle(self, event: Any) -> None:  # noqa: N802
        self._handler.query_idle(event.timestamp())

    def onQueryTerminated(self, _event: Any) -> None:  # noqa: N802
        self._handler.query_terminated()

    Java = JStreamingQueryListener.Java
    """What Py4J asks of a class that Java calls."""
