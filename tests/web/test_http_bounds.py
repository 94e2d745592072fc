"""What strangers may send: to a real server, over real sockets."""

from __future__ import annotations

import asyncio
import contextlib
import json
import socket
from pathlib import Path
from typing import Any

import httpx
import pytest
import uvicorn
from starlette.types import Receive, Scope, Send
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import ClientConnection, connect
from websockets.typing import Origin

from avatar_server.web import http_bounds
from avatar_server.web.http_bounds import LARGEST_BODY, LARGEST_HEAD, BoundedHttp
from avatar_server.web.listening import listening_socket
from avatar_server.web.viewer import LONGEST_PROBLEM
from avatar_server.web.websocket_bounds import FRAMES
from tests.running_server import Server, StartServer


def socket_to(server: Server) -> ClientConnection:
    return connect(f"ws://{server.address}/ws", origin=Origin(server.url))


def said(connection: ClientConnection, kind: str) -> dict[str, Any]:
    while True:
        message: dict[str, Any] = json.loads(connection.recv(timeout=20))
        if message["type"] == kind:
            return message


def pour(connection: ClientConnection, message: str, count: int) -> None:
    """Send and then listen until the server hangs up."""
    for _ in range(count):
        connection.send(message)
    while True:
        connection.recv(timeout=20)


def answered(server: Server, request: bytes, *more: bytes) -> bytes:
    """All that the server says until it closes the connection."""
    host, port = server.address.split(":")
    with socket.create_connection((host, int(port)), timeout=20) as client:
        try:
            for part in (request, *more):
                client.sendall(part)
        except (BrokenPipeError, ConnectionResetError):
            pass  # It has heard enough.
        heard = b""
        try:
            while part := client.recv(65536):
                heard += part
        except ConnectionResetError:
            pass
        return heard


def head(server: Server, line: str, **headers: str) -> bytes:
    lines = [line, f"Host: {server.address}", *(f"{name}: {value}" for name, value in headers.items())]
    return "\r\n".join([*lines, "", ""]).encode()


def test_large_heads_are_refused(card_server: Server) -> None:
    all_at_once = head(card_server, "GET / HTTP/1.1", Cookie="x" * LARGEST_HEAD)
    assert answered(card_server, all_at_once).startswith(b"HTTP/1.1 431 ")
    endless = (b"X-More: " + b"x" * 1000 + b"\r\n" for _ in range(1000))
    begun = head(card_server, "GET / HTTP/1.1")[:-2]
    assert answered(card_server, begun, *endless).startswith(b"HTTP/1.1 431 ")
    long_line = head(card_server, f"GET /{'x' * 2 * LARGEST_HEAD} HTTP/1.1")
    assert answered(card_server, long_line).startswith((b"HTTP/1.1 431 ", b"HTTP/1.1 404 "))
    assert answered(card_server, b"nonsense\r\n\r\n").startswith(b"HTTP/1.1 400 ")
    assert httpx.get(card_server.url).status_code == 200


def test_large_bodies_are_refused_and_not_read(card_server: Server) -> None:
    announced = head(card_server, "POST /api/session HTTP/1.1", **{"Content-Length": str(10**12)})
    assert answered(card_server, announced).startswith(b"HTTP/1.1 413 ")
    chunked = head(
        card_server,
        "POST /api/session HTTP/1.1",
        **{"Transfer-Encoding": "chunked", "Content-Type": "application/json"},
    )
    chunk = b"10000\r\n" + b"x" * 0x10000 + b"\r\n"
    heard = answered(card_server, chunked, *([chunk] * (LARGEST_BODY // 0x10000 + 40)))
    assert heard.startswith(b"HTTP/1.1 413 ")


def test_requests_that_do_not_come_in_are_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http_bounds, "SENDING_LIMIT_S", 0.2)

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 204})
        await send({"type": "http.response.body"})

    async def visit() -> None:
        with listening_socket("127.0.0.1", 0) as listener:
            config = uvicorn.Config(app, http=BoundedHttp, lifespan="off", log_config=None)
            server = uvicorn.Server(config)
            serving = asyncio.create_task(server.serve(sockets=[listener]))
            address = listener.getsockname()
            patient, slow, silent = [await asyncio.open_connection(*address) for _ in range(3)]
            whole = b"GET / HTTP/1.1\r\nHost: here\r\n\r\n"
            for _ in range(2):
                patient[1].write(whole)
                assert (await patient[0].readuntil(b"\r\n\r\n")).startswith(b"HTTP/1.1 204")
                slow[1].write(whole[:-5])
                assert await slow[0].read() == await silent[0].read() == b"", "closed without an answer"
            server.should_exit = True
            for _, writer in (patient, slow, silent):
                writer.close()
            await serving

    asyncio.run(asyncio.wait_for(visit(), 20))


def test_names_that_are_not_ours_get_nothing(
    card_server: Server, start_server: StartServer, tmp_path: Path
) -> None:
    port = card_server.address.split(":")[1]
    evil = {"Host": f"evil.example:{port}"}
    for path in ("/", "/client/main.js", "/api/session"):
        refused = httpx.get(card_server.url + path, headers=evil)
        assert refused.status_code == 403
        assert "--allowed-host" in refused.text
    assert httpx.get(card_server.url + "/healthz", headers=evil).status_code == 200
    for name in (f"localhost:{port}", f"127.0.0.1:{port}", f"[::1]:{port}"):
        assert httpx.get(card_server.url, headers={"Host": name}).status_code == 200
    rebound_name = f"evil.example:{port}"
    with socket.create_connection(("127.0.0.1", int(port))) as way, pytest.raises(InvalidStatus) as rebound:
        # The page of evil.example, whose name now resolves to us: its origin and Host agree.
        connect(f"ws://{rebound_name}/ws", sock=way, origin=Origin(f"http://{rebound_name}"))
    assert rebound.value.response.status_code == 403
    options = ("--allowed-host", "stage.example", "--allowed-origin", "https://player.example")
    with start_server("test-card", tmp_path, options=options) as server:
        assert httpx.get(server.url, headers={"Host": "stage.example"}).status_code == 200
        with connect(f"ws://{server.address}/ws", origin=Origin("https://player.example")) as connection:
            said(connection, "welcome")


def test_a_flood_of_messages_ends_and_harms_nobody(card_server: Server) -> None:
    with socket_to(card_server) as other, socket_to(card_server) as flood:
        said(flood, "welcome")
        with pytest.raises(ConnectionClosed) as closed:
            pour(flood, "nonsense", int(FRAMES.burst) * 20)
        assert closed.value.rcvd is not None
        assert (closed.value.rcvd.code, closed.value.rcvd.reason) == (1008, "too many messages")
        other.send('{"type":"camera","name":"right"}')
        while said(other, "status")["camera"] != "right":
            pass
        other.send('{"type":"camera","name":"two-shot"}')
        other.send(json.dumps({"type": "camera", "name": "x" * 200_000}))
        assert len(said(other, "error")["message"]) == LONGEST_PROBLEM


def frame(
    opcode: int, data: bytes, *, length: int | None = None, masked: bool = True, first: int = 0x80
) -> bytes:
    """A WebSocket frame (RFC 6455, section 5.2), right or wrong; first: the bits before the opcode."""
    size = len(data) if length is None else length
    mark = 0x80 if masked else 0
    head = bytes([first | opcode, mark | size]) if size < 126 else bytes([first | opcode, mark | 127])
    return head + (size.to_bytes(8, "big") if size >= 126 else b"") + bytes(4 * masked) + data


@pytest.mark.parametrize(
    "sent",
    [
        frame(1, b"\xff\xfe"),
        frame(3, b"reserved opcode"),
        frame(1, b"{}", masked=False),
        frame(1, b"x", length=2**40),
        frame(0, b"nothing to continue"),
        frame(1, b"x", first=0xF0),
        frame(9, b"x" * 200),
        frame(8, b"\x00"),
        frame(8, (999).to_bytes(2, "big")),
        frame(1, b"x" * 2000, first=0) + b"".join(frame(0, b"x" * 2000, first=0) for _ in range(600)),
    ],
    ids=["not UTF-8", "opcode", "mask", "length", "continued", "bits", "ping", "close", "code", "fragments"],
)
def test_broken_frames_end_the_connection_and_nothing_else(sent: bytes, card_server: Server) -> None:
    heard_after(card_server, sent)
    with socket_to(card_server) as other:
        said(other, "welcome")


@pytest.mark.parametrize("piece", [frame(1, b"{}"), frame(9, b""), frame(2, b"x" * 4096)], ids=len)
def test_a_flood_of_any_kind_is_cut(piece: bytes, card_server: Server) -> None:
    heard = heard_after(card_server, piece * int(FRAMES.burst) * 3)
    assert b"\x03\xf0too many messages" in heard


def heard_after(server: Server, sent: bytes) -> bytes:
    """What comes over a WebSocket until the server closes it, after these bytes."""
    asks = {
        "Upgrade": "websocket",
        "Connection": "Upgrade",
        "Sec-WebSocket-Version": "13",
        "Sec-WebSocket-Key": "AAAAAAAAAAAAAAAAAAAAAA==",
    }
    host, port = server.address.split(":")
    heard = b""
    with socket.create_connection((host, int(port)), timeout=20) as client:
        client.sendall(head(server, "GET /ws HTTP/1.1", **asks))
        assert client.recv(12) == b"HTTP/1.1 101"
        with contextlib.suppress(ConnectionResetError, BrokenPipeError):
            client.sendall(sent)
        with contextlib.suppress(ConnectionResetError):
            while part := client.recv(65536):
                heard += part
    return heard


def test_offers_are_few(card_server: Server) -> None:
    with socket_to(card_server) as connection, pytest.raises(ConnectionClosed) as closed:
        pour(connection, '{"type":"offer","sdp":"v=0"}', 20)
    assert closed.value.rcvd is not None
    assert closed.value.rcvd.reason == "too many offers"
