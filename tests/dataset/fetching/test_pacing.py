"""Who may be read on: by hand."""

from __future__ import annotations

import pytest

from avatar_server.dataset.fetching.pacing import (
    ENOUGH_S,
    LEAD_PLAYING_S,
    LEAD_S,
    NEEDED_S,
    PLENTY_S,
    may_read,
    slowest_s,
)


@pytest.mark.parametrize(
    ("ahead_s", "slowest", "before", "playing"),
    [
        (0.0, 0.0, True, True),
        (LEAD_S, 0.0, True, True),
        (LEAD_S + 0.1, 0.0, False, True),
        (NEEDED_S, NEEDED_S, True, True),
        (ENOUGH_S, ENOUGH_S, False, True),  # The first picture is possible: nothing more is fetched for it.
        (LEAD_PLAYING_S + 1.1, 1.0, False, False),
        (170.0, PLENTY_S, False, True),
    ],
)
def test_pieces_advance_together_and_stop_before_the_first_picture(
    ahead_s: float, slowest: float, before: bool, playing: bool
) -> None:
    assert may_read(ahead_s, slowest, playing=False) == before
    assert may_read(ahead_s, slowest, playing=True) == playing


def test_of_what_is_whole_there_is_no_slowest() -> None:
    assert slowest_s([3.0, 1.5, float("inf")]) == 1.5
    assert slowest_s([]) == float("inf")
