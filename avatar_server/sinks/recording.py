"""A sink that keeps what it is given: for tests, and for looking at what a stage sends."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import av
import numpy as np
from numpy.typing import NDArray

from avatar_server.control.events import Status
from avatar_server.encode.live_packet import LivePacket, VideoCodec, VideoStream


class RecordingSink:
    """Keeps packets and statuses in the order in which they came."""

    def __init__(self) -> None:
        self.video: list[LivePacket] = []
        self.audio: list[LivePacket] = []
        self.statuses: list[Status] = []
        self.failed: dict[VideoStream, str] = {}
        self.interruptions = 0
        self.resumptions = 0
        self.ended: str | None = None
        self._news = asyncio.Event()

    def on_packet(self, packet: LivePacket) -> None:
        """Keep a packet."""
        (self.video if packet.kind == "video" else self.audio).append(packet)
        self._news.set()

    def on_status(self, status: Status) -> None:
        """Keep a status."""
        self.statuses.append(status)
        self._news.set()

    def on_stream_failed(self, stream: VideoStream, reason: str) -> None:
        """Keep the reason."""
        self.failed[stream] = reason
        self._news.set()

    def on_interrupted(self) -> None:
        """Count."""
        self.interruptions += 1
        self._news.set()

    def on_resumed(self) -> None:
        """Count."""
        self.resumptions += 1
        self._news.set()

    def on_ended(self, reason: str) -> None:
        """Keep the reason."""
        self.ended = reason
        self._news.set()

    async def until(self, condition: Callable[[], bool], limit_s: float = 30.0) -> None:
        """Wait for something to hold of what was kept; raises `TimeoutError`."""
        async with asyncio.timeout(limit_s):
            while not condition():
                self._news.clear()
                await self._news.wait()


def decode_video(
    packets: list[LivePacket], codec: VideoCodec = "h264"
) -> list[tuple[int, NDArray[np.uint8]]]:
    """(pts, luma (height, width)) of each picture; the first packet must be a key picture."""
    decoder = av.CodecContext.create(codec, "r")
    decoder.thread_count = 1
    pictures = []
    for packet in packets:
        piece = av.Packet(packet.data)
        piece.pts = packet.pts
        pictures += decoder.decode(piece)
    pictures += decoder.decode(None)
    return [(int(frame.pts or 0), _luma(frame)) for frame in pictures]


def decode_audio(packets: list[LivePacket]) -> NDArray[np.float32]:
    """(n, 2) samples of the packets, one after the other; gaps are not filled."""
    decoder = av.CodecContext.create("libopus", "r")
    decoder.sample_rate = 48_000
    decoder.layout = "stereo"
    to_float = av.AudioResampler(format="flt", layout="stereo", rate=48_000)
    blocks: list[NDArray[np.float32]] = []
    for packet in packets:
        for frame in decoder.decode(av.Packet(packet.data)):
            blocks += [
                piece.to_ndarray().astype(np.float32).reshape(-1, 2) for piece in to_float.resample(frame)
            ]
    return np.concatenate(blocks)


def _luma(frame: av.VideoFrame) -> NDArray[np.uint8]:
    """(height, width) of a yuv420p picture, unscaled."""
    return frame.to_ndarray(format="yuv420p")[: frame.height].astype(np.uint8)
