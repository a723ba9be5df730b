"""What decides about the records of a batch, beside the plan."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class BatchStart:
    """The number of a batch, and the watermark that its records are held against (epoch ms; None: there is none)."""

    batch_id: int
    watermark_ms: float | None
