"""A real stage process plays the test card; the time is read back from its decoded packets."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
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
    TurnOrbit,
)
from avatar_server.encode.live_packet import VideoStream
from avatar_server.errors import UsageError
from avatar_server.sinks.recording import RecordingSink, decode_audio, decode_video
from avatar_server.stage.programme import StageOrder
from avatar_server.stage.stage import Stage
from avatar_server.stage.test_card import (
    AZIMUTHS_RAD,
    LEFT_AMPLITUDE,
    RIGHT_AMPLITUDE,
    azimuth_rad,
    time_code_s,
)
from avatar_server.timing.synchroniser import KEY_SPACING_S

BEST = frozenset({VideoStream()})
CARD = StageOrder("test-card", data_dir="", body="", width=320, height=192, rate_hz=30)


def on_stage(watch: Callable[[Stage, RecordingSink], Awaitable[None]]) -> RecordingSink:
    """What a viewer was sent while `watch` ran."""

    async def play() -> RecordingSink:
        stage, sink = await Stage.open(CARD), RecordingSink()
        try:
            stage.join(sink)
            stage.want(BEST, 1)
            await sink.until(lambda: len(sink.video) > 0)
            await watch(stage, sink)
        finally:
            await stage.close()
        return sink

    return asyncio.run(play())


async def until_pictures(sink: RecordingSink, count: int) -> None:
    """Wait for that many more pictures."""
    goal = len(sink.video) + count
    await sink.until(lambda: len(sink.video) >= goal)


async def until_status(sink: RecordingSink, says: Callable[[], bool]) -> None:
    await sink.until(lambda: bool(sink.statuses) and says())


def times(sink: RecordingSink) -> list[tuple[int, float]]:
    """(pts, media time) of all pictures."""
    return [(pts, time_code_s(luma)) for pts, luma in decode_video(sink.video)]


def loudest_pitch_hz(sound: NDArray[np.float32]) -> float:
    spectrum = np.abs(np.fft.rfft(sound[:, 0] * np.hanning(len(sound))))
    return float(spectrum.argmax() * 48_000 / len(sound))


def test_pictures_and_sound_run_on_one_clock() -> None:
    async def watch(stage: Stage, sink: RecordingSink) -> None:
        await sink.until(lambda: len(sink.audio) > 90)
        await until_pictures(sink, 5)

    sink = on_stage(watch)
    assert sink.video[0].key
    stamps = [packet.pts for packet in sink.video]
    assert all(pts % 3000 == 0 for pts in stamps), "on the grid of 30 pictures a second"
    assert stamps == sorted(set(stamps))
    seen = times(sink)
    begin_pts = next(pts for pts, time_s in seen if time_s > 0) - 90_000 * next(t for _, t in seen if t > 0)
    for pts, time_s in seen:
        expected_s = max((pts - begin_pts) / 90_000, 0.0)
        assert time_s == pytest.approx(expected_s, abs=0.002), "a picture shows its time stamp's moment"

    sound = decode_audio(sink.audio)
    assert {b.pts - a.pts for a, b in pairwise(sink.audio)} == {960}
    assert loudest_pitch_hz(sound[9600:28800]) == pytest.approx(440, abs=5)
    assert np.abs(sound[9600:28800]).max(axis=0) == pytest.approx([LEFT_AMPLITUDE, RIGHT_AMPLITUDE], abs=0.02)
    # The pitch changes at media second 1: that place in the sound lies where the pictures say it does.
    change = pitch_change_sample(sound) + sink.audio[0].pts
    assert change / 48_000 == pytest.approx(begin_pts / 90_000 + 1.0, abs=0.015)


def pitch_change_sample(sound: NDArray[np.float32]) -> int:
    """Where 550 Hz first outweighs 440 Hz, in windows of 10 ms around each sample."""
    time = np.arange(len(sound)) / 48_000
    window = np.ones(480) / 480
    strength = [
        np.abs(np.convolve(sound[:, 0] * np.exp(-2j * np.pi * pitch * time), window, mode="same"))
        for pitch in (440, 550)
    ]
    after = np.flatnonzero(strength[1] > strength[0])
    return int(after[after > 9600][0])


def test_seek_pause_play_and_speed() -> None:
    marks: dict[str, int] = {}

    async def watch(stage: Stage, sink: RecordingSink) -> None:
        await until_pictures(sink, 5)
        marks["seek"] = len(sink.video)
        stage.follow(Seek(20.5))
        await until_status(sink, lambda: sink.statuses[-1].time_s > 20.4)
        await until_pictures(sink, 6)
        stage.follow(Pause())
        await until_status(sink, lambda: not sink.statuses[-1].playing)
        await until_pictures(sink, 3)
        marks["paused"], marks["silent"] = len(sink.video), len(sink.audio)
        await until_pictures(sink, 3)
        stage.follow(Seek(42.0))
        await until_status(sink, lambda: sink.statuses[-1].time_s == 42.0)
        await until_pictures(sink, 2)
        marks["play"], marks["sound"] = len(sink.video), len(sink.audio)
        stage.follow(SetSpeed(2.0))
        stage.follow(Play())
        await until_pictures(sink, 20)
        await sink.until(lambda: len(sink.audio) > marks["sound"] + 20)

    sink = on_stage(watch)
    seen = times(sink)
    before, after = seen[marks["seek"] - 1], seen[marks["seek"] : marks["paused"]]
    assert before[1] < 10, "the seek came while this was far away"
    assert all(time_s < 10 or time_s >= 20.499 for _, time_s in after), "no picture shows what lies between"
    first = next(time_s for _, time_s in after if time_s > 10)
    assert first < 21.5, "the first picture after a seek shows the place"

    still = seen[marks["paused"] : marks["paused"] + 3]
    assert len({time_s for _, time_s in still}) == 1, "nothing moves in a pause"
    assert all(b[0] - a[0] >= 0.15 * 90_000 for a, b in pairwise(still)), "and little is sent"
    sound = decode_audio(sink.audio)
    silence = sound[(marks["silent"] + 3) * 960 : (marks["sound"] - 3) * 960]
    assert np.abs(silence).max() < 1e-3

    assert seen[marks["play"] - 1][1] == 42.0, "a seek is seen in a pause too, exactly"
    moving = [entry for entry in seen[marks["play"] :] if entry[1] > 42.0]
    (pts_a, time_a), (pts_b, time_b) = moving[0], moving[-1]
    assert (time_b - time_a) / ((pts_b - pts_a) / 90_000) == pytest.approx(2.0, abs=0.02)
    # What is sent now was made a lead of four blocks ago: these blocks lie within media second 42.
    fast = sound[(marks["sound"] + 8) * 960 : (marks["sound"] + 18) * 960]
    assert loudest_pitch_hz(fast) == pytest.approx(660, abs=12), "the pitch is kept"


def test_the_camera_is_seen_at_once_even_in_a_pause() -> None:
    async def watch(stage: Stage, sink: RecordingSink) -> None:
        for command, camera in (
            (Pause(), "two-shot"),
            (ChooseCamera("right"), "right"),
            (TurnOrbit(-0.4, 0.0), "orbit"),
        ):
            stage.follow(command)
            await until_status(sink, lambda camera=camera: sink.statuses[-1].camera == camera)  # type: ignore[misc]
            await until_pictures(sink, 2)

    pictures = decode_video(on_stage(watch).video)
    azimuths = [azimuth_rad(luma) for _, luma in pictures]
    assert azimuths[0] == pytest.approx(0.0, abs=0.1)
    assert AZIMUTHS_RAD["right"] in [pytest.approx(azimuth, abs=0.1) for azimuth in azimuths]
    assert azimuths[-1] == pytest.approx(AZIMUTHS_RAD["right"] - 0.4, abs=0.1)


def test_key_pictures_come_when_somebody_needs_one_but_not_in_a_burst() -> None:
    async def watch(stage: Stage, sink: RecordingSink) -> None:
        await until_pictures(sink, 20)
        for _ in range(15):
            stage.request_key(VideoStream())
            await until_pictures(sink, 1)
        stage.want(BEST, 2)
        await until_status(sink, lambda: sink.statuses[-1].viewers == 2)

    keys = [packet.pts for packet in on_stage(watch).video if packet.key]
    assert len(keys) >= 2
    assert min(b - a for a, b in pairwise(keys)) >= KEY_SPACING_S * 90_000


def test_time_holds_while_nobody_watches() -> None:
    held: list[float] = []

    async def watch(stage: Stage, sink: RecordingSink) -> None:
        await until_pictures(sink, 10)
        stage.want(frozenset(), 0)
        await until_status(sink, lambda: sink.statuses[-1].viewers == 0)
        held.append(sink.statuses[-1].time_s)
        count, packets = len(sink.statuses), len(sink.video)
        await sink.until(lambda: len(sink.statuses) >= count + 3)
        held.append(sink.statuses[-1].time_s)
        assert sink.statuses[-1].playing, "it goes on as soon as somebody watches"
        assert len(sink.video) == packets
        stage.want(BEST, 1)
        await until_pictures(sink, 3)

    sink = on_stage(watch)
    assert held[0] == held[1]
    assert times(sink)[-1][1] == pytest.approx(held[1], abs=0.3)


def test_unknown_names_are_refused_before_they_reach_the_stage() -> None:
    async def watch(stage: Stage, sink: RecordingSink) -> None:
        for command in (ChooseCamera("moon"), ChooseStaging("moon")):
            with pytest.raises(UsageError, match=r"name: expected one of .*, got 'moon'"):
                stage.follow(command)
        with pytest.raises(UsageError, match=r"name: expected one of natural, got 'genea'"):
            stage.follow(ChoosePreset("genea"))
        for region in (MarkRegion(59.9, 80.0), MarkRegion(5.0, 5.1), MarkRegion(7.0, 6.0)):
            with pytest.raises(UsageError, match=r"region: expected at least 0\.2 s within 0 to 60 s"):
                stage.follow(region)

    on_stage(watch)


def test_what_cannot_be_played_is_said(tmp_path: Path) -> None:
    async def refuse(name: str) -> None:
        await Stage.open(replace(CARD, interaction=name, data_dir=str(tmp_path)))

    with pytest.raises(UsageError, match="V00_S0001_I00000001"):
        asyncio.run(refuse("V00_S0001_I00000001"))
