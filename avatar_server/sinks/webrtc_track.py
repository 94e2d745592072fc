"""One viewer's queue of packets for one sender of aiortc."""

from __future__ import annotations

import asyncio
from collections import deque
from fractions import Fraction
from typing import Literal

from aiortc.mediastreams import MediaStreamError, MediaStreamTrack
from av.packet import Packet
from av.stream import Stream

from avatar_server.encode.live_packet import LivePacket

MOST_QUEUED = {"video": 30, "audio": 50}
"""One second. A sender takes packets as fast as they come; a full queue means that it is stuck."""


class PacketTrack(MediaStreamTrack):
    """Gives packets as they are, in order, from the first key picture on.

    When the queue is full, pictures are dropped up to the next key picture, and blocks of sound from the
    oldest on: a viewer who cannot follow sees a jump and never an ever older picture.
    """

    def __init__(self, kind: Literal["video", "audio"]) -> None:
        super().__init__()
        self.kind = kind
        self._queue: deque[LivePacket] = deque()
        self._needs_key = kind == "video"
        self._arrived = asyncio.Event()

    def push(self, packet: LivePacket) -> bool:
        """Take a packet; False asks for a key picture, because some had to be dropped."""
        overflow = len(self._queue) >= MOST_QUEUED[self.kind]
        if overflow and self.kind == "video":
            self._queue.clear()
            self._needs_key = True
        elif overflow:
            self._queue.popleft()
        if self._needs_key and not packet.key:
            return not overflow
        self._needs_key = False
        self._queue.append(packet)
        self._arrived.set()
        return True

    async def recv(self) -> Packet[Stream]:
        """The next packet, for aiortc."""
        while not self._queue:
            if self.readyState != "live":
                raise MediaStreamError
            self._arrived.clear()
            await self._arrived.wait()
        packet = self._queue.popleft()
        encoded = Packet(packet.data)
        encoded.pts = encoded.dts = packet.pts
        encoded.time_base = Fraction(1, packet.clock_hz)
        encoded.is_keyframe = packet.key
        return encoded

    def stop(self) -> None:
        """End; whoever waits is told."""
        super().stop()
        self._arrived.set()
