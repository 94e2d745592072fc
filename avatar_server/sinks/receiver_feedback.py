"""What a viewer's browser tells about the packets it receives, and what answers it got."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass

REMEMBERED_REPORTS = 16
"""A receiver answers the newest sender report; the ones before that are kept for answers on their way."""

SHORT_NTP_HZ = 2**16
"""Units of the time stamps that sender and receiver reports exchange (RFC 3550, section 6.4.1)."""


@dataclass(slots=True)
class PeerStats:
    """How one viewer is doing; counts are since it joined, None is what was not reported yet.

    packets and bytes: sent, with headers and encryption, retransmissions included. nack: packets asked for
    again. retransmitted: of these, sent again. pli: key pictures asked for, by PLI or FIR. fraction_lost:
    of packets, as newly reported, the worse of sound and picture. remb_bps: the receiver's estimate of what
    its link carries. queued: frames that wait because the way is blocked. dropped: frames never sent.
    rung: index into `RUNGS` of what is sent. sent_bps: bits a second, of the last two seconds.
    """

    packets: int = 0
    bytes: int = 0
    reports: int = 0
    nack: int = 0
    retransmitted: int = 0
    pli: int = 0
    fraction_lost: float = 0.0
    jitter_s: float | None = None
    round_trip_s: float | None = None
    remb_bps: int | None = None
    queued: int = 0
    dropped: int = 0
    rung: int = 0
    sent_bps: float = 0.0

    def __add__(self, other: PeerStats) -> PeerStats:
        """Counters of both together, and nothing of how either is doing now."""
        return PeerStats(
            packets=self.packets + other.packets,
            bytes=self.bytes + other.bytes,
            reports=self.reports + other.reports,
            nack=self.nack + other.nack,
            retransmitted=self.retransmitted + other.retransmitted,
            pli=self.pli + other.pli,
            dropped=self.dropped + other.dropped,
        )


class RoundTrips:
    """Measures round trips: when sender reports left, by the 32 bits of them that come back."""

    def __init__(self) -> None:
        self._left_s: OrderedDict[int, float] = OrderedDict()

    def left(self, ntp: int, now_s: float) -> None:
        """A sender report with this 64-bit NTP time leaves."""
        self._left_s[(ntp >> 16) & 0xFFFF_FFFF] = now_s
        while len(self._left_s) > REMEMBERED_REPORTS:
            self._left_s.popitem(last=False)

    def answered(self, last_report: int, delay: int, now_s: float) -> float | None:
        """Seconds there and back, of a report block's last SR and delay since it; None if it is unknown."""
        left_s = self._left_s.get(last_report)
        if left_s is None:
            return None
        return max(now_s - left_s - delay / SHORT_NTP_HZ, 0.0)
