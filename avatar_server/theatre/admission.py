"""Whether one more stage, view or viewer may come in: decided from what is measured, and from nothing else.

Pure: who asks brings the measurements (`MachineLoad`). A stage measures its first pictures while it opens, so
that it is known what it will cost before anybody watches.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from avatar_server.encode.live_packet import PRESENTER
from avatar_server.errors import MachineFullError

BUDGET_SHARE = 0.95
"""Of all cores; the rest is the system's."""

SENDER_CORES = 0.9
"""The server sends from one thread; above this share of one core packets begin to wait for each other."""

VIEWER_CORES = 0.01
"""Cost of a viewer before it has been measured: what the project promises at most. Measured for bare
packets: 0.64 cores for 100 viewers at 30 pictures a second, 2.5 Mbit/s and sound."""

MEASURED_VIEWERS = 10
"""From so many viewers on, the server's own processor time says what one costs."""

LONGEST_LAG_S = 0.05
"""If half of the time the server's loop is so late, those who are here suffer already."""

LEAST_VIEW_SHARE = 0.5
"""A further view must get at least this share of its pictures; the presenter's goes first and gets all."""

MEMORY_FACTOR = 1.5
"""A new stage needs as much memory as the largest one, and grows while it plays."""

STAGE_RETRY_S, VIEWER_RETRY_S, LAG_RETRY_S = 30, 10, 5
"""A stage without an audience ends after half a minute; viewers come and go sooner."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What whoever runs the server allows at most; None leaves it to the measurements."""

    max_stages: int | None = None
    max_viewers: int | None = None


UNLIMITED = Limits()


@dataclass(frozen=True, slots=True)
class StageLoad:
    """What a stage takes. Times are of one picture, means of late or of the trial while it opened.

    cores: now. watched_cores: what it takes, or would take, with the presenter's view alone.
    draw_ms_by_view: of the views that are drawn now. resident_bytes: memory.
    """

    cores: float
    watched_cores: float
    draw_ms: float
    draw_ms_by_view: dict[str, float]
    rate_hz: int
    viewers: int
    resident_bytes: int


@dataclass(frozen=True, slots=True)
class MachineLoad:
    """How things stand. cores: all that may be used. lag_s: how late the server's loop usually is."""

    cores: float
    available_bytes: int
    server_cores: float
    lag_s: float
    stages: tuple[StageLoad, ...]

    @property
    def viewers(self) -> int:
        """On all stages."""
        return sum(stage.viewers for stage in self.stages)

    @property
    def used_cores(self) -> float:
        """By the server and all stages, now."""
        return self.server_cores + sum(stage.cores for stage in self.stages)

    @property
    def viewer_cores(self) -> float:
        """What one more viewer costs the server."""
        if self.viewers < MEASURED_VIEWERS:
            return VIEWER_CORES
        return self.server_cores / self.viewers

    def holds(self, more_cores: float) -> bool:
        """Whether so many more cores are there."""
        return self.used_cores + more_cores <= self.cores * BUDGET_SHARE


def admit_stage(load: MachineLoad, limits: Limits) -> None:
    """Raise `MachineFullError` if one more stage may not be opened; the first one always may."""
    if limits.max_stages is not None and len(load.stages) >= limits.max_stages:
        raise MachineFullError(f"as many stages are open as may be ({limits.max_stages})", STAGE_RETRY_S)
    if not load.stages:
        return
    needed = int(MEMORY_FACTOR * max(stage.resident_bytes for stage in load.stages))
    if load.available_bytes < needed:
        raise MachineFullError(
            f"a stage needs {_megabytes(needed)} of memory, {_megabytes(load.available_bytes)} are left",
            STAGE_RETRY_S,
        )
    expected = max(stage.watched_cores for stage in load.stages)
    if any(stage.viewers for stage in load.stages) and not load.holds(expected):
        raise _no_cores(load, "stage", expected)


def admit_viewer(load: MachineLoad, limits: Limits, stage: StageLoad, view: str) -> None:
    """Raise `MachineFullError` if one more viewer of `view` may not come; `stage` is one of the load's."""
    if limits.max_viewers is not None and load.viewers >= limits.max_viewers:
        raise MachineFullError(f"as many people watch as may ({limits.max_viewers})", VIEWER_RETRY_S)
    _admit_no_lag(load)
    if load.server_cores + load.viewer_cores > SENDER_CORES:
        raise MachineFullError(
            f"sending to {load.viewers} viewers takes {load.server_cores:.2f} of one core", VIEWER_RETRY_S
        )
    others_watched = any(other.viewers for other in load.stages if other is not stage)
    if not stage.viewers and others_watched and not load.holds(stage.watched_cores):
        raise _no_cores(load, "stage", stage.watched_cores)
    if stage.viewers and view not in stage.draw_ms_by_view:
        _admit_view(load, stage, f"the view {view}")


def admit_own_view(load: MachineLoad, stage: StageLoad, beside: frozenset[str]) -> None:
    """Raise `MachineFullError` if one more view of `stage`, for one of its viewers alone, does not fit.

    beside: the views that are drawn as well then, also those that are too new to have been measured.
    """
    _admit_no_lag(load)
    drawn = {view: stage.draw_ms_by_view.get(view, stage.draw_ms) for view in beside}
    _admit_view(load, replace(stage, draw_ms_by_view=drawn), "one more view")


def _admit_no_lag(load: MachineLoad) -> None:
    if load.viewers and load.lag_s > LONGEST_LAG_S:
        raise MachineFullError(f"the server is {load.lag_s * 1000:.0f} ms behind already", LAG_RETRY_S)


def _admit_view(load: MachineLoad, stage: StageLoad, view: str) -> None:
    """The views of a stage are drawn one after the other, in the time between two pictures."""
    if not stage.draw_ms_by_view:
        return
    drawn = list(stage.draw_ms_by_view.values())
    first_ms = stage.draw_ms_by_view.get(PRESENTER, drawn[0])
    others_ms = sum(drawn) - first_ms + stage.draw_ms
    left_ms = 1000 / stage.rate_hz - first_ms
    if left_ms < LEAST_VIEW_SHARE * others_ms:
        raise MachineFullError(
            f"{view} does not fit: {len(drawn)} take {sum(drawn):.0f} ms of every "
            f"{1000 / stage.rate_hz:.0f} ms, and one more {stage.draw_ms:.0f} ms",
            VIEWER_RETRY_S,
        )
    if not load.holds(LEAST_VIEW_SHARE * stage.watched_cores):
        raise _no_cores(load, "view", LEAST_VIEW_SHARE * stage.watched_cores)


def _no_cores(load: MachineLoad, what: str, cores: float) -> MachineFullError:
    return MachineFullError(
        f"one more {what} takes {cores:.1f} processor cores, and {load.used_cores:.1f} of {load.cores:g} are "
        "in use",
        STAGE_RETRY_S,
    )


def _megabytes(count: int) -> str:
    return f"{count / 1e6:.0f} MB"
