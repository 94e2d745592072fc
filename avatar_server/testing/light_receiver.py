"""A viewer that is real on the wire and costs little: ICE, DTLS, SRTP, reports, requests for lost packets.

RTP headers are not encrypted, so pictures and blocks of sound are counted without touching what is in
them; only the first picture is decrypted, to see that it is a key picture. With a `Witness` everything is.
"""

from __future__ import annotations

import secrets
import socket
import time
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray
from pylibsrtp import Error as SrtpError

from avatar_server.encode.live_packet import CLOCK_HZ
from avatar_server.testing import rtcp
from avatar_server.testing.datagram_batch import DatagramBatch, Datagrams, prepare
from avatar_server.testing.receiver_link import Identity, ReceiverLink
from avatar_server.testing.receiver_offer import Accepted, accepted, offer
from avatar_server.testing.rtp_depacketiser import access_unit, payload_of
from avatar_server.testing.rtp_reception import Frames, Headers, Reception
from avatar_server.testing.witness import Witness

REPORT_PERIOD_S = 1.0
ESTIMATE_BPS = 20_000_000
"""What the receiver claims to be able to take."""


@dataclass(slots=True)
class FrameLog:
    """Whole frames of one kind: RTP time stamps, and arrival of their first and last packets."""

    stamp: list[NDArray[np.int64]] = field(default_factory=list)
    begun_ns: list[NDArray[np.int64]] = field(default_factory=list)
    whole_ns: list[NDArray[np.int64]] = field(default_factory=list)
    count: int = 0

    def add(self, frames: Frames) -> None:
        """More frames."""
        self.count += len(frames.stamp)
        self.stamp.append(frames.stamp)
        self.begun_ns.append(frames.begun_ns)
        self.whole_ns.append(frames.whole_ns)

    def between(self, from_ns: int, until_ns: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """(stamps, arrivals of first packets) of frames that were whole within the time given."""
        if not self.count:
            return np.zeros(0, np.int64), np.zeros(0, np.int64)
        whole_ns = np.concatenate(self.whole_ns)
        chosen = (whole_ns >= from_ns) & (whole_ns < until_ns)
        return np.concatenate(self.stamp)[chosen], np.concatenate(self.begun_ns)[chosen]


class LightReceiver:
    """One viewer. Send `offer` to a server, `begin` with its answer, then `poll` as often as you like."""

    def __init__(
        self,
        host: str,
        batch: DatagramBatch,
        identity: Identity,
        *,
        witness: Witness | None = None,
        codecs: tuple[str, ...] = ("h264", "vp8"),
        estimate_bps: int = ESTIMATE_BPS,
    ) -> None:
        """host: the address of this machine to receive at."""
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        self.endpoint = socket.socket(family, socket.SOCK_DGRAM)
        self.endpoint.bind((host, 0))
        prepare(self.endpoint)
        self._batch = batch
        self.link = ReceiverLink(self.endpoint, identity)
        self.offer = offer(self.link.own, self.endpoint.getsockname()[:2], codecs)
        self._ssrc = secrets.randbits(32)
        self.accepted: Accepted | None = None
        self.estimate_bps = estimate_bps
        self.receptions: dict[str, Reception] = {}
        self.logs = {"video": FrameLog(), "audio": FrameLog()}
        self.joined_ns: int | None = None
        """When the first key picture was whole, CLOCK_REALTIME."""
        self.is_over = False
        """Whether the server said goodbye."""
        self.key_requests = 0
        self._witness = witness
        self._payloads: dict[int, bytes] = {}
        self._next_report_s = 0.0

    def begin(self, answer: str) -> None:
        """Connect to whoever answered; raises `ValueError` for an answer that is none."""
        self.accepted = accepted(answer)
        self.link.begin(self.accepted, time.monotonic())

    def poll(self) -> None:
        """Take all that has come, and send what is due."""
        now_s = time.monotonic()
        while (datagrams := self._receive()) is not None:
            self._take(datagrams, now_s)
        self.link.tick(now_s)
        for kind, reception in self.receptions.items():
            if reception.give_up(now_s) and kind == "video":
                self.request_key()
                if self._witness is not None:
                    self._witness.lose()
            if asked := reception.to_ask_for(now_s):
                self.link.send_rtcp(self._empty_report() + rtcp.nack(self._ssrc, reception.ssrc, asked))
        if self.receptions and now_s >= self._next_report_s:
            self._next_report_s = now_s + REPORT_PERIOD_S
            self._report(now_s)

    def request_key(self) -> None:
        """Ask for a key picture."""
        if video := self.receptions.get("video"):
            self.key_requests += 1
            self.link.send_rtcp(self._empty_report() + rtcp.picture_loss(self._ssrc, video.ssrc))

    def close(self, *, goodbye: bool = True) -> None:
        """Go; without `goodbye` as somebody does whose network has failed."""
        if goodbye:
            self.link.say_goodbye()
        self.endpoint.close()

    def _receive(self) -> Datagrams | None:
        try:
            return self._batch.receive(self.endpoint)
        except ConnectionRefusedError:  # The server's socket is gone.
            return None

    def _take(self, datagrams: Datagrams, now_s: float) -> None:
        head = datagrams.buffer[datagrams.start[:, np.newaxis] + np.arange(12)]
        kind = head[:, 1]
        is_rtp = (head[:, 0] >> 6 == 2) & ((kind < 192) | (kind > 223)) & (datagrams.size >= 12)
        for index in np.flatnonzero(~is_rtp):
            data = datagrams.data(int(index))
            if data and data[0] >> 6 == 2:
                self._take_rtcp(data, now_s)
            else:
                self.link.on_datagram(data, self._batch.source(int(datagrams.message[index])))
        if self.accepted is None:
            return
        payload_type = kind & 0x7F
        for name, number in (("video", self.accepted.video), ("audio", self.accepted.audio)):
            mine = np.flatnonzero(is_rtp & (payload_type == number))
            if len(mine):
                self._take_media(name, head[mine], datagrams, mine, now_s)
        if self.accepted.retransmission is not None:
            for index in np.flatnonzero(is_rtp & (payload_type == self.accepted.retransmission)):
                self._take_again(datagrams, int(index), now_s)

    def _take_media(
        self,
        name: str,
        head: NDArray[np.uint8],
        datagrams: Datagrams,
        indices: NDArray[np.intp],
        now_s: float,
    ) -> None:
        reception = self.receptions.get(name)
        if reception is None:
            ssrc = int.from_bytes(head[0, 8:12].tobytes(), "big")
            reception = Reception(ssrc, CLOCK_HZ[name], has_markers=name == "video")
            self.receptions[name] = reception
        words = head.astype(np.int64)
        headers = Headers(
            sequence=words[:, 2] << 8 | words[:, 3],
            stamp=words[:, 4] << 24 | words[:, 5] << 16 | words[:, 6] << 8 | words[:, 7],
            marker=head[:, 1] >= 0x80,
            arrival_ns=datagrams.arrival_ns[indices],
        )
        if self._looks_inside(name):
            for index, sequence in zip(indices, headers.sequence, strict=True):
                packet = self._unprotected(datagrams.data(int(index)))
                if packet is not None:
                    self._payloads[self._slot(name, int(sequence))] = payload_of(packet)
        self._take_frames(name, reception.add(headers, now_s))

    def _take_again(self, datagrams: Datagrams, index: int, now_s: float) -> None:
        packet = self._unprotected(datagrams.data(index))
        reception = self.receptions.get("video")
        payload = payload_of(packet) if packet else b""
        if packet is None or reception is None or len(payload) < 2:
            return
        sequence = int.from_bytes(payload[:2], "big")
        if self._looks_inside("video"):
            self._payloads[self._slot("video", sequence)] = payload[2:]
        stamp, marker = int.from_bytes(packet[4:8], "big"), packet[1] >= 0x80
        arrival_ns = int(datagrams.arrival_ns[index])
        self._take_frames("video", reception.add_again(sequence, stamp, marker, arrival_ns, now_s))

    def _take_rtcp(self, data: bytes, now_s: float) -> None:
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
        self.is_over = self.is_over or bool(gone)

    def _take_frames(self, name: str, frames: Frames) -> None:
        self.logs[name].add(frames)
        if not self._looks_inside(name):
            return
        assert self.accepted is not None
        for place in range(len(frames.stamp)):
            numbers = range(int(frames.first[place]), int(frames.last[place]) + 1)
            payloads = [self._payloads.pop(self._slot(name, number), b"") for number in numbers]
            stamp = int(frames.stamp[place])
            if not all(payloads):  # They came before there were keys.
                continue
            if name == "audio":
                if self._witness is not None:
                    self._witness.on_sound(payloads[0], stamp)
                continue
            data, key = access_unit(self.accepted.codec, payloads)
            if key and self.joined_ns is None:
                self.joined_ns = int(frames.whole_ns[place])
            if self._witness is not None and not self._witness.on_picture(
                self.accepted.codec, data, key=key, stamp=stamp
            ):
                self.request_key()
        if self._witness is None and self.joined_ns is not None:
            self._payloads.clear()

    def _looks_inside(self, name: str) -> bool:
        return self._witness is not None or (name == "video" and self.joined_ns is None)

    def _slot(self, name: str, sequence: int) -> int:
        """Where a packet's payload is kept."""
        return (sequence & 0xFFFF) | (0x10000 if name == "audio" else 0)

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
