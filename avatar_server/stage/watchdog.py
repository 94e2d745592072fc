"""Whether a stage's process hangs: decided from its pulse and from what the kernel says of it.

Silence alone does not prove it on a busy machine: a process that computes, or that waits for a processor,
is given longer than one that does neither.
"""

from __future__ import annotations

import contextlib
from dataclasses import dataclass
from pathlib import Path

from avatar_server.stage.wire import IDLE_PULSE_S, PULSE_S, Pulse

PATIENCE_S = 1.0
"""Silence, or loops that stand still, for longer than this is suspicious: three pulses and the longest draws
(0.1-0.3 s) fit into it."""

COMPUTING_PATIENCE_S = 1.4
"""The same for a process that computes all the time; with the replacement it stays under 2 s."""

STARVED_PATIENCE_S = 6.0
"""The same for a process that wants to compute and is not let: a new one would not fare better."""

PROBE_S = 0.15
"""For this long a suspicious process is looked at."""

WAITING_SHARE, COMPUTING_SHARE = 0.2, 0.3
"""Of that time, all threads together: from here on it counts as starved, or as computing. A process that is
stopped or locked does neither."""


@dataclass(frozen=True, slots=True)
class Activity:
    """What the threads of a process have done since they began, in seconds, by thread id."""

    ran_s: dict[int, float]
    waited_s: dict[int, float]

    def patience_s(self, before: Activity, elapsed_s: float) -> float:
        """How long the process may be silent that was `before` `elapsed_s` ago."""
        if elapsed_s <= 0:
            return PATIENCE_S
        if _gained(self.waited_s, before.waited_s) >= WAITING_SHARE * elapsed_s:
            return STARVED_PATIENCE_S
        if _gained(self.ran_s, before.ran_s) >= COMPUTING_SHARE * elapsed_s:
            return COMPUTING_PATIENCE_S
        return PATIENCE_S


def _gained(now: dict[int, float], before: dict[int, float]) -> float:
    return sum(value - before.get(thread, value) for thread, value in now.items())


def activity_of(process_id: int) -> Activity:
    """From /proc/PID/task/*/schedstat: nanoseconds on a processor, and waiting for one.

    Empty where the kernel keeps no such account, or the process is gone.
    """
    ran_s, waited_s = {}, {}
    with contextlib.suppress(OSError, ValueError):
        for thread in Path(f"/proc/{process_id}/task").iterdir():
            with contextlib.suppress(OSError):
                ran, waited, _ = (thread / "schedstat").read_text(encoding="ascii").split()
                ran_s[int(thread.name)] = int(ran) / 1e9
                waited_s[int(thread.name)] = int(waited) / 1e9
    return Activity(ran_s, waited_s)


class Watchdog:
    """Hears the pulses of one process and says since when something is missing. Time is an argument."""

    def __init__(self, now_s: float) -> None:
        self._heard_s = now_s
        self._pictures_s = now_s
        self._sound_s = now_s
        self._last: Pulse | None = None
        self._pictures_wanted = False
        self._watched = False

    def wants(self, now_s: float, *, pictures: bool, watched: bool) -> None:
        """What is asked of the process from now on: what it has to do is expected to move."""
        if watched and not self._watched:
            self._heard_s = max(self._heard_s, now_s)
            self._sound_s = now_s
        if pictures and not self._pictures_wanted:
            self._pictures_s = now_s
        self._watched, self._pictures_wanted = watched, pictures

    def heard(self, now_s: float, message: object) -> None:
        """The process said something."""
        self._heard_s = now_s
        if not isinstance(message, Pulse):
            return
        last, self._last = self._last, message
        if last is None or message.picture_steps != last.picture_steps or not self._pictures_wanted:
            self._pictures_s = now_s
        if last is None or message.sound_steps != last.sound_steps or not self._watched:
            self._sound_s = now_s

    @property
    def period_s(self) -> float:
        """How often it is worth looking."""
        return 0.1 if self._watched else IDLE_PULSE_S / 2

    def looked(self, late_s: float) -> None:
        """Somebody looks, `late_s` later than he meant to; what he did not hear meanwhile is not missing."""
        if late_s > PULSE_S / 2:
            self._heard_s += late_s
            self._pictures_s += late_s
            self._sound_s += late_s

    def missing(self, now_s: float) -> tuple[str, float]:
        """(what is missing, for how long) of what has been missing for longest."""
        pause_s = 0.0 if self._watched else IDLE_PULSE_S
        absent = [("its pulse", now_s - self._heard_s - pause_s)]
        if self._pictures_wanted and self._watched:
            absent.append(("its pictures", now_s - self._pictures_s))
        if self._watched:
            absent.append(("its sound", now_s - self._sound_s))
        return max(absent, key=lambda entry: entry[1])
