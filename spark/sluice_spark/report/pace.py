"""Says when triggers begin to take longer than their interval, and when they no longer do.

Of a job that catches up, that is every trigger.
"""

from __future__ import annotations

from collections.abc import Callable


class Pace:
    """Watches the triggers of a query. With an interval of 0 none can be too long."""

    def __init__(self, trigger_ms: int, log: Callable[[str], None]) -> None:
        self._trigger_ms = trigger_ms
        self._log = log
        self._is_behind = False

    def took(self, ms: int) -> None:
        """Take how long a trigger took."""
        is_behind = 0 < self._trigger_ms < ms
        if is_behind and not self._is_behind:
            self._log(f"WARN triggers take longer than their interval of {self._trigger_ms} ms: the last one {ms} ms")
        if self._is_behind and not is_behind:
            self._log(f"INFO triggers are within their interval of {self._trigger_ms} ms again: the last one {ms} ms")
        self._is_behind = is_behind
