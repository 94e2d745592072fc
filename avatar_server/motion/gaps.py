"""What to show where the recording saw nothing.

Two kinds of gap. The *body* is missing where the translation is a sentinel (1e12..1e14 in the release; the
box is all zero then) or a number is not finite. The *hands* are frozen where `smplh:is_valid` is false. A
short gap is bridged: slerp from the last seen rotation to the next. A long one is not invented: the body
holds still and moves into the next seen pose just before it comes, the hands relax and come back.

A gap is planned once for all joints (`GapPlan`) and then applied joint by joint, which keeps memory small.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import pairwise

import numpy as np
from numpy.typing import ArrayLike, NDArray

from avatar_server.dataset.recording_arrays import RecordingArrays
from avatar_server.motion.rotations import slerp

Mask = NDArray[np.bool_]

SENTINEL_M = 1e3
"""No person sways by a kilometre: a translation beyond this means that there was no body."""

BODY_BRIDGE_S = 1.0
"""Longest gap of the body that is bridged; beyond it the person counts as not present."""

HAND_BRIDGE_S = 0.5
"""Longest gap of the hands that is bridged; beyond it they relax."""

EASE_S = 0.4
"""How long hands take to relax and to come back, and a body to move into the pose after a long gap."""

LONE_S = 0.2
"""Hands seen for no longer than this between two long gaps stay relaxed instead of twitching."""


@dataclass(frozen=True, eq=False, slots=True)
class GapPlan:
    """For each of K frames to fill: slerp(q[before], q[after], weight), then slerp(that, rest, relaxed).

    frames, before, after: (K,) indices; weight, relaxed: (K,) in 0..1. Where `relaxed` is 1 the indices need
    not name seen frames.
    """

    frames: NDArray[np.intp]
    before: NDArray[np.intp]
    after: NDArray[np.intp]
    weight: NDArray[np.float64]
    relaxed: NDArray[np.float64]

    def within(self, first: int, last: int) -> GapPlan:
        """What it fills of frames `first` to before `last`; frames are ascending."""
        some = slice(*np.searchsorted(self.frames, (first, last)).tolist())
        indices = (self.frames[some], self.before[some], self.after[some])
        return GapPlan(*indices, self.weight[some], self.relaxed[some])

    def at(self, places: NDArray[np.intp]) -> GapPlan:
        """The same plan where frame i is at `places[i]`."""
        return replace(self, frames=places[self.frames], before=places[self.before], after=places[self.after])

    def fill(self, quaternions: NDArray[np.float64], rest: NDArray[np.float64]) -> None:
        """Overwrite the gaps of one joint, (N, 4), in place; `rest` (4,) is its relaxed rotation."""
        if len(self.frames):
            seen = slerp(quaternions[self.before], quaternions[self.after], self.weight)
            quaternions[self.frames] = slerp(seen, np.broadcast_to(rest, seen.shape), self.relaxed)


def runs(mask: Mask) -> list[tuple[int, int]]:
    """Runs of True in (N,) as (first, one past the last), in order."""
    edges = np.flatnonzero(np.diff(np.concatenate([[False], mask, [False]]).astype(np.int8)))
    return [(int(start), int(stop)) for start, stop in edges.reshape(-1, 2)]


def longest_run(mask: Mask) -> int:
    """Frames in the longest run of True; 0 if there is none."""
    return max((stop - start for start, stop in runs(mask)), default=0)


def body_missing(arrays: RecordingArrays) -> Mask:
    """(N,) True where the recording has no body."""
    count = arrays.frame_count
    numbers = np.column_stack([arrays.global_orient, arrays.body_pose.reshape(count, -1)])
    missing = np.asarray(~np.isfinite(numbers).all(axis=1))
    if arrays.translation is not None:
        missing |= sentinels(arrays)
    elif arrays.box is not None:
        missing |= (arrays.box == 0).all(axis=1)
    return missing


def sentinels(arrays: RecordingArrays) -> Mask:
    """(N,) True where the translation is a number that says "nobody"; all False without translations."""
    if arrays.translation is None:
        return np.zeros(arrays.frame_count, bool)
    # Not-a-number compares false: a broken translation alone costs the sway, not the body.
    return np.asarray((np.abs(arrays.translation) > SENTINEL_M).any(axis=1))


def hand_missing(arrays: RecordingArrays, hand: NDArray[np.float32]) -> Mask:
    """(N,) True where `hand` (N, 15, 3) was not tracked."""
    broken = ~np.isfinite(hand).reshape(arrays.frame_count, -1).all(axis=1)
    missing: Mask = broken | ~arrays.hands_tracked | body_missing(arrays)
    return missing


def plan_body(missing: Mask, rate_hz: Fraction) -> tuple[GapPlan, Mask]:
    """How to fill the body's gaps, and (N,) whether the person is present; at least one frame is seen."""
    if missing.all():
        raise ValueError("no frame has a body")
    steps = _Steps()
    present = np.ones(len(missing), bool)
    for start, stop in runs(missing):
        frames = np.arange(start, stop)
        before = start - 1 if start > 0 else stop
        after = stop if stop < len(missing) else start - 1
        if stop - start > BODY_BRIDGE_S * rate_hz:
            present[start:stop] = False
            ease = float(EASE_S * rate_hz)
            weight = _smoothstep((frames - (stop - ease)) / ease)
        else:
            weight = (frames - before) / (after - before) if before != after else np.zeros(len(frames))
        steps.add(frames, before, after, weight, 0.0)
    return steps.plan(), present


def plan_hands(missing: Mask, rate_hz: Fraction) -> GapPlan:
    """How to fill the gaps of one hand; all frames may be missing."""
    count = len(missing)
    missing = _without_lone_sightings(missing, rate_hz)
    steps = _Steps()
    for start, stop in runs(missing):
        frames = np.arange(start, stop)
        before = start - 1 if start > 0 else stop
        after = stop if stop < count else start - 1
        if stop - start == count:
            steps.add(frames, 0, 0, 0.0, 1.0)
        elif stop - start <= HAND_BRIDGE_S * rate_hz:
            weight = (frames - before) / (after - before) if before != after else 0.0
            steps.add(frames, before, after, weight, 0.0)
        else:
            ease = min(float(EASE_S * rate_hz), (stop - start) / 2)
            leaving = (frames - (start - 1)) / ease if start > 0 else np.ones(len(frames))
            coming = (stop - frames) / ease if stop < count else np.ones(len(frames))
            # Both are 1 in the middle, so the change of side there is not seen.
            later_half = (frames * 2 >= start + stop).astype(np.float64)
            steps.add(frames, before, after, later_half, _smoothstep(np.minimum(leaving, coming)))
    return steps.plan()


def _without_lone_sightings(missing: Mask, rate_hz: Fraction) -> Mask:
    long = [gap for gap in runs(missing) if gap[1] - gap[0] > HAND_BRIDGE_S * rate_hz]
    merged = missing.copy()
    for (_, stop), (start, _) in pairwise(long):
        if start - stop <= LONE_S * rate_hz:
            merged[stop:start] = True
    return merged


def _smoothstep(x: ArrayLike) -> NDArray[np.float64]:
    t = np.clip(np.asarray(x, dtype=np.float64), 0.0, 1.0)
    return np.asarray(t * t * (3 - 2 * t))


class _Steps:
    """Collects the pieces of a plan, one gap at a time."""

    def __init__(self) -> None:
        self._frames: list[NDArray[np.intp]] = []
        self._numbers: list[NDArray[np.float64]] = []

    def add(
        self,
        frames: NDArray[np.intp],
        before: int,
        after: int,
        weight: NDArray[np.float64] | float,
        relaxed: NDArray[np.float64] | float,
    ) -> None:
        columns = np.empty((4, len(frames)))
        columns[0], columns[1], columns[2], columns[3] = before, after, weight, relaxed
        self._frames.append(frames)
        self._numbers.append(columns)

    def plan(self) -> GapPlan:
        if not self._frames:
            nothing = np.zeros(0, np.intp)
            return GapPlan(nothing, nothing, nothing, np.zeros(0), np.zeros(0))
        numbers = np.concatenate(self._numbers, axis=1)
        before, after = numbers[:2].astype(np.intp)
        return GapPlan(np.concatenate(self._frames), before, after, numbers[2], numbers[3])
