import json
from pathlib import Path

from sluice_spark.state.origin import new_metadata
from tests.specs import FOOD_DELIVERY, plan_of

MADE_MS = 1_795_629_600_123
CREATED_MS = 1_795_629_540_456


def test_a_checkpoint_made_on_spark_says_what_it_is_of_in_the_form_that_the_console_reads() -> None:
    """The file is what test/unit/checkpoint/format.test.ts parses with the console's own schema."""
    expected = json.loads((Path(__file__).parent / "checkpoint_metadata.json").read_text())
    found = new_metadata(
        expected["id"],
        plan_of(FOOD_DELIVERY),
        stream="incoming-food-order-data",
        created_ms=CREATED_MS,
        spark_version="4.0.2",
        now_ms=MADE_MS,
    )
    assert found == expected
