"""Links of every kind, told to the ladder twice a second."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise

from avatar_server.sinks.ladder import LONGEST_QUIET_S, PROVEN_S, QUIET_S, TROUBLE_S, Ladder, LinkReport

RATES = (2.5e6, 1.0e6, 0.4e6)
Link = Callable[[float, int], tuple[float, float | None, float | None]]
"""(time, rung) to (fraction lost, estimate, round trip) of the link."""


def carries(bit_rate: float, *, loses: bool = True, waits: bool = True, estimates: bool = True) -> Link:
    """A link that loses what is too much, or lets it wait; the receiver estimates as libwebrtc does."""

    def link(_: float, rung: int) -> tuple[float, float | None, float | None]:
        sent = RATES[rung]
        if sent <= bit_rate:
            return 0.0, 1.5 * sent if estimates else None, 0.02
        lost = 1 - bit_rate / sent if loses else 0.0
        return lost, 0.85 * bit_rate if estimates else None, 0.5 if waits else 0.02

    return link


def moves(link: Link, seconds: float) -> list[tuple[float, int]]:
    """(time, rung) of each move."""
    ladder, found = Ladder(rungs=len(RATES)), []
    for tick in range(int(seconds * 2)):
        time_s = tick / 2
        lost, estimate, round_trip_s = link(time_s, ladder.rung)
        after = ladder.after(LinkReport(time_s, RATES[ladder.rung], lost, estimate, round_trip_s))
        if after.rung != ladder.rung:
            found.append((time_s, after.rung))
        ladder = after
    return found


def test_a_good_link_stays_at_the_best_rung() -> None:
    assert moves(carries(1e9), 600) == []
    assert moves(carries(1e9, estimates=False), 600) == []
    assert moves(lambda *_: (0.08, None, None), 600) == [], "some loss is mended by retransmissions"


def test_an_estimate_alone_moves_nobody() -> None:
    """Chromium's stays low for long on a link that carries everything."""
    assert moves(carries(0.7e6, loses=False, waits=False), 600) == []
    long_way = carries(1e9)
    assert moves(lambda *at: (0.0, 1e5, 0.4) if at[0] > 300 else long_way(*at), 400)[0][0] > 300
    assert moves(lambda *_: (0.0, 1e5, 0.4), 600) == [], "a long way is not a jam"


def test_a_narrow_link_is_followed_down_quickly_and_no_further_than_needed() -> None:
    jammed = carries(0.7e6, loses=False)

    def narrows(time_s: float, rung: int) -> tuple[float, float | None, float | None]:
        return (carries(1e9) if time_s < 1 else jammed)(time_s, rung)

    for link, begins_s in ((carries(0.7e6, estimates=False), 0), (narrows, 1)):
        first, second = moves(link, 7)
        assert first[1] == 1
        assert first[0] <= begins_s + TROUBLE_S
        assert second[1] == 2
        assert second[0] <= begins_s + 2 * TROUBLE_S + 1
    assert [rung for _, rung in moves(carries(1.5e6), 7)] == [1]


def test_a_short_trouble_moves_nobody() -> None:
    assert moves(lambda time_s, _: (0.5 if time_s % 10 < TROUBLE_S - 0.5 else 0.0, None, None), 300) == []
    for often, moved in ((2, [1, 2]), (4, [])):

        def sputters(time_s: float, _: int, often: int = often) -> tuple[float, None, None]:
            return (0.3 if time_s * 2 % often == 0 else 0.05), None, None

        assert [rung for _, rung in moves(sputters, 60)] == moved, "every second report, every fourth one"
    good, bad = carries(1e9), carries(0.7e6, loses=False)
    assert moves(lambda time_s, rung: (bad if time_s % 5 < 1.5 else good)(time_s, rung), 300) == []


def test_the_last_rung_is_the_last() -> None:
    assert [rung for _, rung in moves(carries(1e3), 600)] == [1, 2]


def test_after_a_quiet_while_better_rungs_are_tried_one_by_one() -> None:
    def recovers(time_s: float, rung: int) -> tuple[float, float | None, float | None]:
        return carries(0.7e6 if time_s < 20 else 1e9)(time_s, rung)

    *_, before_last, last = moves(recovers, 100)
    assert [before_last[1], last[1]] == [1, 0]
    assert 20 < before_last[0] <= 20 + 2 * QUIET_S
    assert last[0] >= before_last[0] + QUIET_S


def test_tries_that_fail_become_rare() -> None:
    found = moves(carries(1.5e6), 1200)
    tries = [time_s for time_s, rung in found if rung == 0]
    waits = [later - earlier for earlier, later in pairwise(tries)]
    assert waits[0] < 3 * QUIET_S
    assert waits == sorted(waits)
    assert waits[-1] >= LONGEST_QUIET_S
    assert len(tries) < 1200 / LONGEST_QUIET_S + 6


def test_a_rung_that_held_counts_as_good_again() -> None:
    def flaky(time_s: float, rung: int) -> tuple[float, float | None, float | None]:
        """Carries everything, but for a while every two minutes."""
        return carries(0.7e6 if time_s % 120 < 5 else 1e9)(time_s, rung)

    found = moves(flaky, 600)
    returns = [time_s % 120 for time_s, rung in found if rung == 0]
    assert len(returns) == 5
    assert max(returns) < 5 + 4 * QUIET_S + PROVEN_S


def test_a_refused_rung_is_not_insisted_on() -> None:
    ladder = Ladder(rungs=3, rung=1, trouble_s=1.5).stay(0)
    assert (ladder.rung, ladder.trouble_s) == (0, 0.0)
