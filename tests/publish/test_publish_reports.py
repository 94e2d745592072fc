"""The sender reports of what is published, as the server that takes it computes with them."""

from __future__ import annotations

import asyncio
import signal
import time

import pytest
from aiortc import RTCSessionDescription
from fastapi import FastAPI, Request, Response

from avatar_server.sinks import webrtc_aiortc
from tests.publish.command import publishing
from tests.publish.whip_front import listening
from tests.timed_receiver import CLOCK_HZ, WITHIN_MS, TimedReceiver

NTP_AT_UNIX_ZERO_S = 2_208_988_800


def taking(receiver: TimedReceiver) -> FastAPI:
    """A WHIP server with one place, where `receiver` is."""
    app = FastAPI()

    async def publish(request: Request) -> Response:
        # aioice gathers nothing for whoever has no more candidates to come.
        offer = (await request.body()).decode().replace("a=end-of-candidates\r\n", "")
        connection = receiver.connection
        await connection.setRemoteDescription(RTCSessionDescription(offer, "offer"))
        await connection.setLocalDescription(await connection.createAnswer())
        headers = {"Location": "/session"}
        return Response(connection.localDescription.sdp, 201, headers, media_type="application/sdp")

    async def end() -> Response:
        return Response()

    app.add_api_route("/stage", publish, methods=["POST"])
    app.add_api_route("/session", end, methods=["DELETE"])
    return app


def test_one_moment_has_one_time_at_the_server_that_takes_it() -> None:
    webrtc_aiortc.install(loopback_only=True)

    async def run() -> None:
        begun_s, receiver = time.time() + NTP_AT_UNIX_ZERO_S, TimedReceiver()
        async with listening(taking(receiver)) as url:
            async with publishing("test-card", "--to", f"{url}/stage", "--size", "640x360") as command:
                await command.says("published")
                await receiver.until_more(15, 25)
                pictures, blocks = len(receiver.pictures), len(receiver.blocks)
                await receiver.until_more(pictures + 60, blocks + 200)
                skews_ms = receiver.skews_ms(slice(pictures, None), slice(blocks, None))
                command.process.send_signal(signal.SIGTERM)
                assert await command.ends() == 0
            ended_s = time.time() + NTP_AT_UNIX_ZERO_S
            await receiver.close()
        assert skews_ms, "within four seconds the pitch changes"
        assert max(map(abs, skews_ms)) < WITHIN_MS, skews_ms
        for kind, reports in receiver.reports.items():
            (first_s, first), (last_s, last) = reports[0], reports[-1]
            assert begun_s < first_s < last_s < ended_s, "wall clock"
            ticks = (last - first) & 0xFFFF_FFFF
            assert ticks / CLOCK_HZ[kind] == pytest.approx(last_s - first_s, abs=1e-3), "one media clock"

    asyncio.run(run())
