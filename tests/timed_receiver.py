"""A receiver that knows when what it decodes belongs, by RTP time stamps and sender reports alone."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from statistics import median
from typing import Any

import numpy as np
from aiortc import RTCConfiguration, RTCPeerConnection, RTCRtpReceiver
from aiortc.rtp import RtcpSrPacket

from avatar_server.stage.test_card import pitch_changes, time_code_s

CLOCK_HZ = {"video": 90_000, "audio": 48_000}
LIMIT_S = 60.0
WITHIN_MS = 15.0
"""How far sound and picture of one moment may be apart."""


class TimedReceiver:
    """Collects what it decodes of the test card, and of reports the pairs (NTP seconds, RTP time)."""

    def __init__(self) -> None:
        self.connection = RTCPeerConnection(RTCConfiguration(iceServers=[]))
        self.pictures: list[tuple[int, float]] = []
        self.blocks: list[tuple[int, np.ndarray]] = []
        self.reports: dict[str, list[tuple[float, int]]] = {"video": [], "audio": []}
        self._news = asyncio.Event()
        self._receivers: dict[str, RTCRtpReceiver] = {}
        self._tasks: list[asyncio.Task[None]] = []
        for kind in ("video", "audio"):
            receiver = self.connection.addTransceiver(kind, direction="recvonly").receiver
            self._receivers[kind] = receiver
            self._note_reports(kind, receiver)
        self.connection.on("track", lambda track: self._tasks.append(asyncio.create_task(self._read(track))))

    def _note_reports(self, kind: str, receiver: RTCRtpReceiver) -> None:
        handle: Callable[[Any], Any] = receiver._handle_rtcp_packet

        async def noting(packet: Any) -> None:
            if isinstance(packet, RtcpSrPacket):
                info = packet.sender_info
                self.reports[kind].append((info.ntp_timestamp / 2**32, info.rtp_timestamp))
                self._news.set()
            await handle(packet)

        receiver._handle_rtcp_packet = noting  # type: ignore[method-assign]

    async def _read(self, track: Any) -> None:
        while True:
            frame = await track.recv()
            # aiortc counts from the first frame; reports do not.
            mapper = vars(self._receivers[track.kind])["_RTCRtpReceiver__timestamp_mapper"]
            rtp = (frame.pts + mapper._origin) & 0xFFFF_FFFF
            if track.kind == "video":
                plane = frame.planes[0]
                luma = np.frombuffer(plane, np.uint8).reshape(plane.height, plane.line_size)
                self.pictures.append((rtp, time_code_s(luma[:, : plane.width])))
            else:
                stereo = frame.to_ndarray().reshape(-1, 2)
                self.blocks.append((rtp, stereo[:, 0].astype(np.float32) / 32768))
            self._news.set()

    async def until(self, condition: Callable[[], bool]) -> None:
        async with asyncio.timeout(LIMIT_S):
            while not condition():
                self._news.clear()
                await self._news.wait()

    async def until_more(self, pictures: int, blocks: int) -> None:
        """So many of each, and another report of each kind."""
        reports = {kind: len(reports) for kind, reports in self.reports.items()}
        await self.until(
            lambda: (
                len(self.pictures) > pictures
                and len(self.blocks) > blocks
                and all(len(self.reports[kind]) > count for kind, count in reports.items())
            )
        )

    def ntp_s(self, kind: str, rtp: int) -> float:
        """By the newest sender report (RFC 3550, section 6.4.1)."""
        ntp_s, at = self.reports[kind][-1]
        ticks = (rtp - at + 2**31) % 2**32 - 2**31
        return ntp_s + ticks / CLOCK_HZ[kind]

    def skews_ms(self, pictures: slice, blocks: slice) -> list[float]:
        """How much later the sound of each second is than its picture."""
        seen_s = median(self.ntp_s("video", rtp) - time_s for rtp, time_s in self.pictures[pictures])
        heard = self.blocks[blocks]
        samples = np.concatenate([block for _, block in heard])
        ends = np.cumsum([len(block) for _, block in heard])
        apart = []
        for at, second in pitch_changes(samples):
            # By its own block: one that was lost before it shifts nothing.
            block = int(np.searchsorted(ends, at, side="right"))
            rtp, within = heard[block][0], at - int(ends[block]) + len(heard[block][1])
            apart.append(self.ntp_s("audio", rtp) + within / 48_000 - second - seen_s)
        return [1000 * ((late_s + 2.0) % 4.0 - 2.0) for late_s in apart]

    async def close(self) -> None:
        for task in self._tasks:
            task.cancel()
        await self.connection.close()
