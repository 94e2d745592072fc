"""Which moment of the wall clock belongs to which stream time."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

NTP_EPOCH_S = 2_208_988_800
"""From 1900 to 1970 (RFC 5905)."""


@dataclass(frozen=True, slots=True)
class MediaClock:
    """Pairs stream time with the wall clock, for sender reports.

    ntp_at_zero_s: seconds since 1900 at stream time 0.
    """

    ntp_at_zero_s: float

    @classmethod
    def of(cls, epoch_s: float, wall_s: Callable[[], float] = time.time) -> MediaClock:
        """epoch_s: CLOCK_MONOTONIC at stream time 0. wall_s: seconds since 1970.

        The wall clock is read once: should it be set later, no pair of a running stream moves.
        """
        return cls(NTP_EPOCH_S + wall_s() - time.monotonic() + epoch_s)

    def ntp(self, stream_s: float) -> int:
        """64-bit NTP time (RFC 3550, section 4)."""
        return round((self.ntp_at_zero_s + stream_s) * 2**32) & 0xFFFF_FFFF_FFFF_FFFF
