from __future__ import annotations

import json
import subprocess
import sys
from typing import Any

import pytest

from sluice_spark.arguments import JobArguments, UnusableArgumentsError, check_sink_arguments, parse_job_arguments
from sluice_spark.plan import FORMAT
from tests.embedded import ROOT, ask, needs_node
from tests.specs import FOOD_DELIVERY, plan_text

OF_EVERY_ENGINE = {
    "--plan": "s3://artifacts/pyspark_script/food-delivery.kinesisToRedshift.plan.json",
    "--region": "us-east-1",
    "--stream": "incoming-food-order-data",
    "--bucket": "streaming",
    "--cluster-identifier": "sluice",
    "--database": "dev",
    "--db-user": "awsuser",
    "--copy-role": "arn:aws:iam::000000000000:role/copy",
    "--trigger-ms": "1000",
    "--max-records-per-batch": "100000",
    "--starting-position": "LATEST",
}


def _argv(**changed: str | None) -> list[str]:
    named = {**OF_EVERY_ENGINE, **{f"--{name.replace('_', '-')}": value for name, value in changed.items()}}
    return [part for name, value in named.items() if value is not None for part in (name, value)]


@pytest.mark.node
@needs_node
def test_takes_what_the_embedded_engine_takes() -> None:
    (reply,) = ask({"question": "acceptsArguments", "argv": _argv()})
    parsed = parse_job_arguments(_argv())
    theirs: dict[str, Any] = reply["answer"]
    assert {
        "plan": parsed.plan,
        "region": parsed.region,
        "stream": parsed.stream,
        "bucket": parsed.bucket,
        "clusterIdentifier": parsed.cluster_identifier,
        "database": parsed.database,
        "dbUser": parsed.db_user,
        "copyRole": parsed.copy_role,
        "triggerMs": parsed.trigger_ms,
        "maxRecordsPerBatch": parsed.max_records_per_batch,
        "startingPosition": parsed.starting_position,
    } == theirs


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"plan": None}, "--plan"),
        ({"plan": "plan.json"}, "s3:// or file://"),
        ({"trigger_ms": "soon"}, "'soon' is not a whole number of at least 0"),
        ({"max_records_per_batch": "0"}, "at least 1"),
        ({"starting_position": "NOW"}, "NOW"),
        ({"sink": "nowhere"}, "nowhere"),
        ({"stream": " "}, "--stream is empty"),
        ({"endpoint_url": "localhost:4566"}, "http://"),
        ({"unheard_of": "1"}, "--unheard-of"),
    ],
)
def test_names_the_argument_that_cannot_be_used(changed: dict[str, str | None], said: str) -> None:
    with pytest.raises(UnusableArgumentsError, match="cannot be used") as refused:
        parse_job_arguments(_argv(**changed))
    assert said in str(refused.value)


@pytest.mark.parametrize(
    ("sink", "changed", "said"),
    [
        ("redshift", {"database": None}, "--database"),
        ("redshift", {"copy_role": None}, "--copy-role"),
        ("redshift", {"cluster_identifier": None}, "one of --cluster-identifier"),
        ("redshift", {"workgroup_name": "both"}, "one of --cluster-identifier"),
        ("redshift-jdbc", {}, "--jdbc-url"),
        ("parquet", {}, "--output"),
        ("json", {"output": "hdfs:///out"}, "--output"),
        ("parquet", {"output": "s3://bucket/out"}, "--spark-checkpoint"),
        ("dynamodb", {}, "the job knows redshift"),
    ],
)
def test_names_what_a_sink_lacks(sink: str, changed: dict[str, str | None], said: str) -> None:
    with pytest.raises(UnusableArgumentsError, match=said):
        check_sink_arguments(parse_job_arguments(_argv(**changed)), sink)


def test_a_sink_with_all_it_needs_is_accepted() -> None:
    check_sink_arguments(parse_job_arguments(_argv()), "redshift")
    check_sink_arguments(
        parse_job_arguments(_argv(cluster_identifier=None, db_user=None, workgroup_name="w")), "redshift"
    )
    check_sink_arguments(parse_job_arguments(_argv(output="file:///out", spark_checkpoint="file:///state")), "json")


def test_defaults() -> None:
    needed = ["--plan", "file:///p.json", "--region", "r", "--stream", "s", "--bucket", "b"]
    parsed = parse_job_arguments([*needed, "--trigger-ms", "0", "--max-records-per-batch", "1"])
    assert parsed == JobArguments(
        "file:///p.json", "r", "s", "b", 0, 1, starting_position="TRIM_HORIZON", sink=None, connector="sluice"
    )


def _run_main(*argv: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "main.py", *argv], cwd=ROOT / "spark", check=False, capture_output=True, text=True, timeout=60
    )


def test_help_names_every_argument_and_exit_code_and_starts_nothing() -> None:
    ended = _run_main("--help")
    assert ended.returncode == 0
    for name in [*OF_EVERY_ENGINE, "--sink", "--connector", "--end-with-stdin", "--on-retention-gap"]:
        assert name in ended.stdout
    for code in range(6):
        assert f"\n  {code}  " in ended.stdout


def test_unusable_arguments_end_the_job_before_spark_starts() -> None:
    ended = _run_main(*_argv(trigger_ms="soon"))
    assert ended.returncode == 2
    assert "--trigger-ms" in ended.stderr
    assert "Spark" not in ended.stderr


@pytest.mark.parametrize("trigger", ["real-time", "available-now", "continuous", "once"])
def test_a_trigger_without_an_interval_is_not_what_the_job_is_made_for(trigger: str) -> None:
    ended = _run_main(*_argv(trigger_ms=trigger))
    assert ended.returncode == 3
    assert ended.stderr.startswith(f"The job is not made for the trigger {trigger}: it writes batches")


def test_a_plan_that_cannot_be_used_ends_the_job_before_spark_starts(tmp_path: Any) -> None:
    plan = tmp_path / "plan.json"
    plan.write_text(json.dumps({"format": 2}))
    ended = _run_main(*_argv(plan=plan.as_uri()))
    assert ended.returncode == 2
    assert "eventKey" in ended.stderr
    missing = _run_main(*_argv(plan=(tmp_path / "none.json").as_uri()))
    assert missing.returncode == 2
    assert "cannot be read" in missing.stderr


@pytest.mark.node
@needs_node
def test_a_plan_of_another_format_is_not_what_the_job_is_made_for(tmp_path: Any) -> None:
    plan = tmp_path / "plan.json"
    plan.write_text(json.dumps({**json.loads(plan_text(FOOD_DELIVERY)), "format": FORMAT + 1}))
    ended = _run_main(*_argv(plan=plan.as_uri()))
    assert ended.returncode == 3
    sentence = (
        f"is not a job plan of format {FORMAT}, which this job runs: its format is {FORMAT + 1}. Deploy the artifacts"
    )
    assert sentence in ended.stderr
    plan.write_text(json.dumps({"format": "1"}))
    none = _run_main(*_argv(plan=plan.as_uri()))
    assert none.returncode == 2, "it is no plan at all"


@pytest.mark.node
@needs_node
def test_a_plan_for_another_duckdb_ends_the_job_before_spark_starts(tmp_path: Any) -> None:
    plan = tmp_path / "plan.json"
    plan.write_text(json.dumps({**json.loads(plan_text(FOOD_DELIVERY)), "duckdb": "1.0.0"}))
    ended = _run_main(*_argv(plan=plan.as_uri()))
    assert ended.returncode == 3
    assert "install duckdb==1.0.0" in ended.stderr
