"""A whole pipeline to test the job on.

The sandbox is a process, with stream, bucket and warehouse; so are both engines.
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

import boto3

from sluice_spark.aws import AwsPlace, redshift_data_client, s3_client
from sluice_spark.sinks.data_api import Warehouse, run_transaction
from tests.access_key import give_key
from tests.embedded import ROOT, ask
from tests.kinesis.sandbox import NODE
from tests.specs import FOOD_DELIVERY, plan_text

if TYPE_CHECKING:
    from mypy_boto3_kinesis import KinesisClient
    from mypy_boto3_s3 import S3Client

BUCKET = "streaming"
STREAM = "orders"
QUERY = "kinesisToRedshift"
SCHEMA = "food_delivery_datamart"
WAREHOUSE = Warehouse("dev", "sluice", "awsuser")
QUICK_JAVA = "-XX:TieredStopAtLevel=1"
"""A driver of a test lives for seconds: what the second compiler would make faster has ended before."""
_LOOK_EVERY_S = 0.02
_PATIENCE_S = 400


def wait_until(holds: Callable[[], bool], what: str) -> None:
    """Wait for a state; fails with its name when it does not come."""
    gives_up_at = time.monotonic() + _PATIENCE_S
    while not holds():
        if time.monotonic() > gives_up_at:
            raise AssertionError(f"This did not come in {_PATIENCE_S} s: {what}")
        time.sleep(_LOOK_EVERY_S)


@dataclass
class Engine:
    """A job that runs."""

    name: str
    process: subprocess.Popen[bytes]
    log: Path

    def says(self, text: str) -> None:
        """Wait until its log holds a text."""

        def said() -> bool:
            if self.process.poll() is not None and text not in self.output():
                raise AssertionError(
                    f"{self.name} ended with {self.process.returncode} before it said {text!r}:\n{self.output()}"
                )
            return text in self.output()

        wait_until(said, f"{self.name} says {text!r}")

    def output(self) -> str:
        """Read its log."""
        return self.log.read_text("utf-8", "replace")

    def interrupt(self) -> int:
        """Ask it to end; gives its exit code."""
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(_PATIENCE_S)

    def kill(self) -> None:
        """End it, and all that it started, without a warning."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait(_PATIENCE_S)


@dataclass
class Pipeline:
    """The pipeline and what it is inspected with."""

    folder: Path
    place: AwsPlace
    s3: S3Client
    kinesis: KinesisClient
    engines: list[Engine] = field(default_factory=list)

    def send(self, records: Sequence[bytes]) -> None:
        """Send orders to the stream, each with its order as partition key."""
        for first in range(0, len(records), 500):
            entries = [
                {"PartitionKey": _partition_key(record), "Data": record} for record in records[first : first + 500]
            ]
            reply = self.kinesis.put_records(StreamName=STREAM, Records=entries)  # type: ignore[arg-type]
            assert reply["FailedRecordCount"] == 0

    def start_spark(self, *more: str, python: Path | None = None) -> Engine:
        """Start the job on Spark, as the sandbox starts it.

        That is spark-submit, of another Python if one is given, in a process group of its own.
        """
        python = python or Path(sys.executable)
        subprocess.run(
            [sys.executable, "package.py", str(self.folder / "dist")],
            cwd=ROOT / "spark",
            check=True,
            capture_output=True,
        )
        submit = [
            str(python.with_name("spark-submit")),
            *("--master", "local[2]", "--driver-memory", "1g", "--driver-java-options", QUICK_JAVA),
            *("--conf", "spark.driver.bindAddress=127.0.0.1", "--conf", "spark.driver.host=127.0.0.1"),
            *("--conf", "spark.ui.enabled=false"),
            *("--py-files", str(self.folder / "dist/sluice_spark.zip"), str(self.folder / "dist/main.py")),
        ]
        return self._start("spark", [*submit, *self._arguments(*more)], python)

    def start_embedded(self, *more: str) -> Engine:
        """Start the job on the embedded engine."""
        return self._start("embedded", [str(NODE), str(ROOT / "electron/engine/main.ts"), *self._arguments(*more)])

    def _arguments(self, *more: str) -> list[str]:
        given = {
            "--plan": f"s3://{BUCKET}/plan.json",
            "--region": self.place.region,
            "--stream": STREAM,
            "--bucket": BUCKET,
            "--cluster-identifier": "sluice",
            "--database": "dev",
            "--db-user": "awsuser",
            "--copy-role": "arn:aws:iam::000000000000:role/copy",
            "--trigger-ms": "100",
            "--max-records-per-batch": "5000",
        }
        given.update(zip(more[::2], more[1::2], strict=True))
        return [part for pair in given.items() for part in pair]

    def _start(self, name: str, command: list[str], python: Path | None = None) -> Engine:
        log = self.folder / f"{len(self.engines)}-{name}.log"
        environment = {
            **os.environ,
            "AWS_ENDPOINT_URL": self.place.endpoint_url or "",
            "PYSPARK_PYTHON": str(python or sys.executable),
            "PYSPARK_DRIVER_PYTHON": str(python or sys.executable),
            "SPARK_LOCAL_IP": "127.0.0.1",
        }
        with log.open("wb") as out:
            process = subprocess.Popen(
                command,
                stdin=subprocess.PIPE,
                stdout=out,
                stderr=out,
                env=environment,
                cwd=self.folder,
                start_new_session=True,
            )
        engine = Engine(name, process, log)
        self.engines.append(engine)
        return engine

    def entries(self, folder: str) -> list[int]:
        """List the batches of `offsets` or `commits` in the checkpoint."""
        prefix = f"stream-checkpointing/{QUERY}/{folder}/"
        return sorted(int(key.rsplit("/", 1)[1]) for key in self.keys(prefix))

    def has_open_batch(self) -> bool:
        """Say whether a batch was planned and not committed."""
        planned, committed = self.entries("offsets"), self.entries("commits")
        return max(planned, default=-1) > max(committed, default=-1)

    def newest_plan(self) -> str:
        """Name the newest entry of `offsets`."""
        return f"stream-checkpointing/{QUERY}/offsets/{self.entries('offsets')[-1]}"

    @contextlib.contextmanager
    def locked_batches(self) -> Iterator[None]:
        """Hold the lock that every batch's transaction wants, for the length of a block."""
        client = redshift_data_client(self.place)
        place = WAREHOUSE.parameters()
        first = client.execute_statement(Sql="begin", SessionKeepAliveSeconds=300, **place)  # type: ignore[arg-type]
        session = first["SessionId"]
        self._finished(first["Id"])
        self._finished(client.execute_statement(Sql=f"lock {SCHEMA}.sluice_batches", SessionId=session)["Id"])
        try:
            yield
        finally:
            self._finished(client.execute_statement(Sql="rollback", SessionId=session)["Id"])

    def keys(self, prefix: str) -> list[str]:
        """List keys of the bucket."""
        pages = self.s3.get_paginator("list_objects_v2").paginate(Bucket=BUCKET, Prefix=prefix)
        return [entry["Key"] for page in pages for entry in page.get("Contents", [])]

    def read(self, key: str) -> str:
        """Read an object of the bucket."""
        return self.s3.get_object(Bucket=BUCKET, Key=key)["Body"].read().decode("utf-8")

    def quarantined(self, kind: str) -> list[dict[str, Any]]:
        """Read all quarantined records of a kind."""
        keys = self.keys(f"quarantine/{QUERY}/{kind}/")
        return [json.loads(line) for key in keys for line in self.read(key).splitlines()]

    def records_read(self) -> int:
        """Count the records behind the newest committed positions."""
        committed = self.entries("commits")
        if not committed:
            return 0
        end = json.loads(self.read(f"stream-checkpointing/{QUERY}/offsets/{committed[-1]}").split("\n")[2])
        return sum(position["records"] for position in end.values())

    def query(self, sql: str) -> list[list[Any]]:
        """Run a query in the warehouse."""
        client = redshift_data_client(self.place)
        statement = client.execute_statement(Sql=sql, **WAREHOUSE.parameters())  # type: ignore[arg-type]
        self._finished(statement["Id"])
        records = client.get_statement_result(Id=statement["Id"])["Records"]
        return [[None if "isNull" in value else next(iter(value.values())) for value in row] for row in records]

    def _finished(self, statement_id: str) -> None:
        client = redshift_data_client(self.place)
        while (described := client.describe_statement(Id=statement_id))["Status"] not in (
            "FINISHED",
            "FAILED",
            "ABORTED",
        ):
            time.sleep(_LOOK_EVERY_S)
        assert described["Status"] == "FINISHED", described.get("Error")

    def assert_ledger_closes(self, sent: Sequence[bytes]) -> None:
        """Every record that was sent is loaded, invalid, late or a duplicate: once, and by everybody who counts."""
        totals = self.query(
            "select sum(read_rows), sum(invalid_rows), sum(late_rows),"
            " sum(duplicate_rows_in_batch + duplicate_rows_matched), "
            f"sum(loaded_rows), count(*), max(batch_id), sum(kinesis_records) from {SCHEMA}.sluice_batches"
        )
        read, invalid, late, duplicates, loaded, batches, newest, kinesis_records = (int(value) for value in totals[0])
        assert (read, kinesis_records) == (len(sent), len(sent)), f"{batches} batches"
        assert invalid + late + duplicates + loaded == read
        assert batches == newest + 1 == len(self.entries("commits")), "each batch once"
        assert len(self.quarantined("invalid")) == invalid
        assert len(self.quarantined("late")) == late
        fact = f"{SCHEMA}.factOrders"
        rows = self.query(
            f"select count(*), count(distinct OrderID), count(distinct shard_id || sequence_number) from {fact}"
        )
        assert [int(count) for count in rows[0]] == [loaded, loaded, loaded], "each key once, each record once"
        lines = (*self.quarantined("invalid"), *self.quarantined("late"))
        assert len({(line["partitionId"], line["offset"]) for line in lines}) == invalid + late, "each record once"


def _partition_key(record: bytes) -> str:
    return json.loads(record)["OrderID"] or "none"


@contextlib.contextmanager
def running_pipeline(folder: Path, *, shards: int = 2) -> Iterator[Pipeline]:
    """Run a sandbox with the pipeline's stream, bucket and tables for the length of a block.

    Ends what was started on it.
    """
    data = folder / "data"
    give_key(data)
    log: IO[bytes]
    with (folder / "sandbox.log").open("wb") as log:
        sandbox = subprocess.Popen(
            [
                str(NODE),
                str(ROOT / "bin/sluice.mjs"),
                "sandbox",
                "--check-signatures",
                "--limits",
                "off",
                "--data",
                str(data),
            ],
            stdin=subprocess.PIPE,
            stdout=log,
            stderr=log,
            cwd=ROOT,
        )
    running = data / "sandbox/running.json"
    pipeline: Pipeline | None = None
    try:
        wait_until(lambda: running.exists() and running.read_text().endswith("}\n"), "the sandbox runs")
        place = AwsPlace("us-east-1", json.loads(running.read_text())["endpoint"])
        kinesis = boto3.client("kinesis", region_name=place.region, endpoint_url=place.endpoint_url)
        pipeline = Pipeline(folder, place, s3_client(place), kinesis)
        _provision(pipeline, shards)
        yield pipeline
    finally:
        for engine in [] if pipeline is None else pipeline.engines:
            engine.kill()
        sandbox.terminate()
        sandbox.wait(_PATIENCE_S)


def _provision(pipeline: Pipeline, shards: int) -> None:
    pipeline.s3.create_bucket(Bucket=BUCKET)
    pipeline.s3.put_object(Bucket=BUCKET, Key="plan.json", Body=plan_text(FOOD_DELIVERY).encode())
    pipeline.kinesis.create_stream(StreamName=STREAM, ShardCount=shards)
    files = [{"file": file, "text": (ROOT / "sql" / file).read_text()} for file in FOOD_DELIVERY["sink"]["ddl"]]
    (ddl,) = ask({"question": "ddl", "spec": FOOD_DELIVERY, "files": files})
    run_transaction(redshift_data_client(pipeline.place), WAREHOUSE, "ddl", [*ddl["answer"], "select 1"], print)
    wait_until(
        lambda: (
            pipeline.kinesis.describe_stream_summary(StreamName=STREAM)["StreamDescriptionSummary"]["StreamStatus"]
            == "ACTIVE"
        ),
        "the stream is active",
    )
