"""Asks the embedded engine, as a program of the project's own Node."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
_NODE = ROOT / "node_modules/.bin/node"

needs_node = pytest.mark.skipif(not _NODE.exists(), reason="the project's packages are not installed (npm ci)")


def resolved(pipeline: str) -> dict[str, Any]:
    """Give what a spec of shared/pipelines comes to, as it is deployed beside the job."""
    program = str(Path(__file__).with_name("resolved_pipeline.mjs"))
    spec = str(ROOT / f"shared/pipelines/{pipeline}.json")
    printed = subprocess.run([str(_NODE), program, spec], capture_output=True, text=True, check=True, cwd=ROOT)
    value: dict[str, Any] = json.loads(printed.stdout)
    return value


def ask(*questions: dict[str, Any]) -> list[dict[str, Any]]:
    """Give an answer, or an error, to each question; see ask_embedded.mjs."""
    asked = subprocess.run(
        [str(_NODE), str(Path(__file__).with_name("ask_embedded.mjs"))],
        input=json.dumps(questions),
        capture_output=True,
        text=True,
        check=False,
        cwd=ROOT,
    )
    if asked.returncode != 0:
        raise RuntimeError(asked.stderr)
    answers: list[dict[str, Any]] = json.loads(asked.stdout)
    return answers
