"""One viewer's RTP stream of one kind: headers in front of payloads that everybody shares (pure)."""

from __future__ import annotations

import struct
from collections import deque
from dataclasses import dataclass
from typing import Protocol

from avatar_server.sinks.rtp_packetiser import RtpFrame
from avatar_server.sinks.run_layout import RunLayout

HISTORY_PACKETS = 1024
"""Sent again on request: the newest so many. A burst of a key picture and its neighbours on a slow link is
longer than the 128 packets that aiortc keeps. Without RTX libsrtp protects no older one a second time either:
its window, as aiortc sets it, has the same size."""

TAIL = struct.Struct("!II")
"""Of a header without extensions, what follows the sequence number: time stamp and SSRC."""

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


class Cipher(Protocol):
    """Encrypts packets where they were written."""

    @property
    def tag_bytes(self) -> int:
        """By how much a packet grows."""

    def protect(self, layout: RunLayout) -> None:
        """Encrypt the packets that lie so in the buffer; raises `ConnectionError` if that fails."""


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

    def saying(self, playout_delay: bytes | None) -> SaidExtension:
        """The block with a playout delay: `AT_ONCE`, `IN_ORDER`, or None for none."""
        block = self.block
        if self.playout_delay_at is not None:
            start, stop = self.playout_delay_at, self.playout_delay_at + 3
            if playout_delay is None:
                # Padding is made of zeros (RFC 8285, section 4.1.2).
                start -= self.head_bytes
                playout_delay = bytes(stop - start)
            block = block[:start] + playout_delay + block[stop:]
        if self.send_time_at is None:
            return SaidExtension(block, None)
        return SaidExtension(block[: self.send_time_at], block[self.send_time_at + 3 :])


@dataclass(frozen=True, slots=True)
class SaidExtension:
    """The block of a picture or block of sound, but for the time of sending in its middle.

    after: None if that time is not said.
    """

    before: bytes
    after: bytes | None

    def at(self, now_s: float) -> bytes:
        """The block with a time of sending: 24 bits, 6.18 seconds (the abs-send-time of WebRTC)."""
        if self.after is None:
            return self.before
        return self.before + (int(now_s * 2**18) & 0xFFFFFF).to_bytes(3, "big") + self.after


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
        extension = extension or HeaderExtension()
        self._said = {delay: extension.saying(delay) for delay in (None, AT_ONCE, IN_ORDER)}
        self._header = struct.Struct(f"!HH{TAIL.size + len(extension.block)}s")
        self._retransmission = retransmission
        self._sequence = first_sequence
        self._rtx_sequence = first_rtx_sequence
        self._first = (VERSION_2 | (HAS_EXTENSION if extension.block else 0)) << 8
        self._playout_delay: bytes | None = None
        self._to_take_back = 0
        # Side by side and not in pairs, which would be many objects for the garbage collector to look at.
        self._frames: deque[RtpFrame] = deque()
        self._frames_pts: deque[int] = deque()
        self._kept = 0
        """Packets of all frames that are remembered."""

    def begin(self, frame: RtpFrame) -> None:
        """What is written next is `frame`."""
        # Two rungs of one view have pictures of the same time; a viewer who moves from one to the other
        # must not get one time stamp twice, so the second is a tick (11 us) later.
        self._playout_delay = AT_ONCE if frame.awaited else IN_ORDER if self._to_take_back else None
        self._to_take_back = TAKEN_BACK_PICTURES if frame.awaited else max(self._to_take_back - 1, 0)
        last, frames = self.last_pts, self._frames
        self.last_pts = frame.pts if last is None or frame.pts > last else last + 1
        frames.append(frame)
        self._frames_pts.append(self.last_pts)
        self._kept += len(frame.payloads)
        while self._kept - len(frames[0].payloads) >= HISTORY_PACKETS:
            self._kept -= len(frames.popleft().payloads)
            self._frames_pts.popleft()

    def write(
        self, frame: RtpFrame, run: tuple[int, int], now_s: float, buffer: bytearray, cipher: Cipher
    ) -> RunLayout:
        """Write a run of the begun frame into `buffer`, as the layout says that it gives."""
        assert self.last_pts is not None
        put, sequence = self._header.pack_into, self._sequence
        layout = frame.layout(run, self._header.size, cipher.tag_bytes)
        first = self._first | self._payload_type
        tail = TAIL.pack((self.origin + self.last_pts) & 0xFFFF_FFFF, self._ssrc)
        tail += self._said[self._playout_delay].at(now_s)
        buffer[: len(layout.blank)] = layout.blank
        for start in layout.starts:
            put(buffer, start, first, sequence, tail)
            sequence = (sequence + 1) & 0xFFFF
        if frame.kind == "video" and run[1] == len(frame.payloads):
            buffer[layout.starts[-1] + 1] |= MARKER
        cipher.protect(layout)
        self._sequence = sequence
        self.packets += run[1] - run[0]
        self.octets += layout.octets
        return layout

    def write_again(self, sequence: int, now_s: float, buffer: bytearray, cipher: Cipher) -> int:
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
        layout = RunLayout.of((payload,), self._header.size, cipher.tag_bytes)
        tail = TAIL.pack((self.origin + pts) & 0xFFFF_FFFF, ssrc)
        tail += self._said[AT_ONCE if frame.awaited else None].at(now_s)
        buffer[: layout.segment] = layout.blank
        self._header.pack_into(buffer, 0, self._first | payload_type, sequence, tail)
        cipher.protect(layout)
        return layout.segment

    def _find(self, sequence: int) -> tuple[RtpFrame, int, int] | None:
        """The frame, the time it was sent with, and the place of the payload with this number."""
        back = (self._sequence - sequence) & 0xFFFF
        if not 1 <= back <= HISTORY_PACKETS:
            return None
        for frame, pts in zip(reversed(self._frames), reversed(self._frames_pts), strict=True):
            if back <= len(frame.payloads):
                return frame, pts, len(frame.payloads) - back
            back -= len(frame.payloads)
        return None
