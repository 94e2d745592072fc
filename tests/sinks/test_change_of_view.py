"""A viewer is shown another view on the same connection, as real viewers see and hear it."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest

from avatar_server.encode.live_packet import OWN_VIEWS, PRESENTER, LivePacket, VideoStream
from avatar_server.sinks import webrtc_aiortc
from avatar_server.sinks.broadcast import Broadcast
from avatar_server.sinks.rtp_packetiser import RtpFrame
from avatar_server.testing.encoded_source import BRIGHTEST, DARKEST, RATE_HZ
from avatar_server.testing.small_broadcast import SmallBroadcast, luma_of, run_broadcast

BEST = VideoStream()


@pytest.fixture(autouse=True)
def _hooks() -> None:
    webrtc_aiortc.install(loopback_only=True)


def test_a_viewer_changes_its_view_at_a_key_picture_on_the_same_connection() -> None:
    own = OWN_VIEWS[0]

    async def watch(playing: SmallBroadcast) -> None:
        peer, receiver = await playing.viewer()
        _, other = await playing.viewer()
        frames, ended = receiver.frames["video"], []
        await playing.play_until(lambda: len(frames) > 10)
        playing.broadcast.show(peer, own)
        assert playing.broadcast.streams == {BEST, VideoStream(own)}
        assert playing.source.keys[-1] == VideoStream(own), "asked for at once"
        await playing.play_until(lambda: len(frames) > 30)
        playing.broadcast.show(peer, PRESENTER)
        playing.broadcast.retire(own, lambda: ended.append(own))
        assert ended == [], "its last picture is not sent yet"
        await playing.play_until(lambda: bool(ended))
        assert playing.broadcast.streams == {BEST}, "and it does not linger"
        count = len(frames)
        await playing.play_until(lambda: len(frames) > count + 10 and len(other.frames["video"]) > count + 10)

        span = BRIGHTEST - DARKEST
        steps = (np.diff([luma_of(picture) for picture in frames]) + span / 2) % span - span / 2
        falls = [index for index, step in enumerate(steps) if -5 < step < -1]
        assert 10 < len(falls) == falls[-1] - falls[0] + 1, "its own from one picture on, and back at another"
        stamps = [packet.timestamp for packet in receiver.packets("video")]
        assert all(0 <= (later - earlier) % 2**32 < 2**31 for earlier, later in pairwise(stamps))
        for kind in ("video", "audio"):
            numbers = [packet.sequence_number for packet in receiver.packets(kind)]
            assert all((later - earlier) % 2**16 == 1 for earlier, later in pairwise(numbers)), "no gap"
            assert len({packet.ssrc for packet in receiver.packets(kind)}) == 1
        assert playing.broadcast.totals().keys() == {PRESENTER}, "counted where it came"

    run_broadcast(watch)


def test_who_leaves_while_its_own_view_is_shown_leaves_nothing_behind() -> None:
    own = OWN_VIEWS[0]

    async def watch(playing: SmallBroadcast) -> None:
        peer, receiver = await playing.viewer()
        _, other = await playing.viewer()
        playing.broadcast.show(peer, own)
        await playing.play_until(lambda: len(receiver.frames["video"]) > 5)
        playing.broadcast.remove(peer)
        ended: list[str] = []
        playing.broadcast.retire(own, lambda: ended.append(own))
        assert ended == [own]
        assert playing.broadcast.streams == {BEST}
        await playing.play_until(lambda: len(other.frames["video"]) > 5)

    run_broadcast(watch)


def test_an_own_view_that_cannot_be_encoded_gives_way_to_the_presenters() -> None:
    own = VideoStream(OWN_VIEWS[0])

    async def watch(playing: SmallBroadcast) -> None:
        peer, receiver = await playing.viewer()
        playing.broadcast.show(peer, own.view)
        await playing.play_until(lambda: playing.broadcast.seats[0].stream == own)
        playing.broadcast.on_stream_failed(own, "broken")
        await playing.play_until(lambda: playing.broadcast.seats[0].stream == BEST)
        assert peer.connected
        playing.broadcast.on_stream_failed(BEST, "broken")
        await receiver.gone.wait()
        assert peer.gone_because == "broken"

    run_broadcast(watch)


class Late:
    """Gives pictures of one stream to a broadcast three places late, as a busy machine may."""

    def __init__(self, broadcast: Broadcast, stream: VideoStream) -> None:
        self.take, self.stream = broadcast.on_packet, stream
        self.held: list[LivePacket] = []
        broadcast.on_packet = self.on_packet  # type: ignore[method-assign]

    def on_packet(self, packet: LivePacket) -> None:
        if packet.stream == self.stream:
            self.held.append(packet)
            if len(self.held) <= 3:
                return
            packet = self.held.pop(0)
        self.take(packet)


def test_a_view_that_comes_later_than_the_other_does_not_take_time_back() -> None:
    own = VideoStream(OWN_VIEWS[0])

    async def watch(playing: SmallBroadcast) -> None:
        peer, receiver = await playing.viewer()
        frames, (seat,) = receiver.frames["video"], playing.broadcast.seats
        sent: list[RtpFrame] = []
        await playing.play_until(lambda: len(frames) > 5)
        send = peer.send

        def note(frame: RtpFrame) -> None:
            sent.append(frame)
            send(frame)

        peer.send = note  # type: ignore[method-assign]
        Late(playing.broadcast, own)
        playing.broadcast.show(peer, own.view)
        keys = len(playing.source.keys)
        await playing.play_until(lambda: seat.stream == own)
        assert len(playing.source.keys) > keys, "the first key picture came too late"
        shown = len(frames)
        await playing.play_until(lambda: len(frames) > shown + 10)

        playing.broadcast.show(peer, PRESENTER)
        await playing.play_until(lambda: seat.stream == BEST)
        await playing.play_until(lambda: len(frames) > shown + 20)
        pictures = [frame for frame in sent if frame.kind == "video"]
        assert all(later.pts > frame.pts for frame, later in pairwise(pictures)), "no moment twice"
        assert {frame.stream for frame in pictures} == {BEST, own}
        for frame, later in pairwise(pictures):
            assert later.key or later.stream == frame.stream

    run_broadcast(watch)


def test_who_waits_for_a_late_view_and_gives_it_up_sees_the_old_one_from_a_key_picture_on() -> None:
    own = VideoStream(OWN_VIEWS[0])

    async def watch(playing: SmallBroadcast) -> None:
        peer, receiver = await playing.viewer()
        frames, (seat,) = receiver.frames["video"], playing.broadcast.seats
        await playing.play_until(lambda: len(frames) > 5)
        Late(playing.broadcast, own)
        playing.broadcast.show(peer, own.view)
        await playing.play(4)
        assert (seat.stream, seat.next_stream) == (BEST, own), "its first key picture came too late"
        playing.broadcast.show(peer, PRESENTER)
        shown = len(frames)
        await playing.play_until(lambda: len(frames) > shown + 10)
        assert seat.next_stream is None
        # Key pictures are rationed by time: how many others are passed over depends on the machine. What is
        # seen is the presenter's picture of its own moment, later each time.
        places = np.array([(picture.pts - frames[0].pts) * RATE_HZ // 90_000 for picture in frames])
        assert (np.diff(places) > 0).all(), "none comes twice"
        first = round((luma_of(frames[0]) - DARKEST) / 3)
        told = [playing.source.luma(first + int(place)) for place in places]
        seen = [luma_of(picture) for picture in frames]
        assert seen == pytest.approx(told, abs=3), "no picture is broken"

    run_broadcast(watch)
