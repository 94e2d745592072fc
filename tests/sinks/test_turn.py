"""Ways through a TURN server: a real one relays, a blocked one is not flooded."""

from __future__ import annotations

import re
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from aiortc import RTCConfiguration, RTCIceTransportPolicy

from avatar_server.sinks import webrtc_aiortc, webrtc_peer
from avatar_server.sinks.webrtc_aiortc_path import BUFFER, MOST_WAITING_AT_TURN, DatagramPath
from avatar_server.sinks.webrtc_peer import IceServer
from avatar_server.testing.aiortc_receiver import AiortcReceiver
from avatar_server.testing.small_broadcast import SmallBroadcast, luma_of, run_broadcast

USER, PASSWORD = "viewer", "secret"


@pytest.fixture(scope="module")
def turn_port(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    """Of a coturn that relays on loopback."""
    folder: Path = tmp_path_factory.mktemp("turn")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
    settings = folder / "turnserver.conf"
    settings.write_text(
        f"listening-ip=127.0.0.1\nlistening-port={port}\nrelay-ip=127.0.0.1\nallow-loopback-peers\n"
        f"lt-cred-mech\nuser={USER}:{PASSWORD}\nrealm=test\nno-tls\nno-dtls\nno-cli\n"
        f"log-file={folder / 'turn.log'}\npidfile={folder / 'turn.pid'}\nuserdb={folder / 'turn.db'}\n"
    )
    server = subprocess.Popen(
        ["turnserver", "-c", str(settings)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        until_s = time.monotonic() + 20
        while time.monotonic() < until_s:
            with socket.socket() as knocking:
                if knocking.connect_ex(("127.0.0.1", port)) == 0:
                    break
        else:
            pytest.fail("coturn did not start")
        yield port
    finally:
        server.kill()
        server.wait()


@pytest.mark.parametrize("transport", ["udp", "tcp"])
def test_pictures_arrive_through_a_relay(
    turn_port: int, transport: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    webrtc_aiortc.install(loopback_only=True)

    def relay_only(iceServers: list[Any]) -> RTCConfiguration:
        return RTCConfiguration(iceServers=iceServers, iceTransportPolicy=RTCIceTransportPolicy.RELAY)

    monkeypatch.setattr(webrtc_peer, "RTCConfiguration", relay_only)
    server = IceServer(f"turn:127.0.0.1:{turn_port}?transport={transport}", USER, PASSWORD)

    async def watch(playing: SmallBroadcast) -> None:
        receiver = AiortcReceiver()
        peer = playing.broadcast.new_peer(ice_servers=[server])
        playing.viewers.append((peer, receiver))
        answer = await receiver.connect(peer)
        kinds = {line.split()[7] for line in answer.splitlines() if line.startswith("a=candidate")}
        assert kinds == {"relay"}
        await playing.play_until(lambda: len(receiver.frames["video"]) > 20)
        await receiver.until(lambda: len(receiver.frames["audio"]) > 5)
        for index, picture in enumerate(receiver.frames["video"][:20]):
            assert abs(luma_of(picture) - playing.source.luma(index)) < 3

    run_broadcast(watch)


def test_a_silent_server_keeps_nobody_waiting() -> None:
    """aioice asks after 0, 0.5, 1.5 and 3.5 s: how often it did tells how long it waited."""
    webrtc_aiortc.install(loopback_only=True)

    async def watch(playing: SmallBroadcast) -> None:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as silent:
            silent.bind(("127.0.0.1", 0))
            silent.setblocking(False)
            server = IceServer(f"turn:127.0.0.1:{silent.getsockname()[1]}?transport=udp", USER, PASSWORD)
            receiver = AiortcReceiver()
            peer = playing.broadcast.new_peer(ice_servers=[server])
            playing.viewers.append((peer, receiver))
            answer = await receiver.connect(peer)
            asked = []
            with suppress(BlockingIOError):
                while True:
                    asked.append(silent.recv(2000))
        assert len(asked) == 2, "it was given the time for one request that is lost"
        assert re.findall(r"^a=candidate:.* typ (\w+)", answer, re.MULTILINE) == ["host", "host"]
        await playing.play_until(lambda: len(receiver.frames["video"]) > 5)

    run_broadcast(watch)


class BlockedRelay:
    """As much of aioice's transport as is used, with a server behind it that does not read."""

    def __init__(self) -> None:
        self.waiting = 0
        self.sent: list[int] = []
        inner = SimpleNamespace(get_write_buffer_size=lambda: self.waiting)
        self._TurnTransport__inner_protocol = SimpleNamespace(transport=inner)

    def get_extra_info(self, name: str) -> None:
        """It has no socket of its own."""

    def sendto(self, data: bytes, address: tuple[str, int]) -> None:
        self.sent.append(len(data))
        self.waiting += len(data)


def test_a_blocked_relay_is_not_flooded() -> None:
    relay = BlockedRelay()
    heard: list[bytes] = []
    protocol = SimpleNamespace(transport=relay, datagram_received=lambda data, _: heard.append(data))
    pair = SimpleNamespace(protocol=protocol, remote_addr=("192.0.2.1", 9))
    ice = SimpleNamespace(_nominated={1: pair})
    path = DatagramPath(
        SimpleNamespace(transport=SimpleNamespace(_connection=ice)),  # type: ignore[arg-type]
        lambda: heard.append(b"heard"),
    )
    assert path.send(2500, 1200) == 2500
    assert relay.sent == [1200, 1200, 100]
    while path.send(len(BUFFER), 1200):
        assert relay.waiting < MOST_WAITING_AT_TURN + 2 * len(BUFFER)
    protocol.datagram_received(b"a report", ("192.0.2.1", 9))
    assert heard == [b"heard", b"a report"]
    relay.waiting = 0
    assert path.send(100, 100) == 100
    ice._nominated.clear()
    with pytest.raises(ConnectionError, match="no way"):
        path.send(100, 100)
