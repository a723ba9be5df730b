"""A JDBC connection of the driver's own, made by Spark's JDBC classes in the Java process.

They find a driver that came with --jars.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import boto3
from py4j.java_gateway import is_instance_of
from py4j.protocol import Py4JJavaError

from sluice_spark.source.kinesis.patience import patiently

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

    from sluice_spark.aws import AwsPlace

_DRIVERS = {"jdbc:redshift:": "com.amazon.redshift.Driver", "jdbc:postgresql:": "org.postgresql.Driver"}
_PASSES_BY_ITSELF = ("08", "40", "57P")
"""SQLSTATE classes: no connection; the transaction lost against another; the database is shut down or starts."""


class UnusableSecretError(Exception):
    """The secret is not there, or does not hold `username` and `password`."""


@dataclass(frozen=True)
class JdbcPlace:
    """A database and how to log in. `login` is not shown when this is printed."""

    url: str
    login: Login | None

    @property
    def driver(self) -> str:
        """Name the driver's class."""
        return next(
            (name for prefix, name in _DRIVERS.items() if self.url.startswith(prefix)), _DRIVERS["jdbc:redshift:"]
        )

    def properties(self) -> dict[str, str]:
        """Give the properties of a connection; rows that are inserted one by one are sent many at a time."""
        known = {"driver": self.driver, "reWriteBatchedInserts": "true"}
        return known if self.login is None else {**known, "user": self.login.user, "password": self.login.password}


@dataclass(frozen=True, repr=False)
class Login:
    """A database user."""

    user: str
    password: str


def login_from_secret(place: AwsPlace, name: str) -> Login:
    """Read a login from Secrets Manager. It is stored as by Redshift itself: JSON with `username` and `password`.

    :raises UnusableSecretError: saying why; never with what the secret holds
    """
    client = boto3.client("secretsmanager", region_name=place.region, endpoint_url=place.endpoint_url)
    text = patiently(lambda: client.get_secret_value(SecretId=name))["SecretString"]
    try:
        secret = json.loads(text)
        return Login(secret["username"], secret["password"])
    except (ValueError, KeyError, TypeError):
        raise UnusableSecretError(f"The secret {name} is not JSON with the members username and password.") from None


def run_transaction(session: SparkSession, place: JdbcPlace, statements: Sequence[str]) -> list[int]:
    """Run statements in one transaction; gives the numbers of the first row of the last one, a query.

    :raises Py4JJavaError: when one failed; nothing of the transaction is there then, unless its commit was lost on the
        way
    """
    connection = _connect(session, place)
    try:
        connection.setAutoCommit(False)
        *before, last = statements
        statement = connection.createStatement()
        for sql in before:
            statement.execute(sql)
        rows = statement.executeQuery(last)
        count = rows.getMetaData().getColumnCount()
        numbers = [int(rows.getLong(place)) for place in range(1, count + 1)] if rows.next() else []
        connection.commit()
    finally:
        connection.close()
    return numbers


def execute(session: SparkSession, place: JdbcPlace, statements: Sequence[str]) -> None:
    """Run statements, each a transaction of its own."""
    connection = _connect(session, place)
    try:
        statement = connection.createStatement()
        for sql in statements:
            statement.execute(sql)
    finally:
        connection.close()


def passes_by_itself(session: SparkSession, error: Py4JJavaError) -> bool:
    """Say whether trying again can help: a cause is an SQLException of such a state."""
    gateway: Any = session.sparkContext._gateway
    cause: Any = error.java_exception
    while cause is not None:
        if is_instance_of(gateway, cause, "java.sql.SQLException"):
            state = cause.getSQLState()
            if state is not None and str(state).startswith(_PASSES_BY_ITSELF):
                return True
        cause = cause.getCause()
    return False


def _connect(session: SparkSession, place: JdbcPlace) -> Any:
    jvm: Any = session.sparkContext._jvm
    properties = jvm.java.util.HashMap()
    for name, value in place.properties().items():
        properties.put(name, value)
    options = jvm.org.apache.spark.sql.execution.datasources.jdbc.JDBCOptions(
        place.url, "none", jvm.PythonUtils.toScalaMap(properties)
    )
    return jvm.org.apache.spark.sql.jdbc.JdbcDialects.get(place.url).createConnectionFactory(options).apply(-1)
