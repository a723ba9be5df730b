"""Runs statements through Redshift's Data API, as the embedded engine does (electron/engine/redshift/warehouse.ts)."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast
from uuid import uuid4

from sluice_spark.source.kinesis.patience import patiently

if TYPE_CHECKING:
    from mypy_boto3_redshift_data import RedshiftDataAPIServiceClient

_MAX_ATTEMPTS = 8
"""A transaction that lost against another is tried again this often; so is one whose COPY failed, for S3 may have been
away.
"""
_FIRST_POLL_S = 0.004
_LONGEST_POLL_S = 0.25
_LONGEST_WAIT_S = 5.0


class TransactionFailedError(Exception):
    """The warehouse refused a batch for good; the message has its words."""


@dataclass(frozen=True)
class Warehouse:
    """Which database, and how to log in: a provisioned cluster as a user, or a serverless workgroup."""

    database: str
    cluster_identifier: str | None = None
    db_user: str | None = None
    workgroup_name: str | None = None

    def parameters(self) -> dict[str, str]:
        """Give the parameters that every call has."""
        named = {
            "Database": self.database,
            "ClusterIdentifier": self.cluster_identifier,
            "DbUser": self.db_user if self.cluster_identifier else None,
            "WorkgroupName": self.workgroup_name,
        }
        return {name: value for name, value in named.items() if value}


def run_transaction(
    client: RedshiftDataAPIServiceClient,
    warehouse: Warehouse,
    name: str,
    sqls: Sequence[str],
    log: Callable[[str], None],
) -> list[int]:
    """Run a transaction to its end and give the numbers of the first row of its last statement.

    A repeated call with the same name and statements joins the statement that runs or ran under it.

    :raises TransactionFailedError: when it failed for good
    """
    run = uuid4().hex
    for attempt in range(_MAX_ATTEMPTS):
        # The token makes a submit that is repeated the same statement. The first of a run is also that of the run
        # before, which may still run it; the others are its own, or it would be given the failures of that run again.
        which = "first" if attempt == 0 else f"{run}/{attempt}"
        token = hashlib.sha256(f"{name}/{which}/{';'.join(sqls)}".encode()).hexdigest()
        named = {"ClientToken": token, "StatementName": name, **cast("Any", warehouse.parameters())}
        submitted = patiently(lambda: client.batch_execute_statement(Sqls=sqls, **named))  # noqa: B023
        described = _ended(client, submitted["Id"])
        if described["Status"] == "FINISHED":
            return _numbers(client, f"{submitted['Id']}:{len(sqls)}")
        failure = described.get("Error", described["Status"])
        log(f"WARN {name}, attempt {attempt + 1}: {failure}")
        if attempt + 1 < _MAX_ATTEMPTS:
            time.sleep(min(_LONGEST_WAIT_S, 0.1 * 2**attempt))
    raise TransactionFailedError(f"{name} failed {_MAX_ATTEMPTS} times: {failure}")


def _ended(client: RedshiftDataAPIServiceClient, statement_id: str) -> dict[str, Any]:
    poll_s = _FIRST_POLL_S
    while True:
        described = patiently(lambda: client.describe_statement(Id=statement_id))
        if described["Status"] in ("FINISHED", "FAILED", "ABORTED"):
            return cast("dict[str, Any]", described)
        time.sleep(poll_s)
        poll_s = min(_LONGEST_POLL_S, poll_s * 1.5)


def _numbers(client: RedshiftDataAPIServiceClient, statement_id: str) -> list[int]:
    records = patiently(lambda: client.get_statement_result(Id=statement_id))["Records"]
    return [int(field.get("longValue", field.get("stringValue", 0))) for field in records[0]] if records else []
