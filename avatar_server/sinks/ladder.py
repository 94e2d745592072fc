"""Which rung of the ladder a viewer's link carries (pure; time is an argument).

What there is to go by: the fraction of packets lost, the round trip, and the receiver's estimate (REMB) of
what its link carries. That estimate can stay below what is sent for half a minute on a link that carries
everything (measured with Chromium on loopback: 210 of 330 kbit/s, rising by 12 a second), so it counts only
while packets pile up on their way. And it never rises far above what is sent, so it says nothing about rungs
above; whether they fit is found out by trying, less and less often.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

MUCH_LOSS = 0.10
"""Below, retransmissions and key pictures mend what is lost."""

LITTLE_LOSS = 0.02

TIGHT = 0.9
"""An estimate below this part of what is sent. A receiver whose packets come later and later estimates 0.85
of what arrives."""

PILED_UP_S = 0.15
"""A round trip so much longer than the shortest lately means that packets wait somewhere."""

DRIFT_S = 0.001
"""With each report the shortest round trip is taken to be longer by this: ways through a network change."""

TROUBLE_S = 2.0
"""Trouble has to last for so long before a lower rung is taken."""

QUIET_S = 8.0
"""The link has to be quiet for so long before a higher rung is tried."""

LONGEST_QUIET_S = 120.0
"""After failures: each doubles the wait."""

PROVEN_S = 10.0
"""A higher rung that is left again within this has failed."""


@dataclass(frozen=True, slots=True)
class LinkReport:
    """How a viewer's link does: what was sent lately, what was lost of it, what the receiver estimates."""

    time_s: float
    sent_bps: float
    fraction_lost: float
    remb_bps: float | None = None
    round_trip_s: float | None = None


@dataclass(frozen=True, slots=True)
class Ladder:
    """Where one viewer stands; 0 is the best rung.

    trouble_since_s, quiet_since_s: since when the link has been so, without a break. raised_s: when a higher
    rung was tried, until it has proved itself. patience_s: quiet that is asked for before the next try.
    shortest_s: the shortest round trip lately.
    """

    rungs: int
    rung: int = 0
    trouble_since_s: float | None = None
    quiet_since_s: float | None = None
    raised_s: float | None = None
    patience_s: float = QUIET_S
    shortest_s: float | None = None

    def after(self, report: LinkReport) -> Ladder:
        """Where the viewer stands after a report; the reports should come about twice a second."""
        return replace(self, shortest_s=self._shortest(report))._decided(report)

    def _shortest(self, report: LinkReport) -> float | None:
        if self.shortest_s is None or report.round_trip_s is None:
            return self.shortest_s or report.round_trip_s
        return min(self.shortest_s + DRIFT_S, report.round_trip_s)

    def _in_trouble(self, report: LinkReport) -> bool:
        if report.fraction_lost > MUCH_LOSS:
            return True
        if report.remb_bps is None or report.round_trip_s is None or self.shortest_s is None:
            return False
        tight = report.remb_bps < TIGHT * report.sent_bps
        return tight and report.round_trip_s > self.shortest_s + PILED_UP_S

    def _decided(self, report: LinkReport) -> Ladder:
        now_s = report.time_s
        if self._in_trouble(report):
            since_s = now_s if self.trouble_since_s is None else self.trouble_since_s
            troubled = replace(self, trouble_since_s=since_s, quiet_since_s=None)
            if now_s - since_s < TROUBLE_S or self.rung == self.rungs - 1:
                return troubled
            return troubled._down(now_s)
        calm = replace(self, trouble_since_s=None)
        if report.fraction_lost > LITTLE_LOSS:
            return replace(calm, quiet_since_s=None)
        since_s = now_s if self.quiet_since_s is None else self.quiet_since_s
        if self.raised_s is not None and now_s - self.raised_s > PROVEN_S:
            calm = replace(calm, raised_s=None, patience_s=QUIET_S)
        if now_s - since_s < calm.patience_s or self.rung == 0:
            return replace(calm, quiet_since_s=since_s)
        return replace(calm, rung=self.rung - 1, quiet_since_s=None, raised_s=now_s)

    def stay(self, rung: int) -> Ladder:
        """The rung that was chosen last is not to be had."""
        return replace(self, rung=rung, trouble_since_s=None, quiet_since_s=None)

    def _down(self, now_s: float) -> Ladder:
        failed = self.raised_s is not None and now_s - self.raised_s <= PROVEN_S
        patience_s = min(self.patience_s * 2, LONGEST_QUIET_S) if failed else self.patience_s
        return Ladder(self.rungs, self.rung + 1, patience_s=patience_s, shortest_s=self.shortest_s)
