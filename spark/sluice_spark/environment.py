"""What the job runs on, checked before Spark starts: each check says in a sentence what does not fit and what to do.

Only the standard library is imported here, so that this can be read on whatever Python or Spark it is.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path

OLDEST_SPARK = (4, 0)
NEWEST_SPARK = (4, 3)
"""As the console has them (shared/job/spark-versions.ts); a test holds the two together."""
_NEWEST_JAVA = {(4, 0): 21, (4, 1): 21, (4, 2): 25, (4, 3): 25}
"""The Hadoop of Spark 4.0 asks for a security manager, which Java 24 took away; the options that Spark 4.1 gives Java
do not open its memory.
"""
_OLDEST_JAVA = 17
_CLOSED_JAVA = 24
"""From here on Java has to be started with an option for a program that reaches its memory (Spark's JavaModuleOptions;
seen on Java 25).
"""
_OPENED = "--sun-misc-unsafe-memory-access=allow"
WORKER_PACKAGES = ("boto3", "pyarrow", "pandas", "duckdb")
_PROBE_PATIENCE_S = 60


class NotMadeForError(Exception):
    """What the job is not made for. The text is the sentence that whoever started it reads."""


def spark_problem(version: str) -> str | None:
    """Say that a version of Spark is none that the job is made for."""
    release = _release(version)
    if OLDEST_SPARK <= release <= NEWEST_SPARK:
        return None
    oldest, newest = (".".join(map(str, known)) for known in (OLDEST_SPARK, NEWEST_SPARK))
    return (
        f"The job is made for Spark {oldest} to {newest}; this is {version}. "
        "On EMR, take a release that carries one of them, such as emr-spark-8.0.0."
    )


def remote_problem(environment: Mapping[str, str]) -> str | None:
    """Say that Spark is a server elsewhere: the job needs the driver's JVM beside it."""
    named = [name for name in ("SPARK_REMOTE", "SPARK_CONNECT_MODE_ENABLED") if environment.get(name)]
    if environment.get("SPARK_API_MODE", "").lower() == "connect":
        named.append("SPARK_API_MODE")
    if not named:
        return None
    return (
        f"The job does not run over Spark Connect ({', '.join(named)} of the environment): submit it with spark-submit."
    )


def packages_problem() -> str | None:
    """Say that pandas or PyArrow is older than this Spark takes; it knows itself which it takes."""
    from pyspark.sql.pandas.utils import (  # noqa: PLC0415 - not before Spark's version is known to fit
        require_minimum_pandas_version,
        require_minimum_pyarrow_version,
    )

    try:
        require_minimum_pandas_version()
        require_minimum_pyarrow_version()
    except Exception as error:  # noqa: BLE001 - PySpark has other classes for it in each version; the text is the same
        return f"This Python ({sys.executable}) does not suit Spark: {error}"
    return None


def java_problem(java_version: str, spark_version: str, options: Sequence[str]) -> str | None:
    """Say that Spark does not run on this Java.

    :param java_version: its java.specification.version
    :param options: what the JVM was started with
    """
    newest = _NEWEST_JAVA[_release(spark_version)]
    major = int(java_version.split(".", maxsplit=1)[0])
    if _OLDEST_JAVA <= major <= newest:
        if major < _CLOSED_JAVA or _OPENED in options:
            return None
        return (
            f"Spark {spark_version} runs on Java {java_version} only with {_OPENED}: without it Arrow gets no memory. "
            "Start it with spark-submit, which gives Java the options that Spark needs, or set JAVA_HOME to another."
        )
    return f"Spark {spark_version} runs on Java {_OLDEST_JAVA} to {newest}; this is Java {java_version}. Set JAVA_HOME."


def settings_problem(setting: Callable[[str], str | None]) -> str | None:
    """Say that a setting asks for what the job is not made for; `setting` gives a setting of spark-submit, or None."""
    for name, refused, why in _REFUSED_SETTINGS:
        value = setting(name)
        if value is not None and refused(value):
            return f"{name} is {value}: {why}"
    return None


_REFUSED_SETTINGS: tuple[tuple[str, Callable[[str], bool], str], ...] = (
    (
        "spark.remote",
        lambda value: value != "",
        "the job does not run over Spark Connect. Submit it without.",
    ),
    (
        "spark.api.mode",
        lambda value: value.lower() == "connect",
        "the job does not run over Spark Connect. Submit it without.",
    ),
    (
        "spark.sql.streaming.offsetLog.formatVersion",
        lambda value: value != "1",
        "the console and older versions of Spark cannot read such a checkpoint. Leave it at 1.",
    ),
)


def workers_problem(python: str, spark_home: str) -> str | None:
    """Say that the Python of Spark's workers, on this machine, lacks what they import.

    Without PyArrow no batch would ever end.

    Where it is the one that runs this, its packages were checked at the start.

    """
    if python == sys.executable:
        return None
    answer = _ask(python, spark_home)
    if answer is None:
        return None
    if isinstance(answer, str):
        return (
            f"The workers' Python ({python}, as PYSPARK_PYTHON names it) cannot be asked what it has: {answer} "
            f"Set PYSPARK_PYTHON to a Python with {', '.join(WORKER_PACKAGES)}; this one is {sys.executable}."
        )
    minor = f"{sys.version_info.major}.{sys.version_info.minor}"
    if answer["python"] != minor:
        return (
            f"The workers' Python ({python}) is {answer['python']} and the driver's is {minor}: Spark needs the same. "
            "Set PYSPARK_PYTHON."
        )
    problem = answer["problem"]
    return None if problem is None else f"The workers' Python ({python}) {problem}. Set PYSPARK_PYTHON."


_PROBE = """
import importlib.util, json, sys
lacks = [name for name in sys.argv[1].split(",") if importlib.util.find_spec(name) is None]
problem = f"lacks {', '.join(lacks)}" if lacks else None
if problem is None:
    from pyspark.sql.pandas.utils import require_minimum_pandas_version, require_minimum_pyarrow_version
    try:
        require_minimum_pandas_version()
        require_minimum_pyarrow_version()
    except Exception as error:
        problem = f"does not suit Spark: {error}"
print(json.dumps({"python": f"{sys.version_info[0]}.{sys.version_info[1]}", "problem": problem}))
"""


def _ask(python: str, spark_home: str) -> dict[str, str | None] | str | None:
    """Ask another Python what it has, with Spark's own packages on its path as its workers have them.

    A text says why it cannot be asked. None: it took too long to answer, as on a machine that is busy; that is no
    reason to refuse it.
    """
    beside = sorted(map(str, Path(spark_home, "python", "lib").glob("*.zip")))
    path = os.pathsep.join([*beside, *filter(None, [os.environ.get("PYTHONPATH")])])
    try:
        asked = subprocess.run(  # noqa: S603 - it is what Spark would start
            [python, "-c", _PROBE, ",".join(WORKER_PACKAGES)],
            env={**os.environ, "PYTHONPATH": path},
            capture_output=True,
            text=True,
            check=True,
            timeout=_PROBE_PATIENCE_S,
        )
    except subprocess.CalledProcessError as error:
        return f"{(error.stderr.strip() or 'it said nothing').splitlines()[-1]}."
    except subprocess.TimeoutExpired:
        return None
    except OSError as error:
        return f"{error}."
    answer: dict[str, str | None] = json.loads(asked.stdout.splitlines()[-1])
    return answer


def require(problems: Iterable[str | None]) -> None:
    """Go through checks in their order; the first that does not fit ends it.

    :raises NotMadeForError: with its sentence
    """
    for problem in problems:
        if problem is not None:
            raise NotMadeForError(problem)


def _release(version: str) -> tuple[int, int]:
    """Give (4, 3) of 4.3.0, of 4.3.0-amzn-1 and of 4.3.0.dev1."""
    found = re.match(r"(\d+)\.(\d+)", version)
    return (0, 0) if found is None else (int(found[1]), int(found[2]))
