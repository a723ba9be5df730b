"""The DuckDB that runs the plan's SQL: one a process, its SQL reaches no file but its own, no extension and no setting.

As shared/duckdb/open-locked.ts opens one for the embedded engine.
"""

from __future__ import annotations

import os
import tempfile
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import duckdb

_THREADS = min(4, os.cpu_count() or 1)
"""One task judges a batch, so it may use more than one core of its executor for the moment that it takes."""
_SETTINGS = {
    "threads": str(_THREADS),
    "memory_limit": "2GB",
    "autoinstall_known_extensions": "false",
    "autoload_known_extensions": "false",
    "allow_community_extensions": "false",
    "allow_unsigned_extensions": "false",
    "allow_persistent_secrets": "false",
    "python_enable_replacements": "false",
}


@dataclass(frozen=True)
class LockedDuckdb:
    """A connection, and the only folder that its SQL may write to."""

    connection: duckdb.DuckDBPyConnection
    folder: Path


@cache
def locked_duckdb() -> LockedDuckdb:
    """Open the DuckDB of this process."""
    made = tempfile.TemporaryDirectory(prefix="sluice-duckdb-", ignore_cleanup_errors=True)
    folder = Path(made.name)
    spill = folder / "spill"
    connection = duckdb.connect(
        ":memory:", config={**_SETTINGS, "temp_directory": str(spill), "max_temp_directory_size": "10GB"}
    )
    # Folders before the wall is up, the lock last.
    connection.execute(f"set allowed_directories = [{_text(str(folder))}]")
    connection.execute("set global timezone = 'UTC'")
    connection.execute("set enable_external_access = false")
    connection.execute("set lock_configuration = true")
    _FOLDERS.append(made)
    return LockedDuckdb(connection, folder)


_FOLDERS: list[tempfile.TemporaryDirectory[str]] = []
"""Kept for as long as the process: a folder goes with the object that made it."""


def _text(value: str) -> str:
    return "'" + value.replace("'", "''") + "'"
