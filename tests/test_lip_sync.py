"""Whether sound and picture of one moment have one time by the sender reports, as a receiver computes it.

The receiver is aiortc over the page's WebSocket. What belongs together is read from decoded pictures and
decoded sound of the test card; when it belongs there is read from RTP time stamps and sender reports only.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping

from aiortc import RTCSessionDescription
from websockets.asyncio.client import connect

from avatar_server.sinks import webrtc_aiortc
from tests.running_server import Server
from tests.timed_receiver import WITHIN_MS, TimedReceiver

HEARD_S = 3.6
"""Long enough for three changes of pitch."""


async def skews_from_now_on(receiver: TimedReceiver) -> list[float]:
    """Of what belongs after the newest picture: older sound may still be on its way."""
    await receiver.until(lambda: bool(all(receiver.reports.values()) and receiver.blocks))
    begin_s = receiver.ntp_s("video", receiver.pictures[-1][0])

    def reached_s(kind: str, rtp: int) -> float:
        return receiver.ntp_s(kind, rtp) - begin_s

    await receiver.until(
        lambda: (
            reached_s("video", receiver.pictures[-1][0]) > HEARD_S
            and reached_s("audio", receiver.blocks[-1][0]) > HEARD_S
        )
    )
    await receiver.until_more(0, 0)
    pictures = sum(reached_s("video", rtp) <= 0 for rtp, _ in receiver.pictures)
    blocks = sum(reached_s("audio", rtp) <= 0 for rtp, _ in receiver.blocks)
    return receiver.skews_ms(slice(pictures, None), slice(blocks, None))


async def watch(server: Server) -> list[list[float]]:
    """Skews at the beginning, after a seek, and after a pause."""
    receiver = TimedReceiver()

    def seen_s(back: int = 1) -> float:
        return receiver.pictures[-back][1] if len(receiver.pictures) >= back else -1.0

    found = []
    async with connect(f"ws://{server.address}/ws") as socket:

        async def listen() -> None:
            async for text in socket:
                message = json.loads(text)
                if message["type"] == "answer":
                    answer = RTCSessionDescription(message["sdp"], "answer")
                    await receiver.connection.setRemoteDescription(answer)

        async def say(*messages: Mapping[str, object]) -> None:
            for message in messages:
                await socket.send(json.dumps(message))

        listening = asyncio.create_task(listen())
        try:
            await receiver.connection.setLocalDescription(await receiver.connection.createOffer())
            offer = {"type": "offer", "sdp": receiver.connection.localDescription.sdp}
            await say(
                {"type": "loop", "loop": True}, {"type": "seek", "time_s": 1.0}, {"type": "play"}, offer
            )
            await receiver.until(lambda: 1.0 < seen_s() < 10.0)
            found.append(await skews_from_now_on(receiver))
            await say({"type": "seek", "time_s": 20.4})
            await receiver.until(lambda: 20.4 < seen_s() < 30.0)
            found.append(await skews_from_now_on(receiver))
            await say({"type": "pause"})
            await receiver.until(lambda: seen_s() == seen_s(2))
            held_s = seen_s()
            await say({"type": "play"})
            await receiver.until(lambda: seen_s() > held_s)
            found.append(await skews_from_now_on(receiver))
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
