"""Who gets which stream of a broadcast, seen by real viewers."""

from __future__ import annotations

import asyncio
from functools import partial

import numpy as np
import pytest

from avatar_server.encode.live_packet import VideoStream
from avatar_server.sinks import webrtc_aiortc
from avatar_server.sinks.ladder import Ladder
from avatar_server.testing.aiortc_receiver import AiortcReceiver
from avatar_server.testing.encoded_source import SIZE
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
