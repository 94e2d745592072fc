from __future__ import annotations

import pytest

from avatar_server.testing.clock import HandMovedClock


def test_it_moves_only_by_hand_and_only_forward() -> None:
    clock = HandMovedClock(5.0)
    assert clock.now_s == clock() == 5.0
    clock.advance(0.25)
    assert clock.now_s == clock() == 5.25
    with pytest.raises(ValueError, match="cannot go back"):
        clock.advance(-1.0)
    assert clock.now_s == 5.25
