from __future__ import annotations

from sluice_spark.report.pace import Pace


def test_it_says_once_when_triggers_begin_to_be_too_long_and_once_when_they_end_to() -> None:
    log: list[str] = []
    pace = Pace(1_000, log.append)
    for ms in (900, 1_000, 1_001, 5_000, 1_200, 1_000, 300, 1_800):
        pace.took(ms)
    assert log == [
        "WARN triggers take longer than their interval of 1000 ms: the last one 1001 ms",
        "INFO triggers are within their interval of 1000 ms again: the last one 1000 ms",
        "WARN triggers take longer than their interval of 1000 ms: the last one 1800 ms",
    ]


def test_without_an_interval_no_trigger_is_too_long() -> None:
    log: list[str] = []
    Pace(0, log.append).took(60_000)
    assert log == []
