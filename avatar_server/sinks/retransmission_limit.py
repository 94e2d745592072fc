"""How often and how much is sent again to one viewer (pure; time is an argument).

A receiver asks for a lost packet again and again until it has it. On a link that is full, each answer makes
the queue longer and the next request sooner: without a limit, a link of 1.3 Mbit/s was sent 17 Mbit/s.
"""

from __future__ import annotations

LARGEST_BURST = 200_000
"""Bytes that may go at once after a quiet time: a hole of 150 packets is filled in one go."""

SHARE = 1.0
"""Of what is sent for the first time, so much may be sent again."""

SHORTEST_ROUND_TRIP_S = 0.020
REMEMBERED = 4096


class RetransmissionLimit:
    """A packet goes again at most once a round trip, and all together take no more than the stream itself."""

    def __init__(self) -> None:
        self._sent_s: dict[int, float] = {}
        self._allowance = float(LARGEST_BURST)

    def sent(self, octets: int) -> None:
        """So many bytes were sent for the first time."""
        if self._allowance < LARGEST_BURST:
            self._allowance = min(self._allowance + SHARE * octets, LARGEST_BURST)

    def admits(self, sequence: int, now_s: float, round_trip_s: float | None) -> bool:
        """Whether the packet may go again now."""
        if self._allowance <= 0:
            return False
        wait_s = max(round_trip_s or 0.0, SHORTEST_ROUND_TRIP_S)
        return now_s - self._sent_s.get(sequence, float("-inf")) >= wait_s

    def sent_again(self, sequence: int, octets: int, now_s: float) -> None:
        """The packet was sent again."""
        self._allowance -= octets
        self._sent_s.pop(sequence, None)
        self._sent_s[sequence] = now_s
        if len(self._sent_s) > REMEMBERED:
            del self._sent_s[next(iter(self._sent_s))]
