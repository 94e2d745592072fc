"""RTCP as a receiver reads and writes it (RFC 3550, RFC 4585; REMB as in draft-alvestrand-rmcat-remb)."""

from __future__ import annotations

import struct
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

SENDER_REPORT, RECEIVER_REPORT, BYE, TRANSPORT_FEEDBACK, PAYLOAD_FEEDBACK = 200, 201, 203, 205, 206
GENERIC_NACK, PICTURE_LOSS, FULL_INTRA, APPLICATION = 1, 1, 4, 15
NTP_EPOCH_S = 2_208_988_800
"""From 1900 to 1970 (RFC 5905)."""


@dataclass(frozen=True, slots=True)
class SenderReport:
    """ntp: 64-bit fixed point, seconds since 1900, at which `rtp` was the stream's RTP time."""

    ssrc: int
    ntp: int
    rtp: int
    packets: int

    @property
    def unix_s(self) -> float:
        """`ntp` in seconds since 1970."""
        return self.ntp / 2**32 - NTP_EPOCH_S


@dataclass(frozen=True, slots=True)
class ReportBlock:
    """What a receiver says of one stream, RFC 3550 section 6.4.1; delay_s: since the last sender report."""

    ssrc: int
    fraction_lost: float
    lost: int
    highest: int
    jitter: int
    last_report: int
    delay_s: float


def reports_and_byes(compound: bytes) -> tuple[list[SenderReport], list[int]]:
    """Sender reports in a compound packet, and the SSRCs that said goodbye."""
    reports: list[SenderReport] = []
    gone: list[int] = []
    for kind, count, body in _packets(compound):
        if kind == SENDER_REPORT:
            ssrc, ntp, rtp, packets = struct.unpack_from("!IQII", body)
            reports.append(SenderReport(ssrc, ntp, rtp, packets))
        elif kind == BYE:
            gone += struct.unpack_from(f"!{count}I", body)
    return reports, gone


def receiver_report(own_ssrc: int, blocks: Iterable[ReportBlock]) -> bytes:
    """A receiver report."""
    body = b"".join(
        struct.pack(
            "!IIIIII",
            block.ssrc,
            min(round(block.fraction_lost * 256), 255) << 24 | min(max(block.lost, 0), 0x7F_FFFF),
            block.highest & 0xFFFF_FFFF,
            block.jitter,
            block.last_report,
            round(block.delay_s * 65536) & 0xFFFF_FFFF,
        )
        for block in blocks
    )
    return _packet(RECEIVER_REPORT, len(body) // 24, struct.pack("!I", own_ssrc) + body)


def nack(own_ssrc: int, ssrc: int, sequences: list[int]) -> bytes:
    """Asks for lost packets, given by their 16-bit numbers (RFC 4585, section 6.2.1)."""
    entries: list[list[int]] = []
    for sequence in sequences:
        behind = (sequence - entries[-1][0]) & 0xFFFF if entries else 0
        if entries and 1 <= behind <= 16:
            entries[-1][1] |= 1 << (behind - 1)
        else:
            entries.append([sequence & 0xFFFF, 0])
    body = b"".join(struct.pack("!HH", *entry) for entry in entries)
    return _packet(TRANSPORT_FEEDBACK, GENERIC_NACK, struct.pack("!II", own_ssrc, ssrc) + body)


def picture_loss(own_ssrc: int, ssrc: int) -> bytes:
    """Asks for a key picture (RFC 4585, section 6.3.1)."""
    return _packet(PAYLOAD_FEEDBACK, PICTURE_LOSS, struct.pack("!II", own_ssrc, ssrc))


def full_intra(own_ssrc: int, ssrc: int, number: int) -> bytes:
    """Asks for a key picture as a mixer does (RFC 5104, section 4.3.1); number: one more for each request."""
    body = struct.pack("!IIIB3x", own_ssrc, 0, ssrc, number & 0xFF)
    return _packet(PAYLOAD_FEEDBACK, FULL_INTRA, body)


def estimate(own_ssrc: int, ssrcs: list[int], bits_per_second: int) -> bytes:
    """REMB: how much the receiver believes it can take."""
    exponent = max(0, bits_per_second.bit_length() - 18)
    rate = exponent << 18 | bits_per_second >> exponent
    body = struct.pack("!II4sI", own_ssrc, 0, b"REMB", len(ssrcs) << 24 | rate)
    return _packet(PAYLOAD_FEEDBACK, APPLICATION, body + struct.pack(f"!{len(ssrcs)}I", *ssrcs))


def _packet(kind: int, count: int, body: bytes) -> bytes:
    return struct.pack("!BBH", 0x80 | count, kind, len(body) // 4) + body


def _packets(compound: bytes) -> Iterator[tuple[int, int, bytes]]:
    while len(compound) >= 4:
        first, kind, words = struct.unpack_from("!BBH", compound)
        yield kind, first & 0x1F, compound[4 : 4 + 4 * words]
        compound = compound[4 + 4 * words :]
