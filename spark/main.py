"""The entry script of the job: what spark-submit is given, beside --py-files sluice_spark.zip."""

from __future__ import annotations

import importlib.util
import os
import sys

_NEEDED = {
    "pyspark": "Spark 4.0 or later",
    "boto3": "boto3",
    "pyarrow": "PyArrow",
    "pandas": "pandas",
    "duckdb": "DuckDB",
}
"""As requirements.txt has them, and as the console checks them."""
_ENVIRONMENT = 3
"""exit_codes.ENVIRONMENT, which may not be there to be read."""


def missing() -> str | None:
    """Say what this Python lacks, or that it or its Spark is not what the job is made for."""
    if sys.version_info < (3, 11):  # noqa: UP036 - a cluster may run it on anything
        version = sys.version.split()[0]
        return f"The job needs Python 3.11 or later; this is {version} at {sys.executable}. Set PYSPARK_PYTHON."
    lacking = [name for name in (*_NEEDED, "sluice_spark") if importlib.util.find_spec(name) is None]
    if "sluice_spark" in lacking:
        return "The job's package sluice_spark is not there: give spark-submit --py-files sluice_spark.zip."
    if lacking:
        return (
            f"This Python ({sys.executable}) lacks {', '.join(_NEEDED[name] for name in lacking)}. "
            "On EMR, the cluster's bootstrap action installs them: replace the cluster by sluice plan and apply. "
            "Elsewhere set PYSPARK_PYTHON."
        )
    import pyspark  # noqa: PLC0415

    from sluice_spark import environment, packages  # noqa: PLC0415

    return (
        environment.spark_problem(pyspark.__version__)
        or environment.remote_problem(os.environ)
        or packages.packages_problem()
        or environment.packages_problem()
    )


if __name__ == "__main__":
    problem = missing()
    if problem is not None:
        sys.stderr.write(f"{problem}\n")
        sys.exit(_ENVIRONMENT)
    from sluice_spark.job import run_job

    sys.exit(run_job(sys.argv[1:]))
