from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest


@pytest.fixture(autouse=True)
def _credentials(monkeypatch: pytest.MonkeyPatch) -> None:
    """Something to sign with; the sandbox does not check it."""
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")


@pytest.fixture(scope="session")
def spark(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """Spark in this process, as the job starts it."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setenv("PYTHONPATH", str(Path(__file__).resolve().parents[1]))
        patched.setenv("SPARK_LOCAL_IP", "127.0.0.1")
        patched.setenv("PYSPARK_SUBMIT_ARGS", "--conf spark.ui.enabled=false --driver-memory 1g pyspark-shell")
        patched.setenv("AWS_ACCESS_KEY_ID", "test")
        patched.setenv("AWS_SECRET_ACCESS_KEY", "test")
        patched.chdir(tmp_path_factory.mktemp("spark"))
        from sluice_spark.jvm import JavaProcess  # noqa: PLC0415 - only who asks for Spark waits for it
        from sluice_spark.session import start_session  # noqa: PLC0415

        session = start_session("tests", JavaProcess().gateway)
        yield session
        session.stop()
