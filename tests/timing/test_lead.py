"""The wait before packets leave follows what pictures take, slowly and seldom enough for players."""

from __future__ import annotations

from itertools import pairwise

import pytest

from avatar_server.timing.lead import (
    AWAITED_SOONER_S,
    BAND_S,
    FALL_S,
    LEAST_S,
    MOST_S,
    RISE_S,
    SOUND_FIRST_S,
    SPARE_S,
    Lead,
    leaves_s,
)
from avatar_server.timing.synchroniser import LEAD_S


def after(lead: Lead, pictures: int, took_s: float) -> list[float]:
    waits = []
    for _ in range(pictures):
        lead.ready(took_s)
        waits.append(lead.lead_s)
    return waits


def test_the_wait_becomes_what_pictures_take_and_a_little() -> None:
    lead = Lead()
    slower = after(lead, 300, 0.060)
    assert slower[-1] == pytest.approx(0.060 + SPARE_S, abs=RISE_S)
    assert all(now - before <= RISE_S + 1e-12 for before, now in pairwise(slower))
    quicker = after(lead, 600, 0.035)
    assert quicker[-1] == pytest.approx(0.035 + SPARE_S, abs=RISE_S)
    assert all(before - now <= FALL_S + 1e-12 for before, now in pairwise(quicker))


def test_small_changes_and_single_slow_pictures_move_nothing() -> None:
    lead = Lead()
    for took_s in (LEAD_S, LEAD_S - SPARE_S - BAND_S + 0.001, LEAD_S - SPARE_S + BAND_S - 0.001):
        assert set(after(lead, 300, took_s)) == {LEAD_S}
    for _ in range(20):
        after(lead, 29, 0.030)
        after(lead, 1, 0.200)
    assert lead.lead_s == LEAD_S


def test_the_wait_has_bounds_and_sound_is_always_sooner_by_the_same() -> None:
    lead = Lead()
    assert after(lead, 600, 2.0)[-1] == pytest.approx(MOST_S, abs=RISE_S)
    assert lead.of("video") - lead.of("audio") == pytest.approx(SOUND_FIRST_S)
    assert after(lead, 900, 0.001)[-1] == pytest.approx(LEAST_S, abs=RISE_S)
    assert lead.of("video") - lead.of("audio") == pytest.approx(SOUND_FIRST_S)


def test_what_a_hand_moved_leaves_sooner_but_never_before_the_picture_ahead_of_it() -> None:
    assert leaves_s(5.0, awaited=False, before_s=4.9) == 5.0
    assert leaves_s(5.0, awaited=True, before_s=4.9) == pytest.approx(5.0 - AWAITED_SOONER_S)
    assert leaves_s(5.0, awaited=True, before_s=4.99) == 4.99
