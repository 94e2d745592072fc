"""Packets wait here until they leave: sound and picture of one stream time together, `LEAD_S` after it."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable

from avatar_server.encode.live_packet import LivePacket, VideoStream
from avatar_server.timing.synchroniser import LEAD_S


class Departures:
    """Holds packets of a stage until their time; belongs to the running event loop.

    Sound is made ahead (see `loops.SoundLoop`). When somebody seeks, it is made anew from there: a
    block with a time stamp that is already held replaces that one and all later ones.
    """

    def __init__(self, epoch_s: float, leave: Callable[[LivePacket], None]) -> None:
        """epoch_s: time of the loop (CLOCK_MONOTONIC) at stream time 0."""
        self._loop = asyncio.get_running_loop()
        self._epoch_s = epoch_s
        self._leave = leave
        self._held: dict[VideoStream | None, deque[tuple[int, asyncio.TimerHandle]]] = {}

    def add(self, packet: LivePacket) -> None:
        """Let the packet leave when it is time, at once if it is late."""
        held = self._held.setdefault(packet.stream, deque())
        while held and held[-1][0] >= packet.pts:
            held.pop()[1].cancel()
        leaves_s = self._epoch_s + float(packet.stream_s) + LEAD_S
        held.append((packet.pts, self._loop.call_at(leaves_s, self._leave_first, packet)))

    def cancel(self) -> None:
        """Nothing leaves any more."""
        for held in self._held.values():
            while held:
                held.pop()[1].cancel()

    def _leave_first(self, packet: LivePacket) -> None:
        self._held[packet.stream].popleft()
        self._leave(packet)
