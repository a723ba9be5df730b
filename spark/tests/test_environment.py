"""What the job is not made for is refused with a sentence, before Spark starts."""

from __future__ import annotations

import os
import subprocess
import sys
import venv
from collections.abc import Callable
from pathlib import Path

import pyspark
import pytest

from sluice_spark import environment
from sluice_spark.environment import NotMadeForError, java_problem, remote_problem, settings_problem, spark_problem
from sluice_spark.session import spark_home
from tests.embedded import ROOT, needs_node
from tests.specs import arguments_of_files

pytestmark = pytest.mark.every_spark


def _settings(settings: dict[str, str]) -> Callable[[str], str | None]:
    return settings.get


@pytest.mark.parametrize("version", ["4.0.0", "4.0.2", "4.1.4", "4.2.1", "4.3.0", "4.3.0-amzn-1", "4.3.0.dev1"])
def test_spark_4_0_to_4_3_is_what_the_job_is_made_for(version: str) -> None:
    assert spark_problem(version) is None


@pytest.mark.parametrize("version", ["3.5.6", "4.4.0", "5.0.0", "unknown"])
def test_another_spark_is_named_with_those_that_would_do(version: str) -> None:
    assert f"made for Spark 4.0 to 4.3; this is {version}" in (spark_problem(version) or "")


@pytest.mark.parametrize(
    ("java", "spark", "fits"),
    [
        ("17", "4.0.2", True),
        ("21", "4.1.4", True),
        ("25", "4.3.0", True),
        ("25", "4.0.2", False),
        ("11", "4.3.0", False),
        ("1.8", "4.0.2", False),
        ("26", "4.3.0", False),
    ],
)
def test_java_has_to_suit_the_version_of_spark(java: str, spark: str, *, fits: bool) -> None:
    problem = java_problem(java, spark, ["-Xmx1g", "--sun-misc-unsafe-memory-access=allow"])
    assert (problem is None) == fits
    assert problem is None or f"this is Java {java}" in problem


def test_a_java_that_closes_its_memory_has_to_be_started_with_an_option_that_opens_it() -> None:
    assert "only with --sun-misc-unsafe-memory-access=allow" in (java_problem("25", "4.3.0", ["-Xmx1g"]) or "")
    assert java_problem("21", "4.3.0", ["-Xmx1g"]) is None


def test_spark_connect_is_refused_by_environment_and_by_setting() -> None:
    assert remote_problem({"PATH": "/bin", "SPARK_REMOTE": ""}) is None
    assert "SPARK_REMOTE" in (remote_problem({"SPARK_REMOTE": "sc://somewhere"}) or "")
    assert "SPARK_API_MODE" in (remote_problem({"SPARK_API_MODE": "connect"}) or "")
    assert "Spark Connect" in (settings_problem(_settings({"spark.api.mode": "connect"})) or "")


def test_a_checkpoint_that_the_console_cannot_read_is_refused() -> None:
    name = "spark.sql.streaming.offsetLog.formatVersion"
    assert settings_problem(_settings({})) is None
    assert settings_problem(_settings({name: "1"})) is None
    assert (settings_problem(_settings({name: "2"})) or "").startswith(f"{name} is 2: ")


def test_packages_are_held_against_what_this_spark_asks_for(monkeypatch: pytest.MonkeyPatch) -> None:
    assert environment.packages_problem() is None
    import pyarrow as pa  # noqa: PLC0415

    monkeypatch.setattr(pa, "__version__", "10.0.0")
    assert "10.0.0" in (environment.packages_problem() or "")


class TestTheWorkersPython:
    def test_that_is_this_one_has_been_checked_already(self) -> None:
        assert environment.workers_problem(sys.executable, "/nowhere") is None

    def test_without_the_packages_is_refused_with_what_it_lacks(self, tmp_path: Path) -> None:
        venv.create(tmp_path, symlinks=True)
        python = str(tmp_path / "bin/python")
        problem = environment.workers_problem(python, spark_home())
        assert problem == f"The workers' Python ({python}) lacks boto3, pyarrow, pandas, duckdb. Set PYSPARK_PYTHON."

    def test_with_the_packages_is_fit(self, tmp_path: Path) -> None:
        same = tmp_path / "python"
        same.write_text(f'#!/bin/sh\nexec {sys.executable} "$@"\n')
        same.chmod(0o755)
        assert environment.workers_problem(str(same), spark_home()) is None

    def test_of_another_version_is_refused_with_both(self, tmp_path: Path) -> None:
        other = tmp_path / "python"
        other.write_text('#!/bin/sh\necho \'{"python": "3.9", "problem": null}\'\n')
        other.chmod(0o755)
        assert "is 3.9 and the driver's is 3." in (environment.workers_problem(str(other), "/nowhere") or "")

    def test_that_is_not_there_is_refused(self) -> None:
        assert "No such file" in (environment.workers_problem("/no/such/python", "/nowhere") or "")


class TestTheProgram:
    """What ends it with exit code 3: a sentence, and no Spark."""

    def test_on_a_python_that_is_too_old(self) -> None:
        # Nothing of it may need a newer one to be read.
        code = (
            "import runpy, sys; sys.version_info = (3, 10, 14, 'final', 0); sys.argv = ['main.py']; "
            "runpy.run_path('main.py', run_name='__main__')"
        )
        self._is_refused([sys.executable, "-c", code], {}, "The job needs Python 3.11 or later; this is ")

    def test_on_a_spark_that_it_is_not_made_for(self, tmp_path: Path) -> None:
        (tmp_path / "pyspark").mkdir()
        (tmp_path / "pyspark/__init__.py").write_text('__version__ = "3.5.6"\n')
        sentence = "The job is made for Spark 4.0 to 4.3; this is 3.5.6."
        self._is_refused([sys.executable, "main.py"], {"PYTHONPATH": str(tmp_path)}, sentence)

    @pytest.mark.node
    @needs_node
    def test_without_a_java(self, tmp_path: Path) -> None:
        self._is_refused(self._with_a_plan(tmp_path), {"JAVA_HOME": "/nowhere"}, "Java does not start: ")

    @pytest.mark.node
    @needs_node
    def test_on_a_java_that_cannot_read_spark(self, tmp_path: Path) -> None:
        java = tmp_path / "bin/java"
        java.parent.mkdir()
        # What Java 11 says of classes of Spark 4, and ends with.
        said = "Error: LinkageError occurred while loading main class org.apache.spark.launcher.Main"
        java.write_text(f"#!/bin/sh\necho '{said}' >&2\nexit 1\n")
        java.chmod(0o755)
        self._is_refused(self._with_a_plan(tmp_path), {"JAVA_HOME": str(tmp_path)}, "Java does not start: ")

    @staticmethod
    def _with_a_plan(folder: Path) -> list[str]:
        return [sys.executable, "main.py", *arguments_of_files(folder)]

    @staticmethod
    def _is_refused(command: list[str], environment: dict[str, str], sentence: str) -> None:
        ended = subprocess.run(
            command,
            cwd=ROOT / "spark",
            env={**os.environ, **environment},
            check=False,
            capture_output=True,
            text=True,
            timeout=120,
        )
        assert ended.returncode == 3, ended.stderr
        assert any(line.startswith(sentence) for line in ended.stderr.splitlines()), ended.stderr
        assert "Traceback" not in ended.stderr
        assert "SparkContext" not in ended.stdout + ended.stderr


def test_the_first_check_that_does_not_fit_is_the_sentence() -> None:
    environment.require([None, None])
    with pytest.raises(NotMadeForError, match="one"):
        environment.require([None, "one", "two"])


def test_nothing_but_the_standard_library_is_imported_to_check() -> None:
    code = "import sys, sluice_spark.environment; print('pyspark' in sys.modules)"
    ended = subprocess.run(
        [sys.executable, "-c", code], cwd=Path(__file__).parents[1], capture_output=True, text=True, check=True
    )
    assert ended.stdout == "False\n"


def test_the_versions_that_these_tests_run_on_are_among_them() -> None:
    assert spark_problem(pyspark.__version__) is None
