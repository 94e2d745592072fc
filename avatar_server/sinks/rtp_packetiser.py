"""Encoded pictures and sound to RTP payloads, once for everybody who receives them (pure).

H.264 after RFC 6184 in packetisation mode 1: single NAL units, small ones together (STAP-A), large ones in
fragments (FU-A). VP8 after RFC 7741 with 15-bit picture ids. An Opus packet is a payload as it is (RFC 7587).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from avatar_server.encode.live_packet import LivePacket, VideoStream
from avatar_server.sinks.run_layout import RunLayout

LARGEST_PAYLOAD = 1150
"""Bytes. With RTP header, extensions, SRTP tag and the two bytes of a retransmission at most 1200, which
passes tunnels and is what browsers send themselves."""

LONGEST_RUN = 40
"""Packets of one segmented send: below 64, the most a kernel takes, and below 64 KiB together."""

STAP_A, FU_A = 24, 28
ACCESS_UNIT_DELIMITER, FILLER = 9, 12


@dataclass(frozen=True, slots=True)
class RtpFrame:
    """One picture or block of sound as RTP payloads; they share a time stamp, the last has the marker.

    runs: ranges [start, stop) of payloads that may go as one segmented datagram: all of a run are equally
    long, only its last may be shorter.
    """

    kind: Literal["video", "audio"]
    pts: int
    key: bool
    stream: VideoStream | None
    payloads: tuple[bytes, ...]
    runs: tuple[tuple[int, int], ...]
    awaited: bool = False
    """See `LivePacket`."""
    _layouts: dict[tuple[int, int, int], RunLayout] = field(
        default_factory=dict, init=False, compare=False, repr=False
    )
    """By start of the run and bytes of header and tag: nearly all viewers have the same."""

    @classmethod
    def of(cls, packet: LivePacket, payloads: tuple[bytes, ...]) -> RtpFrame:
        """The frame that carries a packet in these payloads."""
        return cls(
            packet.kind, packet.pts, packet.key, packet.stream, payloads, equal_runs(payloads), packet.awaited
        )

    def layout(self, run: tuple[int, int], header_bytes: int, tag_bytes: int) -> RunLayout:
        """How a run lies in a buffer, worked out once for all viewers with such headers and tags."""
        key = (run[0], header_bytes, tag_bytes)
        layout = self._layouts.get(key)
        if layout is None:
            layout = RunLayout.of(self.payloads[slice(*run)], header_bytes, tag_bytes)
            self._layouts[key] = layout
        return layout


class Packetiser:
    """Makes frames of a stage's packets; keeps the VP8 picture ids of each stream."""

    def __init__(self) -> None:
        self._picture_ids: dict[VideoStream, int] = {}
        self.frames = 0

    def frame(self, packet: LivePacket) -> RtpFrame:
        """The packet cut into payloads."""
        self.frames += 1
        stream = packet.stream
        if packet.kind == "video" and stream is not None and stream.codec == "vp8":
            picture_id = self._picture_ids.get(stream, 0)
            self._picture_ids[stream] = (picture_id + 1) % 2**15
            payloads = vp8_payloads(packet.data, picture_id)
        elif packet.kind == "video":
            payloads = h264_payloads(packet.data)
        else:
            payloads = (packet.data,)
        return RtpFrame.of(packet, payloads)


def h264_payloads(access_unit: bytes) -> tuple[bytes, ...]:
    """Payloads of an access unit in Annex B format."""
    payloads: list[bytes] = []
    small: list[bytes] = []
    small_size = 1
    for unit in nal_units(access_unit):
        if unit[0] & 0x1F in (ACCESS_UNIT_DELIMITER, FILLER):
            continue  # Receivers need neither (RFC 6184, sections 1.3 and 5.2).
        if small and small_size + 2 + len(unit) > LARGEST_PAYLOAD:
            payloads.append(_together(small))
            small, small_size = [], 1
        if len(unit) > LARGEST_PAYLOAD:
            payloads += _fragments(unit)
        else:
            small.append(unit)
            small_size += 2 + len(unit)
    if small:
        payloads.append(_together(small))
    return tuple(payloads)


def nal_units(access_unit: bytes) -> list[bytes]:
    """NAL units between start codes. No unit ends with a zero byte: those belong to the next start code."""
    pieces = access_unit.split(b"\x00\x00\x01")
    return [unit for piece in pieces[1:] if (unit := piece.rstrip(b"\x00"))]


def vp8_payloads(frame: bytes, picture_id: int) -> tuple[bytes, ...]:
    """Payloads of a VP8 frame, each with a descriptor that holds the 15-bit picture id."""
    rest = b"\x80" + (0x8000 | picture_id).to_bytes(2, "big")
    pieces = equal_pieces(frame, LARGEST_PAYLOAD - 1 - len(rest))
    # X says that the extension with the picture id follows, S that a partition begins.
    return tuple((b"\x80" if index else b"\x90") + rest + piece for index, piece in enumerate(pieces))


def equal_pieces(data: bytes, largest: int) -> list[bytes]:
    """`data` in as few pieces as fit, all equally long but the last, which is at most as long."""
    count = -(-len(data) // largest)
    size = -(-len(data) // max(count, 1))
    return [data[start : start + size] for start in range(0, len(data), max(size, 1))]


def equal_runs(payloads: tuple[bytes, ...]) -> tuple[tuple[int, int], ...]:
    """The runs of `RtpFrame`: as few as possible."""
    runs: list[tuple[int, int]] = []
    start = 0
    for index in range(1, len(payloads) + 1):
        ends = (
            index == len(payloads)
            or index - start == LONGEST_RUN
            or len(payloads[index - 1]) < len(payloads[start])
            or len(payloads[index]) > len(payloads[start])
        )
        if ends:
            runs.append((start, index))
            start = index
    return tuple(runs)


def _together(units: list[bytes]) -> bytes:
    if len(units) == 1:
        return units[0]
    importance = max(unit[0] & 0x60 for unit in units)
    forbidden = max(unit[0] & 0x80 for unit in units)
    header = bytes([forbidden | importance | STAP_A])
    return header + b"".join(len(unit).to_bytes(2, "big") + unit for unit in units)


def _fragments(unit: bytes) -> list[bytes]:
    indicator = (unit[0] & 0xE0) | FU_A
    kind = unit[0] & 0x1F
    pieces = equal_pieces(unit[1:], LARGEST_PAYLOAD - 2)
    last = len(pieces) - 1
    return [
        bytes([indicator, kind | (0x80 if index == 0 else 0) | (0x40 if index == last else 0)]) + piece
        for index, piece in enumerate(pieces)
    ]
