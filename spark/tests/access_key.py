"""The access key that all sandboxes of the tests answer to, and all programs of the tests sign with."""

from __future__ import annotations

import json
from pathlib import Path

ACCESS_KEY = {
    "AWS_ACCESS_KEY_ID": "SLUICETESTS234567ABC",
    "AWS_SECRET_ACCESS_KEY": "a-secret-of-forty-characters-for-tests-1",
}


def give_key(data: Path) -> None:
    """Give the sandbox of a data folder that key before it starts.

    A Spark that was started before it signs with it, too.
    """
    folder = data / "sandbox"
    folder.mkdir(parents=True, mode=0o700)
    key = {"accessKeyId": ACCESS_KEY["AWS_ACCESS_KEY_ID"], "secretAccessKey": ACCESS_KEY["AWS_SECRET_ACCESS_KEY"]}
    (folder / "access-key.json").write_text(json.dumps({**key, "folder": str(folder.resolve())}))
