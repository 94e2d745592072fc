"""What is wanted of a stage now: which views and encodings, and by how many; each process is told it anew."""

from __future__ import annotations

from avatar_server.encode.live_packet import PRESENTER, VideoStream
from avatar_server.errors import UsageError
from avatar_server.stage.own_views import OwnViewNames, OwnViews
from avatar_server.stage.wire import NumberedStream, Ready, Wanted


class Wishes:
    """Keeps them, and gives every encoding a number for good."""

    def __init__(self) -> None:
        self.own = OwnViewNames()
        self.streams: frozenset[VideoStream] = frozenset()
        self.wanted = Wanted((), 0)
        self._numbers: dict[VideoStream, int] = {}
        self._by_number: dict[int, VideoStream] = {}

    def want(self, streams: frozenset[VideoStream], listeners: int, ready: Ready) -> None:
        """These encodings and no others; raises `UsageError` for an unknown view."""
        views = (PRESENTER, *ready.cameras, *self.own.taken)
        for stream in streams:
            if stream.view not in views:
                raise UsageError(f"view: expected one of {', '.join(views)}, got {stream.view!r}")
        in_order = sorted(streams, key=lambda s: (s.view != PRESENTER, s.view, s.rung, s.codec))
        self.wanted = Wanted(tuple(NumberedStream(self.number(s), s) for s in in_order), listeners)
        self.streams = streams

    def messages(self) -> tuple[OwnViews, Wanted]:
        """All of it, for a process that knows nothing yet."""
        return OwnViews(self.own.taken), self.wanted

    def number(self, stream: VideoStream) -> int:
        """From 1 on; never another stream's, so that late packets are not taken for another's."""
        if stream not in self._numbers:
            number = self._numbers[stream] = len(self._numbers) + 1
            self._by_number[number] = stream
        return self._numbers[stream]

    def numbered(self, number: int) -> VideoStream | None:
        """The encoding with this number."""
        return self._by_number.get(number)
