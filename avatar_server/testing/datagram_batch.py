"""Many datagrams from many sockets, one system call a socket, with their times of arrival; Linux only.

A receiver that shares the processors with the server it measures must not pay for each packet. The kernel
hands over bundles that it or the sender glued together (UDP_GRO), and all headers are read at once by numpy.
"""

from __future__ import annotations

import ctypes
import errno
import os
import socket
import struct
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

MESSAGES = 1024
MESSAGES_A_CALL = 32

MESSAGE_BYTES = 65536
CONTROL_BYTES = 128
ADDRESS_BYTES = 28

SO_TIMESTAMPNS = 35
"""asm-generic/socket.h; Python's socket module does not name it."""

UDP_GRO = 104
"""linux/udp.h."""

RECEIVE_BUFFER_BYTES = 2**21

_HEADER = np.dtype(
    {
        "names": ["name", "name_length", "vector", "vector_length", "control", "control_length", "size"],
        "formats": ["u8", "u4", "u8", "u8", "u8", "u8", "u4"],
        "offsets": [0, 8, 16, 24, 32, 40, 56],
        "itemsize": 64,
    }
)
"""struct mmsghdr of 64-bit Linux (recvmmsg(2))."""

_VECTOR = np.dtype([("base", "u8"), ("length", "u8")])
"""struct iovec."""

# Control messages (cmsg(3)) come in this order: 16 bytes of header and a timespec, then 16 and the size.
_GRO_AT = 32
_recvmmsg = ctypes.CDLL(None, use_errno=True).recvmmsg


@dataclass(frozen=True, slots=True)
class Datagrams:
    """What the sockets had, in order of arrival for each; each datagram was sent as one.

    buffer: the bytes, until the next call of `DatagramBatch.begin`. start, size: of each datagram in it.
    arrival_ns: of each, CLOCK_REALTIME. call: which call of `receive` brought it, from 0. message: the index
    for `DatagramBatch.source`.
    """

    buffer: NDArray[np.uint8]
    start: NDArray[np.int64]
    size: NDArray[np.int64]
    arrival_ns: NDArray[np.int64]
    call: NDArray[np.int64]
    message: NDArray[np.int64]

    def data(self, index: int) -> bytes:
        """The bytes of one datagram."""
        start = int(self.start[index])
        return self.buffer[start : start + int(self.size[index])].tobytes()


def prepare(endpoint: socket.socket) -> None:
    """Let a UDP socket say when datagrams came, take bundles whole, and hold some tenths of a second."""
    endpoint.setblocking(False)
    endpoint.setsockopt(socket.SOL_SOCKET, SO_TIMESTAMPNS, 1)
    endpoint.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, RECEIVE_BUFFER_BYTES)
    endpoint.setsockopt(socket.IPPROTO_UDP, UDP_GRO, 1)


class DatagramBatch:
    """The memory that datagrams are received into: `begin`, `receive` from each socket, then `datagrams`."""

    def __init__(self) -> None:
        # Pages that no message has reached cost nothing.
        self._buffer = np.zeros((MESSAGES, MESSAGE_BYTES), np.uint8)
        self._control = np.zeros((MESSAGES, CONTROL_BYTES), np.uint8)
        self._names = np.zeros((MESSAGES, ADDRESS_BYTES), np.uint8)
        self._vectors = np.zeros(MESSAGES, _VECTOR)
        self._headers = np.zeros(MESSAGES, _HEADER)
        self._vectors["base"] = _addresses(self._buffer)
        self._vectors["length"] = MESSAGE_BYTES
        self._headers["name"] = _addresses(self._names)
        self._headers["vector"] = self._vectors.ctypes.data + _VECTOR.itemsize * np.arange(MESSAGES)
        self._headers["vector_length"] = 1
        self._headers["control"] = _addresses(self._control)
        self._headers_at: int = self._headers.ctypes.data
        self._used = MESSAGES
        self._counts: list[int] = []
        self.begin()

    def begin(self) -> None:
        """Forget what was received."""
        self._headers["name_length"][: self._used] = ADDRESS_BYTES
        self._headers["control_length"][: self._used] = CONTROL_BYTES
        self._used = 0
        self._counts.clear()

    @property
    def has_room(self) -> bool:
        """Whether there is room for one more call of `receive`."""
        return self._used + MESSAGES_A_CALL <= MESSAGES

    def receive(self, endpoint: socket.socket) -> bool:
        """Take what waits in `endpoint`; True if there may be more.

        Raises `OSError` if the socket does (a refused connection), as `recvmsg` would.
        """
        count: int = _recvmmsg(
            endpoint.fileno(),
            ctypes.c_void_p(self._headers_at + self._used * _HEADER.itemsize),
            MESSAGES_A_CALL,
            socket.MSG_DONTWAIT,
            None,
        )
        self._counts.append(max(count, 0))
        if count < 0:
            number = ctypes.get_errno()
            if number in (errno.EAGAIN, errno.EINTR):
                return False
            raise OSError(number, os.strerror(number))
        self._used += count
        return count == MESSAGES_A_CALL

    def datagrams(self) -> Datagrams:
        """All that was received since `begin`."""
        used = self._used
        sizes = self._headers["size"][:used].astype(np.int64)
        times = self._control[:used].view(np.int64)
        ints = self._control[:used].view(np.int32)
        glued = (
            (self._headers["control_length"][:used] > _GRO_AT)
            & (ints[:, _GRO_AT // 4 + 2] == socket.IPPROTO_UDP)
            & (ints[:, _GRO_AT // 4 + 3] == UDP_GRO)
        )
        segment = np.maximum(np.where(glued, ints[:, _GRO_AT // 4 + 4], sizes), 1)
        pieces = np.maximum(-(-sizes // segment), 1)
        message = np.repeat(np.arange(used), pieces)
        nth = np.arange(len(message)) - np.repeat(np.cumsum(pieces) - pieces, pieces)
        offset = nth * segment[message]
        return Datagrams(
            buffer=self._buffer.reshape(-1),
            start=offset + message * MESSAGE_BYTES,
            size=np.minimum(segment[message], sizes[message] - offset),
            arrival_ns=(times[:, 2] * 1_000_000_000 + times[:, 3])[message],
            call=np.repeat(np.arange(len(self._counts)), self._counts)[message],
            message=message,
        )

    def source(self, message: int) -> tuple[str, int]:
        """Host and port that a message came from."""
        name = self._names[message].tobytes()
        family = struct.unpack_from("=H", name)[0]
        port = struct.unpack_from("!H", name, 2)[0]
        if family == socket.AF_INET6:
            return socket.inet_ntop(family, name[8:24]), port
        return socket.inet_ntop(socket.AF_INET, name[4:8]), port


def _addresses(rows: NDArray[np.uint8]) -> NDArray[np.uint64]:
    """Where each row begins in memory."""
    return np.uint64(rows.ctypes.data) + np.arange(len(rows), dtype=np.uint64) * np.uint64(rows.strides[0])
