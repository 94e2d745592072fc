"""A network between a receiver and a server that loses packets by a pattern: two UDP sockets on loopback.

The session descriptions that go back and forth name the path's addresses instead of each other's. Belongs
to the running event loop.
"""

from __future__ import annotations

import asyncio
import random
import re
import socket
from collections.abc import Callable
from typing import Self, cast

from avatar_server.testing.datagram_batch import RECEIVE_BUFFER_BYTES

Loss = Callable[[bytes], bool]
"""Whether a datagram is lost."""

_CANDIDATE = re.compile(r"^(a=candidate:\S+ 1 udp \d+) (\S+) (\d+) (typ host.*)$", re.MULTILINE)


def nothing(datagram: bytes) -> bool:
    """Nothing is lost."""
    return False


def at_random(share: float, seed: int) -> Loss:
    """Of all datagrams `share` are lost, the same ones for the same seed."""
    dice = random.Random(seed)
    return lambda datagram: dice.random() < share


class Hole:
    """The next `count` packets of one RTP payload type are lost, and nothing else."""

    def __init__(self, payload_type: int, count: int) -> None:
        self._payload_type = payload_type
        self.left = count

    def __call__(self, datagram: bytes) -> bool:
        """Whether this one is."""
        is_rtp = len(datagram) >= 12 and datagram[0] >> 6 == 2 and not 192 <= datagram[1] <= 223
        if not is_rtp or datagram[1] & 0x7F != self._payload_type or not self.left:
            return False
        self.left -= 1
        return True


class _End(asyncio.DatagramProtocol):
    """One socket: passes on what comes, unless it is lost, out of the other socket."""

    def __init__(self) -> None:
        self.lose: Loss = nothing
        self.other: _End | None = None
        self.peer: tuple[str, int] | None = None
        self.lost = 0
        self.passed = 0
        self._transport: asyncio.DatagramTransport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        # Not an instance of that class, though it keeps its contract.
        self._transport = cast(asyncio.DatagramTransport, transport)
        # What is lost here is decided by a pattern, and not by how busy a test is.
        endpoint = transport.get_extra_info("socket")
        endpoint.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, RECEIVE_BUFFER_BYTES)

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        self.peer = addr
        if self.lose(data):
            self.lost += 1
        elif self.other is not None:
            self.passed += 1
            self.other.send(data)

    def send(self, data: bytes) -> None:
        if self._transport is not None and self.peer is not None:
            self._transport.sendto(data, self.peer)

    @property
    def address(self) -> tuple[str, int]:
        assert self._transport is not None
        host, port = self._transport.get_extra_info("sockname")[:2]
        return host, port

    def close(self) -> None:
        if self._transport is not None:
            self._transport.close()


class LossyPath:
    """`offer` and `answer` send a connection through it; what is lost may change at any time."""

    def __init__(self, to_server: _End, to_receiver: _End) -> None:
        self._server_end = to_server
        self._receiver_end = to_receiver

    @classmethod
    async def open(cls) -> Self:
        """A path that loses nothing yet."""
        loop = asyncio.get_running_loop()
        ends = []
        for _ in range(2):
            _, end = await loop.create_datagram_endpoint(_End, local_addr=("127.0.0.1", 0))
            ends.append(end)
        ends[0].other, ends[1].other = ends[1], ends[0]
        return cls(*ends)

    def lose_to_receiver(self, loss: Loss) -> None:
        """Lose of what the server sends."""
        self._server_end.lose = loss

    def lose_to_server(self, loss: Loss) -> None:
        """Lose of what the receiver sends."""
        self._receiver_end.lose = loss

    @property
    def lost(self) -> int:
        """Datagrams that were lost on the way to the receiver."""
        return self._server_end.lost

    def offer(self, sdp: str) -> str:
        """The offer, as the server is to see it."""
        return self._named(sdp, self._server_end, self._receiver_end)

    def answer(self, sdp: str) -> str:
        """The answer, as the receiver is to see it."""
        return self._named(sdp, self._receiver_end, self._server_end)

    def close(self) -> None:
        """Nothing goes through any more."""
        self._server_end.close()
        self._receiver_end.close()

    @staticmethod
    def _named(sdp: str, shown: _End, meant: _End) -> str:
        """`sdp` with the address `shown` for that of whoever is behind `meant`."""
        found = _CANDIDATE.search(sdp)
        assert found, "a description without candidates"
        meant.peer = found[2], int(found[3])
        host, port = shown.address
        return _CANDIDATE.sub(rf"\1 {host} {port} \4", sdp)
