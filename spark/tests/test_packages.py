"""What a bootstrap action installed, against what the job is made for."""

from __future__ import annotations

import platform
import sys
from pathlib import Path

import pytest

from sluice_spark import packages

_HERE = f"{sys.version_info.major}.{sys.version_info.minor} {platform.machine()}"


def test_an_environment_that_nobody_says_anything_of_is_not_refused(tmp_path: Path) -> None:
    assert packages.packages_problem(str(tmp_path)) is None


def test_the_packages_that_the_job_is_made_for_are_taken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(packages.WHEELHOUSES, _HERE, "0123456789ab")
    (tmp_path / "sluice-wheelhouse").write_text("0123456789ab\n")
    assert packages.packages_problem(str(tmp_path)) is None


def test_other_packages_are_refused_with_both_ids_and_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(packages.WHEELHOUSES, _HERE, "0123456789ab")
    (tmp_path / "sluice-wheelhouse").write_text("ba9876543210\n")
    problem = packages.packages_problem(str(tmp_path)) or ""
    assert "installed the packages ba9876543210, and this job needs 0123456789ab" in problem
    assert "sluice apply" in problem


def test_a_python_without_a_list_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(packages.WHEELHOUSES, _HERE, raising=False)
    (tmp_path / "sluice-wheelhouse").write_text("ba9876543210\n")
    assert "and this job needs others" in (packages.packages_problem(str(tmp_path)) or "")
