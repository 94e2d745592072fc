"""One viewer's RTP stream of one kind: headers in front of payloads that everybody shares (pure)."""

from __future__ import annotations

import struct
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

from avatar_server.sinks.rtp_packetiser import RtpFrame

HISTORY_PACKETS = 1024
"""Sent again on request: the newest so many. A burst of a key picture and its neighbours on a slow link is
longer than the 128 packets that aiortc keeps. Without RTX libsrtp protects no older one a second time either:
its window, as aiortc sets it, has the same size."""

MEDIA_HEADER = struct.Struct("!BBHII")
SEQUENCE = struct.Struct("!H")
VERSION_2 = 0x80
HAS_EXTENSION = 0x10
MARKER = 0x80

AT_ONCE, IN_ORDER = b"\x00\x00\x00", b"\x00\x0f\xff"
"""Values of WebRTC's playout-delay extension: least and most delay, 12 bits each, in steps of 10 ms.

0 and 0 ask a browser to show a picture as soon as it is decoded. It goes by the last value that it got, and
has no way then to wait for the sound (with it on every picture Chromium showed them up to 139 ms before their
sound), so the pictures that follow leave the delay to it again: 0 and 40.95 s.
"""

TAKEN_BACK_PICTURES = 15
"""So many pictures say that the delay is the browser's again, in case some are lost. All others say nothing:
what they say may stand in the way of what a browser finds out by itself."""

Protect = Callable[[int, int], int]
"""(offset, length) in the buffer that is written to: protects the packet in place, gives its new length."""


@dataclass(frozen=True, slots=True)
class HeaderExtension:
    """The extension block of every header; time of sending and playout delay take three bytes each.

    send_time_at, playout_delay_at: offsets in `block`, or None where that extension was not negotiated.
    head_bytes: in front of each value, 1 or 2 (RFC 8285, section 4).
    """

    block: bytes = b""
    send_time_at: int | None = None
    playout_delay_at: int | None = None
    head_bytes: int = 1

    def at(self, now_s: float, playout_delay: bytes | None = None) -> bytes:
        """The block with a time of sending: 24 bits, 6.18 seconds (the abs-send-time of WebRTC).

        playout_delay: `AT_ONCE`, `IN_ORDER`, or None for none.
        """
        block = self.block
        if self.send_time_at is not None:
            stamp = (int(now_s * 2**18) & 0xFFFFFF).to_bytes(3, "big")
            block = block[: self.send_time_at] + stamp + block[self.send_time_at + 3 :]
        if self.playout_delay_at is not None:
            start, stop = self.playout_delay_at, self.playout_delay_at + 3
            if playout_delay is None:
                # Padding is made of zeros (RFC 8285, section 4.1.2).
                start -= self.head_bytes
                playout_delay = bytes(stop - start)
            block = block[:start] + playout_delay + block[stop:]
        return block


@dataclass(frozen=True, slots=True)
class Retransmission:
    """The RTX stream that belongs to a stream (RFC 4588)."""

    ssrc: int
    payload_type: int


class RtpStream:
    """Numbers packets, stamps them, and remembers them.

    The same frames go through many streams at once: nothing of a frame is copied here but into `buffer`.
    """

    def __init__(
        self,
        *,
        ssrc: int,
        payload_type: int,
        first_sequence: int,
        origin: int,
        extension: HeaderExtension | None = None,
        retransmission: Retransmission | None = None,
        first_rtx_sequence: int = 0,
    ) -> None:
        """origin: RTP time stamp of stream time 0."""
        self.origin = origin
        self.packets = 0
        self.octets = 0
        """Of payload, as sender reports count them (RFC 3550, section 6.4.1)."""
        self.last_pts: int | None = None
        self._ssrc = ssrc
        self._payload_type = payload_type
        self._extension = extension or HeaderExtension()
        self._retransmission = retransmission
        self._sequence = first_sequence
        self._rtx_sequence = first_rtx_sequence
        self._first_byte = VERSION_2 | (HAS_EXTENSION if self._extension.block else 0)
        self._playout_delay: bytes | None = None
        self._to_take_back = 0
        self._history: deque[tuple[int, int, RtpFrame]] = deque()
        self._kept = 0

    def begin(self, frame: RtpFrame) -> None:
        """What is written next is `frame`."""
        # Two rungs of one view have pictures of the same time; a viewer who moves from one to the other
        # must not get one time stamp twice, so the second is a tick (11 us) later.
        self._playout_delay = AT_ONCE if frame.awaited else IN_ORDER if self._to_take_back else None
        self._to_take_back = TAKEN_BACK_PICTURES if frame.awaited else max(self._to_take_back - 1, 0)
        last = self.last_pts
        self.last_pts = frame.pts if last is None or frame.pts > last else last + 1
        count = len(frame.payloads)
        self._history.append((self._sequence, self.last_pts, frame))
        self._kept += count
        while self._kept - len(self._history[0][2].payloads) >= HISTORY_PACKETS:
            self._kept -= len(self._history.popleft()[2].payloads)

    def write(
        self, frame: RtpFrame, run: tuple[int, int], now_s: float, buffer: bytearray, protect: Protect
    ) -> tuple[int, int]:
        """Write a run of the begun frame; gives (bytes written, bytes of one packet of the run)."""
        assert self.last_pts is not None
        start, stop = run
        payloads, sequence = frame.payloads, self._sequence
        marked = len(payloads) - 1 if frame.kind == "video" else -1
        stamp = (self.origin + self.last_pts) & 0xFFFF_FFFF
        header = bytearray(
            MEDIA_HEADER.pack(self._first_byte, self._payload_type, sequence, stamp, self._ssrc)
            + self._extension.at(now_s, self._playout_delay)
        )
        header_size = len(header)
        put_sequence = SEQUENCE.pack_into
        offset = segment = octets = 0
        for index in range(start, stop):
            payload = payloads[index]
            put_sequence(header, 2, sequence)
            if index == marked:
                header[1] |= MARKER
            body, size = offset + header_size, len(payload)
            buffer[offset:body] = header
            buffer[body : body + size] = payload
            offset += protect(offset, header_size + size)
            segment = segment or offset
            octets += size
            sequence = (sequence + 1) & 0xFFFF
        self._sequence = sequence
        self.packets += stop - start
        self.octets += octets
        return offset, segment

    def write_again(self, sequence: int, now_s: float, buffer: bytearray, protect: Protect) -> int:
        """Write a lost packet once more, as RTX where that was negotiated; 0 bytes if it is forgotten."""
        found = self._find(sequence)
        if found is None:
            return 0
        frame, pts, index = found
        payload = frame.payloads[index]
        payload_type, ssrc = self._payload_type, self._ssrc
        if self._retransmission is not None:
            payload_type, ssrc = self._retransmission.payload_type, self._retransmission.ssrc
            payload = SEQUENCE.pack(sequence) + payload
            sequence, self._rtx_sequence = self._rtx_sequence, (self._rtx_sequence + 1) & 0xFFFF
        if frame.kind == "video" and index == len(frame.payloads) - 1:
            payload_type |= MARKER
        stamp = (self.origin + pts) & 0xFFFF_FFFF
        MEDIA_HEADER.pack_into(buffer, 0, self._first_byte, payload_type, sequence, stamp, ssrc)
        packet = self._extension.at(now_s, AT_ONCE if frame.awaited else None) + payload
        buffer[12 : 12 + len(packet)] = packet
        return protect(0, 12 + len(packet))

    def _find(self, sequence: int) -> tuple[RtpFrame, int, int] | None:
        """The frame, the time it was sent with, and the place of the payload with this number."""
        if not 1 <= (self._sequence - sequence) & 0xFFFF <= HISTORY_PACKETS:
            return None
        for first, pts, frame in reversed(self._history):
            index = (sequence - first) & 0xFFFF
            if index < len(frame.payloads):
                return frame, pts, index
        return None
