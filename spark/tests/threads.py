"""Where the threads of this process are."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from types import FrameType
from typing import Any

_PATIENCE_S = 20
_LOOK_EVERY_S = 0.005


def is_soon_within(function: Callable[..., Any]) -> bool:
    """Wait until a thread is in a call of a function of Python.

    One that waits stays in it until it has what it waits for. False when none came.
    """
    gives_up_at = time.monotonic() + _PATIENCE_S
    while time.monotonic() < gives_up_at:
        if any(_calls(frame, function) for frame in sys._current_frames().values()):
            return True
        time.sleep(_LOOK_EVERY_S)
    return False


def _calls(frame: FrameType | None, function: Callable[..., Any]) -> bool:
    while frame is not None:
        if frame.f_code is function.__code__:
            return True
        frame = frame.f_back
    return False
