"""What a stage's loops did, counted where it happens and read by whoever reports it.

Each counter has one writing thread; readers take what is there.
"""

from __future__ import annotations

from collections import deque

_FORGETTING = 0.05
"""Share of a new value in a recent mean: half is forgotten in 14 pictures."""


def recent_mean(mean: float, value: float) -> float:
    """`mean` with `value` added; the first value is taken as it is."""
    return mean + (value - mean) * (_FORGETTING if mean else 1.0)


class ViewCounts:
    """Pictures of one view. The drawing thread writes all but `sent_s`, which the encoding thread does."""

    def __init__(self) -> None:
        self.drawn = 0
        self.dropped = 0
        self.draw_ms = 0.0
        self._sent_s: deque[float] = deque(maxlen=120)

    def was_drawn(self, draw_ms: float) -> None:
        """A picture was drawn anew."""
        self.drawn += 1
        self.draw_ms = recent_mean(self.draw_ms, draw_ms)

    def was_sent(self, stream_s: float) -> None:
        """A picture went out in its best encoding."""
        self._sent_s.append(stream_s)

    def per_second(self, stream_s: float) -> float:
        """Pictures sent within the last second."""
        return float(sum(1 for sent in list(self._sent_s) if stream_s - 1.0 < sent <= stream_s))


class StreamCounts:
    """Pictures of one encoding; its encoding thread writes."""

    def __init__(self) -> None:
        self.encoded = 0
        self.skipped = 0
        self.keys = 0
        self.byte_count = 0
        self.encode_ms = 0.0

    def was_encoded(self, byte_count: int, key: bool, encode_ms: float) -> None:
        """A picture was encoded and sent."""
        self.encoded += 1
        self.keys += key
        self.byte_count += byte_count
        self.encode_ms = recent_mean(self.encode_ms, encode_ms)


class Counts:
    """All counters of a stage, by view and by number of the stream."""

    def __init__(self) -> None:
        self.views: dict[str, ViewCounts] = {}
        self.streams: dict[int, StreamCounts] = {}

    def view(self, name: str) -> ViewCounts:
        """Counters of a view, from 0 when it is new."""
        return self.views.setdefault(name, ViewCounts())

    def stream(self, number: int) -> StreamCounts:
        """Counters of a stream, from 0 when it is new."""
        return self.streams.setdefault(number, StreamCounts())
