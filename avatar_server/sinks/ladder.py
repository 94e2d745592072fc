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
"""Trouble has to last for so long before a lower rung is taken; half of it on a rung that is being tried.
Calm moments between count half: a full link loses much in one report and little in the next."""

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

    trouble_s: how much trouble there was, less the calm. quiet_since_s: since when the link has been quiet,
    without a break. seen_s: time of the last report. raised_s: when a higher rung was tried, until it has
    proved itself. patience_s: quiet that is asked for before the next try.
    shortest_s: the shortest round trip lately.
    """

    rungs: int
    rung: int = 0
    trouble_s: float = 0.0
    quiet_since_s: float | None = None
    raised_s: float | None = None
    patience_s: float = QUIET_S
    shortest_s: float | None = None
    seen_s: float | None = None

    def after(self, report: LinkReport) -> Ladder:
        """Where the viewer stands after a report; the reports should come about twice a second."""
        passed_s = 0.0 if self.seen_s is None else report.time_s - self.seen_s
        seen = replace(self, shortest_s=self._shortest(report), seen_s=report.time_s)
        return seen._troubled(report, passed_s) if seen._in_trouble(report) else seen._calm(report, passed_s)

    def _shortest(self, report: LinkReport) -> float | None:
        if self.shortest_s is None or report.round_trip_s is None:
            return self.shortest_s or report.round_trip_s
        return min(self.shortest_s + DRIFT_S, report.round_trip_s)

    def _in_trouble(self, report: LinkReport) -> bool:
        if report.fraction_lost > MUCH_LOSS:
            return True
        if report.remb_bps is None or report.remb_bps >= TIGHT * report.sent_bps:
            return False
        waits = self.shortest_s is not None and report.round_trip_s is not None
        piled_up = waits and (report.round_trip_s or 0.0) > (self.shortest_s or 0.0) + PILED_UP_S
        return piled_up or report.fraction_lost > LITTLE_LOSS

    def _troubled(self, report: LinkReport, passed_s: float) -> Ladder:
        trouble_s = self.trouble_s + passed_s
        limit_s = TROUBLE_S / 2 if self._on_trial(report.time_s) else TROUBLE_S
        if trouble_s < limit_s or self.rung == self.rungs - 1:
            return replace(self, trouble_s=min(trouble_s, TROUBLE_S), quiet_since_s=None)
        return self._down(report.time_s)

    def _calm(self, report: LinkReport, passed_s: float) -> Ladder:
        now_s = report.time_s
        calm = replace(self, trouble_s=max(self.trouble_s - passed_s / 2, 0.0))
        if report.fraction_lost > LITTLE_LOSS:
            return replace(calm, quiet_since_s=None)
        since_s = now_s if self.quiet_since_s is None else self.quiet_since_s
        if self.raised_s is not None and not self._on_trial(now_s):
            calm = replace(calm, raised_s=None, patience_s=QUIET_S)
        if now_s - since_s < calm.patience_s or self.rung == 0:
            return replace(calm, quiet_since_s=since_s)
        return replace(calm, rung=self.rung - 1, trouble_s=0.0, quiet_since_s=None, raised_s=now_s)

    def stay(self, rung: int) -> Ladder:
        """The rung that was chosen last is not to be had."""
        return replace(self, rung=rung, trouble_s=0.0, quiet_since_s=None)

    def _on_trial(self, now_s: float) -> bool:
        return self.raised_s is not None and now_s - self.raised_s <= PROVEN_S

    def _down(self, now_s: float) -> Ladder:
        patience_s = self.patience_s
        if self._on_trial(now_s):
            patience_s = min(patience_s * 2, LONGEST_QUIET_S)
        return Ladder(
            self.rungs,
            self.rung + 1,
            patience_s=patience_s,
            shortest_s=self.shortest_s,
            seen_s=now_s,
        )
