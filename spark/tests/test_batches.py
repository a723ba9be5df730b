"""The order of writing and of ends, with a query that is none of Spark's."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, cast

import pytest

from sluice_spark.batch.batches import Batches, run_until_stopped
from tests.threads import is_soon_within


class WriteFailedError(Exception):
    """What writing fails with."""


class QueryFailedError(Exception):
    """What Spark says of a query that failed."""


@dataclass
class FakeQuery:
    """A query, its session and its listener, which record what was asked of them."""

    did: list[str] = field(default_factory=list)
    failure: Exception | None = None
    ended: threading.Event = field(default_factory=threading.Event)
    terminated: threading.Event = field(default_factory=threading.Event)

    @property
    def isActive(self) -> bool:  # noqa: N802
        return not self.ended.is_set()

    @property
    def streams(self) -> FakeQuery:
        return self

    def addListener(self, _listener: object) -> None:  # noqa: N802
        self.did.append("listen")

    def removeListener(self, _listener: object) -> None:  # noqa: N802
        self.did.append("forget")

    def wait_until_published(self, _timeout_s: float) -> bool:
        self.did.append("published")
        return True

    def stop(self) -> None:
        self.did.append("stop")
        self.ended.set()
        self.terminated.set()

    def awaitTermination(self) -> None:  # noqa: N802
        if self.failure is not None:
            raise self.failure


def run(query: FakeQuery, batches: Batches, stop: threading.Event) -> tuple[threading.Thread, list[Exception]]:
    """Run a query in a thread; gives what that raises."""
    raised: list[Exception] = []

    def until_stopped() -> None:
        try:
            run_until_stopped(cast("Any", query), lambda: cast("Any", query), batches, cast("Any", query), stop)
        except Exception as error:  # noqa: BLE001 - the test checks it
            raised.append(error)

    thread = threading.Thread(target=until_stopped)
    thread.start()
    return thread, raised


def failing(error: Exception) -> Callable[[], None]:
    def fail() -> None:
        raise error

    return fail


@pytest.fixture
def may_write() -> Iterator[threading.Event]:
    """What writing waits for; nothing waits for it when the test has ended, however it did."""
    event = threading.Event()
    yield event
    event.set()


@contextmanager
def released_when_awaited(held: threading.Event) -> Iterator[None]:
    """Let go on what is written once the next batch waits for it, which must be within the block."""
    awaited: list[bool] = []

    def release() -> None:
        try:
            awaited.append(is_soon_within(Batches.wait_until_written))
        finally:
            held.set()

    thread = threading.Thread(target=release)
    thread.start()
    try:
        yield
    finally:
        thread.join()
        assert awaited == [True]


def test_batches_are_written_one_after_the_other_while_the_next_is_judged(may_write: threading.Event) -> None:
    batches, did = Batches(print), list[str]()

    def write_first() -> None:
        may_write.wait()
        did.append("first written")

    with batches.turn():
        batches.write(write_first)
    with batches.turn(), released_when_awaited(may_write):
        did.append("second judged")
        batches.write(lambda: did.append("second written"))
    batches.end()
    assert did == ["second judged", "first written", "second written"]


def test_what_failed_in_writing_fails_the_next_batch_and_lets_no_other_begin(may_write: threading.Event) -> None:
    log: list[str] = []
    batches, did = Batches(log.append), list[str]()
    failure = WriteFailedError()

    def write() -> None:
        may_write.wait()
        raise failure

    with batches.turn():
        batches.write(write)
    with pytest.raises(WriteFailedError), batches.turn(), released_when_awaited(may_write):
        batches.write(lambda: did.append("written behind one that failed"))
    with pytest.raises(WriteFailedError), batches.turn():
        raise AssertionError("it began behind one that failed")
    batches.end()
    assert batches.failure is failure
    assert (log, did) == ([], [])


def test_the_first_failure_is_the_querys_and_a_later_one_is_logged(may_write: threading.Event) -> None:
    log: list[str] = []
    batches = Batches(log.append)

    def write() -> None:
        may_write.wait()
        raise WriteFailedError("later")

    batches.write(write)
    with pytest.raises(QueryFailedError), batches.turn():
        raise QueryFailedError
    may_write.set()
    batches.end()
    assert isinstance(batches.failure, QueryFailedError)
    assert log == ["WARN after what failed first, this failed, too: WriteFailedError('later')"]


def test_a_stop_waits_for_what_is_written_and_reported(may_write: threading.Event) -> None:
    query, batches, stop = FakeQuery(), Batches(print), threading.Event()

    def write() -> None:
        may_write.wait()
        query.did.append("written")

    batches.write(write)
    thread, raised = run(query, batches, stop)
    stop.set()
    assert is_soon_within(Batches.end)
    assert query.did == ["listen"]
    may_write.set()
    thread.join()
    assert (raised, query.did) == ([], ["listen", "written", "published", "stop", "forget"])


def test_a_failure_in_writing_ends_the_query_though_no_batch_comes_after_it() -> None:
    query, batches = FakeQuery(), Batches(print)
    failure = WriteFailedError()
    thread, raised = run(query, batches, threading.Event())
    batches.write(failing(failure))
    thread.join()
    assert (raised, query.did) == ([failure], ["listen", "stop", "forget"])


def test_a_query_that_fails_waits_for_what_is_written_and_its_own_error_is_reported(may_write: threading.Event) -> None:
    query, batches = FakeQuery(failure=QueryFailedError()), Batches(print)

    def write() -> None:
        may_write.wait()
        query.did.append("written")

    batches.write(write)
    thread, raised = run(query, batches, threading.Event())
    query.terminated.set()
    query.ended.set()
    assert is_soon_within(Batches.end)
    assert query.did == ["listen"]
    may_write.set()
    thread.join()
    assert (raised, query.did) == ([query.failure], ["listen", "written", "forget"])
