"""What the loops of a stage have in common: one stream clock, and being called when something is due.

Each loop waits for its next place on its grid, asks the desk how things stand, and sends what is due. A draw
may hold the interpreter for its whole length; that is why the sound is made ahead, and a picture is encoded
while the next one is drawn.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass

from avatar_server.timing.clock import Clock

IDLE_S = 3600.0
"""While nothing is wanted there is nothing to do; whoever wants something wakes the loops."""


@dataclass(frozen=True, slots=True)
class StreamClock:
    """Seconds since the stream began."""

    clock: Clock
    epoch_s: float

    def now_s(self) -> float:
        """Stream time now."""
        return self.clock.now_s() - self.epoch_s


def run_steps(step: Callable[[StreamClock], float], clock: StreamClock, woken: threading.Event) -> None:
    """Call `step` whenever it is due or `woken` is set, for ever; it gives the stream time of the next."""
    while True:
        wait_s = step(clock) - clock.now_s()
        if wait_s > 0 and woken.wait(wait_s):
            woken.clear()
