"""A PostgreSQL server of this machine for the length of a test: Redshift's wire, and a MERGE as it has."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

DRIVERS = "org.postgresql:postgresql:42.7.14,com.amazon.redshift:redshift-jdbc42:2.3.0"


def _programs() -> Path | None:
    """Find the newest server of Debian's packages, of version 15 or later: that is the first with MERGE."""
    found = sorted(Path("/usr/lib/postgresql").glob("[1-9][0-9]/bin"), key=lambda path: int(path.parent.name))
    return found[-1] if found and int(found[-1].parent.name) >= 15 else None


needs_postgres = pytest.mark.skipif(_programs() is None, reason="there is no PostgreSQL 15 (Debian: postgresql)")


@dataclass(frozen=True)
class Postgres:
    """A server with one database, which trusts whoever comes from this machine."""

    folder: Path
    port: int
    programs: Path

    @property
    def url(self) -> str:
        """Give the JDBC URL of the database."""
        return f"jdbc:postgresql://127.0.0.1:{self.port}/dev?user=postgres"

    def query(self, sql: str) -> list[list[str]]:
        """Run SQL; gives the rows as text."""
        return [line.split("|") for line in self.run("psql", *self._place, "-d", "dev", "-AtX", "-c", sql).splitlines()]

    def make(self) -> None:
        """Make the server's folder, start it, and make the database."""
        self.run("initdb", "-D", self._data, "-U", "postgres", "-A", "trust", "-N")
        self.start()
        self.run("createdb", *self._place, "dev")

    def start(self) -> None:
        """Start the server."""
        options = f"-p {self.port} -h 127.0.0.1 -k {self.folder} -F"
        self.run("pg_ctl", "-D", self._data, "-w", "-l", str(self.folder / "log"), "-o", options, "start")

    def stop(self) -> None:
        """End the server and all connections."""
        self.run("pg_ctl", "-D", self._data, "-w", "-m", "fast", "stop")

    def run(self, program: str, *arguments: str) -> str:
        """Run a program of PostgreSQL.

        The server's refuse to run as root: they run as the user of Debian's package then.
        """
        as_user = ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups"] if os.geteuid() == 0 else []
        out = self.folder / f"{program}.out"
        with out.open("w+") as written:
            # Not through a pipe: the server that pg_ctl starts would hold it open.
            ended = subprocess.run(
                [*as_user, str(self.programs / program), *arguments],
                stdin=subprocess.DEVNULL,
                stdout=written,
                stderr=subprocess.STDOUT,
                check=False,
                cwd=self.folder,
            )
        printed = out.read_text()
        assert ended.returncode == 0, printed
        return printed

    @property
    def _data(self) -> str:
        return str(self.folder / "data")

    @property
    def _place(self) -> tuple[str, ...]:
        return ("-h", "127.0.0.1", "-p", str(self.port), "-U", "postgres")


@contextmanager
def running_postgres() -> Iterator[Postgres]:
    """Run a server on a new folder for the length of a block."""
    programs = _programs()
    assert programs is not None
    folder = Path(tempfile.mkdtemp(prefix="sluice-postgres-"))
    try:
        if os.geteuid() == 0:
            shutil.chown(folder, "postgres", "postgres")
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            server = Postgres(folder, free.getsockname()[1], programs)
        server.make()
        try:
            yield server
        finally:
            server.stop()
    finally:
        shutil.rmtree(folder)
