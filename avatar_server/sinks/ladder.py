"""Which rung of the ladder a viewer's link carries (pure; time is an argument).

What there is to go by: the fraction of packets lost, and the receiver's estimate (REMB) of what its link
carries. That estimate follows what arrives (at most half as much again), so it is compared with what is
sent and says nothing about rungs above; whether they fit is found out by trying, less and less often.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

MUCH_LOSS = 0.10
"""Below, retransmissions and key pictures mend what is lost."""

LITTLE_LOSS = 0.02

TIGHT = 0.75
"""An estimate below this part of what is sent means that the link carries less. A receiver that sees its
packets come later and later estimates 0.85 of what arrives; a single hiccup of a busy machine does so too,
for which it gets time to take that back."""

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


@dataclass(frozen=True, slots=True)
class Ladder:
    """Where one viewer stands; 0 is the best rung.

    trouble_since_s, quiet_since_s: since when the link has been so, without a break. raised_s: when a higher
    rung was tried, until it has proved itself. patience_s: quiet that is asked for before the next try.
    """

    rungs: int
    rung: int = 0
    trouble_since_s: float | None = None
    quiet_since_s: float | None = None
    raised_s: float | None = None
    patience_s: float = QUIET_S

    def after(self, report: LinkReport) -> Ladder:
        """Where the viewer stands after a report; the reports should come about twice a second."""
        now_s = report.time_s
        tight = report.remb_bps is not None and report.remb_bps < TIGHT * report.sent_bps
        if tight or report.fraction_lost > MUCH_LOSS:
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
        return Ladder(rungs=self.rungs, rung=self.rung + 1, patience_s=patience_s)
