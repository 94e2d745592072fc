"""A viewer that is real on the wire and costs little: ICE, DTLS, SRTP, reports, requests for lost packets.

RTP headers are not encrypted, so pictures and blocks of sound are counted without touching what is in
them; only the first picture is decrypted, to see that it is a key picture. With a `Witness` everything is.
"""

from __future__ import annotations

import itertools
import secrets
import socket
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from pylibsrtp import Error as SrtpError

from avatar_server.encode.live_packet import CLOCK_HZ
from avatar_server.testing import rtcp
from avatar_server.testing.datagram_batch import prepare
from avatar_server.testing.receiver_link import Identity, ReceiverLink
from avatar_server.testing.receiver_offer import Accepted, accepted, offer
from avatar_server.testing.rtp_depacketiser import access_unit, payload_of
from avatar_server.testing.rtp_reception import GIVE_UP_S, NO_FRAMES, Frames, Headers, Reception
from avatar_server.testing.witness import Witness

REPORT_PERIOD_S = 1.0
KEY_REQUEST_PERIOD_S = 0.5
ESTIMATE_BPS = 20_000_000
"""What the receiver claims to be able to take."""

VIDEO, AUDIO, AGAIN, UNKNOWN = range(4)
"""What a packet is, by its payload type: picture, sound, one that was lost before, nothing of ours."""

NAMES = ("video", "audio")
_numbers = itertools.count()


class LightReceiver:
    """One viewer: send `offer` to a server, and `begin` with its answer. A `ReceiverGroup` feeds it."""

    def __init__(
        self,
        host: str,
        identity: Identity,
        *,
        witness: Witness | None = None,
        codecs: tuple[str, ...] = ("h264", "vp8"),
        estimate_bps: int = ESTIMATE_BPS,
        patience_s: float = GIVE_UP_S,
        asks: bool = True,
        by_fir: bool = False,
    ) -> None:
        """host: the address of this machine to receive at.

        patience_s: after that time a missing packet is given up, and a key picture asked for. asks: whether
        missing packets are asked for before. by_fir: whether key pictures are asked for by full intra
        requests, and not by picture loss indications.
        """
        self.number = next(_numbers)
        """Different for every receiver of a process."""
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        self.endpoint = socket.socket(family, socket.SOCK_DGRAM)
        self.endpoint.bind((host, 0))
        prepare(self.endpoint)
        self.link = ReceiverLink(self.endpoint, identity)
        self.offer = offer(self.link.own, self.endpoint.getsockname()[:2], codecs)
        self._ssrc = secrets.randbits(32)
        self.accepted: Accepted | None = None
        self.kinds = np.full(128, UNKNOWN, np.uint8)
        """By payload type."""
        self.estimate_bps = estimate_bps
        self.receptions: dict[int, Reception] = {}
        """By `VIDEO` and `AUDIO`."""
        self.joined_ns: int | None = None
        """When the first key picture was whole, CLOCK_REALTIME."""
        self.said_bye = False
        """Whether the server ended a stream by RTCP."""
        self.key_requests = 0
        self._patience_s = patience_s
        self._asks = asks
        self._by_fir = by_fir
        self.witness = witness
        self._payloads: dict[int, bytes] = {}
        self._next_report_s = 0.0
        self._ask_for_the_first = False
        """Whether there are pictures, and nothing to begin with."""
        self._next_key_request_s = 0.0

    def begin(self, answer: str, now_s: float) -> None:
        """Connect to whoever answered; raises `ValueError` for an answer that is none."""
        self.accepted = accepted(answer)
        self.kinds[self.accepted.video] = VIDEO
        self.kinds[self.accepted.audio] = AUDIO
        if self.accepted.retransmission is not None:
            self.kinds[self.accepted.retransmission] = AGAIN
        self.link.begin(self.accepted, now_s)

    @property
    def waits_for(self) -> str:
        """What has to come before there is a picture, in words."""
        if self.link.remote is None:
            return "answer to a connectivity check"
        if self.link.protection is None:
            return "DTLS handshake"
        return "whole key picture" if VIDEO in self.receptions else "packet"

    @property
    def is_over(self) -> bool:
        """Whether the server has hung up."""
        return self.said_bye or self.link.is_closed

    def tick(self, now_s: float) -> None:
        """Send what is due."""
        self.link.tick(now_s)
        for kind, reception in self.receptions.items():
            if not reception.missing:
                continue
            if reception.give_up(now_s) and kind == VIDEO:
                self.request_key()
                if self.witness is not None:
                    self.witness.lose()
            if asked := reception.to_ask_for(now_s):
                self.link.send_rtcp(self._empty_report() + rtcp.nack(self._ssrc, reception.ssrc, asked))
        if self._ask_for_the_first and self.joined_ns is None and now_s >= self._next_key_request_s:
            self._next_key_request_s = now_s + KEY_REQUEST_PERIOD_S
            self.request_key()
        if self.receptions and now_s >= self._next_report_s:
            self._next_report_s = now_s + REPORT_PERIOD_S
            self._report(now_s)

    def request_key(self) -> None:
        """Ask for a key picture."""
        if video := self.receptions.get(VIDEO):
            self.key_requests += 1
            if self._by_fir:
                asked = rtcp.full_intra(self._ssrc, video.ssrc, self.key_requests)
            else:
                asked = rtcp.picture_loss(self._ssrc, video.ssrc)
            self.link.send_rtcp(self._empty_report() + asked)

    def close(self, *, goodbye: bool = True) -> None:
        """Go; without `goodbye` as somebody does whose network has failed."""
        if goodbye:
            self.link.say_goodbye()
        self.endpoint.close()

    def looks_inside(self, kind: int) -> bool:
        """Whether packets of this kind are decrypted."""
        return self.witness is not None or (kind == VIDEO and self.joined_ns is None)

    def take_media(self, kind: int, packets: Sequence[bytes], headers: Headers, now_s: float) -> Frames:
        """Packets of picture or sound; their bytes are needed only where `looks_inside`."""
        reception = self.receptions.get(kind)
        if reception is None:
            ssrc = int.from_bytes(packets[0][8:12], "big")
            reception = Reception(
                ssrc,
                CLOCK_HZ[NAMES[kind]],
                has_markers=kind == VIDEO,
                patience_s=self._patience_s,
                asks=self._asks,
            )
            self.receptions[kind] = reception
        if self.looks_inside(kind):
            for packet, sequence in zip(packets, headers.sequence.tolist(), strict=True):
                bare = self._unprotected(packet)
                if bare is not None:
                    self._payloads[_slot(kind, sequence)] = payload_of(bare)
        return self._taken(kind, reception.add(headers, now_s))

    def take_again(self, packet: bytes, arrival_ns: int, now_s: float) -> Frames:
        """A retransmission (RFC 4588), whose original number is encrypted."""
        bare = self._unprotected(packet)
        reception = self.receptions.get(VIDEO)
        payload = payload_of(bare) if bare else b""
        if bare is None or reception is None or len(payload) < 2:
            return NO_FRAMES
        sequence = int.from_bytes(payload[:2], "big")
        if self.looks_inside(VIDEO):
            self._payloads[_slot(VIDEO, sequence)] = payload[2:]
        stamp, marker = int.from_bytes(bare[4:8], "big"), bare[1] >= 0x80
        return self._taken(VIDEO, reception.add_again(sequence, stamp, marker, arrival_ns, now_s))

    def take_rtcp(self, data: bytes, now_s: float) -> None:
        """A protected compound packet."""
        if self.link.protection is None:
            return
        try:
            compound = self.link.protection[0].unprotect_rtcp(data)
        except SrtpError:
            return
        reports, gone = rtcp.reports_and_byes(compound)
        by_ssrc = {reception.ssrc: reception for reception in self.receptions.values()}
        for report in reports:
            if report.ssrc in by_ssrc:
                by_ssrc[report.ssrc].note_report(report, now_s)
        self.said_bye = self.said_bye or bool(gone)

    def _taken(self, kind: int, frames: Frames) -> Frames:
        if not self.looks_inside(kind):
            return frames
        if kind == VIDEO and self.joined_ns is None and len(frames.stamp):
            self._ask_for_the_first = True
        for place, stamp in enumerate(frames.stamp.tolist()):
            numbers = range(int(frames.first[place]), int(frames.last[place]) + 1)
            payloads = [self._payloads.pop(_slot(kind, number), b"") for number in numbers]
            if not all(payloads):  # They came before there were keys.
                continue
            if kind == VIDEO:
                self._look_at(payloads, stamp, int(frames.whole_ns[place]))
            elif self.witness is not None:
                self.witness.on_sound(payloads[0], stamp)
        if not self.looks_inside(kind):
            self._payloads.clear()
        return frames

    def _look_at(self, payloads: list[bytes], stamp: int, whole_ns: int) -> None:
        assert self.accepted is not None
        codec = self.accepted.codec
        data, key = access_unit(codec, payloads)
        if key and self.joined_ns is None:
            self.joined_ns = whole_ns
        if self.witness is not None and not self.witness.on_picture(codec, data, key=key, stamp=stamp):
            self.request_key()

    def _unprotected(self, data: bytes) -> bytes | None:
        if self.link.protection is None:
            return None
        try:
            return self.link.protection[0].unprotect(data)
        except SrtpError:  # Sent twice, or nonsense.
            return None

    def _report(self, now_s: float) -> None:
        blocks = [reception.report_block(now_s) for reception in self.receptions.values()]
        compound = rtcp.receiver_report(self._ssrc, blocks)
        ssrcs = [block.ssrc for block in blocks]
        self.link.send_rtcp(compound + rtcp.estimate(self._ssrc, ssrcs, self.estimate_bps))

    def _empty_report(self) -> bytes:
        """Every compound packet begins with a report (RFC 3550, section 6.1)."""
        return rtcp.receiver_report(self._ssrc, ())


def _slot(kind: int, sequence: int) -> int:
    """Where a packet's payload is kept."""
    return (sequence & 0xFFFF) | kind << 16


def headers_of(head: NDArray[np.uint8], arrival_ns: NDArray[np.int64]) -> Headers:
    """From the first twelve bytes of each packet, (count, 12)."""
    words = head.astype(np.int64)
    return Headers(
        sequence=words[:, 2] << 8 | words[:, 3],
        stamp=words[:, 4] << 24 | words[:, 5] << 16 | words[:, 6] << 8 | words[:, 7],
        marker=head[:, 1] >= 0x80,
        arrival_ns=arrival_ns,
    )
