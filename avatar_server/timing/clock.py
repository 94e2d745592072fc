"""Where the time comes from: the only place of this folder that asks the machine."""

from __future__ import annotations

import time
from typing import Protocol


class Clock(Protocol):
    """Seconds since some moment in the past, never going back."""

    def now_s(self) -> float:
        """The time now."""


class MonotonicClock:
    """CLOCK_MONOTONIC: the same for all processes of one machine, and what asyncio's loops count in."""

    def now_s(self) -> float:
        """Seconds, with a resolution of nanoseconds."""
        return time.monotonic()
