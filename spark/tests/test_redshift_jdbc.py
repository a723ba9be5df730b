"""The sink redshift-jdbc, with Spark, against PostgreSQL: its wire, its drivers and its MERGE; not Redshift itself."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.embedded import needs_node
from tests.events import orders
from tests.pipeline import SCHEMA, Pipeline, running_pipeline, wait_until
from tests.postgres import DRIVERS, Postgres, needs_postgres, running_postgres
from tests.specs import FOOD_DELIVERY

pytestmark = [
    pytest.mark.spark,
    pytest.mark.every_spark,
    pytest.mark.node,
    pytest.mark.postgres,
    needs_node,
    needs_postgres,
    pytest.mark.timeout(900),
]


@pytest.fixture
def postgres() -> Iterator[Postgres]:
    with running_postgres() as server:
        columns = ", ".join(f"{column['name']} {column['type']}" for column in FOOD_DELIVERY["sink"]["columns"])
        server.query(
            f"create schema {SCHEMA}; create table {SCHEMA}.factOrders ({columns});"
            f" create table {SCHEMA}.sluice_batches ("
            "query_id varchar(36), batch_id bigint, read_rows bigint, invalid_rows bigint, late_rows bigint, "
            "duplicate_rows_in_batch bigint, staged_rows bigint, duplicate_rows_matched bigint, loaded_rows bigint, "
            "watermark timestamp, committed_at timestamp, kinesis_records bigint); "
            "create function getdate() returns timestamp language sql as 'select current_timestamp::timestamp'"
        )
        yield server


@pytest.fixture
def pipeline(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Pipeline]:
    settings = tmp_path / "conf"
    settings.mkdir()
    (settings / "spark-defaults.conf").write_text(f"spark.jars.packages {DRIVERS}\n")
    monkeypatch.setenv("SPARK_CONF_DIR", str(settings))
    with running_pipeline(tmp_path) as running:
        yield running


def test_batches_are_loaded_once_over_a_kill_and_while_the_warehouse_is_away(
    pipeline: Pipeline, postgres: Postgres
) -> None:
    sent = orders(4_000, seed=7)
    arguments = ("--sink", "redshift-jdbc", "--jdbc-url", postgres.url, "--max-records-per-batch", "1200")
    pipeline.send(sent[:2_000])
    engine = pipeline.start_spark(*arguments)
    wait_until(lambda: pipeline.records_read() > 0, "a batch is committed")
    engine.kill()
    engine = pipeline.start_spark(*arguments)
    wait_until(lambda: pipeline.records_read() == 2_000, "what was sent is committed")
    postgres.stop()
    pipeline.send(sent[2_000:])
    engine.says("is loaded again")
    postgres.start()
    wait_until(lambda: pipeline.records_read() == len(sent), "all is committed")
    assert engine.interrupt() == 0, engine.output()
    ((read, invalid, late, duplicates, loaded, kinesis_records),) = postgres.query(
        "select sum(read_rows), sum(invalid_rows), sum(late_rows),"
        " sum(duplicate_rows_in_batch + duplicate_rows_matched), "
        f"sum(loaded_rows), sum(kinesis_records) from {SCHEMA}.sluice_batches"
    )
    assert int(kinesis_records) == len(sent), "none was aggregated"
    assert int(read) == len(sent) == int(invalid) + int(late) + int(duplicates) + int(loaded)
    assert int(duplicates) > 0
    assert postgres.query(f"select count(*), count(distinct OrderID) from {SCHEMA}.factOrders") == [[loaded, loaded]]
    assert len(pipeline.quarantined("invalid")) == int(invalid)
    stages = (
        f"select count(*) from information_schema.tables where table_schema = '{SCHEMA}' and table_name like '%stage%'"
    )
    assert postgres.query(stages) == [["0"]]
