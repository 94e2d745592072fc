"""One viewer's place in a broadcast: which stream it takes now, and which one it is to take next."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import replace

from avatar_server.encode.live_packet import OWN_VIEWS, PRESENTER, RUNGS, LivePacket, VideoStream
from avatar_server.sinks.ladder import Ladder, LinkReport
from avatar_server.sinks.rtp_packetiser import RtpFrame
from avatar_server.sinks.webrtc_peer import WebRtcPeer

RATE_WINDOW_S = 2.0
"""Over which the rate of what is sent is measured: a key picture is not a rate."""


KEY_PATIENCE_S = 1.0
"""For a viewer who has waited so long a key picture is asked for, whatever became of the last request. By
themselves encoders make one every 60 pictures: every 2 s, but of a picture that stands still every 12 s."""


class Seat:
    """A viewer takes its old view and rung until the first key picture of the new one comes.

    Should that one show an earlier moment than what was sent last (of two views one may come later than the
    other), nothing of the old view is sent any more, and the next key picture is waited for: a viewer's time
    never goes back.
    """

    def __init__(
        self, peer: WebRtcPeer, view: str, need_key: Callable[[VideoStream], None] = lambda stream: None
    ) -> None:
        self.peer = peer
        self.view = view
        self.came_for = view
        """The view it was shown first, under which it is counted."""
        self.stream: VideoStream | None = None
        """None before it is connected, and for who takes sound alone."""
        self._need_key = need_key
        self._last_pts = -1
        self._waits = False
        """Nothing of `stream` is sent any more."""
        self.next_stream: VideoStream | None = None
        self._ladder = Ladder(rungs=len(RUNGS))
        self._sent: deque[tuple[float, int]] = deque()
        self._waits_since_s: float | None = None

    def begin(self) -> None:
        """The peer is connected."""
        if self.peer.codec is not None:
            self.stream = VideoStream(self.view, self.peer.codec, self._ladder.rung)

    def show(self, view: str) -> None:
        """Take another view, as soon as a key picture of it comes."""
        self.view = view
        if self.stream is not None:
            wanted = VideoStream(view, self.stream.codec, self._ladder.rung)
            self.next_stream = None if wanted == self.stream else wanted
            if self._waits and self.next_stream is None:
                self._waits = False
                self.peer.skip_to_key()
                self._need_key(wanted)

    def takes(self, packet: LivePacket) -> bool:
        """Whether the packet is for this viewer."""
        if not self.peer.connected:
            return False
        stream = packet.stream
        if stream is None or stream is self.stream:
            return True
        return stream == self.stream or (packet.key and stream == self.next_stream)

    def take(self, frame: RtpFrame) -> bool:
        """Send the frame, unless the viewer has moved on or is gone meanwhile."""
        if not self.peer.connected:
            return False
        if frame.kind == "video" and not self._moves_to(frame):
            return False
        self.peer.send(frame)
        return True

    def _moves_to(self, frame: RtpFrame) -> bool:
        """Whether the picture is one that the viewer takes, maybe the first of its next stream."""
        # The very object, as nearly always, is told sooner than an equal one.
        if frame.stream is not self.stream and not self._begins_with(frame):
            return False
        if not self._waits:
            self._last_pts = frame.pts
        return not self._waits

    def _begins_with(self, frame: RtpFrame) -> bool:
        """Whether the picture is of the viewer's stream, or the first that it takes of its next one."""
        stream = frame.stream
        if stream != self.stream:
            if not frame.key or stream != self.next_stream or stream is None:
                return False
            if self.stream and stream.view != self.stream.view and frame.pts <= self._last_pts:
                self._waits = True
                self._need_key(stream)
                return False
            self.next_stream, self._waits = None, False
            self.peer.stats.rung = stream.rung
        self.stream = stream
        return True

    def skip_to_key(self) -> None:
        """Pictures are missing from here on."""
        self.peer.skip_to_key()

    def fail(self, stream: VideoStream, reason: str) -> None:
        """`stream` cannot be encoded."""
        if stream not in (self.stream, self.next_stream):
            return
        if self.stream is not None and stream != self.stream and stream.view == self.stream.view:
            self.next_stream = None
            self._ladder = self._ladder.stay(self.stream.rung)
        elif stream.view in OWN_VIEWS:
            self.show(PRESENTER)
        else:
            self.peer.give_up(reason)

    def needs_key(self, now_s: float) -> bool:
        """Whether the viewer has waited too long for a key picture: at most once in `KEY_PATIENCE_S`."""
        if not self.peer.waits_for_key:
            self._waits_since_s = None
            return False
        if self._waits_since_s is None:
            self._waits_since_s = now_s
        if now_s - self._waits_since_s < KEY_PATIENCE_S:
            return False
        self._waits_since_s = now_s
        return True

    def review(self, now_s: float) -> None:
        """Look at the viewer's link, and decide about the next rung; a few times a second."""
        stats = self.peer.stats
        self._sent.append((now_s, stats.bytes))
        while now_s - self._sent[0][0] > RATE_WINDOW_S:
            self._sent.popleft()
        first_s, first_bytes = self._sent[0]
        if now_s == first_s:
            return
        stats.sent_bps = (stats.bytes - first_bytes) * 8 / (now_s - first_s)
        if self.stream is None or self.next_stream is not None:
            return
        report = LinkReport(now_s, stats.sent_bps, stats.fraction_lost, stats.remb_bps, stats.round_trip_s)
        self._ladder = self._ladder.after(report)
        if self._ladder.rung != self.stream.rung:
            self.next_stream = replace(self.stream, rung=self._ladder.rung)
