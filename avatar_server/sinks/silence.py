"""When a viewer of whom nothing is heard any more counts as gone (pure; time is an argument)."""

from __future__ import annotations

from collections import deque

SHORTEST_LIMIT_S = 8.0
"""For who is heard of every second or two, as browsers are. aioice takes 30 s to notice."""

LONGEST_LIMIT_S = 20.0
INTERVALS = 4
"""So many of the longest one in silence: packets are lost, and their times are random. GStreamer reports
every four to seven seconds only."""

REMEMBERED_INTERVALS = 8
TOGETHER_S = 0.2
"""What comes within this time belongs together."""


class Silence:
    """Since the last datagram; how long it may last depends on how often they came."""

    def __init__(self, now_s: float) -> None:
        """now_s: when the viewer connected."""
        self._heard_s = now_s
        self._intervals_s: deque[float] = deque(maxlen=REMEMBERED_INTERVALS)

    def heard(self, now_s: float) -> None:
        """A datagram came: a report, or a sign of life of ICE."""
        interval_s = now_s - self._heard_s
        if interval_s >= TOGETHER_S:
            self._intervals_s.append(interval_s)
            self._heard_s = now_s

    def excused(self, now_s: float) -> None:
        """Nothing was sent, so there is nothing to report on."""
        self._heard_s = now_s

    @property
    def limit_s(self) -> float:
        """How long silence may last now."""
        longest_s = max(self._intervals_s, default=0.0)
        return min(max(INTERVALS * longest_s, SHORTEST_LIMIT_S), LONGEST_LIMIT_S)

    def is_too_long(self, now_s: float) -> bool:
        """Whether the viewer is gone."""
        return now_s - self._heard_s > self.limit_s
