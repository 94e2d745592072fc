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
from typing import Any

from aiortc import RTCDtlsTransport
from pylibsrtp import Session
from pylibsrtp._binding import ffi, lib  # type: ignore[import-not-found]

from avatar_server.sinks.rtp_stream import Protect

BUFFER = bytearray(64 * 1024)
"""Where packets are written, encrypted, and sent from."""

UDP_SEGMENT = 103
"""Control message and socket option of `udp(7)`; Python's socket module does not name it."""

MOST_WAITING_AT_TURN = 64 * 1024
"""Bytes in the transport to a TURN server above which it counts as blocked."""

NO_SEGMENTATION = {errno.EIO, errno.EINVAL, errno.ENOPROTOOPT, errno.EOPNOTSUPP, errno.EMSGSIZE}
"""Kernel, interface or path that do not segment (also where the packets are longer than the path takes)."""

_SRTP_OK = 0
_VIEW = memoryview(BUFFER)
_POINTER = ffi.from_buffer("char[]", BUFFER)
_LENGTH = ffi.new("int *")


def protector(transport: RTCDtlsTransport) -> Protect:
    """Encrypts packets in `BUFFER` with the keys of a connected transport."""
    session: Session = transport._tx_srtp
    context = vars(session)["_srtp"][0]

    def protect(offset: int, length: int, session: Session = session) -> int:
        # The session is held by the default: it frees the context when it goes.
        _LENGTH[0] = length
        status = lib.srtp_protect(context, _POINTER + offset, _LENGTH)
        if status != _SRTP_OK:
            raise ConnectionError(f"libsrtp refuses to protect a packet (status {status})")
        written: int = _LENGTH[0]
        return written

    return protect


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
        if self._socket is None:
            return self._send_by_turn(packets, segment)
        if self._segmented and len(packets) > segment:
            control = [(socket.IPPROTO_UDP, UDP_SEGMENT, struct.pack("=H", segment))]
            try:
                return self._socket.sendmsg((packets,), control, 0, self._address)
            except BlockingIOError:
                return 0
            except OSError as error:
                if error.errno not in NO_SEGMENTATION:
                    return self._give_up(packets, segment)
                self._segmented = False
        return self._send_each(self._socket, packets, segment)

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
