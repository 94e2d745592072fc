"""Cameras that go along with people who walk.

A named camera is framed for where people are on average; where they walk, it travels with them: with one
person, or with the middle between two. Its way is theirs, smoothed, so that no step shakes the picture.
Whoever stays about where he is, is seen by a camera that stands still.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from avatar_server.scene.cameras import Standing
from avatar_server.scene.on_stage import OnStage, at_place
from avatar_server.scene.snapshot import Camera
from avatar_server.scene.staging import Place

Floats = NDArray[np.float64]

BOTH, LEFT, RIGHT = "both", "left", "right"
"""Whom a camera follows; empty: nobody."""

STAYS_M = 0.3
"""Nobody is followed who never gets further than this from his place, smoothed."""

SMOOTHING_S = 0.8
"""Standard deviation of the smoothing: steps (0.5 s) vanish, and a camera starts as gently as an operator."""

_STEP_S = 0.1


@dataclass(frozen=True, eq=False, slots=True)
class Following:
    """Where everybody is, smoothed, every `_STEP_S` from 0 on.

    offsets: for each of `BOTH`, `LEFT`, `RIGHT` (M, 2) metres along x and z that a camera is moved by.
    places: one (2,) for each person, where he is if the middle between all stands still. roam: likewise, how
    far he gets to either side of it.
    """

    offsets: dict[str, Floats]
    places: tuple[Floats, ...]
    roam: tuple[Floats, ...]

    def moved(self, camera: Camera, time_s: float) -> Camera:
        """The camera at a moment: turned as it was, and moved along the floor."""
        if camera.follows not in self.offsets:
            return camera
        offsets = self.offsets[camera.follows]
        times_s = np.arange(len(offsets)) * _STEP_S
        x, z = (float(np.interp(time_s, times_s, column)) for column in offsets.T)
        eye, target = ((px + x, py, pz + z) for px, py, pz in (camera.eye, camera.target))
        return replace(camera, eye=eye, target=target)

    def framed(self, camera: str, people: Sequence[Standing]) -> list[Standing]:
        """What the named camera has to know of these people while it travels."""
        alone = whom(camera) != BOTH
        return [
            replace(
                person,
                place=replace(person.place, x_m=float(place[0]), z_m=float(place[1])),
                roam_m=(0.0, 0.0) if alone else (float(roam[0]), float(roam[1])),
            )
            for person, place, roam in zip(people, self.places, self.roam, strict=True)
        ]


def whom(camera: str) -> str:
    """Whom a named camera follows: portraits their person, all others the middle between both."""
    kind, _, side = camera.rpartition("-")
    return side if side in (LEFT, RIGHT) and kind != "over" else BOTH


def follow(motions: Sequence[OnStage], places: Sequence[Place]) -> Following | None:
    """How cameras go along with one or two people put at `places`; None if they may stand still."""
    duration_s = max(motion.duration_s for motion in motions)
    times_s: Floats = np.arange(int(duration_s / _STEP_S) + 2, dtype=np.float64) * _STEP_S
    ways = [at_place(motion.way_at(times_s), place) for motion, place in zip(motions, places, strict=True)]
    smooth = [_smoothed(way) for way in ways]
    middle = np.mean(smooth, axis=0)
    middle = middle - np.median(middle, axis=0)
    if max(float(np.linalg.norm(way - np.median(way, axis=0), axis=1).max()) for way in smooth) < STAYS_M:
        return None
    offsets = {BOTH: middle}
    middles, roam = [], []
    for side, way, own in zip((LEFT, RIGHT), ways, smooth, strict=False):
        low, high = np.percentile(way - middle, [1, 99], axis=0)
        middles.append((low + high) / 2)
        roam.append((high - low) / 2)
        offsets[side] = own - middles[-1]
    if len(motions) == 1:
        offsets[RIGHT] = offsets[BOTH] = offsets[LEFT]
    return Following(offsets, tuple(middles), tuple(roam))


def _smoothed(way: Floats) -> Floats:
    """(M, 2) by a bell, the ends going on."""
    reach = int(3 * SMOOTHING_S / _STEP_S)
    bell = np.exp(-0.5 * (np.arange(-reach, reach + 1) * _STEP_S / SMOOTHING_S) ** 2)
    bell /= bell.sum()
    padded = np.pad(way, ((reach, reach), (0, 0)), mode="edge")
    return np.stack([np.convolve(column, bell, mode="valid") for column in padded.T], axis=1)
