"""Who gets which stream of a broadcast, seen by real viewers."""

from __future__ import annotations

import asyncio
from functools import partial
from itertools import pairwise

import numpy as np
import pytest

from avatar_server.encode.live_packet import OWN_VIEWS, PRESENTER, LivePacket, VideoStream
from avatar_server.sinks import webrtc_aiortc
from avatar_server.sinks.broadcast import Broadcast
from avatar_server.sinks.ladder import Ladder
from avatar_server.sinks.rtp_packetiser import RtpFrame
from avatar_server.testing.aiortc_receiver import AiortcReceiver
from avatar_server.testing.encoded_source import BRIGHTEST, DARKEST, SIZE
from avatar_server.testing.small_broadcast import SmallBroadcast, luma_of, run_broadcast

BEST = VideoStream()


@pytest.fixture(autouse=True)
def _hooks() -> None:
    webrtc_aiortc.install(loopback_only=True)


def test_vp8_is_for_those_who_have_nothing_else() -> None:
    async def watch(playing: SmallBroadcast) -> None:
        plain, _ = await playing.viewer()
        other, receiver = await playing.viewer(AiortcReceiver(video_codecs=["VP8", "rtx"]))
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

    run_broadcast(watch)


@pytest.mark.parametrize("kind", ["video", "audio"])
def test_one_kind_is_enough(kind: str) -> None:
    async def watch(playing: SmallBroadcast) -> None:
        peer, receiver = await playing.viewer(AiortcReceiver([kind]))
        assert peer.kinds == {kind}
        await playing.play_until(lambda: len(receiver.frames[kind]) > 10)
        assert playing.broadcast.streams == ({BEST} if kind == "video" else frozenset())

    run_broadcast(watch)


def test_who_joins_and_who_lost_pictures_asks_for_a_key_picture() -> None:
    async def watch(playing: SmallBroadcast) -> None:
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

    run_broadcast(watch)


def test_a_full_intra_request_makes_a_key_picture_of_whom_it_names() -> None:
    async def watch(playing: SmallBroadcast) -> None:
        peer, receiver = await playing.viewer()
        await playing.play_until(lambda: len(receiver.frames["video"]) > 10)
        await receiver.ask_key_by_fir(number=1, of_whom=receiver.packets("video")[0].ssrc ^ 1)
        await receiver.ask_key_by_fir(number=2)
        await playing.play_until(lambda: len(playing.source.keys) == 2)
        assert playing.source.keys == [BEST, BEST]
        assert peer.stats.pli == 1, "nobody is the one that the first request named"
        shown = len(receiver.frames["video"])
        await playing.play_until(lambda: any(frame.key_frame for frame in receiver.frames["video"][10:]))
        await playing.play_until(lambda: len(receiver.frames["video"]) > shown)

    run_broadcast(watch)


def test_whoever_is_left_without_a_key_picture_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whether his request was lost or the machine too slow: of still pictures there is none for long."""
    monkeypatch.setattr("avatar_server.sinks.broadcast.REVIEW_PERIOD_S", 0.05)
    monkeypatch.setattr("avatar_server.sinks.seat.KEY_PATIENCE_S", 0.1)

    async def watch(playing: SmallBroadcast) -> None:
        asked: asyncio.Queue[VideoStream] = asyncio.Queue()
        _, first = await playing.viewer()
        await playing.play_until(lambda: len(first.frames["video"]) > 3)
        answer = playing.source.request_key
        monkeypatch.setattr(playing.broadcast._keys, "_ask", asked.put_nowait)
        peer, joiner = await playing.viewer()
        async with asyncio.timeout(10):
            await asked.get()
            assert peer.waits_for_key, "that request is lost"
            answer(await asked.get())
        await playing.play_until(lambda: len(joiner.frames["video"]) > 3)
        assert not peer.waits_for_key

        shown = len(joiner.frames["video"])
        peer.skip_to_key()
        async with asyncio.timeout(10):
            answer(await asked.get())
        await playing.play_until(lambda: len(joiner.frames["video"]) > shown + 3)
        await playing.play(50)
        assert asked.empty(), "nobody waits any more"

    run_broadcast(watch)


def test_a_viewer_moves_down_and_up_the_ladder_at_key_pictures(monkeypatch: pytest.MonkeyPatch) -> None:
    """The loss is told, not made: what is lost would hide what is looked for, a picture without a gap."""
    monkeypatch.setattr("avatar_server.sinks.ladder.TROUBLE_S", 0.2)
    monkeypatch.setattr("avatar_server.sinks.seat.Ladder", partial(Ladder, patience_s=0.2))
    monkeypatch.setattr("avatar_server.sinks.broadcast.REVIEW_PERIOD_S", 0.05)
    monkeypatch.setattr("avatar_server.sinks.broadcast.LINGER_S", 0.2)

    async def watch(playing: SmallBroadcast) -> None:
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

    run_broadcast(watch)


def test_a_stream_that_cannot_be_encoded_ends_its_viewers_only() -> None:
    async def watch(playing: SmallBroadcast) -> None:
        peer, _ = await playing.viewer()
        other, receiver = await playing.viewer(AiortcReceiver(video_codecs=["VP8", "rtx"]))
        playing.broadcast.on_stream_failed(VideoStream(codec="vp8"), "no VP8 encoder")
        async with asyncio.timeout(10):
            await receiver.gone.wait()
        assert other.gone_because == "no VP8 encoder"
        assert peer.connected

    run_broadcast(watch)


def test_a_view_that_does_not_exist_ends_its_viewer_only() -> None:
    async def watch(playing: SmallBroadcast) -> None:
        peer, _ = await playing.viewer()
        other, receiver = await playing.viewer(view="nowhere")
        async with asyncio.timeout(10):
            await receiver.gone.wait()
        assert other.gone_because is not None
        assert "expected one of presenter, left" in other.gone_because
        assert playing.broadcast.streams == {BEST}
        assert playing.broadcast.peers == (peer,)

    run_broadcast(watch)


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
        steps = np.diff([luma_of(picture) for picture in frames]) % (BRIGHTEST - DARKEST)
        assert (steps < (BRIGHTEST - DARKEST) / 2).all(), "no picture is broken, and none comes twice"

    run_broadcast(watch)
