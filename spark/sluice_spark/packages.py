"""Which packages a cluster's bootstrap action installed, against those that this job is made for.

Only the standard library is imported here.
"""

from __future__ import annotations

import platform
import sys
from pathlib import Path

WHEELHOUSES = {
    "3.11 x86_64": "efc4b7aca876",
    "3.11 aarch64": "7c8ab0274724",
    "3.12 x86_64": "c029ad5b3e2e",
    "3.12 aarch64": "1991d7d2f5d5",
    "3.13 x86_64": "4193226d4e49",
    "3.13 aarch64": "871b48ef2ce5",
}
"""The id of the wheels for each Python and architecture: scripts/lock-wheels.ts writes the wheels, and a test holds the
two together.
"""


def packages_problem(prefix: str = sys.prefix) -> str | None:
    """Say that the environment of a bootstrap action is of another list of packages.

    An environment that somebody else made says nothing of that, and its packages are checked one by one.

    """
    marker = Path(prefix, "sluice-wheelhouse")
    if not marker.is_file():
        return None
    installed = marker.read_text().strip()
    here = f"{sys.version_info.major}.{sys.version_info.minor} {platform.machine()}"
    needed = WHEELHOUSES.get(here)
    if installed == needed:
        return None
    return (
        f"The cluster's bootstrap action installed the packages {installed}, and this job needs {needed or 'others'} "
        f"(Python {here}). Replace the cluster by sluice plan and sluice apply, or go back to the version that it was "
        "launched for: sluice deploy --back."
    )
