"""How fast records come out of Kinesis: `python -m bench.kinesis_reading --endpoint-url URL`, one JSON object a line.

Fills streams of a sandbox without limits with records of 311 bytes, which is an order, and reads them in one process:
with the reader of the job, and with plain boto3 as the anchor.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import sys
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import boto3
from botocore.config import Config

from sluice_spark.source.kinesis.api import connect
from sluice_spark.source.kinesis.reader import StreamReader

if TYPE_CHECKING:
    from mypy_boto3_kinesis import KinesisClient

RECORD_BYTES = 311
LOT = 500
"""PutRecords takes no more (API reference)."""
REGION = "us-east-1"


def main(argv: Sequence[str]) -> None:
    """Run what the arguments ask for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--endpoint-url", required=True, help="the sandbox, with its limits off")
    parser.add_argument("--shards", type=int, nargs="+", default=[1, 4, 16])
    parser.add_argument("--records", type=int, default=400_000, help="for each number of shards (default: %(default)s)")
    parser.add_argument("--batch", type=int, default=20_000, help="the most records of a batch (default: %(default)s)")
    args = parser.parse_args(argv)
    for shards in args.shards:
        stream = f"bench-{os.getpid()}-{shards}"
        client = connect(REGION, args.endpoint_url)
        _fill(client, stream, shards, args.records)
        name = f"{{}}, {shards} shards, {RECORD_BYTES} bytes, batches of {args.batch}"
        _report(name.format("reader of the job"), args.records, *_read(client, stream, args.records, args.batch))
        _report(name.format("plain boto3"), *_read_with_boto3(args.endpoint_url, stream, min(args.records, 100_000)))
        client.delete_stream(StreamName=stream)


def _report(name: str, records: int, seconds: float, cpu_seconds: float) -> None:
    figure: dict[str, Any] = {
        "name": name,
        "unit": "records/s",
        "value": round(records / seconds),
        "cpuSecondsPerMillion": round(cpu_seconds / records * 1e6, 2),
        "maxRssMiB": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
    }
    sys.stdout.write(json.dumps(figure) + "\n")
    sys.stdout.flush()


def _fill(client: KinesisClient, stream: str, shards: int, records: int) -> None:
    client.create_stream(StreamName=stream, ShardCount=shards)
    client.get_waiter("stream_exists").wait(StreamName=stream, WaiterConfig={"Delay": 1})

    def put(lot: int) -> None:
        entries: list[Any] = [
            {"PartitionKey": f"order-{lot + place}", "Data": os.urandom(RECORD_BYTES)}
            for place in range(min(LOT, records - lot))
        ]
        if client.put_records(StreamName=stream, Records=entries)["FailedRecordCount"]:
            raise RuntimeError("The sandbox refused records: start it with its limits off")

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(put, range(0, records, LOT)))


def _read(client: KinesisClient, stream: str, records: int, batch: int) -> tuple[float, float]:
    reader = StreamReader(client, stream, max_records_per_batch=batch)
    began_s, began_cpu_s, left = time.perf_counter(), time.process_time(), records
    try:
        reader.begin(None, "TRIM_HORIZON")
        while left > 0:
            read = reader.plan(batch)
            left -= read.kinesis_records
            if read.is_empty:
                reader.wait_for_records(1_000)
    finally:
        reader.close()
    return time.perf_counter() - began_s, time.process_time() - began_cpu_s


def _read_with_boto3(endpoint_url: str, stream: str, records: int) -> tuple[int, float, float]:
    client = boto3.client("kinesis", REGION, endpoint_url=endpoint_url, config=Config(max_pool_connections=32))
    began_s, began_cpu_s = time.perf_counter(), time.process_time()

    def read(shard_id: str) -> int:
        iterator = client.get_shard_iterator(StreamName=stream, ShardId=shard_id, ShardIteratorType="TRIM_HORIZON")
        at, count = iterator["ShardIterator"], 0
        while count < records / len(shard_ids):
            page = client.get_records(ShardIterator=at, Limit=10_000)
            count += len(page["Records"])
            at = page["NextShardIterator"]
            if not page["Records"] and page["MillisBehindLatest"] == 0:
                break
        return count

    shard_ids = [shard["ShardId"] for shard in client.list_shards(StreamName=stream)["Shards"]]
    with ThreadPoolExecutor(len(shard_ids)) as pool:
        count = sum(pool.map(read, shard_ids))
    return count, time.perf_counter() - began_s, time.process_time() - began_cpu_s


if __name__ == "__main__":
    main(sys.argv[1:])
