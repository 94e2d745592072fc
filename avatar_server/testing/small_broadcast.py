"""A small broadcast with real viewers, for tests: one source, and aiortc receivers in the same process."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

from avatar_server.encode.live_packet import PRESENTER
from avatar_server.sinks.broadcast import Broadcast
from avatar_server.sinks.webrtc_peer import WebRtcPeer
from avatar_server.testing.aiortc_receiver import AiortcReceiver
from avatar_server.testing.encoded_source import SIZE, EncodedSource


class SmallBroadcast:
    """A source, its broadcast, and its viewers."""

    def __init__(self) -> None:
        self.source = EncodedSource()
        self.epoch_s = time.monotonic()
        self.broadcast = Broadcast(self.source, epoch_s=self.epoch_s)
        self.viewers: list[tuple[WebRtcPeer, AiortcReceiver]] = []

    async def viewer(
        self, receiver: AiortcReceiver | None = None, view: str = PRESENTER
    ) -> tuple[WebRtcPeer, AiortcReceiver]:
        """One more viewer, connected."""
        receiver = receiver or AiortcReceiver()
        peer = self.broadcast.new_peer(view)
        self.viewers.append((peer, receiver))
        await receiver.connect(peer)
        return peer, receiver

    async def play(self, pictures: int, blocks: int = 0) -> None:
        """So many of each, as fast as the loop carries them."""
        for index in range(max(pictures, blocks)):
            if index < pictures:
                self.source.send_picture()
            if index < blocks:
                self.source.send_sound()
            await asyncio.sleep(0.002)

    async def play_until(self, condition: Callable[[], bool]) -> None:
        """Until something holds; raises `TimeoutError`."""
        async with asyncio.timeout(30):
            while not condition():
                await self.play(1, 1)


@asynccontextmanager
async def small_broadcast() -> AsyncIterator[SmallBroadcast]:
    """All viewers are gone when it is left."""
    playing = SmallBroadcast()
    yield playing
    for peer, receiver in playing.viewers:
        await peer.close()
        await receiver.close()


def run_broadcast(test: Callable[[SmallBroadcast], Awaitable[None]]) -> None:
    """Run a test in an event loop of its own."""

    async def play() -> None:
        async with small_broadcast() as playing:
            await test(playing)

    asyncio.run(play())


def luma_of(frame: Any) -> float:
    """Mean brightness of a decoded picture of the best rung."""
    picture = frame.to_ndarray(format="yuv420p")
    return float(picture[: SIZE.height].mean())
