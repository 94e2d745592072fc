"""A timeline is drawn by hand and read at chosen stream times."""

from __future__ import annotations

import pytest

from avatar_server.timing.region import Region
from avatar_server.timing.timeline import Timeline, Turn


def test_a_stage_s_day() -> None:
    line = Timeline(duration_s=10.0)
    assert line.media_time_s(5.0) == 0.0, "nothing moves before somebody says play"
    assert not line.is_moving(5.0)

    line = line.play(100.0)
    assert line.media_time_s(102.5) == 2.5
    line = line.with_speed(102.5, 2.0)
    assert line.media_time_s(103.0) == 3.5
    line = line.pause(103.0)
    assert line.media_time_s(999.0) == 3.5
    line = line.seek(999.0, 8.0)
    assert line.media_time_s(1000.0) == 8.0, "a seek while paused stays paused"
    line = line.play(1000.0)
    assert line.media_time_s(1000.5) == 9.0
    assert line.is_moving(1000.9)
    assert not line.is_moving(1001.0), "the end was reached"
    assert line.media_time_s(2000.0) == 10.0
    line = line.play(2000.0)
    assert line.media_time_s(2000.25) == 0.5, "play at the end begins again"


def test_a_loop_begins_again_and_counts_as_a_jump() -> None:
    line = Timeline(duration_s=10.0).with_loop(0.0, True).play(0.0)
    assert line.media_time_s(9.5) == 9.5
    assert line.media_time_s(10.5) == pytest.approx(0.5)
    assert line.media_time_s(35.0) == pytest.approx(5.0)
    assert line.is_moving(35.0)
    assert line.stretch(9.5) != line.stretch(10.5)
    assert line.stretch(10.5) == line.stretch(19.9)


def test_a_loop_switched_off_holds_at_the_next_end() -> None:
    line = Timeline(duration_s=10.0).with_loop(0.0, True).play(0.0).with_loop(12.0, False)
    assert line.media_time_s(19.0) == pytest.approx(9.0)
    assert line.media_time_s(25.0) == 10.0
    assert not line.is_moving(25.0)


def test_only_jumps_break_a_stretch() -> None:
    line = Timeline(duration_s=10.0).play(0.0)
    before = line.stretch(1.0)
    assert line.with_speed(1.0, 0.5).stretch(1.5) == before
    assert line.pause(1.0).play(2.0).stretch(2.5) == before
    assert line.seek(1.0, 1.0).stretch(1.5) != before
    assert line.seek(11.0, 3.0).seek(12.0, 4.0).stretch(12.0) != line.seek(11.0, 3.0).stretch(11.5)


def test_rounds_are_not_forgotten_by_later_changes() -> None:
    looping = Timeline(duration_s=10.0).with_loop(0.0, True).play(0.0)
    later = looping.with_speed(25.0, 2.0)
    assert later.stretch(25.0) == (0, 2)
    assert later.media_time_s(25.0) == pytest.approx(5.0)
    assert looping.stretch(25.0) == (0, 2)


@pytest.mark.parametrize(("asked", "comes"), [(-3.0, 0.0), (99.0, 10.0), (4.25, 4.25)])
def test_seek_stays_within_the_interaction(asked: float, comes: float) -> None:
    assert Timeline(duration_s=10.0).seek(0.0, asked).media_time_s(0.0) == comes


def test_the_picture_under_way_shows_the_seek_and_not_what_lies_before_it() -> None:
    line = Timeline(duration_s=10.0).play(0.0).seek(5.02, 2.0)
    assert line.media_time_s(5.0) == 2.0, "a place on the grid just before the change"


@pytest.mark.parametrize("speed", [0.49, 2.01, float("nan")])
def test_speeds_outside_are_refused(speed: float) -> None:
    with pytest.raises(ValueError, match="speed"):
        Timeline(duration_s=10.0).with_speed(0.0, speed)


def test_an_interaction_without_length_stands_still() -> None:
    line = Timeline(duration_s=0.0, loop=True).play(1.0)
    assert line.media_time_s(50.0) == 0.0


REGION = Region(2.0, 3.0)


def test_a_region_is_played_again_and_again_from_whatever_comes_into_it() -> None:
    line = Timeline(duration_s=10.0).play(0.0).with_region(2.5, REGION)
    assert line.media_time_s(2.5) == 2.5, "it is inside already"
    assert line.stretch(2.5) == Timeline(duration_s=10.0).play(0.0).stretch(2.5)
    assert line.media_time_s(2.99) == pytest.approx(2.99)
    assert line.media_time_s(3.0) == 2.0
    assert line.media_time_s(9.25) == pytest.approx(2.25)
    assert line.stretch(9.25) == (0, 7)
    assert line.is_moving(1e6)
    before = line.seek(10.0, 0.5)
    assert before.media_time_s(11.0) == 1.5
    assert before.media_time_s(12.5) == pytest.approx(2.0)
    assert before.media_time_s(13.0) == pytest.approx(2.5)


def test_who_seeks_behind_a_region_is_left_alone() -> None:
    line = Timeline(duration_s=10.0).play(0.0).with_region(2.5, REGION)
    behind = line.seek(4.0, 8.0)
    assert behind.media_time_s(5.0) == 9.0
    assert behind.media_time_s(7.0) == 10.0
    assert not behind.is_moving(7.0)
    assert behind.play(7.0).media_time_s(7.5) == 2.5, "what begins again is the region"
    looped = behind.with_loop(5.0, True)
    assert looped.media_time_s(6.25) == pytest.approx(2.25)
    assert looped.media_time_s(7.5) == pytest.approx(2.5)
    assert looped.stretch(7.5) == (1, 4)
    assert line.seek(4.0, 3.0).media_time_s(4.5) == 3.5, "its end is outside"


def test_a_region_that_is_marked_elsewhere_is_gone_to() -> None:
    line = Timeline(duration_s=10.0).play(0.0)
    marked = line.with_region(5.0, REGION)
    assert marked.media_time_s(5.25) == 2.25
    assert marked.stretch(5.0) != line.stretch(5.0)
    assert line.with_region(3.0, REGION).media_time_s(3.0) == 2.0, "marked to its end just now"
    paused = line.pause(5.0).with_region(6.0, REGION)
    assert (paused.media_time_s(9.0), paused.is_moving(9.0)) == (2.0, False)


def test_a_region_outlives_pause_speed_and_a_lost_process_and_ends_when_told() -> None:
    line = Timeline(duration_s=10.0).play(0.0).with_region(2.5, REGION)
    fast = line.pause(2.75).play(10.0).with_speed(10.0, 2.0)
    assert fast.media_time_s(10.1) == pytest.approx(2.95)
    assert fast.media_time_s(10.25) == pytest.approx(2.25)
    went_on = fast.pause(10.25).moved_to(20.0, 2.25).play(20.0)
    assert went_on.media_time_s(20.5) == pytest.approx(2.25)
    free = fast.with_region(10.25, None)
    assert free.media_time_s(11.25) == pytest.approx(4.25)
    assert free.stretch(11.25) == fast.stretch(10.25)


@pytest.mark.parametrize("speed", [0.5, 0.7, 1.0, 1.3, 2.0])
def test_no_rounding_lets_anything_out_of_a_region(speed: float) -> None:
    region = Region.within(100.0, 33.333333, 33.633333)
    line = Timeline(duration_s=100.0).with_region(0.0, region).play(0.1).with_speed(0.2, speed)
    for index in range(1, 20_000):
        stream_s = 0.2 + index * 0.3 / speed / 7
        assert region.holds(line.media_time_s(stream_s))
        assert region.holds(line.pause(stream_s).media_time_s(stream_s))


def test_turns() -> None:
    line = Timeline(duration_s=10.0, region=REGION)
    assert line.turn_from(0.0) == line.turn_from(2.999) == Turn(3.0, 2.0)
    assert line.turn_from(3.0) is None
    assert Timeline(duration_s=10.0, region=REGION, loop=True).turn_from(3.0) == Turn(10.0, 2.0)
    assert Timeline(duration_s=10.0, loop=True).turn_from(3.0) == Turn(10.0, 0.0)


def test_a_region_lies_on_samples_and_within_the_interaction() -> None:
    region = Region.within(10.0, 1 / 3, 20.0)
    assert (region.start_s * 48_000, region.end_s * 48_000) == (16_000, 480_000)
    assert Region.within(10.0, -1.0, 0.2) == Region(0.0, 0.2)
    for start_s, end_s in ((1.0, 1.19), (2.0, 1.0), (9.9, 30.0), (11.0, 12.0)):
        with pytest.raises(ValueError, match=r"region: expected at least 0\.2 s within 0 to 10 s"):
            Region.within(10.0, start_s, end_s)
