"""Which picture and block of sound are due, for a clock moved by hand."""

from __future__ import annotations

import pytest

from avatar_server.timing.synchroniser import (
    KEY_SPACING_S,
    STILL_PERIOD_S,
    KeyRequests,
    PictureGrid,
    PictureSlot,
    SoundGrid,
    Work,
    work_for_slot,
)


def test_pictures_come_one_after_the_other_when_nothing_is_late() -> None:
    grid, last, given = PictureGrid(30), -1, []
    for tick in range(200):  # 200 looks in one second: most find nothing to do.
        if slot := grid.due(tick / 200, last):
            assert slot.dropped == 0
            last = slot.index
            given.append(grid.pts(slot.index))
    assert given == [3000 * index for index in range(30)]


def test_late_pictures_are_dropped_and_no_time_stamp_moves() -> None:
    grid = PictureGrid(30)
    assert grid.due(0.010, -1) == PictureSlot(0, 0)
    # A draw took until 0.145 s: the pictures of 0.033, 0.067 and 0.100 s are late, that of 0.133 is due.
    assert grid.due(0.145, 0) == PictureSlot(4, 3)
    assert grid.pts(4) == 12_000
    assert grid.due(0.150, 4) is None
    assert grid.due(0.170, 4) == PictureSlot(5, 0)


def test_a_timer_that_fires_a_little_early_costs_no_picture() -> None:
    grid = PictureGrid(30)
    assert grid.due(grid.time_s(7) - 1e-6, 6) == PictureSlot(7, 0)
    assert grid.due(grid.time_s(7) - 1e-3, 6) is None


def test_sound_is_caught_up_with_block_by_block() -> None:
    grid, last, given = SoundGrid(48_000, 960), 0, []
    while slot := grid.next_block(0.105, last):
        last = slot.index
        given.append(slot.index)
    assert given == [1, 2, 3, 4, 5]


def test_sound_is_not_sent_in_a_burst_after_a_long_sleep() -> None:
    grid = SoundGrid(48_000, 960)
    assert grid.next_block(60.0, 10) == PictureSlot(3000, 2989)
    assert grid.next_block(60.0, 3000) is None


def _work(**changes: object) -> Work:
    usual = {"stream_s": 10.0, "changed": False, "key": False, "watched": True, "last_sent_s": 9.967}
    return work_for_slot(**{**usual, **changes})  # type: ignore[arg-type]


def test_only_what_changed_is_drawn() -> None:
    assert _work(changed=True) is Work.DRAW
    assert _work() is Work.NOTHING
    assert _work(last_sent_s=10.0 - STILL_PERIOD_S) is Work.REPEAT
    assert _work(key=True) is Work.REPEAT, "who joins a stage that is paused gets its picture"
    assert _work(changed=True, key=True, watched=False) is Work.NOTHING, "nobody looks"
    assert _work(watched=False, last_sent_s=None) is Work.DRAW, "the first viewer should not wait"


def test_key_pictures_answer_all_who_asked_and_keep_their_distance() -> None:
    keys = KeyRequests()
    assert keys.is_due(0.0), "a stream begins with a key picture"
    keys = keys.sent(0.0)
    assert not keys.is_due(5.0), "nobody asked"
    keys = keys.request().request()
    assert keys.is_due(5.0)
    keys = keys.sent(5.0).request()
    assert not keys.is_due(5.0 + KEY_SPACING_S / 2)
    assert keys.is_due(5.0 + KEY_SPACING_S)
    assert not keys.sent(5.5).is_due(5.5 + KEY_SPACING_S), "two requests, one answer"


@pytest.mark.parametrize("rate_hz", [24, 25, 30, 50, 60])
def test_time_stamps_are_exact(rate_hz: int) -> None:
    grid = PictureGrid(rate_hz)
    hour = 3600 * rate_hz
    assert grid.pts(hour) == 3600 * 90_000
    assert grid.index_at(grid.time_s(hour)) == hour
