from __future__ import annotations

from dataclasses import asdict

import pytest

from sluice_spark import layout
from sluice_spark.plan import JobPrefixes
from tests.embedded import ask, needs_node


@pytest.mark.node
@needs_node
@pytest.mark.parametrize("batch_id", [0, 7, 123_456_789_012])
def test_is_where_the_embedded_engine_keeps_it(batch_id: int) -> None:
    prefixes = JobPrefixes("stream-checkpointing/", "staging/", "quarantine/", "progress/")
    (reply,) = ask(
        {"question": "layout", "prefixes": asdict(prefixes), "query": "kinesisToRedshift", "batchId": batch_id}
    )
    assert [
        layout.checkpoint_prefix(prefixes, "kinesisToRedshift"),
        layout.staging_prefix(prefixes, "kinesisToRedshift", batch_id),
        layout.quarantine_key(prefixes, "kinesisToRedshift", batch_id, "late"),
        layout.progress_key(prefixes, "kinesisToRedshift", batch_id),
        layout.latest_progress_key(prefixes, "kinesisToRedshift"),
    ] == reply["answer"]
