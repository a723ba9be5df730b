"""The sandbox's Kinesis as a process of its own, with a clock that can be set forward, and a producer."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from sluice_spark.source.kinesis.api import connect

if TYPE_CHECKING:
    from mypy_boto3_kinesis import KinesisClient

ROOT = Path(__file__).resolve().parents[3]
NODE = ROOT / "node_modules/.bin/node"
STREAM = "orders"


class Sandbox:
    """A running sandbox; the same folder, port and clock after a kill."""

    def __init__(self, folder: Path, *, limits: bool = False) -> None:
        self._folder = folder
        self._limits = limits
        self._ahead_ms = 0
        self._port = 0
        self._process = self._start()

    def _start(self) -> subprocess.Popen[str]:
        process = subprocess.Popen(
            [
                str(NODE),
                str(Path(__file__).with_name("sandbox.mjs")),
                str(self._folder),
                str(self._port),
                "on" if self._limits else "off",
                str(self._ahead_ms),
            ],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            cwd=ROOT,
        )
        assert process.stdout is not None
        self._port = int(process.stdout.readline())
        return process

    def client(self) -> KinesisClient:
        """Make a client as the job does."""
        return connect("us-east-1", f"http://127.0.0.1:{self._port}")

    def now_ms(self) -> int:
        """Read the sandbox's clock."""
        return time.time_ns() // 1_000_000 + self._ahead_ms

    def set_forward(self, ms: int) -> None:
        """Let time pass."""
        self._ahead_ms += ms
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(f"{self._ahead_ms}\n")
        self._process.stdin.flush()
        assert int(self._process.stdout.readline()) == self._ahead_ms

    def kill(self) -> None:
        """End it without a warning."""
        self._process.kill()
        self._process.wait()

    def restart(self) -> None:
        """Start it again on its folder and port."""
        self._process = self._start()


@contextmanager
def running_sandbox(folder: Path, *, limits: bool = False) -> Iterator[Sandbox]:
    """Run a sandbox for the length of a block."""
    sandbox = Sandbox(folder, limits=limits)
    try:
        yield sandbox
    finally:
        sandbox.kill()


def create_stream(client: KinesisClient, shards: int) -> None:
    """Make the stream and wait until it takes records."""
    client.create_stream(StreamName=STREAM, ShardCount=shards)
    wait_until_active(client)


def wait_until_active(client: KinesisClient) -> None:
    """Wait until what was asked of the stream is done."""
    while client.describe_stream_summary(StreamName=STREAM)["StreamDescriptionSummary"]["StreamStatus"] != "ACTIVE":
        time.sleep(0.01)


def put(client: KinesisClient, keys: Sequence[str], data: Sequence[bytes] | None = None) -> list[str]:
    """Send records, by default with their key as data; gives their sequence numbers. Refused ones are sent again."""
    payloads = data if data is not None else [key.encode() for key in keys]
    left = list(zip(range(len(keys)), keys, payloads, strict=True))
    numbers = [""] * len(keys)
    while left:
        lot, left = left[:500], left[500:]
        reply = client.put_records(
            StreamName=STREAM, Records=[{"PartitionKey": key, "Data": blob} for _, key, blob in lot]
        )
        refused = []
        for entry, answer in zip(lot, reply["Records"], strict=True):
            if answer.get("ErrorCode"):
                refused.append(entry)
            else:
                numbers[entry[0]] = answer["SequenceNumber"]
        if refused:
            time.sleep(0.1)
        left = refused + left
    return numbers
