"""Packets wait here until they leave: a picture a while after its stream time, its sound a little sooner.

A picture that shows what a hand on the camera did leaves sooner than its time if it is ready.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from dataclasses import replace

from avatar_server.encode.live_packet import CLOCK_HZ, LivePacket, VideoStream
from avatar_server.timing.lead import Lead, leaves_s

LATE_S = 0.005
"""What comes this much after its time is counted as late."""

_AFTER_S = 1e-6
"""Timers of one and the same time go off in any order."""


class Departures:
    """Holds packets of a stage until their time; belongs to the running event loop.

    Sound is made ahead (see `sound_loop.SoundLoop`). When somebody seeks, it is made anew from there: a
    block with a time stamp that is already held replaces that one and all later ones. What has left is never
    sent again.
    """

    def __init__(self, epoch_s: float, leave: Callable[[LivePacket], None]) -> None:
        """epoch_s: time of the loop (CLOCK_MONOTONIC) at stream time 0."""
        self._loop = asyncio.get_running_loop()
        self._epoch_s = epoch_s
        self._leave = leave
        self._lead = Lead()
        self._held: dict[VideoStream | None, deque[tuple[int, asyncio.TimerHandle]]] = {}
        self._left: dict[VideoStream | None, int] = {}
        self._picture_s: float | None = None
        self.last_s = 0.0
        """Stream time of the last packet that has left, or is going to after `interrupt`."""
        self.late: dict[str, int] = {}
        """How many pictures came after their time, by view; these leave at once."""

    @property
    def lead_s(self) -> float:
        """From stream time to leaving of a picture, now."""
        return self._lead.lead_s

    def add(self, packet: LivePacket) -> None:
        """Let the packet leave when it is time, at once if it is late."""
        if packet.pts <= self._left.get(packet.stream, packet.pts - 1):
            return
        held = self._held.setdefault(packet.stream, deque())
        while held and held[-1][0] >= packet.pts:
            held.pop()[1].cancel()
        due_s = self._epoch_s + float(packet.stream_s)
        # Pictures of a view that moves are begun sooner and take longer: they say nothing about the others.
        if packet.kind == "video" and not packet.awaited:
            self._lead.ready(self._loop.time() - due_s)
        due_s += self._lead.of(packet.kind)
        if packet.stream is not None:
            self._picture_s = float(packet.stream_s)
            late = self._loop.time() > due_s + LATE_S
            self.late[packet.stream.view] = self.late.get(packet.stream.view, 0) + late
        before_s = held[-1][1].when() + _AFTER_S if held else 0.0
        at_s = leaves_s(due_s, awaited=packet.awaited, before_s=before_s)
        timer = self._loop.call_at(at_s, self._leave_first, replace(packet, due_s=due_s))
        held.append((packet.pts, timer))

    def interrupt(self) -> None:
        """No picture follows: the sound that was made ahead ends with the last picture, too."""
        sound = self._held.get(None, deque())
        if self._picture_s is not None:
            end_pts = self._picture_s * CLOCK_HZ["audio"]
            while sound and sound[-1][0] > end_pts:
                sound.pop()[1].cancel()
            self.last_s = max(self.last_s, self._picture_s)
        elif sound:
            self.last_s = max(self.last_s, sound[-1][0] / CLOCK_HZ["audio"])

    def cancel(self) -> None:
        """Nothing leaves any more."""
        for held in self._held.values():
            while held:
                held.pop()[1].cancel()

    def _leave_first(self, packet: LivePacket) -> None:
        self._held[packet.stream].popleft()
        self._left[packet.stream] = packet.pts
        self.last_s = max(self.last_s, float(packet.stream_s))
        self._leave(packet)
