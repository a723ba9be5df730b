from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.access_key import ACCESS_KEY
from tests.pipeline import QUICK_JAVA


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with the files that may take longest, so that of several workers none is left with them at the end."""
    items.sort(key=lambda item: -_allowed_s(item))


def _allowed_s(item: pytest.Item) -> float:
    timeout = item.get_closest_marker("timeout")
    return 0 if timeout is None else float(timeout.args[0])


@pytest.fixture(scope="session", autouse=True)
def _credentials() -> Iterator[None]:
    """Sign with the key of the tests; kinesis/sandbox.mjs takes it from here."""
    with pytest.MonkeyPatch.context() as patched:
        for name, value in ACCESS_KEY.items():
            patched.setenv(name, value)
        yield


@pytest.fixture(scope="session")
def spark(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """Spark in this process, as the job starts it."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setenv("PYTHONPATH", str(Path(__file__).resolve().parents[1]))
        patched.setenv("SPARK_LOCAL_IP", "127.0.0.1")
        settings = f"--conf spark.ui.enabled=false --driver-memory 1g --driver-java-options {QUICK_JAVA}"
        patched.setenv("PYSPARK_SUBMIT_ARGS", f"{settings} pyspark-shell")
        patched.chdir(tmp_path_factory.mktemp("spark"))
        from sluice_spark.jvm import JavaProcess  # noqa: PLC0415 - only a test that needs Spark waits for it
        from sluice_spark.session import start_session  # noqa: PLC0415

        session = start_session("tests", JavaProcess().gateway)
        yield session
        session.stop()
