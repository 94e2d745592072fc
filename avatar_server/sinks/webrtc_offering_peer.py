"""A WebRTC connection that we ask for ourselves: an offer out, an answer in, then packets."""

from __future__ import annotations

import asyncio
import re

from aiortc import RTCRtpSender, RTCSessionDescription
from aiortc.exceptions import OperationError

from avatar_server.control.strict_json import MessageError
from avatar_server.sinks.session_description import SessionDescription, parse_description, reachable
from avatar_server.sinks.webrtc_aiortc import keep_first_codec
from avatar_server.sinks.webrtc_answer import stereo_answer, with_fir
from avatar_server.sinks.webrtc_offer import DYNAMIC_PAYLOAD_TYPES, Kind, ice_credentials
from avatar_server.sinks.webrtc_peer import CONNECTING_LIMIT_S, WebRtcPeer

OFFERED = {"video": ("video/H264", "video/rtx"), "audio": ("audio/opus",)}
"""Constrained baseline, and no VP8: a server that knows both might choose the dearer one."""


class OfferingPeer(WebRtcPeer):
    """Publishes to a server: one picture and one sound, which the server is to take both."""

    @property
    def kinds(self) -> frozenset[Kind]:
        """Picture and sound."""
        return frozenset(("video", "audio"))

    async def make_offer(self) -> str:
        """The offer, with all candidates inside: sendonly, in one bundle, and either side may begin DTLS."""
        for kind, mime_types in OFFERED.items():
            transceiver = self._add_sender(kind)
            codecs = RTCRtpSender.getCapabilities(kind).codecs
            transceiver.setCodecPreferences([codec for codec in codecs if codec.mimeType in mime_types])
        await self._connection.setLocalDescription(await self._connection.createOffer())
        offer = with_fir(stereo_answer(self._connection.localDescription.sdp), DYNAMIC_PAYLOAD_TYPES)
        return _with_one_fingerprint(offer)

    async def accept(self, answer_sdp: str) -> None:
        """Connect as the answer says; raises `MessageError` if it cannot be followed."""
        answer = parse_description(answer_sdp)
        for section in answer.media:
            if section.port == 0:
                raise MessageError(f"sdp: {section.kind} is declined, expected H.264 baseline and Opus")
            ice_credentials(answer, section)
            if not answer.inherited(section, "fingerprint"):
                raise MessageError("sdp: expected a=fingerprint, without which nothing can be encrypted")
        if {section.kind for section in answer.media} != self.kinds:
            raise MessageError("sdp: expected an answer to both tracks, video and audio")
        try:
            followed = RTCSessionDescription(_without_unreachable(answer, answer_sdp), "answer")
            await self._connection.setRemoteDescription(followed)
            for transceiver in self._connection.getTransceivers():
                keep_first_codec(transceiver)
        except OperationError as error:
            raise MessageError("sdp: no codec in common, expected H.264 baseline and Opus") from error
        except Exception as error:
            # As with offers: aiortc's parser fails in every way on text that is no answer.
            raise MessageError(f"sdp: cannot be followed ({type(error).__name__}: {error})") from error
        self.codec = "h264"
        if self._closing is None:
            loop = asyncio.get_running_loop()
            self._timer = loop.call_later(CONNECTING_LIMIT_S, self.give_up, "did not connect")


def _without_unreachable(answer: SessionDescription, text: str) -> str:
    """Without candidates that aioice waits for in vain, and without the end that makes it deaf to others."""
    found = (value for section in answer.media for value in section.all("candidate"))
    useful = {f"a=candidate:{value}" for value in reachable(found)}
    lines = (line.strip() for line in text.replace("\r\n", "\n").split("\n"))
    kept = (line for line in lines if not line.startswith("a=candidate:") or line in useful)
    return "".join(f"{line}\r\n" for line in kept if line and line != "a=end-of-candidates")


def _with_one_fingerprint(offer: str) -> str:
    """Without the longer hashes that aiortc adds: some servers read the first line, some the last."""
    return re.sub(r"^a=fingerprint:sha-(384|512) .*\r\n", "", offer, flags=re.MULTILINE)
