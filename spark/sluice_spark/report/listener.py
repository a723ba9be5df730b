"""Publishes the progress of a query as Spark reports it: one event a batch, one a second while nothing comes."""

from __future__ import annotations

import threading
import time
from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sluice_spark.report.output import Output
from sluice_spark.report.pace import Pace
from sluice_spark.report.progress import CommittedTrigger, QueryIdentity, Standing, batch_progress, idle_progress
from sluice_spark.source.handover import Handover


class PublishingListener(ABC):
    """Publishes what became of batches: a `SparkEventHandler`."""

    def __init__(self, trigger_ms: int, log: Callable[[str], None]) -> None:
        self._log = log
        self._pace = Pace(trigger_ms, log)
        self._changed = threading.Condition()
        self.terminated = threading.Event()

    @abstractmethod
    def wait_until_published(self, timeout_s: float) -> bool:
        """Wait until every batch that was written was published."""

    @abstractmethod
    def query_started(self, query_id: str) -> None:
        """Take that the query has started."""

    @abstractmethod
    def query_progressed(self, progress: dict[str, Any]) -> None:
        """Take Spark's word about a batch."""

    @abstractmethod
    def query_idle(self, timestamp: str) -> None:
        """Take that nothing came."""

    def query_terminated(self) -> None:
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

    def query_started(self, query_id: str) -> None:  # noqa: ARG002
        """Log it: whoever started the job reads the log until there is a progress."""
        self._log("INFO the query has started")

    def query_progressed(self, progress: dict[str, Any]) -> None:
        """Take Spark's word about a batch; it is published now, if it was committed."""
        self._pace.took(progress["batchDuration"])
        with self._changed:
            unpublished = self._unpublished.get(progress["batchId"])
            if unpublished is None:
                # Nothing was done in this trigger.
                return
            unpublished.spark = progress
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

    def query_idle(self, timestamp: str) -> None:
        """Publish that nothing came; while a batch is written, its progress is the next to be published."""
        with self._changed:
            # In this order: what is published is behind where the query stands.
            is_writing = len(self._unpublished) > 0
        standing = self._standing()
        if is_writing or standing is None:
            return
        now_ms = time.time_ns() // 1_000_000
        progress = idle_progress(self._identity, timestamp, standing, now_ms, self._handover.seen())
        self._publish("an idle trigger", lambda: self._output.publish_idle(progress))
