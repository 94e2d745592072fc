"""A timeline is drawn by hand and read at chosen stream times."""

from __future__ import annotations

import pytest

from avatar_server.timing.timeline import Timeline


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
    assert later.stretch(25.0) == (2, 0)
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
