"""Requests for lost packets, kind and unkind."""

from __future__ import annotations

from avatar_server.sinks.retransmission_limit import LARGEST_BURST, REMEMBERED, RetransmissionLimit

SIZE = 1200


def again(limit: RetransmissionLimit, sequence: int, now_s: float, round_trip_s: float | None = 0.1) -> bool:
    if not limit.admits(sequence, now_s, round_trip_s):
        return False
    limit.sent_again(sequence, SIZE, now_s)
    return True


def test_a_hole_is_filled_at_once() -> None:
    limit = RetransmissionLimit()
    assert all(again(limit, sequence, 1.0) for sequence in range(150))


def test_a_packet_goes_once_a_round_trip_however_often_it_is_asked_for() -> None:
    limit = RetransmissionLimit()
    answered = [tick for tick in range(100) if again(limit, 7, tick / 100, 0.25)]
    assert answered == [0, 25, 50, 75]
    assert [tick for tick in range(5) if again(limit, 8, 2 + tick / 100, None)] == [0, 2, 4]


def test_a_storm_of_requests_is_answered_with_no_more_than_the_stream() -> None:
    limit = RetransmissionLimit()
    sent = repeated = 0
    for tick in range(2000):
        limit.sent(SIZE)
        sent += SIZE
        repeated += sum(again(limit, tick * 10 + number, tick / 100) for number in range(10)) * SIZE
    assert sent * 0.9 < repeated < sent + LARGEST_BURST + SIZE
    assert len(limit._sent_s) <= REMEMBERED
