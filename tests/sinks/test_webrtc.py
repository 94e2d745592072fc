"""Viewers of a broadcast are watched by aiortc itself: what they receive is decoded and timed."""

from __future__ import annotations

import time

import numpy as np
import pytest

from avatar_server.sinks import webrtc_aiortc
from avatar_server.sinks.webrtc_aiortc_path import DatagramPath
from avatar_server.testing.encoded_source import TONE_PEAKS
from avatar_server.testing.small_broadcast import SmallBroadcast, luma_of, run_broadcast

NTP_AT_UNIX_ZERO_S = 2_208_988_800


@pytest.fixture(autouse=True)
def _hooks() -> None:
    webrtc_aiortc.install(loopback_only=True)


def test_pictures_and_sound_arrive_as_they_were_encoded() -> None:
    async def watch(playing: SmallBroadcast) -> None:
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

    run_broadcast(watch)


def test_two_viewers_get_the_same_payloads_from_one_cutting() -> None:
    async def watch(playing: SmallBroadcast) -> None:
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

    run_broadcast(watch)


def test_without_segmentation_packets_go_one_by_one(monkeypatch: pytest.MonkeyPatch) -> None:
    """As on an interface or kernel that refuses it."""

    async def watch(playing: SmallBroadcast) -> None:
        monkeypatch.setattr("avatar_server.sinks.webrtc_aiortc_path.UDP_SEGMENT", 0x7FFF)
        _, receiver = await playing.viewer()
        await playing.play_until(lambda: len(receiver.frames["video"]) >= 10)

    run_broadcast(watch)


def test_sender_reports_pair_time_stamps_with_the_media_clock() -> None:
    """However unevenly packets leave: sound a second before its pictures is still in step with them."""

    async def watch(playing: SmallBroadcast) -> None:
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

    run_broadcast(watch)


def test_reports_come_also_while_nothing_is_played() -> None:
    async def watch(playing: SmallBroadcast) -> None:
        _, receiver = await playing.viewer()
        await playing.play_until(lambda: all(receiver.reports.values()))
        counts = {kind: len(reports) for kind, reports in receiver.reports.items()}
        await receiver.until(
            lambda: all(len(reports) > counts[kind] for kind, reports in receiver.reports.items())
        )

    run_broadcast(watch)


def test_a_blocked_way_is_bridged_for_a_second_and_then_jumped_over(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def watch(playing: SmallBroadcast) -> None:
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

    run_broadcast(watch)


def test_a_wall_clock_that_is_set_moves_no_pair(monkeypatch: pytest.MonkeyPatch) -> None:
    async def watch(playing: SmallBroadcast) -> None:
        _, receiver = await playing.viewer()
        await playing.play_until(lambda: len(receiver.reports["video"]) >= 1)
        clock = time.time
        monkeypatch.setattr(time, "time", lambda: clock() - 3600)
        await playing.play_until(lambda: len(receiver.reports["video"]) >= 2)
        before, after = (report.sender_info for report in receiver.reports["video"][:2])
        passed_s = ((after.rtp_timestamp - before.rtp_timestamp) & 0xFFFF_FFFF) / 90_000
        assert passed_s > 1
        assert (after.ntp_timestamp - before.ntp_timestamp) / 2**32 == pytest.approx(passed_s, abs=1e-3)

    run_broadcast(watch)
