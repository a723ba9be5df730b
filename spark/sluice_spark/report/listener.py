"""Publishes the progress of a query as Spark reports it: one event a batch, one a second while nothing comes."""

from __future__ import annotations

import json
import threading
import time
from abc import abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from pyspark.sql.streaming.listener import (
    QueryIdleEvent,
    QueryProgressEvent,
    QueryStartedEvent,
    QueryTerminatedEvent,
    StreamingQueryListener,
)

from sluice_spark.report.output import Output
from sluice_spark.report.pace import Pace
from sluice_spark.report.progress import CommittedTrigger, QueryIdentity, Standing, batch_progress, idle_progress
from sluice_spark.source.handover import Handover


class PublishingListener(StreamingQueryListener):
    """A listener that publishes what became of batches.

    Spark calls it in one thread, event after event, some time after each happened.
    """

    def __init__(self, trigger_ms: int, log: Callable[[str], None]) -> None:
        self._log = log
        self._pace = Pace(trigger_ms, log)
        self._changed = threading.Condition()
        self.terminated = threading.Event()

    @abstractmethod
    def wait_until_published(self, timeout_s: float) -> bool:
        """Wait until every batch that was written was published."""

    def onQueryTerminated(self, event: QueryTerminatedEvent) -> None:  # noqa: ARG002, N802
        """Note that no event comes any more."""
        self.terminated.set()

    def _publish(self, what: str, publish: Callable[[], None]) -> None:
        """Publish, or log what cannot be published.

        The batch itself is written, and Spark drops what a listener raises.
        """
        try:
            publish()
        except Exception as error:  # noqa: BLE001 - as above
            self._log(f"WARN {what} could not be published: {error!r}")


@dataclass
class _Unpublished:
    """A batch that is not published yet: Spark's event of its trigger, and what the job knows of it.

    Either may come first.
    """

    spark: dict[str, Any] | None = None
    trigger: CommittedTrigger | None = None


class ProgressListener(PublishingListener):
    """Joins Spark's event of a trigger with what became of its batch.

    That may be committed after the trigger has ended.

    :param standing: gives where the query stands now; None before the first batch of a new query

    """

    def __init__(
        self,
        identity: QueryIdentity,
        output: Output,
        handover: Handover,
        standing: Callable[[], Standing | None],
        *,
        trigger_ms: int,
        log: Callable[[str], None],
    ) -> None:
        super().__init__(trigger_ms, log)
        self._identity = identity
        self._output = output
        self._handover = handover
        self._standing = standing
        self._unpublished: dict[int, _Unpublished] = {}
        """By Spark's number of the batch, in their order."""
        self._publishing = threading.Lock()

    def judged(self, spark_batch_id: int) -> None:
        """Expect a batch: Spark's event about it comes when its trigger ends, and `committed` when it is written."""
        with self._changed:
            self._unpublished[spark_batch_id] = _Unpublished()

    def committed(self, spark_batch_id: int, trigger: CommittedTrigger) -> None:
        """Take what the job knows of a batch that was committed; it is published now, if Spark has reported it."""
        with self._changed:
            self._unpublished[spark_batch_id].trigger = trigger
        self._publish_whole()

    def wait_until_published(self, timeout_s: float) -> bool:
        """Wait until every batch was committed and published."""
        with self._changed:
            return self._changed.wait_for(lambda: not self._unpublished, timeout_s)

    def onQueryStarted(self, event: QueryStartedEvent) -> None:  # noqa: ARG002, N802
        """Log it: whoever started the job reads the log until there is a progress."""
        self._log("INFO the query has started")

    def onQueryProgress(self, event: QueryProgressEvent) -> None:  # noqa: N802
        """Take Spark's word about a batch; it is published now, if it was committed."""
        spark = json.loads(event.progress.json)
        self._pace.took(spark["batchDuration"])
        with self._changed:
            unpublished = self._unpublished.get(spark["batchId"])
            if unpublished is None:
                # Nothing was done in this trigger.
                return
            unpublished.spark = spark
        self._publish_whole()

    def _publish_whole(self) -> None:
        """Publish the batches of which all is known, in their order."""
        with self._publishing:
            while True:
                with self._changed:
                    spark_batch_id, first = next(iter(self._unpublished.items()), (-1, _Unpublished()))
                spark, trigger = first.spark, first.trigger
                if spark is None or trigger is None:
                    return
                progress = batch_progress(self._identity, spark, trigger)
                what = f"the progress of batch {trigger.batch_id}"
                self._publish(what, lambda: self._output.publish_batch(progress))  # noqa: B023
                with self._changed:
                    del self._unpublished[spark_batch_id]
                    self._changed.notify_all()

    def onQueryIdle(self, event: QueryIdleEvent) -> None:  # noqa: N802
        """Publish that nothing came; while a batch is written, its progress is the next to be published."""
        with self._changed:
            # In this order: what is published is behind where the query stands.
            is_writing = len(self._unpublished) > 0
        standing = self._standing()
        if is_writing or standing is None:
            return
        now_ms = time.time_ns() // 1_000_000
        progress = idle_progress(self._identity, event.timestamp, standing, now_ms, self._handover.seen())
        self._publish("an idle trigger", lambda: self._output.publish_idle(progress))
