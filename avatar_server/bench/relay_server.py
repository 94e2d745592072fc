"""The usual way to stream from Python: raw frames to every viewer, and aiortc encodes for each.

`python -m avatar_server.bench.relay_server INTERACTION LAG_FILE` prints its URL and serves until SIGINT. It
is fed with the same pictures and the same sound as our way in the comparison,
`aiortc.contrib.media.MediaRelay` hands them on, and nothing of aiortc's senders is changed.
"""

from __future__ import annotations

import asyncio
import contextlib
import sys
import time
from fractions import Fraction
from pathlib import Path
from typing import Literal

import numpy as np
import uvicorn
from aiortc import RTCConfiguration, RTCPeerConnection, RTCSessionDescription
from aiortc.contrib.media import MediaRelay
from aiortc.mediastreams import MediaStreamTrack
from av.audio.frame import AudioFrame
from av.video.frame import VideoFrame
from fastapi import FastAPI, Request, Response

from avatar_server.bench.loop_lag import LoopLag
from avatar_server.bench.recorded_packets import recorded
from avatar_server.bench.recorded_pictures import RecordedPictures
from avatar_server.encode.live_opus import BLOCK_SAMPLES
from avatar_server.settings import SAMPLE_RATE_HZ
from avatar_server.sinks.webrtc_aiortc import install


class PlayedTrack(MediaStreamTrack):
    """Frames of one kind at their time; what nobody could take in time is skipped, as with a camera."""

    def __init__(self, kind: Literal["video", "audio"], pictures: RecordedPictures, epoch_s: float) -> None:
        super().__init__()
        self.kind = kind
        self._pictures = pictures
        self._epoch_s = epoch_s
        rate_hz = pictures.rate_hz if kind == "video" else SAMPLE_RATE_HZ / BLOCK_SAMPLES
        self._period_s = 1 / rate_hz
        self._index = -1

    async def recv(self) -> VideoFrame | AudioFrame:
        """The next frame when it is due."""
        now_s = time.monotonic() - self._epoch_s
        newest = int(now_s / self._period_s)
        # A picture that is over is not worth its encoding; sound is only skipped after a second.
        too_late = 1 if self.kind == "video" else round(1 / self._period_s)
        self._index = max(self._index + 1, newest - too_late + 1)
        await asyncio.sleep(self._index * self._period_s - now_s)
        return self._picture() if self.kind == "video" else self._sound()

    def _picture(self) -> VideoFrame:
        # Each its own object: relays and encoders set its time and kind.
        frame = VideoFrame.from_ndarray(self._pictures.frame(self._index).to_ndarray(), format="yuv420p")
        frame.pts, frame.time_base = self._index, Fraction(1, self._pictures.rate_hz)
        return frame

    def _sound(self) -> AudioFrame:
        block = np.clip(self._pictures.block(self._index) * 32767, -32768, 32767).astype(np.int16)
        frame = AudioFrame.from_ndarray(block.reshape(1, -1), format="s16", layout="stereo")
        frame.sample_rate = SAMPLE_RATE_HZ
        frame.pts, frame.time_base = self._index * BLOCK_SAMPLES, Fraction(1, SAMPLE_RATE_HZ)
        return frame


def relay_app(pictures: RecordedPictures, lag_file: Path) -> FastAPI:
    """POST /whep with an offer gives an answer."""
    app, relay = FastAPI(), MediaRelay()
    connections: set[RTCPeerConnection] = set()
    tracks: list[PlayedTrack] = []
    tasks: list[asyncio.Task[None]] = []

    @app.post("/whep")
    async def watch(request: Request) -> Response:
        if not tracks:
            epoch_s = time.monotonic()
            tracks.extend(PlayedTrack(kind, pictures, epoch_s) for kind in ("video", "audio"))
            tasks.append(asyncio.create_task(LoopLag(lag_file).run(), name="lag"))
        connection = RTCPeerConnection(RTCConfiguration(iceServers=[]))
        connections.add(connection)
        for track in tracks:
            connection.addTrack(relay.subscribe(track))
        offer = RTCSessionDescription((await request.body()).decode(), "offer")
        await connection.setRemoteDescription(offer)
        answer = await connection.createAnswer()
        # The receivers are DTLS clients, as ours are made for.
        passive = answer.sdp.replace("a=setup:active", "a=setup:passive")
        await connection.setLocalDescription(RTCSessionDescription(passive, "answer"))
        location = {"Location": f"/whep/{len(connections)}"}
        return Response(connection.localDescription.sdp, 201, location, "application/sdp")

    return app


def main(interaction: str, lag_file: Path) -> None:
    """Serve on loopback until SIGINT."""
    install(loopback_only=True)
    pictures = RecordedPictures.decode(recorded(interaction))
    config = uvicorn.Config(relay_app(pictures, lag_file), port=0, log_level="error", lifespan="off")
    listener = config.bind_socket()
    print(f"relay at http://127.0.0.1:{listener.getsockname()[1]}/whep", flush=True)
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(uvicorn.Server(config).serve(sockets=[listener]))


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]))
