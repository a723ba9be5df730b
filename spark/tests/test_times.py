from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sluice_spark.times import iso_utc
from tests.embedded import ask, needs_node

GREATEST_MS = 8_640_000_000_000_000
"""The greatest time that ECMAScript knows."""


def test_an_ordinary_time() -> None:
    assert iso_utc(1_795_629_600_123) == "2026-11-25T18:00:00.123Z"


@pytest.mark.node
@needs_node
def test_is_what_ecmascript_writes() -> None:
    times: list[int] = [0, -1, 951_782_400_000, -GREATEST_MS, GREATEST_MS, 253_402_300_799_999, 253_402_300_800_000]

    @given(st.integers(-GREATEST_MS, GREATEST_MS))
    def collect(ms: int) -> None:
        times.append(ms)

    collect()
    (reply,) = ask({"question": "iso", "times": times})
    assert [iso_utc(ms) for ms in times] == reply["answer"]
