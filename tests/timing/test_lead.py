"""The wait before packets leave follows what pictures take, slowly enough for players."""

from __future__ import annotations

from itertools import pairwise

import pytest

from avatar_server.timing.lead import FALL_S, LEAST_S, MOST_S, RISE_S, SOUND_FIRST_S, SPARE_S, Lead
from avatar_server.timing.synchroniser import LEAD_S


def after(lead: Lead, pictures: int, took_s: float) -> list[float]:
    waits = []
    for _ in range(pictures):
        lead.ready(took_s)
        waits.append(lead.lead_s)
    return waits


def test_the_wait_is_what_pictures_take_and_a_little() -> None:
    lead = Lead()
    assert lead.lead_s == LEAD_S
    assert after(lead, 300, 0.030)[-1] == pytest.approx(0.030 + SPARE_S)
    slower = after(lead, 300, 0.060)
    assert slower[-1] == pytest.approx(0.060 + SPARE_S)
    assert all(now - before <= RISE_S + 1e-12 for before, now in pairwise(slower))
    quicker = after(lead, 600, 0.035)
    assert quicker[-1] == pytest.approx(0.035 + SPARE_S)
    assert all(before - now <= FALL_S + 1e-12 for before, now in pairwise(quicker))


def test_one_slow_picture_in_thirty_does_not_make_all_wait() -> None:
    lead = Lead()
    for _ in range(20):
        after(lead, 29, 0.030)
        after(lead, 1, 0.200)
    assert lead.lead_s == pytest.approx(0.030 + SPARE_S)


def test_the_wait_has_bounds_and_sound_is_always_sooner_by_the_same() -> None:
    lead = Lead()
    assert after(lead, 600, 0.001)[-1] == LEAST_S
    assert lead.of("video") - lead.of("audio") == pytest.approx(SOUND_FIRST_S)
    assert after(lead, 600, 2.0)[-1] == MOST_S
    assert lead.of("video") - lead.of("audio") == pytest.approx(SOUND_FIRST_S)
