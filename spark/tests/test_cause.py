"""What the job says last when it fails, and its exit code: the console shows that line."""

from __future__ import annotations

import pytest

from sluice_spark.job import cause_of
from sluice_spark.query import RetentionGapError
from sluice_spark.source.kinesis.replay import RecordsGoneError
from sluice_spark.state.checkpoint import FencedError

_IN_THE_SOURCE = """[STREAM_FAILED] Query [id = a, runId = b] terminated with exception: \
[PYTHON_STREAMING_DATA_SOURCE_RUNTIME_ERROR] Failed \
when Python streaming data source perform planPartitions: Traceback (most recent call last):
  File "source.py", line 142, in partitions
    planned = self._reader.replay(from_offset, to_offset)
              ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
{error}
 SQLSTATE: 38000 SQLSTATE: XXKST
=== Streaming Query ===
Identifier: kinesisToRedshift [id = a, runId = b]
"""


@pytest.mark.parametrize(
    ("error", "code", "name"),
    [
        (FencedError("another"), 4, "FencedError"),
        (RecordsGoneError("gone"), 5, "RecordsGoneError"),
        (RetentionGapError("gap"), 5, "RetentionGapError"),
        (ValueError("what"), 1, "ValueError"),
    ],
)
def test_an_error_of_the_driver(error: Exception, code: int, name: str) -> None:
    assert cause_of(error) == (code, name, str(error))


def test_records_that_are_gone_are_known_by_the_text_that_is_left_of_them() -> None:
    text = _IN_THE_SOURCE.format(
        error="sluice_spark.source.kinesis.replay.RecordsGoneError: shardId-0: 10 records, 3 are there"
    )
    assert cause_of(Exception(text)) == (5, "RecordsGoneError", "shardId-0: 10 records, 3 are there")


def test_of_a_failure_in_a_process_of_sparks_the_python_error_is_the_cause() -> None:
    text = _IN_THE_SOURCE.format(
        error="botocore.errorfactory.ResourceNotFoundException: An error occurred: Stream orders not found."
    )
    assert cause_of(Exception(text)) == (1, "ResourceNotFoundException", "An error occurred: Stream orders not found.")


def test_a_failure_of_sparks_own_is_described_by_its_first_line() -> None:
    assert cause_of(RuntimeError("Job aborted.\n\tat org.apache.spark")) == (1, "RuntimeError", "Job aborted.")


_AT_THE_START = """An error occurred while calling o80.start.
: java.util.concurrent.ExecutionException: java.lang.ClassNotFoundException: org.apache.spark.Moved
\tat com.google.common.cache.LocalCache.get(LocalCache.java:1)
Caused by: {error}
\tat java.base/java.net.URLClassLoader.findClass(URLClassLoader.java:1)
\t... 22 more
"""


@pytest.mark.parametrize(
    "error",
    [
        "java.lang.ClassNotFoundException: org.apache.spark.Moved",
        "java.lang.NoSuchMethodError: org.apache.spark.Moved",
    ],
)
def test_a_class_that_this_spark_lacks_is_a_matter_of_the_environment(error: str) -> None:
    code, name, message = cause_of(Exception(_AT_THE_START.format(error=error)))
    assert (code, f"java.lang.{name}") == (3, error.partition(":")[0])
    assert message.startswith("This Spark does not have org.apache.spark.Moved, which the job")


def test_of_a_start_that_fails_the_innermost_error_is_the_cause() -> None:
    text = _AT_THE_START.format(error="java.io.IOException: No space left on device")
    assert cause_of(Exception(text)) == (1, "IOException", "No space left on device")
    assert cause_of(Exception(_AT_THE_START.format(error="a.b.Odd$Error"))) == (1, "Odd$Error", "a.b.Odd$Error")
