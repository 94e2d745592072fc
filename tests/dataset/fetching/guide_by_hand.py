"""What a piece asks and tells, by hand."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from avatar_server.errors import StoreError


@dataclass
class ByHand:
    """Keeps the contract `Guide`: nobody waits, everything is remembered.

    wanted: where the playhead is. until: called before each bite; says whether to stop.
    """

    wanted: int = 0
    until: Callable[[], bool] = lambda: False
    waited_s: list[float] = field(default_factory=list)
    troubles: list[str] = field(default_factory=list)
    changes: int = 0
    most_waits: int = 100

    def wanted_byte(self, piece: str) -> int:
        return self.wanted

    def wait_until_wanted(self, piece: str) -> bool:
        return self.until()

    def wait(self, seconds: float) -> bool:
        self.waited_s.append(seconds)
        return len(self.waited_s) >= self.most_waits

    def trouble(self, piece: str, error: StoreError | None) -> None:
        if error is not None:
            self.troubles.append(str(error))

    def changed(self, piece: str) -> None:
        self.changes += 1
