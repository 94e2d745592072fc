"""How long to wait before a lost server is tried again."""

from __future__ import annotations

from avatar_server.timing.back_off import LONGEST_ASKED_S, STEADY_S, BackOff


def test_waits_double_up_to_half_a_minute_and_begin_anew_after_steady_work() -> None:
    back_off, waits_s = BackOff(), []
    for _ in range(2000):
        back_off = back_off.failed()
        waits_s.append(back_off.wait_s())
    assert waits_s[:7] == [1, 2, 4, 8, 16, 30, 30]
    assert waits_s[-1] == 30
    assert back_off.failed(worked_s=STEADY_S - 1).wait_s() == 30
    assert back_off.failed(worked_s=STEADY_S).wait_s() == 1


def test_the_other_side_may_ask_for_more_but_not_for_less() -> None:
    back_off = BackOff().failed().failed().failed()
    assert back_off.wait_s(0) == 4
    assert back_off.wait_s(60) == 60
    assert back_off.wait_s(1e9) == LONGEST_ASKED_S
