"""How a query starts on the Spark at hand: classes that moved between versions, and what a failed start says."""

from __future__ import annotations

import os
import subprocess
import sys
import venv
from pathlib import Path
from typing import Any

import pytest

from sluice_spark.job import cause_of
from sluice_spark.jvm import existing_class
from sluice_spark.session import TRIGGER_LOGGERS, write_checkpoints_cheaply
from tests.embedded import ROOT, needs_node
from tests.specs import arguments_of_files

pytestmark = [pytest.mark.spark, pytest.mark.every_spark, pytest.mark.timeout(900)]
_MANAGER = "spark.sql.streaming.checkpointFileManagerClass"


def _run_once(spark: Any, folder: Path) -> None:
    query = (
        spark.readStream.format("rate")
        .load()
        .writeStream.format("noop")
        .trigger(once=True)
        .option("checkpointLocation", folder.as_uri())
        .start()
    )
    query.awaitTermination(120)


def test_the_class_is_chosen_that_this_jvm_has(spark: Any) -> None:
    jvm = spark.sparkContext._jvm
    assert existing_class(jvm, ["no.such.Class", "java.util.ArrayList", "java.util.List"]) == "java.util.ArrayList"
    assert existing_class(jvm, ["no.such.Class"]) is None


def test_spark_does_not_warn_of_triggers_that_take_longer_which_the_job_tells_once(spark: Any) -> None:
    jvm = spark.sparkContext._jvm
    logger = existing_class(jvm, TRIGGER_LOGGERS)
    assert logger is not None, "another name is accepted and has no effect"
    assert jvm.org.apache.logging.log4j.LogManager.getLogger(logger).getLevel().name() == "ERROR"


def test_a_checkpoint_that_goes_with_the_run_is_plain_files(spark: Any, tmp_path: Path) -> None:
    write_checkpoints_cheaply(spark)
    assert spark.conf.get(_MANAGER).endswith(".FileSystemBasedCheckpointFileManager")
    _run_once(spark, tmp_path / "checkpoint")
    files = [path.name for path in (tmp_path / "checkpoint").rglob("*") if path.is_file()]
    assert "metadata" in files
    assert [name for name in files if name.endswith(".crc")] == [], "no checksums beside them"


def test_a_start_that_fails_for_a_class_that_this_spark_lacks_names_it(spark: Any, tmp_path: Path) -> None:
    before = spark.conf.get(_MANAGER, None)
    spark.conf.set(_MANAGER, "org.apache.spark.NoSuchManager")
    try:
        with pytest.raises(Exception, match="NoSuchManager") as raised:
            _run_once(spark, tmp_path / "checkpoint")
    finally:
        spark.conf.unset(_MANAGER) if before is None else spark.conf.set(_MANAGER, before)
    code, name, message = cause_of(raised.value)
    assert (code, name) == (3, "ClassNotFoundException")
    assert message.startswith("This Spark does not have org.apache.spark.NoSuchManager, which the job")


@pytest.mark.node
@needs_node
def test_workers_without_pyarrow_end_the_job_before_spark_starts(tmp_path: Path) -> None:
    venv.create(tmp_path / "bare", symlinks=True)
    bare = str(tmp_path / "bare/bin/python")
    ended = subprocess.run(
        [
            *(str(Path(sys.executable).with_name("spark-submit")), "--master", "local[1]", str(ROOT / "spark/main.py")),
            *arguments_of_files(tmp_path),
        ],
        env={
            **os.environ,
            "SPARK_LOCAL_IP": "127.0.0.1",
            "PYSPARK_PYTHON": bare,
            "PYSPARK_DRIVER_PYTHON": sys.executable,
        },
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
        timeout=250,
    )
    assert ended.returncode == 3, ended.stderr
    assert f"The workers' Python ({bare}) lacks boto3, pyarrow, pandas, duckdb. Set PYSPARK_PYTHON." in ended.stderr
    assert "SparkContext" not in ended.stdout + ended.stderr
