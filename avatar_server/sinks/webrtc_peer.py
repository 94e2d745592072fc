"""One viewer's WebRTC connection: an offer in, an answer out, then packets."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable

from aiortc import RTCConfiguration, RTCPeerConnection, RTCRtpSender, RTCSessionDescription
from aiortc.exceptions import OperationError

from avatar_server.control.strict_json import MessageError
from avatar_server.encode.live_packet import CLOCK_HZ, LivePacket
from avatar_server.sinks.webrtc_aiortc import MediaClock, SenderHooks
from avatar_server.sinks.webrtc_offer import passive_answer, stereo_answer, usable_offer
from avatar_server.sinks.webrtc_track import PacketTrack

log = logging.getLogger(__name__)

CONNECTING_LIMIT_S = 15.0
"""aioice waits for ever for somebody who never comes."""


class WebRtcPeer:
    """Sends packets to one browser, from `on_connected` until `on_gone`, which comes once.

    request_key: called when the browser, or an overflow, needs a key picture.
    """

    def __init__(
        self,
        *,
        media_clock: MediaClock,
        request_key: Callable[[], None],
        on_connected: Callable[[], None],
        on_gone: Callable[[], None],
    ) -> None:
        # Without servers named here aiortc asks a public one, which stalls where there is no network.
        self._connection = RTCPeerConnection(RTCConfiguration(iceServers=[]))
        self._request_key = request_key
        self._on_connected = on_connected
        self._on_gone = on_gone
        self._tracks = {"video": PacketTrack("video"), "audio": PacketTrack("audio")}
        self._hooks: dict[str, SenderHooks] = {}
        for kind, mime_types in (("video", ("video/H264", "video/rtx")), ("audio", ("audio/opus",))):
            transceiver = self._connection.addTransceiver(self._tracks[kind], direction="sendonly")
            # Preferences count only if the transceiver exists before the offer is looked at.
            codecs = RTCRtpSender.getCapabilities(kind).codecs
            transceiver.setCodecPreferences([codec for codec in codecs if codec.mimeType in mime_types])
            self._hooks[kind] = SenderHooks(
                transceiver.sender,
                clock_hz=CLOCK_HZ[kind],
                media_clock=media_clock,
                request_key=request_key,
            )
        self._closing: asyncio.Task[None] | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._connection.on("connectionstatechange", self._on_state)

    @property
    def rtp_origin(self) -> int | None:
        """RTP time stamp of the video at stream time 0, as this viewer sees it, once it is known."""
        return self._hooks["video"].rtp_origin

    async def answer(self, offer_sdp: str) -> str:
        """The answer to a viewer's offer; raises `MessageError` if there is none."""
        offer = RTCSessionDescription(usable_offer(offer_sdp), "offer")
        try:
            await self._connection.setRemoteDescription(offer)
            answer = await self._connection.createAnswer()
            passive = RTCSessionDescription(passive_answer(answer.sdp), "answer")
            await self._connection.setLocalDescription(passive)
        except OperationError as error:
            raise MessageError("sdp: no codec in common, expected H.264 baseline and Opus") from error
        except Exception as error:
            # aiortc's parser was not made for strangers: it fails in every way on text that is no offer.
            raise MessageError(f"sdp: cannot be followed ({type(error).__name__}: {error})") from error
        self._timer = asyncio.get_running_loop().call_later(CONNECTING_LIMIT_S, self._give_up)
        return stereo_answer(self._connection.localDescription.sdp)

    def send(self, packet: LivePacket) -> None:
        """Put a packet on its way."""
        if not self._tracks[packet.kind].push(packet):
            self._request_key()

    async def close(self) -> None:
        """Hang up; closing twice is fine."""
        if self._timer is not None:
            self._timer.cancel()
        # A connection that never connected does not stop its tracks by itself.
        for track in self._tracks.values():
            track.stop()
        try:
            await self._connection.close()
        except AttributeError:
            # After an offer that could be followed halfway only, aiortc misses a transport.
            log.debug("a half-made connection", exc_info=True)

    def _on_state(self) -> None:
        state = self._connection.connectionState
        if state == "connected":
            if self._timer is not None:
                self._timer.cancel()
            self._on_connected()
        elif state in ("failed", "closed"):
            self._give_up()

    def _give_up(self) -> None:
        if self._closing is None:
            self._closing = asyncio.get_running_loop().create_task(self.close(), name="peer closing")
            self._on_gone()
