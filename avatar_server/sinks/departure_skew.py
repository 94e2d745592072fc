"""How late packets really leave, and how far picture and sound are apart on leaving (pure).

A viewer's player lines both up by sender reports, which say when each should have left. What is measured
here is what the server itself adds to that: its error in lip sync, all the time.
"""

from __future__ import annotations

from collections import deque

WINDOW_S = 5.0
BUCKET_S = 0.5


class Lateness:
    """Mean and maximum of the last five seconds, in milliseconds, of one kind."""

    def __init__(self) -> None:
        self._buckets: deque[list[float]] = deque()  # [begin, count, sum, maximum]

    def note(self, now_s: float, late_s: float, latest_s: float, count: int) -> None:
        """`count` frames left by `now_s` (monotonic), `late_s` after they were due, the last `latest_s`."""
        if not self._buckets or now_s - self._buckets[-1][0] >= BUCKET_S:
            self._buckets.append([now_s, 0.0, 0.0, latest_s])
            while now_s - self._buckets[0][0] > WINDOW_S:
                self._buckets.popleft()
        bucket = self._buckets[-1]
        bucket[1] += count
        bucket[2] += late_s * count
        bucket[3] = max(bucket[3], latest_s)

    @property
    def mean_ms(self) -> float | None:
        """None before anything left."""
        count = sum(bucket[1] for bucket in self._buckets)
        return sum(bucket[2] for bucket in self._buckets) / count * 1000 if count else None

    @property
    def most_ms(self) -> float | None:
        """None before anything left."""
        return max((bucket[3] for bucket in self._buckets), default=0.0) * 1000 if self._buckets else None


class DepartureSkew:
    """Lateness of both kinds."""

    def __init__(self) -> None:
        self.by_kind = {"video": Lateness(), "audio": Lateness()}

    @property
    def skew_ms(self) -> float | None:
        """How much later pictures leave than their sound, in the mean; None before both have left."""
        video, audio = self.by_kind["video"].mean_ms, self.by_kind["audio"].mean_ms
        return None if video is None or audio is None else video - audio

    @property
    def most_skew_ms(self) -> float | None:
        """The most that either kind was late, which bounds the skew; None before both have left."""
        video, audio = self.by_kind["video"].most_ms, self.by_kind["audio"].most_ms
        return None if video is None or audio is None else max(video, audio)
