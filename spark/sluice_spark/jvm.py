"""What the job needs of the Java process that Spark's driver is, beside Spark.

spark-submit starts Java, and Java starts Python with its own standard input and with standard error joined to standard
output. So what is said on standard error, the signals that ask the job to end, and the end of standard input are
Java's, and are reached through it.
"""

from __future__ import annotations

import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Sequence
from typing import Any

from py4j.protocol import Py4JJavaError
from pyspark.errors import PySparkException
from pyspark.java_gateway import ensure_callback_server_started, launch_gateway

from sluice_spark.environment import NotMadeForError
from sluice_spark.times import iso_utc

_UNDER_SPARK_SUBMIT = "PYSPARK_GATEWAY_PORT" in os.environ


def _gateway() -> Any:
    return launch_gateway()  # type: ignore[no-untyped-call]


class JavaProcess:
    """The Java process around the driver; started here when spark-submit did not."""

    def __init__(self) -> None:
        """Start it, where it is not there.

        :raises NotMadeForError: when there is no Java that starts
        """
        try:
            self.gateway = _gateway()
        except (PySparkException, OSError) as error:
            raise NotMadeForError(
                f"Java does not start: {error} Set JAVA_HOME to a Java that this Spark runs on, "
                "or submit the job with spark-submit."
            ) from error
        self._jvm: Any = self.gateway.jvm
        # Py4J looks each name up in all jars of Spark, each time.
        self._standard_error = self._jvm.java.lang.System.err

    @property
    def java_version(self) -> str:
        """Give Java's version, such as 17."""
        version: str = self._jvm.java.lang.System.getProperty("java.specification.version")
        return version

    @property
    def java_options(self) -> list[str]:
        """Give what Java was started with."""
        return list(self._jvm.java.lang.management.ManagementFactory.getRuntimeMXBean().getInputArguments())

    def log(self, line: str) -> None:
        """Write a line with its time to standard error."""
        self._standard_error.println(f"{iso_utc(time.time() * 1000)} {line}")

    def on_signals(self, handle: Callable[[], None]) -> None:
        """Call a function on SIGTERM and SIGINT, instead of ending at once.

        To be called in the main thread, after Spark was started.
        """
        ensure_callback_server_started(self.gateway)  # type: ignore[no-untyped-call]
        handler = _SignalHandler(handle)
        for name in ("TERM", "INT"):
            self._jvm.sun.misc.Signal.handle(self._jvm.sun.misc.Signal(name), handler)
            signal.signal(signal.Signals[f"SIG{name}"], lambda *_: handle())

    def on_end_of_input(self, handle: Callable[[], None]) -> None:
        """Call a function, in a thread of its own, when standard input ends."""
        threading.Thread(target=self._await_end_of_input, args=(handle,), name="end-of-input", daemon=True).start()

    def _await_end_of_input(self, handle: Callable[[], None]) -> None:
        if _UNDER_SPARK_SUBMIT:
            standard_input = getattr(self._jvm.java.lang.System, "in")
            while standard_input.read() >= 0:
                continue
        else:
            while sys.stdin.buffer.read(1):
                continue
        handle()


def existing_class(jvm: Any, names: Sequence[str]) -> str | None:
    """Give the first of some classes that this JVM has: Spark moves its own from one version to the next."""
    for name in names:
        try:
            jvm.java.lang.Class.forName(name)
        except Py4JJavaError as error:
            if error.java_exception.getClass().getSimpleName() != "ClassNotFoundException":
                raise
        else:
            return name
    return None


class _SignalHandler:
    """Java's SignalHandler, called from Java."""

    def __init__(self, handle: Callable[[], None]) -> None:
        self._handle = handle

    def handle(self, _signal: object) -> None:
        self._handle()

    class Java:
        """What Py4J asks of a class that Java calls."""

        implements = ("sun.misc.SignalHandler",)


def say(text: str) -> None:
    """Write to standard error without starting anything."""
    if _UNDER_SPARK_SUBMIT:
        _gateway().jvm.java.lang.System.err.println(text)
    else:
        sys.stderr.write(f"{text}\n")
