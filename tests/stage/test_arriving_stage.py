"""Stages whose recordings are not here yet, in real processes: they hold, go on, fetch what is watched."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from avatar_server.encode.live_packet import VideoStream
from avatar_server.sinks.recording import RecordingSink, decode_audio, decode_video
from avatar_server.stage.programme import StageOrder
from avatar_server.stage.spare import Spare
from avatar_server.stage.stage import Stage
from avatar_server.stage.test_card import AT_ONCE_S, pitch_changes, time_code_s
from avatar_server.testing.bucket_layout import write_bucket
from avatar_server.testing.bucket_server import BucketServer
from avatar_server.testing.synthetic_interaction import IDS, synthesize
from avatar_server.timing.waiting import MARGIN_S

BEST = frozenset({VideoStream()})
LENGTH_S = 6.0
HELD_S = AT_ONCE_S - MARGIN_S


def test_a_card_that_arrives_stands_still_in_silence_and_goes_on_in_step() -> None:
    async def watch() -> RecordingSink:
        order = StageOrder("test-card-arriving", data_dir="", body="", width=320, height=192, rate_hz=30)
        stage, sink = await Stage.open(order), RecordingSink()
        try:
            stage.join(sink)
            stage.want(BEST, 1)
            await sink.until(lambda: any(status.waiting for status in sink.statuses))
            held = next(status for status in sink.statuses if status.waiting)
            assert held.playing, "whoever presses the button then wants a pause"
            assert held.time_s == pytest.approx(HELD_S, abs=0.001)
            assert held.buffered == ((0.0, AT_ONCE_S),)
            assert held.trouble == "the test card is slow on purpose"
            await sink.until(lambda: sink.statuses[-1].time_s > 3.6)
            assert stage.figures.waits == 1
            assert not stage.figures.waiting
            assert (sink.statuses[-1].buffered, sink.statuses[-1].trouble) == ((), "")
        finally:
            await stage.close()
        return sink

    sink = asyncio.run(watch())
    for packets in (sink.video, sink.audio):
        assert all(later.pts > packet.pts for packet, later in pairwise(packets)), "time stamps grow"
    seen = [(pts / 90_000, time_code_s(luma)) for pts, luma in decode_video(sink.video)]
    assert all(later - before >= 0 for (_, before), (_, later) in pairwise(seen)), "no moment is seen twice"
    held = [at_s for at_s, time_s in seen if time_s == pytest.approx(HELD_S, abs=0.002)]
    assert held[-1] - held[0] > 2.5
    moving = [(at_s, time_s) for at_s, time_s in seen if time_s > HELD_S + 0.002]
    goes_on_s = moving[0][0] - (moving[0][1] - HELD_S)
    for at_s, time_s in moving:
        assert time_s == pytest.approx(HELD_S + at_s - goes_on_s, abs=0.002), "in step, and nothing left out"

    sound = decode_audio(sink.audio)[:, 0]
    assert {b.pts - a.pts for a, b in pairwise(sink.audio)} == {960}
    begin_s = sink.audio[0].pts / 48_000
    silent = sound[round((held[0] + 0.3 - begin_s) * 48_000) : round((goes_on_s - 0.1 - begin_s) * 48_000)]
    assert len(silent) > 2 * 48_000
    assert np.abs(silent).max() < 1e-3
    steps = np.abs(np.diff(sound))
    assert steps[4800:].max() < 0.06, "no click: a tone of 880 Hz and this loudness steps by 0.03"
    # The tone's pitch changes at media second 3, and is heard where the pictures say that it is.
    heard_s = [at / 48_000 + begin_s for at, second in pitch_changes(sound) if second == 3]
    assert heard_s == [pytest.approx(goes_on_s + 3.0 - HELD_S, abs=0.015)]


@pytest.fixture(scope="module")
def bucket_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One interaction as the public bucket has it."""
    folder = tmp_path_factory.mktemp("bucket")
    write_bucket(synthesize(tmp_path_factory.mktemp("whole"), seconds=LENGTH_S), folder)
    return folder


@pytest.fixture
def bucket(bucket_folder: Path) -> Iterator[BucketServer]:
    with BucketServer(bucket_folder) as server:
        yield server


def test_a_spare_fetches_nothing_and_the_stage_that_takes_it_what_is_watched(
    bucket: BucketServer, tmp_path: Path
) -> None:
    shutil.copy(bucket.folder / "filelist.csv", tmp_path)
    key = str(IDS[0].interaction_key)
    order = StageOrder(key, str(tmp_path), body="", width=320, height=192, rate_hz=30, source=bucket.url)

    async def play() -> None:
        spare, sink = Spare(refill_delay_s=0.0), RecordingSink()
        try:
            spare.refill(order)
            await asyncio.wait_for(spare.ready.wait(), 60)
            assert bucket.asked == [], "nobody has asked for it"
            stage = await Stage.open(order, spare=spare)
            try:
                assert spare.taken == 1
                one_second = len(bucket.asked), bucket.sent_bytes
                assert one_second[1] < 1_000_000, "the first second, and what was under way"
                stage.join(sink)
                stage.want(BEST, 1)
                await sink.until(lambda: bool(sink.statuses) and sink.statuses[-1].time_s > 1.0)
                await sink.until(lambda: sink.statuses[-1].buffered == ())
                await asyncio.wait_for(spare.ready.wait(), 60)
                assert stage.ready.interaction.duration_s == pytest.approx(LENGTH_S, abs=0.1)
                assert decode_video(sink.video)[-1][1].std() > 5, "somebody is there"
            finally:
                await stage.close()
        finally:
            await spare.close()

    asyncio.run(play())
    for recording in IDS:
        paths = [asked.path for asked in bucket.asked if str(recording) in asked.path]
        assert len([path for path in paths if "movement" not in path]) <= 9, "each file once"
