"""What became of the rows of a batch, in numbers."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class JudgedCounts:
    """`read = invalid + late + duplicates_in_batch + staged`.

    Duplicates repeat the key of an earlier row of the same batch.
    """

    read: int = 0
    invalid: int = 0
    late: int = 0
    duplicates_in_batch: int = 0
    staged: int = 0


@dataclass(frozen=True)
class BatchCounts:
    """What was judged, and what the sink made of it: `staged = duplicates_matched + loaded`."""

    judged: JudgedCounts = JudgedCounts()
    duplicates_matched: int = 0
    loaded: int = 0

    def to_object(self) -> dict[str, int]:
        """Give the `BatchCounts` of shared/job/progress.ts."""
        judged = self.judged
        return {
            "read": judged.read,
            "invalid": judged.invalid,
            "late": judged.late,
            "duplicatesInBatch": judged.duplicates_in_batch,
            "staged": judged.staged,
            "duplicatesMatched": self.duplicates_matched,
            "loaded": self.loaded,
        }

    def summary(self) -> str:
        """Say the sum in a line of the log."""
        judged = self.judged
        duplicates = judged.duplicates_in_batch + self.duplicates_matched
        return (
            f"{judged.read} read = {judged.invalid} invalid + {judged.late} late"
            f" + {duplicates} duplicates + {self.loaded} loaded"
        )


@dataclass(frozen=True)
class EventTimes:
    """Least, greatest and average event time, epoch ms, of the rows that are neither invalid nor late."""

    least_ms: int
    greatest_ms: int
    average_ms: int
