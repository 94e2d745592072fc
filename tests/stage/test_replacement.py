"""A stage's process is killed, stopped and broken: another one goes on at the same place."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import threading
from collections.abc import Awaitable, Callable
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from avatar_server.control.commands import (
    ChooseCamera,
    ChoosePreset,
    ChooseStaging,
    MarkRegion,
    Pause,
    Play,
    Seek,
    SetSpeed,
    SetVoice,
    TurnOrbit,
)
from avatar_server.control.events import VoiceHeard
from avatar_server.encode.live_packet import LivePacket, VideoStream
from avatar_server.sinks.recording import RecordingSink, decode_audio, decode_video
from avatar_server.stage.programme import StageOrder
from avatar_server.stage.spare import Spare
from avatar_server.stage.stage import Stage
from avatar_server.stage.supervision import MOST_DEATHS
from avatar_server.stage.test_card import azimuth_rad, time_code_s

CARD = StageOrder("test-card", data_dir="", body="", width=320, height=192, rate_hz=30)
DEMO = StageOrder("demo", data_dir="", body="", width=320, height=192, rate_hz=30)
BEST = VideoStream()


def with_spare(
    play: Callable[[Stage, Spare, RecordingSink], Awaitable[None]], order: StageOrder = CARD
) -> None:
    """Run `play` on a stage that is watched, with a spare that waits."""

    async def run() -> None:
        spare, sink = Spare(refill_delay_s=0.0), RecordingSink()
        stage = await Stage.open(order, spare=spare)
        try:
            spare.refill(order)
            stage.join(sink)
            stage.want(frozenset({BEST}), 1)
            await asyncio.wait_for(spare.ready.wait(), 60)
            await sink.until(lambda: len(sink.video) > 20)
            await play(stage, spare, sink)
        finally:
            await stage.close()
            await spare.close()

    asyncio.run(run())


def decoded_from(packets: list[LivePacket], index: int) -> list[tuple[int, float, float]]:
    """(pts, media time, azimuth) from the last key picture at or before `index` on."""
    first = max(place for place in range(index + 1) if packets[place].key)
    return [(pts, time_code_s(luma), azimuth_rad(luma)) for pts, luma in decode_video(packets[first:])]


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGSTOP], ids=["killed", "stopped"])
def test_a_lost_process_is_replaced_at_the_same_place(how: signal.Signals) -> None:
    async def play(stage: Stage, spare: Spare, sink: RecordingSink) -> None:
        stage.follow(Seek(31.0))
        stage.follow(SetSpeed(0.5))
        stage.follow(ChooseCamera("left"))
        stage.follow(TurnOrbit(0.3, 0.0))
        await sink.until(lambda: sink.statuses[-1].camera == "orbit" and sink.statuses[-1].time_s > 31.2)
        epoch_s, lost = stage.epoch_s, stage.process_id
        os.kill(lost, how)
        await sink.until(lambda: sink.resumptions == 1)
        assert sink.interruptions == 1
        goes_on = len(sink.video)
        await sink.until(lambda: len(sink.video) > goes_on + 15)
        assert spare.taken == 1
        assert stage.figures.restarts == 1
        assert stage.process_id != lost
        assert stage.epoch_s == stage.ready.epoch_s == epoch_s

        for packets in (sink.video, sink.audio):
            assert all(later.pts > packet.pts for packet, later in pairwise(packets)), "time stamps grow"
        seen = decoded_from(sink.video, goes_on - 1) + decoded_from(sink.video, len(sink.video) - 1)
        seen = sorted({picture for picture in seen if picture[1] >= 31.0})
        assert all(b[1] - a[1] >= 0 for a, b in pairwise(seen)), "no moment is seen twice"
        # While the stopped process is waited for, sound that was made ahead is heard: 0.4 s at half speed.
        assert max(b[1] - a[1] for a, b in pairwise(seen)) < 0.3, "and none is left out"
        assert all(azimuth == pytest.approx(-0.3, abs=0.1) for _, _, azimuth in seen[-10:]), "same camera"
        assert len(decode_audio(sink.audio)) == 960 * len(sink.audio)
        assert sink.statuses[-1].speed == 0.5

        # Whatever is asked for while nothing plays is done by the next process.
        await asyncio.wait_for(spare.ready.wait(), 60)
        os.kill(stage.process_id, how)
        await sink.until(lambda: sink.interruptions == 2)
        stage.follow(Pause())
        stage.follow(Seek(50.0))
        await sink.until(lambda: sink.statuses[-1].time_s == 50.0 and not sink.statuses[-1].playing)
        assert stage.end_reason is None

    with_spare(play)


def test_the_next_process_plays_the_same_region_at_the_same_loudness() -> None:
    async def play(stage: Stage, spare: Spare, sink: RecordingSink) -> None:
        stage.follow(MarkRegion(20.0, 20.5))
        stage.follow(SetVoice("left", 1.0, True))
        await sink.until(
            lambda: sink.statuses[-1].region == (20.0, 20.5) and sink.statuses[-1].voices[0].muted
        )
        os.kill(stage.process_id, signal.SIGKILL)
        await sink.until(lambda: sink.resumptions == 1)
        pictures, blocks, statuses = len(sink.video), len(sink.audio), len(sink.statuses)
        await sink.until(lambda: len(sink.video) > pictures + 40 and len(sink.statuses) > statuses)
        status = sink.statuses[-1]
        assert status.region == (20.0, 20.5)
        assert status.voices == (VoiceHeard("left", 1.0, True), VoiceHeard("right", 1.0, False))
        seen = [time_s for _, time_s, _ in decoded_from(sink.video, len(sink.video) - 1)]
        assert all(20.0 <= time_s <= 20.5 for time_s in seen)
        assert max(seen) - min(seen) > 0.3
        heard = decode_audio(sink.audio[blocks + 5 :])
        assert np.abs(heard[4800:, 0]).max() < 1e-3
        assert np.abs(heard[4800:, 1]).max() > 0.1

    with_spare(play)


def test_a_new_stream_of_pictures_begins_with_a_key_picture_after_a_loss() -> None:
    async def play(stage: Stage, spare: Spare, sink: RecordingSink) -> None:
        left = VideoStream("left", "vp8", 1)
        stage.want(frozenset({BEST, left}), 2)
        await sink.until(lambda: any(packet.stream == left for packet in sink.video))
        held, last_s = len(sink.video), float(sink.video[-1].stream_s)
        os.kill(stage.process_id, signal.SIGKILL)
        await sink.until(lambda: sink.resumptions == 1)
        await sink.until(lambda: {p.stream for p in sink.video[held:] if p.key} == {BEST, left})
        for stream in (BEST, left):
            anew = [packet for packet in sink.video[held:] if packet.stream == stream]
            first = next(place for place, packet in enumerate(anew) if packet.key)
            assert anew[first].stream_s - last_s < 2.0
            assert len(decode_video(anew[first:], stream.codec)) == len(anew) - first

    with_spare(play)


def test_the_demo_goes_on_too_in_the_preset_that_was_chosen() -> None:
    async def play(stage: Stage, spare: Spare, sink: RecordingSink) -> None:
        async def still() -> NDArray[np.float32]:
            """The picture at 5 s, once the encoder has refined it."""
            stage.follow(Pause())
            stage.follow(Seek(5.0))
            await sink.until(lambda: sink.statuses[-1].time_s == 5.0 and not sink.statuses[-1].playing)
            pictures = len(sink.video)
            await sink.until(lambda: len(sink.video) > pictures + 3)
            return decode_video(sink.video)[-1][1].astype(np.float32)

        natural = await still()
        assert stage.ready.presets == ("natural", "genea")
        stage.follow(ChoosePreset("genea"))
        await sink.until(lambda: sink.statuses[-1].preset == "genea")
        assert sink.statuses[-1].staging == "side-by-side"
        stage.follow(ChooseStaging("face-to-face"))
        await sink.until(lambda: sink.statuses[-1].staging == "face-to-face")
        genea = await still()
        assert np.abs(genea - natural).max() > 50, "people move otherwise"
        stage.follow(Play())
        await sink.until(lambda: sink.statuses[-1].time_s > 5.3)
        before, statuses = sink.statuses[-1], len(sink.statuses)
        os.kill(stage.process_id, signal.SIGKILL)
        await sink.until(lambda: sink.resumptions == 1)
        pictures = len(sink.video)
        await sink.until(lambda: len(sink.statuses) > statuses and len(sink.video) > pictures + 3)
        assert spare.taken == 1
        for status in sink.statuses[statuses:]:
            stream_s = (status.rtp_timestamp - before.rtp_timestamp) / 90_000
            assert -0.3 < status.time_s - before.time_s < stream_s + 0.01, "not earlier, and no jump ahead"
            assert (status.preset, status.staging) == ("genea", "face-to-face")
        assert np.abs(await still() - genea).mean() < 1.0

    with_spare(play, DEMO)


def test_without_a_spare_a_new_process_is_begun() -> None:
    async def run() -> None:
        stage, sink = await Stage.open(CARD), RecordingSink()
        try:
            stage.join(sink)
            stage.want(frozenset({BEST}), 1)
            await sink.until(lambda: len(sink.video) > 5)
            stage.kill()
            await sink.until(lambda: sink.resumptions == 1)
            count = len(sink.video)
            await sink.until(lambda: len(sink.video) > count + 3)
            assert all(later.pts > packet.pts for packet, later in pairwise(sink.video))
        finally:
            await stage.close()

    asyncio.run(run())


def stage_processes() -> list[str]:
    """Command lines of our children that are stages and have not ended."""
    children = Path(f"/proc/{os.getpid()}/task/{threading.main_thread().native_id}/children").read_text()
    lines = []
    for child in children.split():
        with contextlib.suppress(OSError):
            lines.append(Path(f"/proc/{child}/cmdline").read_text())
    return [line for line in lines if "stage.process" in line]


def test_a_stage_that_is_closed_while_it_is_replaced_leaves_nothing() -> None:
    async def run() -> None:
        stage, sink = await Stage.open(CARD), RecordingSink()
        stage.join(sink)
        stage.want(frozenset({BEST}), 1)
        await sink.until(lambda: len(sink.video) > 0)
        assert len(stage_processes()) == 1
        stage.kill()
        await sink.until(lambda: sink.interruptions == 1)
        await stage.close()
        assert stage_processes() == []
        assert sink.ended is None, "whoever closes it knows"

    asyncio.run(run())


def test_a_stage_that_is_lost_again_and_again_ends_and_says_why() -> None:
    async def run() -> None:
        stage, sink = await Stage.open(CARD), RecordingSink()
        stage.join(sink)
        stage.want(frozenset({BEST}), 1)
        for loss in range(MOST_DEATHS):
            await sink.until(lambda loss=loss: sink.resumptions == loss and stage.is_live)  # type: ignore[misc]
            stage.kill()
            await sink.until(lambda loss=loss: sink.interruptions > loss or sink.ended is not None)  # type: ignore[misc]
        await sink.until(lambda: sink.ended is not None)
        assert sink.ended == stage.end_reason
        assert "3 times within 30 s" in (sink.ended or "")
        assert not stage.is_live
        stage.follow(Pause())
        stage.want(frozenset(), 0)
        await stage.close()

    asyncio.run(run())


def test_a_spare_that_is_lost_is_not_taken_for_one() -> None:
    async def play(stage: Stage, spare: Spare, sink: RecordingSink) -> None:
        waiting = spare.process_id
        assert waiting is not None
        os.kill(waiting, signal.SIGKILL)
        os.kill(stage.process_id, signal.SIGKILL)
        await sink.until(lambda: sink.resumptions == 1)
        assert stage.process_id != waiting

    with_spare(play)


def test_no_spare_is_kept_where_memory_is_short() -> None:
    async def run() -> None:
        spare, sink = Spare(refill_delay_s=0.0), RecordingSink()
        asked = asyncio.Event()

        def memory_allows() -> bool:
            asked.set()
            return False

        spare.memory_allows = memory_allows
        stage = await Stage.open(CARD, spare=spare)
        try:
            spare.refill(CARD)
            await asyncio.wait_for(asked.wait(), 10)
            stage.join(sink)
            stage.want(frozenset({BEST}), 1)
            await sink.until(lambda: len(sink.video) > 0)
            os.kill(stage.process_id, signal.SIGKILL)
            await sink.until(lambda: sink.resumptions == 1)
            assert (spare.taken, spare.process_id, spare.resident_bytes) == (0, None, 0)
        finally:
            await stage.close()
            await spare.close()

    asyncio.run(run())
