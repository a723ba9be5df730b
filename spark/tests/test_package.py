from __future__ import annotations

import subprocess
import sys
import zipfile
from pathlib import Path

from tests.embedded import ROOT

_PACKAGE = ROOT / "spark/package.py"


def _package(folder: Path) -> tuple[bytes, bytes]:
    subprocess.run([sys.executable, str(_PACKAGE), str(folder)], check=True, capture_output=True)
    return (folder / "sluice_spark.zip").read_bytes(), (folder / "main.py").read_bytes()


def test_same_sources_give_the_same_bytes(tmp_path: Path) -> None:
    first = _package(tmp_path / "a")
    for source in (ROOT / "spark/sluice_spark").rglob("*.py"):
        source.touch()
    assert _package(tmp_path / "b") == first


def test_holds_every_module_of_the_package_and_nothing_else(tmp_path: Path) -> None:
    _package(tmp_path)
    with zipfile.ZipFile(tmp_path / "sluice_spark.zip") as archive:
        names = archive.namelist()
    sources = (ROOT / "spark/sluice_spark").rglob("*.py")
    assert names == sorted(source.relative_to(ROOT / "spark").as_posix() for source in sources)


def test_the_package_can_be_imported_from_the_zip(tmp_path: Path) -> None:
    _package(tmp_path)
    code = "import sluice_spark.job; print(sluice_spark.job.__file__)"
    ended = subprocess.run(
        [sys.executable, "-c", code],
        env={"PYTHONPATH": str(tmp_path / "sluice_spark.zip")},
        cwd=tmp_path,
        check=True,
        capture_output=True,
        text=True,
    )
    assert str(tmp_path / "sluice_spark.zip") in ended.stdout


def test_the_entry_script_says_what_is_missing(tmp_path: Path) -> None:
    _package(tmp_path)
    ended = subprocess.run(
        [sys.executable, str(tmp_path / "main.py")], env={}, cwd=tmp_path, check=False, capture_output=True, text=True
    )
    assert ended.returncode == 3
    assert "--py-files sluice_spark.zip" in ended.stderr
