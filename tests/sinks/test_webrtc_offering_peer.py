"""A peer that asks for the connection itself, answered by aiortc as the server."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta

import pytest
from aiortc import RTCCertificate, RTCConfiguration, RTCPeerConnection, RTCSessionDescription
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import rsa

from avatar_server.control.strict_json import MessageError
from avatar_server.errors import MachineError
from avatar_server.sinks import webrtc_aiortc, webrtc_aiortc_dtls
from avatar_server.sinks.media_clock import MediaClock
from avatar_server.sinks.webrtc_offering_peer import OfferingPeer

LIMIT_S = 30


@pytest.fixture(autouse=True)
def _hooks() -> Iterator[None]:
    before = RTCCertificate._create_ssl_context
    webrtc_aiortc.install(loopback_only=True)
    webrtc_aiortc_dtls.accept_rsa_certificates()
    yield
    setattr(RTCCertificate, "_create_ssl_context", before)  # noqa: B010


def rsa_certificate() -> RTCCertificate:
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "server")])
    now = datetime.now(UTC)
    builder = x509.CertificateBuilder(name, name, key.public_key(), 1, now, now + timedelta(days=1))
    return RTCCertificate(key, builder.sign(key, hashes.SHA256()))  # type: ignore[arg-type]


class Server:
    """Takes what is published; DTLS server or client, as it wants."""

    def __init__(self) -> None:
        self.connection = RTCPeerConnection(RTCConfiguration(iceServers=[]))

    async def answer(self, offer: str, *, setup: str) -> str:
        self.offered = offer
        sdp = offer.replace("a=end-of-candidates\r\n", "")
        await self.connection.setRemoteDescription(RTCSessionDescription(sdp, "offer"))
        answer = await self.connection.createAnswer()
        sdp = re.sub(r"a=setup:\w+", f"a=setup:{setup}", answer.sdp)
        await self.connection.setLocalDescription(RTCSessionDescription(sdp, "answer"))
        return self.connection.localDescription.sdp


@pytest.mark.parametrize("setup", ["active", "passive"])
def test_a_server_with_an_rsa_certificate_is_connected_to(
    setup: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    certificate = rsa_certificate()

    async def run() -> None:
        happened = asyncio.Event()
        peer = OfferingPeer(media_clock=MediaClock(0.0), on_connected=happened.set, on_gone=happened.set)
        with monkeypatch.context() as patched:
            patched.setattr(RTCCertificate, "generateCertificate", lambda: certificate)
            server = Server()
        offer = await peer.make_offer()
        assert offer.count("a=setup:actpass") == offer.count("a=sendonly") == 2
        assert offer.count("a=fingerprint:sha-256 ") == offer.count("a=fingerprint:") == 2
        assert "stereo=1" in offer
        assert "127.0.0.1" in offer
        assert {line.split("/")[0].split()[1] for line in offer.splitlines() if "a=rtpmap" in line} == {
            "H264",
            "rtx",
            "opus",
        }
        try:
            await peer.accept(await server.answer(offer, setup=setup))
            async with asyncio.timeout(LIMIT_S):
                await happened.wait()
            assert peer.connected, peer.gone_because
            assert peer.codec == "h264"
        finally:
            await peer.close()
            await server.connection.close()

    asyncio.run(run())


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (lambda answer: "", "sdp: "),
        (lambda answer: "<html>no</html>", "sdp: "),
        (lambda answer: re.sub(r"m=audio \d+", "m=audio 0", answer), "audio is declined"),
        (lambda answer: answer.replace("H264", "AV1"), "no codec in common"),
        (lambda answer: re.sub(r"a=fingerprint.*\r\n", "", answer), "expected a=fingerprint"),
        (lambda answer: re.sub(r"a=ice-(ufrag|pwd).*\r\n", "", answer), "expected a=ice-ufrag"),
        (lambda answer: answer[: answer.index("m=audio")], "both tracks"),
        (lambda answer: answer.replace("a=mid:0", "a=mid:7"), "cannot be followed"),
    ],
)
def test_an_answer_that_cannot_be_followed_is_refused(spoil: Callable[[str], str], said: str) -> None:
    async def run() -> None:
        peer, server = OfferingPeer(media_clock=MediaClock(0.0)), Server()
        try:
            answer = await server.answer(await peer.make_offer(), setup="active")
            with pytest.raises(MessageError, match=said):
                await peer.accept(spoil(answer))
        finally:
            await peer.close()
            await server.connection.close()

    asyncio.run(run())


def test_a_hook_that_does_not_bite_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(webrtc_aiortc_dtls, "_create_context", rsa_certificate)
    with pytest.raises(MachineError, match="chooses its DTLS ciphers in another place"):
        webrtc_aiortc_dtls.accept_rsa_certificates()
