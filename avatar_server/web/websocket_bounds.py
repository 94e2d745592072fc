"""What strangers may send over a WebSocket: so many frames and bytes a second, and then no more."""

from __future__ import annotations

import asyncio
import time

from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol

from avatar_server.web.rate_limit import Rate, TokenBucket

FRAMES = Rate(burst=600, rate_hz=300.0)
"""Hands and mice send fewer: a drag is at most one message a picture of the screen. Pings count as well."""

FRAME_BYTES = 4096
"""So many bytes cost as much as a frame."""

SLICE_BYTES = 4096
"""A frame has six bytes at least, and takes about 20 microseconds: others wait no longer than for these."""

GOODBYE_S = 1.0
"""Time for the reason to arrive; nothing is read meanwhile."""

POLICY_VIOLATION = 1008
"""RFC 6455, section 7.4.1."""


class BoundedWebSocket(WebSocketsSansIOProtocol):
    """uvicorn's WebSocket, which hangs up on who sends too much, before it costs others anything."""

    _refused = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin."""
        super().connection_made(transport)
        self._budget = TokenBucket(FRAMES, time.monotonic())

    def data_received(self, data: bytes) -> None:
        """Bytes of the client: parsed in slices, so that a flood is noticed within the first one."""
        for begin in range(0, len(data), SLICE_BYTES):
            if self._refused:
                return
            part = data[begin : begin + SLICE_BYTES]
            if self.handshake_complete and not self._budget.take(time.monotonic(), len(part) / FRAME_BYTES):
                self._refuse()
                return
            super().data_received(part)

    def handle_events(self) -> None:
        """What the last slice brought."""
        if self.handshake_complete and not self._budget.take(time.monotonic(), len(self.conn.events)):
            self._refuse()
            return
        super().handle_events()

    def handle_parser_exception(self) -> None:
        """A broken frame: whoever is about to send something finds the connection closed, not an error."""
        super().handle_parser_exception()
        self.disconnected = True

    def _refuse(self) -> None:
        """Say why, and cut the connection a little later; whoever serves it finds it closed at once."""
        self._refused = self.disconnected = True
        self.stop_keepalive()
        self.read_paused = False
        self.transport.pause_reading()
        if self.close_timer is not None:
            self.close_timer.cancel()
        self.close_timer = self.loop.call_later(GOODBYE_S, self.transport.abort)
        if not self.close_sent:
            self.conn.send_close(POLICY_VIOLATION, "too many messages")
            self.transport.write(b"".join(self.conn.data_to_send()))
            self.close_sent = True
        self.queue.put_nowait({"type": "websocket.disconnect", "code": POLICY_VIOLATION})
        self.writable.set()
