"""When time holds: decided from what is here, with time as an argument."""

from __future__ import annotations

import pytest

from avatar_server.timing.buffering import Buffered
from avatar_server.timing.region import Region
from avatar_server.timing.timeline import Timeline
from avatar_server.timing.waiting import GO_ON_S, LOOK_AHEAD_S, MARGIN_S, Hold, next_hold

TO_FIVE = Buffered(((0.0, 5.0),), False)
PLAYING = Timeline(20.0, playing=True)


def test_nothing_holds_while_what_comes_next_is_here() -> None:
    assert next_hold(None, PLAYING, TO_FIVE, 5.0 - MARGIN_S - LOOK_AHEAD_S - 0.01) is None
    assert next_hold(None, PLAYING, Buffered(((0.0, 20.0),), False), 19.9) is None
    assert next_hold(None, PLAYING, Buffered((), True), 3.0) is None


@pytest.mark.parametrize("speed", [0.5, 1.0, 2.0])
def test_a_hold_is_known_before_it_begins_and_at_any_speed(speed: float) -> None:
    timeline = Timeline(20.0, playing=True, speed=speed)
    reaches_s = (5.0 - MARGIN_S) / speed
    hold = next_hold(None, timeline, TO_FIVE, reaches_s - 0.3)
    assert hold is not None
    assert hold.from_s == pytest.approx(reaches_s)
    assert hold.media_s == pytest.approx(5.0 - MARGIN_S)


def test_a_hold_that_has_not_begun_goes_when_more_comes() -> None:
    hold = next_hold(None, PLAYING, TO_FIVE, 4.6)
    assert hold is not None
    assert next_hold(hold, PLAYING, Buffered(((0.0, 5.6),), False), 4.7) is None


def test_a_hold_lasts_until_there_is_enough_or_all_to_the_end() -> None:
    hold = Hold(5.0, 4.9)
    little = Buffered(((0.0, 4.9 + GO_ON_S - 0.1),), False)
    assert next_hold(hold, PLAYING, little, 30.0) == hold
    assert next_hold(hold, PLAYING, Buffered(((0.0, 4.9 + GO_ON_S),), False), 30.0) is None
    near_end = Timeline(5.5, playing=True)
    assert next_hold(hold, near_end, Buffered(((0.0, 5.5),), False), 30.0) is None


def test_a_place_that_is_missing_holds_at_once() -> None:
    timeline = PLAYING.seek(10.0, 12.0)
    assert next_hold(None, timeline, TO_FIVE, 10.0) == Hold(10.0, 12.0)


def test_a_timeline_that_stands_is_never_held() -> None:
    assert next_hold(Hold(1.0, 4.9), PLAYING.pause(6.0), TO_FIVE, 8.0) is None
    assert next_hold(None, Timeline(20.0), Buffered((), False), 0.0) is None


def test_the_beginning_may_be_missing_behind_the_end() -> None:
    rest = Buffered(((12.0, 20.0),), False)
    looping = Timeline(20.0, playing=True, loop=True)
    assert next_hold(None, looping, rest, 19.2) is None
    hold = next_hold(None, looping, rest, 19.8)
    assert hold is not None
    assert hold.from_s == pytest.approx(20.0)
    assert hold.media_s == 0.0
    assert next_hold(None, Timeline(20.0, playing=True), rest, 19.8) is None


def test_a_region_waits_for_no_more_than_itself() -> None:
    inside = PLAYING.with_region(0.0, Region(3.0, 4.9))
    assert next_hold(None, inside, TO_FIVE, 1.8) is None, "all of it is here"
    beyond = PLAYING.with_region(0.0, Region(3.0, 6.0))
    hold = next_hold(None, beyond, TO_FIVE, 1.8)
    assert hold is not None
    assert hold.media_s == pytest.approx(5.0 - MARGIN_S)
    whole = Buffered(((0.0, 6.0),), False)
    assert next_hold(hold, beyond, whole, 5.0) is None, "what lies behind it is not needed"


def test_the_start_of_a_region_may_be_missing() -> None:
    rest = Buffered(((4.0, 20.0),), False)
    line = PLAYING.seek(0.0, 4.5).with_region(0.0, Region(3.0, 5.0))
    hold = next_hold(None, line, rest, 0.25)
    assert hold == Hold(0.5, 3.0)
    assert next_hold(hold, line, Buffered(((3.0, 3.2), (4.0, 20.0)), False), 5.0) == hold
    assert next_hold(hold, line, Buffered(((3.0, 20.0),), False), 5.0) is None
