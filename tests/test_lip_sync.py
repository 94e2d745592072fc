"""Whether sound and picture of one moment have one time by the sender reports, as a receiver computes it.

The receiver is aiortc over the page's WebSocket. What belongs together is read from decoded pictures and
decoded sound of the test card; when it belongs there is read from RTP time stamps and sender reports only.
"""

from __future__ import annotations

import asyncio
import json
from typing import Protocol

from aiortc import RTCSessionDescription
from websockets.asyncio.client import connect

from avatar_server.sinks import webrtc_aiortc
from tests.timed_receiver import WITHIN_MS, TimedReceiver


class Server(Protocol):
    @property
    def address(self) -> str: ...


async def watch(server: Server) -> list[list[float]]:
    """Skews at the beginning, after a seek, and after a pause."""
    receiver = TimedReceiver()
    found = []
    async with connect(f"ws://{server.address}/ws") as socket:

        async def listen() -> None:
            async for text in socket:
                message = json.loads(text)
                if message["type"] == "answer":
                    answer = RTCSessionDescription(message["sdp"], "answer")
                    await receiver.connection.setRemoteDescription(answer)

        listening = asyncio.create_task(listen())
        try:
            await receiver.connection.setLocalDescription(await receiver.connection.createOffer())
            offer = {"type": "offer", "sdp": receiver.connection.localDescription.sdp}
            for messages in (
                [{"type": "loop", "loop": True}, {"type": "seek", "time_s": 1.0}, {"type": "play"}, offer],
                [{"type": "seek", "time_s": 20.4}],
                [{"type": "pause"}, {"type": "play"}],
            ):
                for message in messages:
                    await socket.send(json.dumps(message))
                # Half a second is left to what was made before the command.
                pictures, blocks = len(receiver.pictures) + 15, len(receiver.blocks) + 25
                await receiver.until_more(pictures + 60, blocks + 160)
                found.append(receiver.skews_ms(slice(pictures, None), slice(blocks, None)))
        finally:
            listening.cancel()
            await receiver.close()
    return found


def test_one_moment_has_one_time_by_the_sender_reports(card_server: Server) -> None:
    webrtc_aiortc.install(loopback_only=True)
    found = asyncio.run(watch(card_server))
    assert all(found)
    assert sum(map(len, found)) >= 5
    for skews_ms in found:
        assert max(map(abs, skews_ms)) < WITHIN_MS, skews_ms
