"""A viewer made of aiortc, in this process: decodes pictures and sound, and loses packets on demand."""

from __future__ import annotations

import asyncio
import struct
from collections.abc import Callable, Sequence
from typing import Any

from aiortc import RTCConfiguration, RTCPeerConnection, RTCRtpReceiver, RTCRtpSender, RTCSessionDescription
from aiortc.mediastreams import MediaStreamError
from aiortc.rtp import RTCP_PSFB_FIR, RtcpByePacket, RtcpPsfbPacket, RtcpSrPacket, RtpPacket

from avatar_server.sinks.webrtc_peer import WebRtcPeer

LIMIT_S = 30.0


class AiortcReceiver:
    """Collects decoded frames, RTP packets and sender reports of each kind.

    loses: given each RTP packet as it arrives, retransmissions among them; those for which it is true are
    lost. aiortc asks for a packet when a later one comes, and once more only when another is missing too.
    If a retransmission is lost in quiet times, its picture and all later ones wait until 512 packets have
    come; then aiortc gives up and asks for a key picture.
    """

    def __init__(
        self,
        kinds: Sequence[str] = ("video", "audio"),
        *,
        video_codecs: Sequence[str] = ("H264", "VP8", "rtx"),
    ) -> None:
        self.connection = RTCPeerConnection(RTCConfiguration(iceServers=[]))
        self.frames: dict[str, list[Any]] = {kind: [] for kind in kinds}
        self.rtp: list[RtpPacket] = []
        self.byes: set[str] = set()
        """Kinds whose end was announced."""
        self.reports: dict[str, list[RtcpSrPacket]] = {kind: [] for kind in kinds}
        self.loses: Callable[[RtpPacket], bool] = lambda _: False
        self.connected, self.gone = asyncio.Event(), asyncio.Event()
        self._news = asyncio.Event()
        self._tasks: list[asyncio.Task[None]] = []
        for kind in kinds:
            transceiver = self.connection.addTransceiver(kind, direction="recvonly")
            if kind == "video":
                codecs = RTCRtpSender.getCapabilities(kind).codecs
                wanted = {f"video/{name}" for name in video_codecs}
                transceiver.setCodecPreferences([codec for codec in codecs if codec.mimeType in wanted])
            self._note_reports(kind, transceiver.receiver)
        self.connection.on("track", self._on_track)

    async def offer(self) -> str:
        """An offer to receive."""
        await self.connection.setLocalDescription(await self.connection.createOffer())
        sdp: str = self.connection.localDescription.sdp
        return sdp

    async def connect(self, peer: WebRtcPeer) -> str:
        """Receive what `peer` sends; gives its answer, once connected."""
        peer.listen(
            on_connected=self.connected.set, on_gone=self.gone.set, on_key_needed=lambda: self._news.set()
        )
        answer = await peer.answer(await self.offer())
        self._note_packets()
        await self.connection.setRemoteDescription(RTCSessionDescription(answer, "answer"))
        async with asyncio.timeout(LIMIT_S):
            await self.connected.wait()
        return answer

    async def until(self, condition: Callable[[], bool]) -> None:
        """Wait for something to hold of what was received; raises `TimeoutError`."""
        async with asyncio.timeout(LIMIT_S):
            while not condition():
                self._news.clear()
                await self._news.wait()

    def packets(self, kind: str) -> list[RtpPacket]:
        """RTP packets of a kind as they came, retransmissions not among them."""
        return [packet for packet in self.rtp if self.is_of(kind, packet)]

    def is_of(self, kind: str, packet: RtpPacket) -> bool:
        """Whether a packet is of a kind and no retransmission (those are numbered by themselves)."""
        index = list(self.frames).index(kind)
        codec = self.connection.getTransceivers()[index]._codecs[0]
        return packet.payload_type == codec.payloadType

    async def ask_key(self) -> None:
        """Send a picture loss indication."""
        receiver = self.connection.getTransceivers()[0].receiver
        await receiver._send_rtcp_pli(self.packets("video")[0].ssrc)

    async def ask_key_by_fir(self, *, number: int, of_whom: int | None = None) -> None:
        """Send a full intra request, as RFC 5104 wants it; of_whom: an SSRC, the pictures' if it is None."""
        receiver = self.connection.getTransceivers()[0].receiver
        own_ssrc: int = receiver._RTCRtpReceiver__rtcp_ssrc  # type: ignore[attr-defined]
        ssrc = self.packets("video")[0].ssrc if of_whom is None else of_whom
        fci = struct.pack("!IB3x", ssrc, number)
        await receiver._send_rtcp(RtcpPsfbPacket(fmt=RTCP_PSFB_FIR, ssrc=own_ssrc, media_ssrc=0, fci=fci))

    async def ask_again(self, sequences: Sequence[int]) -> None:
        """Ask for pictures' packets once more, whether they came or not."""
        receiver = self.connection.getTransceivers()[0].receiver
        await receiver._send_rtcp_nack(self.packets("video")[0].ssrc, list(sequences))

    async def close(self) -> None:
        """Hang up."""
        await self.connection.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def _note_reports(self, kind: str, receiver: RTCRtpReceiver) -> None:
        handle = receiver._handle_rtcp_packet

        async def noting(packet: Any) -> None:
            if isinstance(packet, RtcpSrPacket):
                self.reports[kind].append(packet)
            if isinstance(packet, RtcpByePacket):
                self.byes.add(kind)
            self._news.set()
            await handle(packet)

        receiver._handle_rtcp_packet = noting  # type: ignore[method-assign]

    def _note_packets(self) -> None:
        transport = self.connection.getTransceivers()[0].receiver.transport
        handle = transport._handle_rtp_data

        async def noting(data: bytes, arrival_time_ms: int) -> None:
            packet = RtpPacket.parse(data, transport._rtp_header_extensions_map)
            if self.loses(packet):
                return
            self.rtp.append(packet)
            await handle(data, arrival_time_ms)
            self._news.set()

        transport._handle_rtp_data = noting  # type: ignore[method-assign]

    def _on_track(self, track: Any) -> None:
        async def collect() -> None:
            try:
                while True:
                    self.frames[track.kind].append(await track.recv())
                    self._news.set()
            except MediaStreamError:
                pass

        self._tasks.append(asyncio.create_task(collect()))
