"""One viewer's WebRTC connection: an offer in, an answer out, then packets."""

from __future__ import annotations

import asyncio
import logging
import secrets
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from aiortc import (
    RTCConfiguration,
    RTCIceServer,
    RTCPeerConnection,
    RTCRtpSender,
    RTCRtpTransceiver,
    RTCSessionDescription,
)
from aiortc.exceptions import OperationError
from aiortc.sdp import candidate_from_sdp

from avatar_server.control.strict_json import MessageError
from avatar_server.encode.live_packet import VideoCodec
from avatar_server.sinks.backlog import Backlog
from avatar_server.sinks.media_clock import MediaClock
from avatar_server.sinks.receiver_feedback import PeerStats
from avatar_server.sinks.rtp_packetiser import RtpFrame
from avatar_server.sinks.silence import Silence
from avatar_server.sinks.webrtc_aiortc import agree_on_playout_delay, keep_first_codec
from avatar_server.sinks.webrtc_aiortc_sender import PLAYOUT_DELAY, PacketSender
from avatar_server.sinks.webrtc_answer import full_answer, passive_answer, stereo_answer, with_fir
from avatar_server.sinks.webrtc_offer import Kind, UnfitOfferError, ViewerOffer, read_offer

log = logging.getLogger(__name__)

CONNECTING_LIMIT_S = 15.0
"""aioice waits for ever for somebody who never comes."""

CHECK_PERIOD_S = 1.0
RETRY_S = 0.005
"""A socket that is full is tried again after this; its buffer takes about 20 ms of a slow 100 Mbit/s link."""

MIME_TYPES = {"video": ("video/H264", "video/VP8", "video/rtx"), "audio": ("audio/opus",)}
"""In the order of preference: VP8 is a second encode, only for who has no H.264."""


@dataclass(frozen=True, slots=True)
class IceServer:
    """A STUN or TURN server: `stun:host:port` or `turn:host:port?transport=tcp`."""

    url: str
    username: str | None = None
    credential: str | None = None


class WebRtcPeer:
    """Sends frames to one viewer, from `on_connected` until `on_gone`, which comes once.

    on_key_needed: called when the viewer, or an overflow, needs a key picture.
    """

    def __init__(
        self,
        *,
        media_clock: MediaClock,
        ice_servers: Sequence[IceServer] = (),
        on_connected: Callable[[], None] = lambda: None,
        on_gone: Callable[[], None] = lambda: None,
        on_key_needed: Callable[[], None] = lambda: None,
    ) -> None:
        self.id = secrets.token_urlsafe(12)
        self.stats = PeerStats()
        self.codec: VideoCodec | None = None
        """Of the pictures, once the offer is answered; None where only sound is asked for."""
        self.offer: ViewerOffer | None = None
        """What the viewer asked for, once it is answered."""
        self.connected = False
        self.gone_because: str | None = None
        self._media_clock = media_clock
        self._on_connected = [on_connected]
        self._on_gone = [on_gone]
        self._on_key_needed = [on_key_needed]
        # Without servers named here aiortc asks a public one, which stalls where there is no network.
        servers = [RTCIceServer(server.url, server.username, server.credential) for server in ice_servers]
        self._connection = RTCPeerConnection(RTCConfiguration(iceServers=servers))
        self._senders: dict[str, PacketSender] = {}
        self._backlog = Backlog()
        self._flowing = False
        """Whether everything that was sent is on its way, so that the next frame need not wait."""
        self._silence = Silence(0.0)
        self._sent_s = 0.0
        self._timer: asyncio.TimerHandle | None = None
        self._retry: asyncio.TimerHandle | None = None
        self._closing: asyncio.Task[None] | None = None
        self._connection.on("connectionstatechange", self._on_state)

    def listen(
        self,
        *,
        on_connected: Callable[[], None],
        on_gone: Callable[[], None],
        on_key_needed: Callable[[], None],
    ) -> None:
        """Tell somebody else, too."""
        self._on_connected.append(on_connected)
        self._on_gone.append(on_gone)
        self._on_key_needed.append(on_key_needed)

    @property
    def rtp_origin(self) -> int | None:
        """RTP time stamp of the video at stream time 0, as this viewer sees it, once it is known."""
        sender = self._senders.get("video")
        return None if sender is None else sender.rtp_origin

    @property
    def kinds(self) -> frozenset[Kind]:
        """What the viewer asked for."""
        return frozenset() if self.offer is None else self.offer.kinds

    @property
    def waits_for_key(self) -> bool:
        """Whether the viewer can use no picture before the next key picture."""
        return self.connected and "video" in self._senders and self._backlog.waits_for_key

    async def answer(self, offer_sdp: str) -> str:
        """The answer to a viewer's offer, with all candidates inside.

        Raises `UnfitOfferError` if nothing in it can be sent, `MessageError` if it cannot be followed.
        """
        offer = self.offer = read_offer(offer_sdp)
        video = None
        for track in offer.tracks:
            transceiver = self._add_sender(track.kind)
            video = (transceiver, track) if track.kind == "video" else video
        try:
            await self._connection.setRemoteDescription(RTCSessionDescription(offer.sdp, "offer"))
            if video is not None:
                transceiver, track = video
                self.codec = "h264" if keep_first_codec(transceiver) == "h264" else "vp8"
                agree_on_playout_delay(transceiver, track.extension_id(PLAYOUT_DELAY))
            answer = await self._connection.createAnswer()
            passive = RTCSessionDescription(passive_answer(answer.sdp), "answer")
            await self._connection.setLocalDescription(passive)
        except OperationError as error:
            raise UnfitOfferError(
                "sdp: no codec in common, expected H.264 baseline or VP8, and Opus"
            ) from error
        except Exception as error:
            # aiortc's parser was not made for strangers: it fails in every way on text that is no offer.
            raise MessageError(f"sdp: cannot be followed ({type(error).__name__}: {error})") from error
        if self._closing is None:
            loop = asyncio.get_running_loop()
            self._timer = loop.call_later(CONNECTING_LIMIT_S, self.give_up, "did not connect")
        answered = stereo_answer(self._connection.localDescription.sdp)
        return full_answer(offer, with_fir(answered, offer.fir_payload_types))

    async def add_candidates(self, candidates: Sequence[str]) -> None:
        """Knock also at addresses that the viewer found later: values of `a=candidate`, see `reachable`."""
        assert self.offer is not None
        for candidate in candidates:
            found = candidate_from_sdp(candidate)
            # Both tracks share a transport, which aiortc knows by the first.
            found.sdpMid = self.offer.tracks[0].mid
            await self._connection.addIceCandidate(found)

    def send(self, frame: RtpFrame) -> None:
        """Put a frame on its way, or keep it for a second if the way is blocked."""
        if not self.connected or frame.kind not in self._senders or not self._backlog.admits(frame):
            return
        if self._flowing:
            self._send_now(frame)
            return
        if not self._backlog.push(frame):
            self._need_key()
        self._count_backlog()

    def skip_to_key(self) -> None:
        """The viewer cannot be served in time: send no picture before the next key picture.

        None is asked for at once: more of them would only add to what the machine cannot do, see
        `seat.KEY_PATIENCE_S`.
        """
        self._backlog.skip_to_key()
        self._count_backlog()

    def give_up(self, reason: str) -> None:
        """Hang up without waiting, and tell why."""
        if self._closing is None:
            self.gone_because = reason
            self._closing = asyncio.get_running_loop().create_task(self.close(), name="peer closing")
            for tell in self._on_gone:
                tell()

    async def close(self) -> None:
        """Hang up; closing twice is fine."""
        self._cancel_timers()
        self.connected = False
        try:
            await self._connection.close()
        except AttributeError:
            # After an offer that could be followed halfway only, aiortc misses a transport.
            log.debug("a half-made connection", exc_info=True)

    def _add_sender(self, kind: str) -> RTCRtpTransceiver:
        transceiver = self._connection.addTransceiver(kind, direction="sendonly")
        # Preferences count only if the transceiver exists before the offer is looked at.
        codecs = RTCRtpSender.getCapabilities(kind).codecs
        preferred = [codec for mime in MIME_TYPES[kind] for codec in codecs if codec.mimeType == mime]
        transceiver.setCodecPreferences(preferred)
        self._senders[kind] = PacketSender(
            transceiver,
            media_clock=self._media_clock,
            stats=self.stats,
            on_key_needed=self._need_key,
            on_report=self._note_report,
            on_heard=lambda: self._silence.heard(time.monotonic()),
        )
        return transceiver

    def _on_state(self) -> None:
        state = self._connection.connectionState
        if state == "connected" and not self.connected and self._closing is None:
            for sender in self._senders.values():
                sender.connect()
            self._cancel_timers()
            self._sent_s = time.monotonic()
            self._silence = Silence(self._sent_s)
            self.connected = self._flowing = True
            self._timer = asyncio.get_running_loop().call_later(CHECK_PERIOD_S, self._check)
            for tell in self._on_connected:
                tell()
        elif state in ("failed", "closed"):
            self.give_up(state)

    def _check(self) -> None:
        now_s = time.monotonic()
        if now_s - self._sent_s > 2 * CHECK_PERIOD_S:
            self._silence.excused(now_s)
        if self._silence.is_too_long(now_s):
            self.give_up(f"silent for {self._silence.limit_s:.0f} s")
            return
        self._timer = asyncio.get_running_loop().call_later(CHECK_PERIOD_S, self._check)
        try:
            # While nothing is played: players may count on reports.
            for sender in self._senders.values():
                sender.report(now_s)
        except ConnectionError as error:
            self.give_up(str(error))

    def _send_now(self, frame: RtpFrame) -> None:
        self._sent_s = time.monotonic()
        try:
            self._flowing = self._senders[frame.kind].send(frame, self._sent_s)
        except ConnectionError as error:
            self.give_up(str(error))
            return
        if not self._flowing:
            self._retry = asyncio.get_running_loop().call_later(RETRY_S, self._flush)

    def _flush(self) -> None:
        try:
            self._flowing = all(sender.flush() for sender in self._senders.values())
        except ConnectionError as error:
            self.give_up(str(error))
            return
        if not self._flowing:
            self._retry = asyncio.get_running_loop().call_later(RETRY_S, self._flush)
        while self._flowing and (frame := self._backlog.pop()) is not None:
            self._send_now(frame)
        self._count_backlog()

    def _count_backlog(self) -> None:
        self.stats.queued, self.stats.dropped = len(self._backlog), self._backlog.dropped

    def _note_report(self) -> None:
        self.stats.fraction_lost = max(sender.fraction_lost for sender in self._senders.values())

    def _need_key(self) -> None:
        for tell in self._on_key_needed:
            tell()

    def _cancel_timers(self) -> None:
        for timer in (self._timer, self._retry):
            if timer is not None:
                timer.cancel()
