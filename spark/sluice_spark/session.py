"""Starts Spark for one streaming query."""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyspark
from pyspark import SparkConf, SparkContext
from pyspark.find_spark_home import _find_spark_home
from pyspark.sql import SparkSession

import sluice_spark
from sluice_spark.environment import java_problem, require, settings_problem, workers_problem
from sluice_spark.jvm import JavaProcess, existing_class
from sluice_spark.source.kinesis_source import KinesisSource

if TYPE_CHECKING:
    import pyarrow as pa

_SETTINGS = {
    # Event times are UTC and have no zone.
    "spark.sql.session.timeZone": "UTC",
    # An expression that cannot be computed is null, as a check that is null: the event is invalid, the query goes on.
    "spark.sql.ansi.enabled": "false",
    "spark.sql.streaming.metricsEnabled": "true",
    # How often an idle query says so; the embedded engine does it as often.
    "spark.sql.streaming.noDataProgressEventInterval": "1000",
    # A trigger of 0 ms polls again after this when nothing came; the source waits by itself.
    "spark.sql.streaming.pollingDelay": "10",
    "spark.sql.execution.arrow.maxRecordsPerBatch": "20000",
    "spark.sql.adaptive.enabled": "false",
    "spark.ui.showConsoleProgress": "false",
}
_STREAMING = "org.apache.spark.sql.execution.streaming"
_PLAIN_CHECKPOINT_FILES = (
    f"{_STREAMING}.checkpointing.FileSystemBasedCheckpointFileManager",
    f"{_STREAMING}.FileSystemBasedCheckpointFileManager",
)
"""Since Spark 4.1, and before. A name that is not there is accepted as a setting, and fails the start of the query."""
_PLAIN_FILES = {
    "fs.file.impl": "org.apache.hadoop.fs.RawLocalFileSystem",
    # What was opened before would be used again.
    "fs.file.impl.disable.cache": "true",
    # Spark 4.1 and later.
    "spark.sql.streaming.checkpoint.fileChecksum.enabled": "false",
}
TRIGGER_LOGGERS = (f"{_STREAMING}.runtime.ProcessingTimeExecutor", f"{_STREAMING}.ProcessingTimeExecutor")
"""What warns at every trigger, see pace.py; since Spark 4.1, and before. A logger has the name of its class."""
_LARGE_TASK = r"Stage \d+ contains a task of very large size.*"
_DEFAULTS = {"spark.sql.shuffle.partitions": "2", "spark.default.parallelism": "2"}
"""Unless whoever submitted the job says otherwise."""
_MASTER = "local[2]"


def check_environment(java: JavaProcess, *, source_on_driver: bool) -> None:
    """Check what Spark would be started with, before it is.

    :param source_on_driver: whether a process of the workers' Python reads the stream beside the driver
    :raises NotMadeForError: with a sentence for whoever started the job
    """
    conf = SparkConf(_jvm=java.gateway.jvm)
    local = _is_local(conf.setIfMissing("spark.master", _MASTER))
    python = os.environ.get("PYSPARK_PYTHON", sys.executable if local else "python3")
    require(
        (
            java_problem(java.java_version, pyspark.__version__, java.java_options),
            settings_problem(conf.get),
            # On a cluster, where the connector reads, nothing beside the driver runs it.
            workers_problem(python, spark_home()) if local or source_on_driver else None,
        )
    )


def spark_home() -> str:
    """Give the folder of this Spark."""
    home: str = _find_spark_home()  # type: ignore[no-untyped-call]
    return home


def _is_local(conf: SparkConf) -> bool:
    return (conf.get("spark.master") or "").startswith("local")


def start_session(name: str, gateway: Any) -> SparkSession:
    """Start Spark, with the settings of spark-submit, in the Java process behind a gateway."""
    conf = SparkConf(_jvm=gateway.jvm).setAppName(name).setIfMissing("spark.master", _MASTER)
    if _is_local(conf):
        # Workers run this Python: another may lack the packages.
        os.environ.setdefault("PYSPARK_PYTHON", sys.executable)
    for key, value in _DEFAULTS.items():
        conf.setIfMissing(key, value)
    for key, value in _SETTINGS.items():
        conf.set(key, value)
    context = SparkContext(conf=conf, gateway=gateway)
    context.setLogLevel("WARN")
    _drop_known_warnings(gateway.jvm)
    return SparkSession(context)


def _drop_known_warnings(jvm: Any) -> None:
    """Drop what Spark warns of at every batch and what is meant to be so."""
    log4j = jvm.org.apache.logging.log4j
    logger = existing_class(jvm, TRIGGER_LOGGERS)
    if logger is not None:
        log4j.core.config.Configurator.setLevel(logger, log4j.Level.ERROR)
    result = log4j.core.Filter.Result
    # The records of a batch travel inside its task.
    warning = log4j.core.filter.RegexFilter.createFilter(_LARGE_TASK, None, False, result.DENY, result.NEUTRAL)
    warning.start()
    loggers = log4j.core.LoggerContext.getContext(False)
    loggers.getConfiguration().getRootLogger().addFilter(warning)
    loggers.updateLoggers()


def write_checkpoints_cheaply(session: SparkSession) -> None:
    """Let Spark write its own checkpoint as plain files.

    For queries whose checkpoint it is not, as it goes with the run.

    Else each of its files has a checksum in another file, and where Hadoop's native library is missing both get their
    permissions from a process that is started for it: some hundred milliseconds of every trigger.
    """
    manager = existing_class(session.sparkContext._jvm, _PLAIN_CHECKPOINT_FILES)
    if manager is not None:
        session.conf.set("spark.sql.streaming.checkpointFileManagerClass", manager)
    for key, value in _PLAIN_FILES.items():
        session.conf.set(key, value)


def register_source(session: SparkSession) -> None:
    """Make the source known to Spark."""
    _give_path(session)
    session.dataSource.register(KinesisSource)


def _give_path(session: SparkSession) -> None:
    """Give the path of this package to the processes that Spark starts.

    The one that Spark 4.0 runs a streaming source in expects --py-files in a folder where they are not
    (`streaming_job` below that of the application). All others get it, too: Spark shares Python workers only among
    tasks of one environment.
    """
    session.sparkContext.environment["PYTHONPATH"] = str(Path(sluice_spark.__file__).parents[1])


def start_worker_ahead(session: SparkSession, log: Callable[[str], None]) -> None:
    """Start the Python worker of the first batch in a thread, while Spark makes the source in other processes.

    Only where this process is all there is of Spark: elsewhere the executor of the first batch is not known.
    """
    if not _is_local(session.sparkContext.getConf()):
        return
    _give_path(session)
    rows = session.range(1, numPartitions=1).mapInArrow(_import_what_batches_need, "id long")

    def start() -> None:
        try:
            rows.collect()
        except Exception as error:  # noqa: BLE001 - the first batch starts it, then, or fails as this did
            log(f"WARN the Python worker could not be started ahead: {error!r}")

    threading.Thread(target=start, name="start-worker-ahead", daemon=True).start()


def _import_what_batches_need(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    from sluice_spark.source.reading import prepare  # noqa: PLC0415

    prepare()
    yield from batches


def application_facts(session: SparkSession) -> dict[str, str]:
    """Name the application, for the console.

    It is Spark's version, the application's id, and the address of its UI if it has one.
    """
    context = session.sparkContext
    facts = {"sparkVersion": context.version, "applicationId": context.applicationId, "uiUrl": context.uiWebUrl}
    return {name: value for name, value in facts.items() if value}
