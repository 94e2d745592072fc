"""Viewers of a broadcast are watched by aiortc itself: what they receive is decoded and timed."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path

import aioice.ice
import numpy as np
import pytest
from aiortc import RTCDtlsTransport, RTCRtpSender
from aiortc.rtp import RtpPacket

from avatar_server.control.strict_json import MessageError
from avatar_server.encode.live_packet import PRESENTER, VideoStream
from avatar_server.errors import MachineError
from avatar_server.sinks import webrtc_aiortc, webrtc_peer
from avatar_server.sinks.broadcast import Broadcast
from avatar_server.sinks.ladder import Ladder
from avatar_server.sinks.webrtc_aiortc_path import DatagramPath
from avatar_server.sinks.webrtc_peer import WebRtcPeer
from avatar_server.testing.aiortc_receiver import AiortcReceiver
from avatar_server.testing.encoded_source import SIZE, TONE_PEAKS, EncodedSource

BEST = VideoStream()
NTP_AT_UNIX_ZERO_S = 2_208_988_800


@pytest.fixture(autouse=True)
def _hooks() -> None:
    webrtc_aiortc.install(loopback_only=True)


class Performance:
    """A source, its broadcast, and viewers, who are all gone in the end."""

    def __init__(self) -> None:
        self.source = EncodedSource()
        self.epoch_s = time.monotonic()
        self.broadcast = Broadcast(self.source, epoch_s=self.epoch_s)
        self.viewers: list[tuple[WebRtcPeer, AiortcReceiver]] = []

    async def viewer(
        self, receiver: AiortcReceiver | None = None, view: str = PRESENTER
    ) -> tuple[WebRtcPeer, AiortcReceiver]:
        receiver = receiver or AiortcReceiver()
        peer = self.broadcast.new_peer(view)
        self.viewers.append((peer, receiver))
        await receiver.connect(peer)
        return peer, receiver

    async def play(self, pictures: int, blocks: int = 0) -> None:
        """As fast as the loop carries them."""
        for index in range(max(pictures, blocks)):
            if index < pictures:
                self.source.send_picture()
            if index < blocks:
                self.source.send_sound()
            await asyncio.sleep(0.002)

    async def play_until(self, condition: Callable[[], bool]) -> None:
        async with asyncio.timeout(30):
            while not condition():
                await self.play(1, 1)


@asynccontextmanager
async def performance() -> AsyncIterator[Performance]:
    playing = Performance()
    yield playing
    for peer, receiver in playing.viewers:
        await peer.close()
        await receiver.close()


def run(test: Callable[[Performance], Awaitable[None]]) -> None:
    async def play() -> None:
        async with performance() as playing:
            await test(playing)

    asyncio.run(play())


def open_files() -> int:
    return len(list(Path("/proc/self/fd").iterdir()))


def luma_of(frame: object) -> float:
    picture = frame.to_ndarray(format="yuv420p")  # type: ignore[attr-defined]
    return float(picture[: SIZE.height].mean())


def test_pictures_and_sound_arrive_as_they_were_encoded() -> None:
    async def watch(playing: Performance) -> None:
        peer, receiver = await playing.viewer()
        assert peer.codec == "h264"
        assert peer.rtp_origin is None
        await playing.play(40, 99)
        # aiortc's receiver gives a picture when the next one has begun.
        await receiver.until(lambda: len(receiver.frames["video"]) >= 39)
        await receiver.until(lambda: len(receiver.frames["audio"]) > 60)
        pictures = receiver.frames["video"]
        for index, picture in enumerate(pictures[:39]):
            assert abs(luma_of(picture) - playing.source.luma(index)) < 3
            assert picture.pts - pictures[0].pts == index * 3000
        assert peer.rtp_origin is not None
        assert {packet.timestamp for packet in receiver.packets("video")} == {
            (peer.rtp_origin + index * 3000) % 2**32 for index in range(40)
        }
        sound = [frame.to_ndarray().reshape(-1, 2) for frame in receiver.frames["audio"][10:50]]
        assert np.abs(np.concatenate(sound) / 32768).max(axis=0) == pytest.approx(TONE_PEAKS, abs=0.03)

    run(watch)


def test_answers_are_passive_on_loopback_with_one_stream_and_one_codec() -> None:
    async def answer(playing: Performance) -> None:
        receiver = AiortcReceiver()
        peer = playing.broadcast.new_peer()
        playing.viewers.append((peer, receiver))
        lines = (await receiver.connect(peer)).splitlines()
        assert lines.count("a=setup:passive") == 2
        assert {line.split()[4] for line in lines if line.startswith("a=candidate")} == {"127.0.0.1"}
        assert len({line.split()[0] for line in lines if line.startswith("a=msid:")}) == 1
        names = [line.split()[1] for line in lines if line.startswith("a=rtpmap:")]
        assert sorted(names) == ["H264/90000", "opus/48000/2", "rtx/90000"]

    run(answer)


def test_vp8_is_for_those_who_have_nothing_else() -> None:
    async def watch(playing: Performance) -> None:
        plain, _ = await playing.viewer()
        other, receiver = await playing.viewer(AiortcReceiver(video_codecs=["VP8"]))
        assert (plain.codec, other.codec) == ("h264", "vp8")
        assert playing.broadcast.streams == {BEST, VideoStream(codec="vp8")}
        await playing.play(20)
        await receiver.until(lambda: len(receiver.frames["video"]) >= 15)
        for index, picture in enumerate(receiver.frames["video"]):
            assert abs(luma_of(picture) - playing.source.luma(index)) < 4
        await other.close()
        await receiver.gone.wait()
        await playing.play(1)
        assert plain.connected
        assert playing.broadcast.viewers == 1

    run(watch)


def test_two_viewers_get_the_same_payloads_from_one_cutting() -> None:
    async def watch(playing: Performance) -> None:
        viewers = [await playing.viewer() for _ in range(2)]
        await playing.play(30, 30)
        for _, receiver in viewers:
            await receiver.until(lambda receiver=receiver: len(receiver.packets("audio")) == 30)  # type: ignore[misc]
        assert playing.broadcast.packetiser.frames == 60
        for kind in ("video", "audio"):
            one, other = ([packet.payload for packet in receiver.packets(kind)] for _, receiver in viewers)
            assert one == other
        assert len({receiver.packets("video")[0].ssrc for _, receiver in viewers}) == 2
        assert playing.broadcast.fan_out.skew.skew_ms is not None

    run(watch)


@pytest.mark.parametrize("kind", ["video", "audio"])
def test_one_kind_is_enough(kind: str) -> None:
    async def watch(playing: Performance) -> None:
        peer, receiver = await playing.viewer(AiortcReceiver([kind]))
        assert peer.kinds == {kind}
        await playing.play_until(lambda: len(receiver.frames[kind]) > 10)
        assert playing.broadcast.streams == ({BEST} if kind == "video" else frozenset())

    run(watch)


def test_without_segmentation_packets_go_one_by_one(monkeypatch: pytest.MonkeyPatch) -> None:
    """As on an interface or kernel that refuses it."""

    async def watch(playing: Performance) -> None:
        monkeypatch.setattr("avatar_server.sinks.webrtc_aiortc_path.UDP_SEGMENT", 0x7FFF)
        _, receiver = await playing.viewer()
        await playing.play_until(lambda: len(receiver.frames["video"]) >= 10)

    run(watch)


def test_lost_packets_come_again_also_those_of_a_long_burst() -> None:
    async def watch(playing: Performance) -> None:
        peer, receiver = await playing.viewer()
        await playing.play(10)
        await receiver.until(lambda: len(receiver.frames["video"]) >= 5)
        seen: set[int] = set()

        def loses(packet: RtpPacket) -> bool:
            """Each ninth packet, once."""
            number = packet.sequence_number
            lost = number % 9 == 0 and number not in seen
            seen.add(number)
            return lost

        receiver.loses = loses
        await playing.play_until(lambda: peer.stats.retransmitted >= 5)
        receiver.loses = lambda _: False
        whole = len(receiver.frames["video"])
        await playing.play_until(lambda: len(receiver.frames["video"]) >= whole + 10)
        assert peer.stats.nack >= peer.stats.retransmitted
        assert peer.stats.fraction_lost <= 1
        stamps = [frame.pts for frame in receiver.frames["video"]]
        assert set(np.diff(stamps)) == {3000}, "no picture is missing"

    run(watch)


def test_sender_reports_pair_time_stamps_with_the_media_clock() -> None:
    """However unevenly packets leave: sound a second before its pictures is still in step with them."""

    async def watch(playing: Performance) -> None:
        peer, receiver = await playing.viewer()
        await playing.play(0, 60)
        await playing.play(40)
        await receiver.until(lambda: all(receiver.reports.values()))
        await receiver.until(lambda: len(receiver.packets("video")) >= 40)
        assert peer.rtp_origin is not None
        zero_s = NTP_AT_UNIX_ZERO_S + time.time() - time.monotonic() + playing.epoch_s
        for kind, clock_hz in (("video", 90_000), ("audio", 48_000)):
            origin = receiver.packets(kind)[0].timestamp
            first_pts = next(packet.pts for packet in playing.source.sent if packet.kind == kind)
            info = receiver.reports[kind][-1].sender_info
            stream_s = (((info.rtp_timestamp - origin) & 0xFFFF_FFFF) + first_pts) / clock_hz
            assert stream_s > 0.3
            # A thousandth of a second: the clocks of this machine are read at two moments.
            assert info.ntp_timestamp / 2**32 - zero_s == pytest.approx(stream_s, abs=1e-3)
            assert info.packet_count == len(receiver.packets(kind))
            assert info.octet_count == sum(len(packet.payload) for packet in receiver.packets(kind))
        await playing.play_until(lambda: peer.stats.round_trip_s is not None)
        assert peer.stats.jitter_s is not None

    run(watch)


def test_who_joins_and_who_lost_pictures_asks_for_a_key_picture() -> None:
    async def watch(playing: Performance) -> None:
        _, receiver = await playing.viewer()
        assert playing.source.keys == [BEST], "a join, at once"
        await playing.play(20)
        await receiver.until(lambda: len(receiver.frames["video"]) > 10)
        await receiver.ask_key()
        await playing.play_until(lambda: len(playing.source.keys) == 2)
        peer, other = await playing.viewer(view="left")
        assert playing.source.keys[-1] == VideoStream("left")
        assert playing.broadcast.view_of(peer) == "left"
        await playing.play_until(lambda: len(other.frames["video"]) > 3)
        assert playing.viewers[0][0].stats.pli == 1

    run(watch)


def test_a_blocked_way_is_bridged_for_a_second_and_then_jumped_over(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def watch(playing: Performance) -> None:
        slow, slow_receiver = await playing.viewer()
        _, receiver = await playing.viewer()
        await playing.play_until(lambda: len(slow_receiver.frames["video"]) >= 5)
        way = slow._senders["video"]._path
        send = DatagramPath.send_bytes

        def blocked(self: DatagramPath, packets: memoryview, segment: int) -> int:
            return 0 if self is way else send(self, packets, segment)

        monkeypatch.setattr(DatagramPath, "send_bytes", blocked)
        await playing.play(20)
        assert 15 <= slow.stats.queued <= 20
        monkeypatch.undo()
        await playing.play_until(lambda: slow.stats.queued == 0)
        assert slow.stats.dropped == 0
        shown = len(slow_receiver.frames["video"])
        await slow_receiver.until(lambda: len(slow_receiver.frames["video"]) >= shown)
        monkeypatch.setattr(DatagramPath, "send_bytes", blocked)
        keys = len(playing.source.keys)
        await playing.play(70)
        assert slow.stats.dropped > 20
        assert slow.stats.queued <= 31
        await playing.play_until(lambda: len(playing.source.keys) > keys)
        monkeypatch.undo()
        shown = len(slow_receiver.frames["video"])
        await playing.play_until(lambda: len(slow_receiver.frames["video"]) > shown + 5)
        newest = slow_receiver.frames["video"][-1]
        assert min(abs(luma_of(newest) - playing.source.luma(i)) for i in range(100)) < 3
        stamps = [frame.pts for frame in receiver.frames["video"]]
        assert set(np.diff(stamps)) == {3000}, "the other one lost nothing"

    run(watch)


def test_a_viewer_moves_down_and_up_the_ladder_at_key_pictures(monkeypatch: pytest.MonkeyPatch) -> None:
    """The loss is told, not made: what is lost would hide what is looked for, a picture without a gap."""
    monkeypatch.setattr("avatar_server.sinks.ladder.TROUBLE_S", 0.2)
    monkeypatch.setattr("avatar_server.sinks.seat.Ladder", partial(Ladder, patience_s=0.2))
    monkeypatch.setattr("avatar_server.sinks.broadcast.REVIEW_PERIOD_S", 0.05)
    monkeypatch.setattr("avatar_server.sinks.broadcast.LINGER_S", 0.2)

    async def watch(playing: Performance) -> None:
        peer, receiver = await playing.viewer()
        sender = peer._senders["video"]
        for name in ("_note_report", "_note_estimate"):
            monkeypatch.setattr(sender, name, lambda _: None)

        def tell(fraction_lost: float) -> None:
            sender.fraction_lost = peer.stats.fraction_lost = fraction_lost

        await playing.play_until(lambda: len(receiver.frames["video"]) > 5)
        tell(0.3)
        await playing.play_until(lambda: peer.stats.rung == 1)
        tell(0.05)
        await playing.play_until(lambda: receiver.frames["video"][-1].height == SIZE.height * 3 // 4)
        await playing.play_until(lambda: playing.broadcast.streams == {VideoStream(rung=1)})
        tell(0.0)
        await playing.play_until(lambda: peer.stats.rung == 0)
        await playing.play_until(lambda: receiver.frames["video"][-1].height == SIZE.height)
        gaps = np.diff([frame.pts for frame in receiver.frames["video"]])
        assert max(gaps) <= 3000, "each picture is there, from one rung or the other"

    run(watch)


def test_a_stream_that_cannot_be_encoded_ends_its_viewers_only() -> None:
    async def watch(playing: Performance) -> None:
        peer, _ = await playing.viewer()
        other, receiver = await playing.viewer(AiortcReceiver(video_codecs=["VP8"]))
        playing.broadcast.on_stream_failed(VideoStream(codec="vp8"), "no VP8 encoder")
        async with asyncio.timeout(10):
            await receiver.gone.wait()
        assert other.gone_because == "no VP8 encoder"
        assert peer.connected

    run(watch)


def test_joins_and_leaves_leave_no_task_no_descriptor_and_nobody_behind() -> None:
    async def watch() -> None:
        before = asyncio.all_tasks(), open_files()
        async with performance() as playing:
            for _ in range(3):
                peer, receiver = await playing.viewer()
                await playing.play(5, 5)
                await peer.close()
                assert receiver.gone.is_set()
                await peer.close()
            unanswered = playing.broadcast.new_peer()
            await unanswered.close()
            unconnected = playing.broadcast.new_peer()
            await unconnected.answer(await AiortcReceiver().offer())
            await unconnected.close()
        async with asyncio.timeout(10):
            await asyncio.gather(*(asyncio.all_tasks() - before[0]), return_exceptions=True)
        assert playing.source.wanted[-1] == (frozenset(), 0)
        assert not playing.source.listeners
        assert not playing.broadcast.peers
        assert open_files() <= before[1] + 2, "the second offer's sockets"

    asyncio.run(watch())


def test_who_never_connects_and_who_vanishes_is_let_go(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(webrtc_peer, "CONNECTING_LIMIT_S", 0.2)
    monkeypatch.setattr(webrtc_peer, "SILENCE_LIMIT_S", 0.3)
    monkeypatch.setattr(webrtc_peer, "CHECK_PERIOD_S", 0.1)

    async def watch(playing: Performance) -> None:
        peer = playing.broadcast.new_peer()
        absent = AiortcReceiver()
        await peer.answer(await absent.offer())
        assert playing.broadcast.peers == (peer,)
        gone = asyncio.Event()
        peer.listen(on_connected=gone.clear, on_gone=gone.set, on_key_needed=gone.clear)
        async with asyncio.timeout(10):
            await gone.wait()
        assert not playing.broadcast.peers
        assert peer.gone_because == "did not connect"
        await absent.close()
        peer, receiver = await playing.viewer()
        transport = receiver.connection.getTransceivers()[0].receiver.transport.transport

        async def swallow(data: bytes) -> None:
            """Neither reports nor farewells arrive."""

        transport._send = swallow
        await playing.play_until(receiver.gone.is_set)
        assert peer.gone_because is not None
        assert peer.gone_because.startswith("told nothing")

    run(watch)


@pytest.mark.parametrize(
    "change",
    [
        ("a=rtpmap", "a=rtpgap"),
        ("a=fingerprint", "a=fingerpaint"),
        ("a=ice-ufrag", "a=ice-bfrag"),
        ("m=audio", "m=audio\x00"),
    ],
)
def test_offers_that_cannot_be_followed_are_answered_by_words(change: tuple[str, str]) -> None:
    async def offer(playing: Performance) -> None:
        receiver = AiortcReceiver()
        sdp = (await receiver.offer()).replace(*change)
        peer = playing.broadcast.new_peer()
        playing.viewers.append((peer, receiver))
        with pytest.raises(MessageError, match="sdp: "):
            await peer.answer(sdp)

    run(offer)


def test_a_moved_hook_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    webrtc_aiortc.check_hooks()

    async def other(self: object) -> None:
        """An aiortc that does it in another way."""

    for owner, name, says in (
        (RTCRtpSender, "_run_rtcp", "_send_rtcp"),
        (RTCDtlsTransport, "_send_rtp", "_tx_srtp"),
    ):
        with monkeypatch.context() as patch:
            patch.setattr(owner, name, other)
            with pytest.raises(MachineError, match=f"does not use .*{says}"):
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
