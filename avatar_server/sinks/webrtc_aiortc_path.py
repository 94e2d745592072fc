"""Protected packets onto the network, past aiortc: SRTP in place, and one system call for many packets.

aiortc copies a packet three times and makes a system call for each, which is most of the cost of a viewer.
Here packets are written into one buffer, encrypted where they lie by the same libsrtp session, and a run of
equally long ones leaves in one call (UDP segmentation offload of Linux, `udp(7)`). Where that is refused,
or the way leads through a TURN server, each packet leaves by itself.

All of this belongs to the thread of the event loop: the buffer is shared by all viewers.
"""

from __future__ import annotations

import errno
import socket
import struct
from collections.abc import Callable
from functools import lru_cache
from itertools import repeat
from typing import Any

from aiortc import RTCDtlsTransport
from pylibsrtp import Session
from pylibsrtp._binding import ffi, lib  # type: ignore[import-not-found]

from avatar_server.sinks.rtp_packetiser import LONGEST_RUN
from avatar_server.sinks.run_layout import RunLayout

BUFFER = bytearray(64 * 1024)
"""Where packets are written, encrypted, and sent from."""

UDP_SEGMENT = 103
"""Control message and socket option of `udp(7)`; Python's socket module does not name it."""

MOST_WAITING_AT_TURN = 64 * 1024
"""Bytes in the transport to a TURN server above which it counts as blocked."""

NO_SEGMENTATION = {errno.EIO, errno.EINVAL, errno.ENOPROTOOPT, errno.EOPNOTSUPP, errno.EMSGSIZE}
"""Kernel, interface or path that do not segment (also where the packets are longer than the path takes)."""

TAG_BYTES = {b"SRTP_AEAD_AES_256_GCM": 16, b"SRTP_AEAD_AES_128_GCM": 16, b"SRTP_AES128_CM_SHA1_80": 10}
"""By how much packets grow (RFC 7714, section 12, and RFC 5764, section 4.1.2), by the names of OpenSSL."""

_VIEW = memoryview(BUFFER)
_POINTER = ffi.from_buffer("char[]", BUFFER)
_LENGTHS = ffi.new("int[]", LONGEST_RUN)
_LENGTH_POINTERS = tuple(_LENGTHS + index for index in range(LONGEST_RUN))
_LENGTH_BYTES = ffi.buffer(_LENGTHS)


@lru_cache(maxsize=256)
def _pointers(segment: int) -> tuple[Any, ...]:
    """To the packets of a run; a few lengths come again and again, and all viewers have the same."""
    return tuple(_POINTER + start for start in range(0, min(LONGEST_RUN * segment, len(BUFFER)), segment))


@lru_cache(maxsize=256)
def _cut_by(option: int, segment: int) -> tuple[tuple[int, int, bytes]]:
    """The control message that has the kernel cut what is sent."""
    return ((socket.IPPROTO_UDP, option, struct.pack("=H", segment)),)


class SrtpCipher:
    """Encrypts packets in `BUFFER` with the keys of a connected transport."""

    def __init__(self, transport: RTCDtlsTransport) -> None:
        # The session is held: it frees the context when it goes.
        self._session: Session = transport._tx_srtp
        self._context, self._protect = vars(self._session)["_srtp"][0], lib.srtp_protect
        assert transport._ssl is not None
        self.tag_bytes = TAG_BYTES[transport._ssl.get_selected_srtp_profile()]

    def protect(self, layout: RunLayout) -> None:
        """Encrypt the packets that lie so in `BUFFER`; raises `ConnectionError` if libsrtp refuses."""
        count, protect, context = len(layout.starts), self._protect, self._context
        _LENGTH_BYTES[: len(layout.lengths)] = layout.lengths
        if count == 1:
            refused = protect(context, _POINTER, _LENGTHS)
        else:
            # No step of Python in between: it would cost more than the encryption of a packet.
            refused = any(map(protect, repeat(context, count), _pointers(layout.segment), _LENGTH_POINTERS))
        if refused or _LENGTH_BYTES[: len(layout.lengths)] != layout.protected_lengths:
            raise ConnectionError("libsrtp refuses to protect a packet")


class DatagramPath:
    """The way to one viewer, as ICE has chosen it; it may choose another one at any time."""

    def __init__(self, transport: RTCDtlsTransport, on_heard: Callable[[], None]) -> None:
        """on_heard: called for every datagram that comes from there."""
        self._on_heard = on_heard
        self._ice = transport.transport._connection
        self._pair: Any = None
        self._socket: socket.socket | None = None
        self._turn: Any = None
        self._address: tuple[str, int] = ("", 0)
        self._segmented = True
        self.lost = 0
        """Packets that the machine refused to send: no route, a firewall."""

    def send(self, length: int, segment: int) -> int:
        """Send the first `length` bytes of `BUFFER` as packets of `segment` bytes, the last may be shorter.

        Gives the bytes that are on their way; what is left must be sent again later, since the socket is
        full. Raises `ConnectionError` where there is no way.
        """
        return self.send_bytes(_VIEW[:length], segment)

    def send_bytes(self, packets: memoryview, segment: int) -> int:
        """As `send`, from a buffer of the caller."""
        # Component 1: RTP and RTCP share one way.
        pair = self._ice._nominated.get(1)
        if pair is not self._pair:
            self._follow(pair)
        via = self._socket
        if via is None:
            return self._send_by_turn(packets, segment)
        try:
            if len(packets) <= segment:
                return via.sendto(packets, self._address)
            if self._segmented:
                return via.sendmsg((packets,), _cut_by(UDP_SEGMENT, segment), 0, self._address)
        except BlockingIOError:
            return 0
        except OSError as error:
            if len(packets) <= segment or error.errno not in NO_SEGMENTATION:
                return self._give_up(packets, segment)
            self._segmented = False
        return self._send_each(via, packets, segment)

    def _send_each(self, via: socket.socket, packets: memoryview, segment: int) -> int:
        for start in range(0, len(packets), segment):
            try:
                via.sendto(packets[start : start + segment], self._address)
            except BlockingIOError:
                return start
            except OSError:
                self.lost += 1
        return len(packets)

    def _send_by_turn(self, packets: memoryview, segment: int) -> int:
        if self._turn is None:
            raise ConnectionError("no way to the viewer")
        inner = getattr(self._turn, "_TurnTransport__inner_protocol", None)
        waiting = 0 if inner is None else inner.transport.get_write_buffer_size()
        if waiting > MOST_WAITING_AT_TURN:
            return 0
        for start in range(0, len(packets), segment):
            self._turn.sendto(bytes(packets[start : start + segment]), self._address)
        return len(packets)

    def _give_up(self, packets: memoryview, segment: int) -> int:
        self.lost += -(-len(packets) // segment)
        return len(packets)

    def _follow(self, pair: Any) -> None:
        self._pair, self._socket, self._turn = pair, None, None
        if pair is None:
            return
        self._address = pair.remote_addr
        self._listen(pair.protocol)
        self._segmented = True
        transport = pair.protocol.transport
        wrapped = transport.get_extra_info("socket")
        if wrapped is None:
            self._turn = transport
        else:
            # asyncio shows its socket without the methods that send.
            self._socket = wrapped._sock

    def _listen(self, protocol: Any) -> None:
        receive, heard = protocol.datagram_received, self._on_heard

        def note(data: bytes, address: tuple[Any, ...]) -> None:
            heard()
            receive(data, address)

        protocol.datagram_received = note
