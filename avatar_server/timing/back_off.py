"""How long to wait before something that failed is tried again."""

from __future__ import annotations

from dataclasses import dataclass

FIRST_S = 1.0
LONGEST_S = 30.0
LONGEST_ASKED_S = 600.0
"""Who asks for more patience than this is asked again nevertheless."""

STEADY_S = 30.0
"""What worked for so long counts as mended: the next failure is a first one."""


@dataclass(frozen=True, slots=True)
class BackOff:
    """1, 2, 4 ... 30 seconds; begins anew after something has worked for `STEADY_S`."""

    failures: int = 0

    def failed(self, worked_s: float = 0.0) -> BackOff:
        """After one more failure; worked_s: how long it had worked before."""
        return BackOff(1 if worked_s >= STEADY_S else self.failures + 1)

    def wait_s(self, asked_s: float | None = None) -> float:
        """Seconds to wait now; asked_s: what the other side wants, which may make it longer, not shorter."""
        own_s = min(LONGEST_S, FIRST_S * 2.0 ** min(self.failures - 1, 10)) if self.failures else 0.0
        return max(own_s, min(asked_s or 0.0, LONGEST_ASKED_S))
