"""The batches of a query that runs, and the wait for its end; the same for every kind of checkpoint."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import contextmanager
from typing import cast

from pyspark.sql import SparkSession
from pyspark.sql.streaming.listener import StreamingQueryListener
from pyspark.sql.streaming.query import StreamingQuery

from sluice_spark.report.listener import PublishingListener
from sluice_spark.report.spark_events import SparkEvents

_LAST_EVENTS_S = 10.0
"""Spark reports its last batch and its end some time after them."""
_LOOK_EVERY_S = 0.1
_LONG_WAIT_S = 2.0
"""A batch that waits for longer, for the one before to be written, logs that."""


class Batches:
    """Spark's batches, which come one after the other in a thread of Spark's. Each is written in another thread.

    One batch at a time is written. The first failure of either is that of the query: Spark keeps only the text of what
    a batch raises, and does not know of writing.
    """

    def __init__(self, log: Callable[[str], None]) -> None:
        self._log = log
        self._busy = threading.Lock()
        self._writer = ThreadPoolExecutor(max_workers=1, thread_name_prefix="write-batch")
        self._writing: Future[None] | None = None
        self._guard = threading.Lock()
        self.failure: Exception | None = None

    @contextmanager
    def turn(self) -> Iterator[None]:
        """Mark where a batch of Spark's runs. Once something has failed no other begins."""
        with self._busy:
            try:
                self.raise_failure()
                yield
            except Exception as error:
                self._failed(error)
                raise

    def write(self, write: Callable[[], None]) -> None:
        """Write a batch in the other thread, when the one before is written.

        :raises Exception: what failed in writing that
        """
        self.wait_until_written()
        self._writing = self._writer.submit(self._write, write)

    def wait_until_written(self, log_long_wait: Callable[[], None] | None = None) -> None:
        """Wait until nothing is being written; what is given is called once that takes long.

        :raises Exception: what failed in writing it
        """
        writing = self._writing
        if writing is None:
            return
        if log_long_wait is not None and not wait([writing], _LONG_WAIT_S).done:
            log_long_wait()
        writing.result()

    def raise_failure(self) -> None:
        """Raise what failed first, if something has."""
        if self.failure is not None:
            raise self.failure

    def end(self) -> None:
        """Let the batch that runs end, and what is being written.

        A batch that begins after this finds that it is to stop.
        """
        with self._busy:
            pass
        self._writer.shutdown(wait=True)

    def _write(self, write: Callable[[], None]) -> None:
        try:
            write()
        except Exception as error:
            self._failed(error)
            raise

    def _failed(self, error: Exception) -> None:
        with self._guard:
            first = self.failure is None
            if first:
                self.failure = error
        if not first and error is not self.failure:
            self._log(f"WARN after what failed first, this failed, too: {error!r}")


def run_until_stopped(
    session: SparkSession,
    start: Callable[[], StreamingQuery],
    batches: Batches,
    listener: PublishingListener,
    stop: threading.Event,
) -> None:
    """Run a query until it is asked to stop: then the batch that runs ends, is written, and is reported.

    :raises Exception: what made the query fail
    """
    events = cast("StreamingQueryListener", SparkEvents(listener))
    session.streams.addListener(events)
    query = start()
    try:
        while query.isActive and batches.failure is None and not stop.wait(_LOOK_EVERY_S):
            continue
        batches.end()
        if query.isActive:
            if batches.failure is None:
                listener.wait_until_published(_LAST_EVENTS_S)
            query.stop()
        query.awaitTermination()
    except Exception:
        if batches.failure is None:
            raise
    finally:
        listener.terminated.wait(_LAST_EVENTS_S)
        session.streams.removeListener(events)
    batches.raise_failure()
