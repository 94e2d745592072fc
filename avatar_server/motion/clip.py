"""The motion of one person, asked by time."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from avatar_server.dataset.kept_rows import KeptRows
from avatar_server.dataset.repairs import MotionRepairs
from avatar_server.motion.frame_rate import FrameRate
from avatar_server.motion.pose import JOINT_COUNT, Pose
from avatar_server.motion.presets import Legs
from avatar_server.motion.rotations import matrix_from_quaternion, slerp


@dataclass(frozen=True, eq=False, slots=True)
class MotionClip:
    """N frames on an exact rate in the person's upright frame (see `Pose`); frame i is at i / rate_hz s.

    rotations: (N, 52, 4) float32 unit quaternions w, x, y, z; float32 keeps 1e-7 rad at half the memory,
    and long clips have them on the disk.
    sway: (N, 3) float32, metres. present: (N,) bool. legs: whether legs are measured or held.
    notices: what was repaired or assumed, sentences for people. repairs: all of it, in numbers; None for
    motion that was not recorded.
    """

    frame_rate: FrameRate
    rotations: NDArray[np.float32] | KeptRows[np.float32]
    sway: NDArray[np.float32]
    present: NDArray[np.bool_]
    legs: Legs
    notices: tuple[str, ...] = ()
    repairs: MotionRepairs | None = None

    def __post_init__(self) -> None:
        n = len(self.rotations)
        if n == 0 or self.rotations.shape != (n, JOINT_COUNT, 4):
            raise ValueError(f"rotations: expected (N >= 1, {JOINT_COUNT}, 4), got {self.rotations.shape}")
        if self.sway.shape != (n, 3) or self.present.shape != (n,):
            raise ValueError(f"sway {self.sway.shape} and present {self.present.shape} do not fit {n} frames")

    @property
    def rate_hz(self) -> Fraction:
        """Frames a second, exact."""
        return self.frame_rate.rate_hz

    @property
    def frame_count(self) -> int:
        """N."""
        return len(self.rotations)

    @property
    def duration_s(self) -> float:
        """N / rate: the last frame lasts as long as every other."""
        return float(self.frame_count / self.rate_hz)

    def pose_at(self, time_s: float) -> Pose:
        """The pose at any time: between frames by slerp, before the first and after the last frame held."""
        turns, sway, seen = self.turns_at(time_s)
        return Pose(matrix_from_quaternion(turns), sway, seen)

    def turns_at(self, time_s: float) -> tuple[NDArray[np.float64], NDArray[np.float64], bool]:
        """The same as (52, 4) unit quaternions, (3,) sway, and whether the person is present."""
        last = self.frame_count - 1
        place = min(max(time_s * float(self.rate_hz), 0.0), float(last))
        frame = int(place)
        fraction = place - frame
        following = min(frame + 1, last)
        between = slerp(self.rotations[frame], self.rotations[following], fraction)
        sway = (1 - fraction) * self.sway[frame].astype(np.float64) + fraction * self.sway[following]
        seen = bool(self.present[frame if fraction < 0.5 else following])
        return between, sway, seen
