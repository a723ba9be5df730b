"""What the reader asks of Kinesis."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, cast

import boto3
from botocore.config import Config

from sluice_spark.source.kinesis.lineage import Shard
from sluice_spark.source.kinesis.offset import TRIM_HORIZON
from sluice_spark.source.kinesis.records import Page, page_from_json, page_from_reply

if TYPE_CHECKING:
    from mypy_boto3_kinesis import KinesisClient
    from mypy_boto3_kinesis.type_defs import GetShardIteratorInputTypeDef

_BODY = "SluiceBody"
_CONNECTIONS = 256
"""Connections that are kept for the next read: one a shard, and no more shards than this in one driver."""
MOST_RECORDS = 10_000
"""GetRecords gives no more records at once (API reference)."""


def connect(region: str, endpoint_url: str | None = None) -> KinesisClient:
    """Make the client that the reader works with.

    It tries nothing twice by itself: the reader knows better how long to wait.
    """
    config = Config(
        retries={"mode": "standard", "total_max_attempts": 1},
        connect_timeout=5,
        read_timeout=30,
        max_pool_connections=_CONNECTIONS,
        tcp_keepalive=True,
    )
    client = boto3.session.Session().client("kinesis", region_name=region, endpoint_url=endpoint_url, config=config)
    client.meta.events.register("before-parse.kinesis.GetRecords", _keep_body)
    return client


def _keep_body(response_dict: dict[str, Any], customized_response_dict: dict[str, Any], **_: object) -> None:
    """Hand the body of a good reply through as it is, past boto3's parser; see records.py for why.

    Botocore emits this event since 2022. An older one parses the reply itself, four times slower.
    """
    if response_dict["status_code"] == 200:
        customized_response_dict[_BODY] = response_dict["body"]
        response_dict["body"] = b"{}"


class KinesisStream:
    """One stream. Every method is one call of the API (the listing: one a page) and raises botocore's exceptions."""

    def __init__(self, client: KinesisClient, name: str) -> None:
        self._client = client
        self.name = name

    def list_shards(self) -> list[Shard]:
        """List all shards that retention still covers, closed ones included."""
        shards: list[Shard] = []
        page = self._client.list_shards(StreamName=self.name)
        while True:
            shards += [_shard(cast("dict[str, Any]", entry)) for entry in page["Shards"]]
            token = page.get("NextToken")
            if not token:
                return shards
            page = self._client.list_shards(NextToken=token)

    def retention_ms(self) -> int:
        """Give how long records are kept."""
        summary = self._client.describe_stream_summary(StreamName=self.name)["StreamDescriptionSummary"]
        return summary["RetentionPeriodHours"] * 3_600_000

    def iterator_from(self, shard_id: str, position: str) -> str:
        """Give the iterator of a position that names no record: `TRIM_HORIZON` or `@<epoch ms>`."""
        place: GetShardIteratorInputTypeDef = {
            "StreamName": self.name,
            "ShardId": shard_id,
            "ShardIteratorType": "TRIM_HORIZON",
        }
        if position != TRIM_HORIZON:
            at = datetime.fromtimestamp(int(position[1:]) / 1000, UTC)
            place |= {"ShardIteratorType": "AT_TIMESTAMP", "Timestamp": at}
        return self._client.get_shard_iterator(**place)["ShardIterator"]

    def iterator_at(self, shard_id: str, sequence_number: str) -> str:
        """Give the iterator that begins with a record, or, when retention took it, with the first record after it."""
        return self._client.get_shard_iterator(
            StreamName=self.name,
            ShardId=shard_id,
            ShardIteratorType="AT_SEQUENCE_NUMBER",
            StartingSequenceNumber=sequence_number,
        )["ShardIterator"]

    def get_records(self, iterator: str, limit: int = MOST_RECORDS) -> Page:
        """Read on at an iterator."""
        reply = self._client.get_records(ShardIterator=iterator, Limit=limit)
        body = cast("dict[str, bytes]", reply).get(_BODY)
        return page_from_reply(reply) if body is None else page_from_json(body)


def _shard(entry: dict[str, Any]) -> Shard:
    parents = (entry.get("ParentShardId"), entry.get("AdjacentParentShardId"))
    return Shard(
        shard_id=entry["ShardId"],
        parents=tuple(parent for parent in parents if parent),
        closed="EndingSequenceNumber" in entry["SequenceNumberRange"],
        first_hash_key=int(entry["HashKeyRange"]["StartingHashKey"]),
        last_hash_key=int(entry["HashKeyRange"]["EndingHashKey"]),
    )
