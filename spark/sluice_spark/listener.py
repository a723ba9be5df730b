"""Publishes the progress of a query as Spark tells it: one event a batch, one a second while nothing comes."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable

from pyspark.sql.streaming.listener import (
    QueryIdleEvent,
    QueryProgressEvent,
    QueryStartedEvent,
    QueryTerminatedEvent,
    StreamingQueryListener,
)

from sluice_spark.handover import Handover
from sluice_spark.output import Output
from sluice_spark.progress import CommittedTrigger, QueryIdentity, Standing, batch_progress, idle_progress


class ProgressListener(StreamingQueryListener):
    """Spark calls it in one thread, event after event, some time after each happened.

    :param standing: gives where the query stands now; None before the first batch of a new query
    """

    def __init__(
        self,
        identity: QueryIdentity,
        output: Output,
        handover: Handover,
        standing: Callable[[], Standing | None],
        log: Callable[[str], None],
    ) -> None:
        self._identity = identity
        self._output = output
        self._handover = handover
        self._standing = standing
        self._log = log
        self._committed: dict[int, CommittedTrigger] = {}
        self._changed = threading.Condition()
        self.terminated = threading.Event()

    def committed(self, spark_batch_id: int, trigger: CommittedTrigger) -> None:
        """Take what the job knows of a batch that was committed; Spark's event about it comes next."""
        with self._changed:
            self._committed[spark_batch_id] = trigger

    def wait_until_published(self, timeout_s: float) -> bool:
        """Wait until every committed batch was published."""
        with self._changed:
            return self._changed.wait_for(lambda: not self._committed, timeout_s)

    def onQueryStarted(self, event: QueryStartedEvent) -> None:  # noqa: ARG002, N802
        """Tell it: whoever started the job reads the log until there is a progress."""
        self._log("INFO the query has started")

    def onQueryProgress(self, event: QueryProgressEvent) -> None:  # noqa: N802
        """Publish a batch."""
        progress = json.loads(event.progress.json)
        with self._changed:
            trigger = self._committed.get(progress["batchId"])
        if trigger is None:
            return
        try:
            self._output.publish_batch(batch_progress(self._identity, progress, trigger))
        except Exception as error:  # noqa: BLE001 - Spark drops what a listener raises; the batch itself is committed
            self._log(f"WARN the progress of batch {trigger.batch_id} could not be published: {error!r}")
        with self._changed:
            del self._committed[progress["batchId"]]
            self._changed.notify_all()

    def onQueryIdle(self, event: QueryIdleEvent) -> None:  # noqa: N802
        """Publish that nothing came."""
        standing = self._standing()
        if standing is None:
            return
        now_ms = time.time_ns() // 1_000_000
        try:
            self._output.publish_idle(
                idle_progress(self._identity, event.timestamp, standing, now_ms, self._handover.seen())
            )
        except Exception as error:  # noqa: BLE001 - as above
            self._log(f"WARN an idle trigger could not be published: {error!r}")

    def onQueryTerminated(self, event: QueryTerminatedEvent) -> None:  # noqa: ARG002, N802
        """Note that no event comes any more."""
        self.terminated.set()
