"""When a viewer who tells nothing any more counts as gone (pure; time is an argument)."""

from __future__ import annotations

from collections import deque

SHORTEST_LIMIT_S = 8.0
"""For who reports about every second, as browsers do on pictures. aioice takes 30 s to notice."""

LONGEST_LIMIT_S = 20.0
INTERVALS = 4
"""So many of the longest one without a report: reports are lost, and their times are random."""

NEWCOMER_LIMIT_S = 15.0
"""For who has not shown yet how often it reports. GStreamer does so every four to seven seconds, browsers
every five where they receive sound alone."""

REMEMBERED_INTERVALS = 8
ONE_REPORT_S = 0.2
"""What comes within this time belongs together."""


class Silence:
    """Measured from the last report; how long it may last depends on how often reports came."""

    def __init__(self, now_s: float) -> None:
        """now_s: when the viewer connected."""
        self._heard_s = now_s
        self._intervals_s: deque[float] = deque(maxlen=REMEMBERED_INTERVALS)

    def heard(self, now_s: float) -> None:
        """A report came."""
        interval_s = now_s - self._heard_s
        if interval_s >= ONE_REPORT_S:
            self._intervals_s.append(interval_s)
            self._heard_s = now_s

    def excused(self, now_s: float) -> None:
        """Nothing was sent, so there is nothing to report on."""
        self._heard_s = now_s

    @property
    def limit_s(self) -> float:
        """How long silence may last now."""
        if len(self._intervals_s) < 2:
            return NEWCOMER_LIMIT_S
        return min(max(INTERVALS * max(self._intervals_s), SHORTEST_LIMIT_S), LONGEST_LIMIT_S)

    def is_too_long(self, now_s: float) -> bool:
        """Whether the viewer is gone."""
        return now_s - self._heard_s > self.limit_s
