"""A stretch that is played again and again: to the sample in the sound, to the picture in the pictures."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from numpy.typing import NDArray

from avatar_server.control.commands import ClearRegion, MarkRegion, Pause, Play, Seek, SetSpeed
from avatar_server.sinks.recording import decode_video
from avatar_server.stage.sound_course import SoundCourse
from avatar_server.stage.test_card import AT_ONCE_S, THEN_AFTER_S, TestCard, time_code_s
from avatar_server.timing.region import Region
from avatar_server.timing.timeline import Timeline
from tests.stage.loop_run import Run, heard_of

BLOCK = 960
FADE = 240


class Hum(TestCard):
    """A tone that goes on without a step from second to second; it does so nowhere else."""

    def sound_block(self, start_sample: int, count: int) -> NDArray[np.float32]:
        sample = np.arange(start_sample, start_sample + count)
        wave = np.sin(2 * np.pi * 440 * sample / 48_000)
        return (wave[:, np.newaxis] * (0.25, 0.125)).astype(np.float32)


def sample_numbers(start_sample: int, count: int) -> NDArray[np.float32]:
    """(count, 1): each sample says which it is."""
    return np.arange(start_sample, start_sample + count, dtype=np.float32)[:, np.newaxis]


def played(course: SoundCourse, timeline: Timeline, blocks: range) -> NDArray[np.float32]:
    pieces = []
    for index in blocks:
        stream_s = index * BLOCK / 48_000
        moving = timeline.is_moving(stream_s)
        media_s = timeline.media_time_s(stream_s)
        pieces.append(course.next_block(BLOCK, timeline, stream_s, media_s, moving=moving))
    return np.concatenate(pieces)[:, 0]


def test_every_round_has_every_sample_of_the_region_and_no_other() -> None:
    first, last = 33_333, 47_890
    region = Region.within(10.0, first / 48_000, last / 48_000)
    timeline = Timeline(10.0).play(0.0).with_region(0.0, region)
    heard = played(SoundCourse(sample_numbers, 1), timeline, range(3000))
    for begin in range(0, len(heard) - (last - first), last - first):
        one = heard[begin : begin + last - first]
        # Over the beginning what would have come fades out.
        assert np.array_equal(one[FADE:], np.arange(first + FADE, last)), f"round that begins at {begin}"
        if begin:
            assert one[0] > last - 100
            assert (np.diff(one[:FADE]) < 0).all(), "from the end to the start without a step"


@pytest.mark.parametrize("speed", [0.5, 0.75, 1.0, 1.3, 2.0])
def test_sound_and_timeline_turn_together_at_every_speed(speed: float) -> None:
    region = Region.within(10.0, 1.00001, 1.73217)
    timeline = Timeline(10.0).with_region(0.0, region).play(0.0).with_speed(0.0, speed)
    course = SoundCourse(sample_numbers, 1)
    drifts_ms = []
    for start in range(0, 1000, 100):
        played(course, timeline, range(start, start + 100))
        drifts_ms.append(course.drift_ms)
    assert max(map(abs, drifts_ms)) < 0.1


def test_a_loop_of_all_and_a_region_reached_from_before_turn_to_the_sample() -> None:
    whole = Timeline(1.0, loop=True).play(0.0)
    heard = played(SoundCourse(sample_numbers, 1), whole, range(150))
    assert np.array_equal(heard[48_000 + FADE : 96_000], np.arange(FADE, 48_000))
    reached = Timeline(10.0).with_region(0.0, Region(0.5, 1.0)).seek(0.0, 0.25).play(0.0)
    heard = played(SoundCourse(sample_numbers, 1), reached, range(150))
    assert np.array_equal(heard[:36_000], np.arange(12_000, 48_000))
    assert np.array_equal(heard[36_000 + FADE : 60_000], np.arange(24_000 + FADE, 48_000))


def test_pictures_and_decoded_sound_go_round_without_a_click_or_a_hole() -> None:
    run = Run(0.004, programme=Hum())
    run.until(0.5)
    # Seven and a quarter waves: the end does not fit the beginning.
    begin_s, end_s = 10.0, 10.0 + 100.25 / 440
    run.desk.follow(MarkRegion(begin_s, end_s), run.clock.now_s())
    marked_s = run.clock.now_s()
    timeline = run.desk.moment(marked_s).timeline
    run.until(4.0)
    shown = [(pts / 90_000, time_code_s(luma)) for pts, luma in decode_video([p for p, _ in run.of("video")])]
    rounds = [(at_s, media_s) for at_s, media_s in shown if at_s > marked_s]
    assert len(rounds) > 100
    for at_s, media_s in rounds:
        assert begin_s - 0.001 <= media_s < end_s + 0.001
        assert media_s == pytest.approx(timeline.media_time_s(at_s), abs=0.001)

    # A picture waits for its sound: where media time turns in the picture, it turns in what is decoded.
    left = heard_of(run)[:, 0]
    assert np.abs(np.diff(left[4800:])).max() < 0.02, "no click: the tone itself steps by 0.0144"
    level = np.sqrt(np.mean(left[4800 : len(left) // 480 * 480].reshape(-1, 480) ** 2, axis=1))
    assert level.min() > 0.09, "no hole of 10 ms, though waves that meet take from each other"
    region = timeline.region
    assert region is not None
    period = round(region.length_s * 48_000)
    steady = left[round((marked_s + 0.5) * 48_000) :]
    repeats = steady[period : period * 8] - steady[: period * 7]
    assert np.sqrt(np.mean(repeats**2)) < 0.1 * level.mean(), "every round is the same, to the sample"
    shifted = steady[period + 1 : period * 8 + 1] - steady[: period * 7]
    assert np.sqrt(np.mean(shifted**2)) > 2 * np.sqrt(np.mean(repeats**2)), "one sample off would be seen"


def test_a_region_lives_with_pause_speed_and_seek_and_ends_when_told() -> None:
    run = Run(0.004)
    run.desk.follow(MarkRegion(20.0, 21.0), 0.0)
    run.until(0.7)
    for command, until_s, low_s, high_s in (
        (SetSpeed(2.0), 3.0, 20.0, 21.0),
        (Pause(), 3.2, 20.0, 21.0),
        (Play(), 4.0, 20.0, 21.0),
        (Seek(19.5), 5.5, 19.5, 21.0),
        (Seek(40.0), 6.5, 40.0, 42.1),
        (Seek(20.5), 7.5, 20.0, 21.0),
        (ClearRegion(), 8.5, 20.0, 23.1),
    ):
        begin_s = run.clock.now_s()
        run.desk.follow(command, begin_s)
        while run.clock.now_s() < until_s:
            run.until(run.clock.now_s() + 0.03)
            moment = run.desk.moment(run.clock.now_s())
            assert low_s <= moment.media_s < high_s
            assert abs(run.sound.drift_ms) < 1.0
    assert run.desk.moment(8.5).media_s > 21.1
    assert run.desk.moment(8.5).timeline.region is None


def test_what_is_here_is_played_round_while_the_rest_still_comes() -> None:
    run = Run(0.01, arrives=True)
    run.desk.follow(MarkRegion(1.2, AT_ONCE_S - 0.01), 0.0)
    waited = []
    while run.clock.now_s() < AT_ONCE_S + THEN_AFTER_S - 0.5:
        run.until(run.clock.now_s() + 0.1)
        waited.append(run.desk.moment(run.clock.now_s()).waiting)
    assert not any(waited), "nothing of it is missing"
    now_s = run.clock.now_s()
    run.desk.follow(MarkRegion(1.8, 2.4), now_s)
    run.until(now_s + 0.4)
    assert run.desk.moment(run.clock.now_s()).waiting
    run.until(12.0)
    moment = run.desk.moment(run.clock.now_s())
    assert (moment.waiting, moment.timeline.region) == (False, Region(1.8, 2.4))
    shown = [time_code_s(luma) for _, luma in decode_video([p for p, _ in run.of("video")])]
    assert max(shown) < 2.401
    turns = sum(later < before for before, later in pairwise(shown))
    assert turns > 10
