"""Packages the job as EMR takes it: `sluice_spark.zip` for --py-files, and the entry script beside it.

python3 package.py FOLDER

The same sources give the same bytes, so a deployment by content uploads only what changed.
"""

from __future__ import annotations

import argparse
import shutil
import zipfile
from pathlib import Path

_HERE = Path(__file__).resolve().parent
_EPOCH = (1980, 1, 1, 0, 0, 0)
"""The earliest time that a zip file can say."""


def package(folder: Path) -> tuple[Path, Path]:
    """Write the zip file and the entry script into a folder; gives both."""
    folder.mkdir(parents=True, exist_ok=True)
    archive, script = folder / "sluice_spark.zip", folder / "main.py"
    with zipfile.ZipFile(archive, "w") as written:
        for source in sorted((_HERE / "sluice_spark").rglob("*.py")):
            entry = zipfile.ZipInfo(source.relative_to(_HERE).as_posix(), _EPOCH)
            entry.external_attr = 0o644 << 16
            # Stored: what compresses differs from one zlib to the next.
            written.writestr(entry, source.read_bytes(), zipfile.ZIP_STORED)
    shutil.copyfile(_HERE / "main.py", script)
    return archive, script


def main() -> None:
    """Package the job."""
    parser = argparse.ArgumentParser(description="Packages the job: sluice_spark.zip and main.py.")
    parser.add_argument("folder", type=Path, help="where to write both")
    for path in package(parser.parse_args().folder):
        print(path)  # noqa: T201


if __name__ == "__main__":
    main()
