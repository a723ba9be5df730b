"""The AWS clients of the job, in the driver and in its tasks.

Address and credentials come from the environment, as on a cluster.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit
from urllib.request import url2pathname

import boto3
from botocore.config import Config

from sluice_spark.source.kinesis.patience import patiently

if TYPE_CHECKING:
    from mypy_boto3_redshift_data import RedshiftDataAPIServiceClient
    from mypy_boto3_s3 import S3Client

_CONNECTIONS = 16


@dataclass(frozen=True)
class AwsPlace:
    """Which AWS: a region, and for a sandbox the address of all its services."""

    region: str
    endpoint_url: str | None = None


def _config(**more: Any) -> Config:
    """Configure a client that tries nothing twice by itself: `patiently` knows better how long to wait."""
    return Config(
        retries={"mode": "standard", "total_max_attempts": 1},
        connect_timeout=3,
        read_timeout=60,
        max_pool_connections=_CONNECTIONS,
        **more,
    )


@cache
def s3_client(place: AwsPlace) -> S3Client:
    """Give the S3 client of this process: making one takes longer than most of what it is then asked."""
    session = boto3.session.Session()
    config = _config(s3={"addressing_style": "path"} if place.endpoint_url else None)
    return session.client("s3", region_name=place.region, endpoint_url=place.endpoint_url, config=config)


@cache
def redshift_data_client(place: AwsPlace) -> RedshiftDataAPIServiceClient:
    """Give the client of Redshift's Data API of this process."""
    session = boto3.session.Session()
    return session.client("redshift-data", region_name=place.region, endpoint_url=place.endpoint_url, config=_config())


def read_text(place: AwsPlace, address: str) -> str:
    """Read the file at an `s3://` or `file://` address.

    :raises OSError, botocore.exceptions.ClientError: when it is not there
    """
    in_s3 = re.fullmatch(r"s3://([^/]+)/(.+)", address)
    if in_s3 is None:
        return Path(url2pathname(urlsplit(address).path)).read_text("utf-8")
    bucket, key = in_s3.groups()
    return read_object(s3_client(place), bucket, key).decode("utf-8")


def read_object(s3: S3Client, bucket: str, key: str) -> bytes:
    """Read an object whole.

    :raises botocore.exceptions.ClientError: when it is not there
    """

    def read() -> bytes:
        return s3.get_object(Bucket=bucket, Key=key)["Body"].read()

    return patiently(read)
