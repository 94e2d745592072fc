"""A clock that only moves when a test moves it."""

from __future__ import annotations


class HandMovedClock:
    """Stands still at `now_s` seconds until `advance` is called; callable, like `time.monotonic`."""

    def __init__(self, now_s: float = 0.0) -> None:
        self._now_s = now_s

    @property
    def now_s(self) -> float:
        """Seconds since whatever the clock began with."""
        return self._now_s

    def __call__(self) -> float:
        """The same as `now_s`, for code that takes a function."""
        return self._now_s

    def advance(self, seconds: float) -> None:
        """Move on; a clock never goes back (ValueError)."""
        if seconds < 0:
            raise ValueError(f"a clock cannot go back by {-seconds} s")
        self._now_s += seconds
