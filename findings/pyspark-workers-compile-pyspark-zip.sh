#!/bin/sh
# PySpark 4.0.2 from PyPI: with SPARK_HOME set to the package's own folder, every Python process that Spark starts
# imports PySpark from `python/lib/pyspark.zip` instead of the package that pip has installed and compiled. The archive
# has sources only, and Python keeps nothing of what it compiles from an archive: each worker, each data source, each
# streaming source compiles the same modules again.
#
# Spark puts the archive first on PYTHONPATH whenever SPARK_HOME is set (PythonUtils.sparkPythonPath), and the package's
# own spark-submit sets it (bin/find-spark-home).
#
# Seen with Python 3.11: no .pyc in the archive; importing pyspark.worker takes 0.6 s of CPU from it and 0.14 s from the
# package.
# Needs Python 3.10 to 3.13, and network for pip. Fails if the archive is compiled, or as fast.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet pyspark==4.0.2
cat >"$folder/compare.py" <<'PYTHON'
import os
import resource
import subprocess
import sys
import zipfile
from pathlib import Path

import pyspark

libraries = Path(pyspark.__file__).parent / "python" / "lib"
archive = libraries / "pyspark.zip"
compiled = [name for name in zipfile.ZipFile(archive).namelist() if name.endswith(".pyc")]


def seconds(path):
    def once():
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        environment = {**os.environ, "PYTHONPATH": path}
        subprocess.run([sys.executable, "-c", "import pyspark.worker"], env=environment, check=True)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime

    return min(once() for _ in range(5))


from_package = seconds("")
from_archive = seconds(os.pathsep.join(map(str, sorted(libraries.glob("*.zip"), reverse=True))))
print(f"PySpark {pyspark.__version__}: {len(compiled)} compiled modules in the archive;", end=" ")
print(f"CPU to import pyspark.worker: {from_archive:.2f} s from the archive, {from_package:.2f} s from the package")
if compiled or from_archive < 1.3 * from_package:
    sys.exit("this changed")
PYTHON
"$folder/venv/bin/python" "$folder/compare.py"
