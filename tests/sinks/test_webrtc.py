"""A peer is watched by aiortc itself as the browser: what is received is decoded and timed."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import aioice.ice
import numpy as np
import pytest
from aiortc import RTCConfiguration, RTCPeerConnection, RTCRtpReceiver, RTCRtpSender, RTCSessionDescription
from aiortc.rtp import RtcpSrPacket
from av import AudioFrame, VideoFrame

from avatar_server.control.strict_json import MessageError
from avatar_server.encode.live_h264 import LiveH264
from avatar_server.encode.live_opus import BLOCK_SAMPLES, LiveOpus
from avatar_server.encode.live_packet import LivePacket
from avatar_server.errors import MachineError
from avatar_server.render.contract import Picture, PictureSize
from avatar_server.sinks import webrtc_aiortc
from avatar_server.sinks.webrtc_aiortc import MediaClock
from avatar_server.sinks.webrtc_peer import WebRtcPeer

SIZE = PictureSize(320, 192)
NTP_AT_ZERO_S = 4_000_000_000.0


class Broadcast:
    """Packets of a grey picture that brightens and of a tone, made once."""

    def __init__(self) -> None:
        video, audio = LiveH264(SIZE, 30), LiveOpus()
        self.video, self.audio = [], []
        for index in range(60):
            i420 = np.full((SIZE.height * 3 // 2, SIZE.width), 128, np.uint8)
            i420[: SIZE.height] = 40 + index * 3
            self.video.append(video.encode(Picture(SIZE, i420), index, key=index % 15 == 0))
        for index in range(1, 100):
            time = np.arange(index * BLOCK_SAMPLES, (index + 1) * BLOCK_SAMPLES) / 48_000
            tone = np.sin(2 * np.pi * 440 * time)[:, np.newaxis] * (0.5, 0.25)
            self.audio.append(audio.encode(tone.astype(np.float32), index * BLOCK_SAMPLES))


@pytest.fixture(scope="module")
def broadcast() -> Broadcast:
    return Broadcast()


@pytest.fixture(autouse=True)
def _hooks() -> None:
    webrtc_aiortc.install(loopback_only=True)


class Receiver:
    """A browser made of aiortc: connects, collects frames, and notes sender reports."""

    def __init__(self) -> None:
        self.connection = RTCPeerConnection(RTCConfiguration(iceServers=[]))
        self.frames: dict[str, list[Any]] = {"video": [], "audio": []}
        self.reports: dict[str, list[RtcpSrPacket]] = {"video": [], "audio": []}
        self.keys_asked = 0
        self.connected, self.gone = asyncio.Event(), asyncio.Event()
        self.news = asyncio.Event()
        self._tasks: list[asyncio.Task[None]] = []
        for kind in ("video", "audio"):
            transceiver = self.connection.addTransceiver(kind, direction="recvonly")
            self._note_reports(kind, transceiver.receiver)
        self.connection.on("track", self._on_track)

    def _note_reports(self, kind: str, receiver: RTCRtpReceiver) -> None:
        handle: Callable[[Any], Any] = receiver._handle_rtcp_packet

        async def noting(packet: Any) -> None:
            if isinstance(packet, RtcpSrPacket):
                self.reports[kind].append(packet)
                self.news.set()
            await handle(packet)

        receiver._handle_rtcp_packet = noting  # type: ignore[method-assign]

    def _on_track(self, track: Any) -> None:
        async def collect() -> None:
            while True:
                self.frames[track.kind].append(await track.recv())
                self.news.set()

        self._tasks.append(asyncio.create_task(collect()))

    def ask_key(self) -> None:
        self.keys_asked += 1
        self.news.set()

    async def connect(self) -> WebRtcPeer:
        peer = WebRtcPeer(
            media_clock=MediaClock(NTP_AT_ZERO_S),
            request_key=self.ask_key,
            on_connected=self.connected.set,
            on_gone=self.gone.set,
        )
        await self.connection.setLocalDescription(await self.connection.createOffer())
        answer = await peer.answer(self.connection.localDescription.sdp)
        assert "a=setup:passive" in answer
        assert "a=setup:active" not in answer
        assert {line.split()[4] for line in answer.splitlines() if line.startswith("a=candidate")} == {
            "127.0.0.1"
        }
        assert len({line.split()[0] for line in answer.splitlines() if line.startswith("a=msid:")}) == 1
        await self.connection.setRemoteDescription(RTCSessionDescription(answer, "answer"))
        async with asyncio.timeout(20):
            await self.connected.wait()
        return peer

    async def until(self, condition: Callable[[], bool]) -> None:
        async with asyncio.timeout(30):
            while not condition():
                self.news.clear()
                await self.news.wait()

    async def close(self) -> None:
        for task in self._tasks:
            task.cancel()
        await self.connection.close()


async def send(peer: WebRtcPeer, packets: list[LivePacket]) -> None:
    """One after the other, as fast as the loop carries them."""
    for packet in packets:
        peer.send(packet)
        await asyncio.sleep(0.001)


def test_pictures_and_sound_arrive_as_they_were_encoded(broadcast: Broadcast) -> None:
    async def watch() -> None:
        receiver = Receiver()
        peer = await receiver.connect()
        assert peer.rtp_origin is None
        await send(peer, broadcast.video[:40])
        await send(peer, broadcast.audio)
        # aiortc's receiver gives a picture when the next one has begun.
        await receiver.until(
            lambda: len(receiver.frames["video"]) >= 39 and len(receiver.frames["audio"]) > 60
        )
        pictures: list[VideoFrame] = receiver.frames["video"]
        for index, picture in enumerate(pictures[:39]):
            luma = picture.to_ndarray(format="yuv420p")[: SIZE.height]
            assert abs(float(luma.mean()) - (40 + index * 3)) < 3
            assert picture.pts is not None
            assert pictures[0].pts is not None
            assert picture.pts - pictures[0].pts == index * 3000
        assert peer.rtp_origin is not None
        sound: list[AudioFrame] = receiver.frames["audio"]
        samples = np.concatenate([frame.to_ndarray().reshape(-1, 2) for frame in sound[10:50]]) / 32768
        assert np.abs(samples).max(axis=0) == pytest.approx([0.5, 0.25], abs=0.03)
        await peer.close()
        await receiver.close()

    asyncio.run(watch())


def test_sender_reports_pair_time_stamps_with_the_media_clock(broadcast: Broadcast) -> None:
    """However unevenly packets leave: sound a second before its pictures is still in step with them."""

    async def watch() -> None:
        receiver = Receiver()
        peer = await receiver.connect()
        await send(peer, broadcast.audio)
        await send(peer, broadcast.video)
        await receiver.until(lambda: all(receiver.reports.values()))
        assert peer.rtp_origin is not None
        video = receiver.reports["video"][-1].sender_info
        stream_s = ((video.rtp_timestamp - peer.rtp_origin) & 0xFFFF_FFFF) / 90_000
        assert stream_s == broadcast.video[-1].pts / 90_000
        assert video.ntp_timestamp / 2**32 == pytest.approx(NTP_AT_ZERO_S + stream_s, abs=1e-6)
        audio = receiver.reports["audio"][-1].sender_info
        audio_s = broadcast.audio[-1].pts / 48_000
        assert audio.ntp_timestamp / 2**32 == pytest.approx(NTP_AT_ZERO_S + audio_s, abs=1e-6)
        await peer.close()
        await receiver.close()

    asyncio.run(watch())


def test_a_receiver_that_lost_pictures_gets_a_key_picture(broadcast: Broadcast) -> None:
    async def watch() -> None:
        receiver = Receiver()
        peer = await receiver.connect()
        await send(peer, broadcast.video[:20])
        await receiver.until(lambda: len(receiver.frames["video"]) > 10)
        video = receiver.connection.getTransceivers()[0].receiver
        ssrc = next(iter(video._RTCRtpReceiver__active_ssrc))  # type: ignore[attr-defined]
        await video._send_rtcp_pli(ssrc)
        await receiver.until(lambda: receiver.keys_asked == 1)
        await peer.close()
        await receiver.close()

    asyncio.run(watch())


def test_a_peer_that_goes_is_noticed_once_and_leaves_no_task(broadcast: Broadcast) -> None:
    async def watch() -> None:
        before = asyncio.all_tasks()
        receiver = Receiver()
        peer = await receiver.connect()
        await send(peer, broadcast.video[:5])
        await peer.close()
        assert receiver.gone.is_set()
        await peer.close()
        await receiver.close()
        others = asyncio.all_tasks() - before
        async with asyncio.timeout(10):
            await asyncio.gather(*others, return_exceptions=True)

    asyncio.run(watch())


@pytest.mark.parametrize(
    "change",
    [
        ("a=rtpmap", "a=rtpgap"),
        ("H264", "H999"),
        ("a=fingerprint", "a=fingerpaint"),
        ("a=ice-ufrag", "a=ice-bfrag"),
        ("a=mid:0", "a=mid:7"),
        ("m=audio", "m=audio\x00"),
    ],
)
def test_offers_that_cannot_be_followed_are_answered_by_words(change: tuple[str, str]) -> None:
    async def offer() -> None:
        receiver = Receiver()
        await receiver.connection.setLocalDescription(await receiver.connection.createOffer())
        sdp = receiver.connection.localDescription.sdp.replace(*change)
        peer = WebRtcPeer(
            media_clock=MediaClock(0.0),
            request_key=lambda: None,
            on_connected=lambda: None,
            on_gone=lambda: None,
        )
        try:
            with pytest.raises(MessageError, match="sdp: "):
                await peer.answer(sdp)
        finally:
            await peer.close()
            await receiver.close()

    asyncio.run(offer())


def test_a_moved_hook_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    webrtc_aiortc.check_hooks()

    async def other(self: RTCRtpSender) -> None:
        """An aiortc that sends its reports in another way."""

    monkeypatch.setattr(RTCRtpSender, "_run_rtcp", other)
    with pytest.raises(MachineError, match=r"does not use .*_send_rtcp"):
        webrtc_aiortc.check_hooks()


def test_addresses_other_than_loopback_are_offered_when_there_are_any(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for found, offered in (([], ["127.0.0.1"]), (["192.0.2.7"], ["192.0.2.7"])):
        monkeypatch.setattr(webrtc_aiortc, "_gather_addresses", lambda *_, found=found: found)
        webrtc_aiortc.install(loopback_only=False)
        assert aioice.ice.get_host_addresses(True, True) == offered
    webrtc_aiortc.install(loopback_only=True)
    assert aioice.ice.get_host_addresses(True, True) == ["127.0.0.1"]
