"""Checks recorded requests against botocore's service models.

check_requests.py FOLDER [--operations FILE]

FOLDER and its folders hold what electron/sandbox/server/record.ts wrote. Prints a sentence for each thing that a model
does not allow, each once with how often it was seen, and last what was checked. FILE gets the operations that were
called, as JSON: service, operation, and the folder where it was seen. The exit code is 1 where something is wrong, or
where nothing was recorded.
"""

import argparse
import collections
import json
import pathlib
import sys

from wire import Models, Unknown, read


def recorded(folder):
    """Each whole line of each file: a process that was killed may have left a part of its last one."""
    for file in sorted(folder.rglob("*.jsonl")):
        with file.open(encoding="utf-8") as lines:
            for line in lines:
                if line.endswith("\n"):
                    yield file.relative_to(folder), json.loads(line)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("--operations", type=pathlib.Path)
    asked = parser.parse_args()
    models = Models()
    operations = collections.Counter()
    problems = collections.Counter()
    sent = {}
    called = set()
    for file, request in recorded(asked.folder):
        sent[file, request["kind"]] = request["nth"]
        said = []
        try:
            operation = read(models, request, said.append)
            name = (operation.service_model.service_name, operation.name)
            operations[name] += 1
            called.add((*name, file.parent.as_posix()))
            problems.update(f"{' '.join(name)}: {sentence}" for sentence in said)
        except Unknown as unknown:
            problems[f"{request['kind']}: {unknown}"] += 1
    for sentence, count in sorted(problems.items()):
        print(f"{sentence} ({count} {'request' if count == 1 else 'requests'}).")
    checked, services = sum(operations.values()), len({service for service, _ in operations})
    print(
        f"{checked} requests of {sum(sent.values())} that were sent were checked: "
        f"{len(operations)} operations of {services} services, {len(problems)} problems."
    )
    if asked.operations:
        names = ("service", "operation", "folder")
        asked.operations.write_text(json.dumps([dict(zip(names, call)) for call in sorted(called)]))
    if not operations:
        print("Nothing was recorded: the tests must run with SLUICE_RECORD_REQUESTS.")
    sys.exit(1 if problems or not operations else 0)


main()
