"""The motion of one person in a measured world: what readers of other formats than Seamless's end in.

Seamless Interaction knows no world: each person has a camera of his own, so `MotionClip` keeps poses in the
person's own frame. Motion capture knows where people are. Readers turn it y up and into metres and change
nothing else; `scene.shared_world` then says how it comes onto the stage.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from avatar_server.dataset.decision import Decision as Decision
from avatar_server.dataset.kept_rows import KeptRows
from avatar_server.motion.frame_rate import FrameRate
from avatar_server.motion.pose import JOINT_COUNT
from avatar_server.motion.rotations import matrix_from_quaternion, rotate, slerp


@dataclass(frozen=True, eq=False, slots=True)
class WorldMotion:
    """N frames of one person in the file's own world, turned y up and in metres; frame i is at i / rate_hz s.

    rotations: (N, 52, 4) float32 unit quaternions w, x, y, z, each joint relative to its parent, SMPL-H order
    and rest pose; joint 0 relative to the world; what is played has them on the disk. pelvis: (N, 3)
    float64, where the pelvis joint is. betas: (B,) where they are SMPL-H's own shape space, otherwise None.
    format: for people, such as `AMASS SMPL-H`. decisions: in the order they were made. notices: sentences
    for people. is_placed: False if the file does not say where the person is; `pelvis` is then constant.
    model_turn: (3, 3) from the axes of the rest pose to this world, where places were stored as the body
    model's translation: of a body whose rest pelvis is elsewhere, the pelvis is elsewhere by the turned
    difference. None: they were joints. leg_m: thigh and shin of who was recorded, where no betas tell how
    large he is.
    """

    frame_rate: FrameRate
    rotations: NDArray[np.float32] | KeptRows[np.float32]
    pelvis: NDArray[np.float64]
    format: str
    betas: NDArray[np.float64] | None = None
    decisions: tuple[Decision, ...] = ()
    notices: tuple[str, ...] = ()
    is_placed: bool = True
    model_turn: NDArray[np.float64] | None = None
    leg_m: float | None = None

    def __post_init__(self) -> None:
        n = len(self.rotations)
        if n == 0 or self.rotations.shape != (n, JOINT_COUNT, 4):
            raise ValueError(f"rotations: expected (N >= 1, {JOINT_COUNT}, 4), got {self.rotations.shape}")
        if self.pelvis.shape != (n, 3):
            raise ValueError(f"pelvis {self.pelvis.shape} does not fit {n} frames")

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

    def places_at(self, times_s: NDArray[np.float64]) -> NDArray[np.float64]:
        """(M, 3): where the pelvis is at (M,) moments."""
        frames = times_s * float(self.rate_hz)
        numbers = np.arange(self.frame_count)
        return np.column_stack([np.interp(frames, numbers, column) for column in self.pelvis.T])

    def facing_at(self, times_s: NDArray[np.float64]) -> NDArray[np.float64]:
        """(M, 2): unit vectors along x and z, where the hips face in the frames next to (M,) moments."""
        frames = np.clip(np.rint(times_s * float(self.rate_hz)).astype(int), 0, self.frame_count - 1)
        roots = np.stack([self.rotations[frame][0] for frame in frames.tolist()])
        ahead = rotate(roots, [0.0, 0.0, 1.0])[:, [0, 2]]
        return np.asarray(ahead / np.maximum(np.linalg.norm(ahead, axis=1, keepdims=True), 1e-9))

    def posed_at(self, time_s: float) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """(52, 3, 3) rotations and (3,) pelvis at any time; between frames by slerp, beyond the ends held."""
        last = self.frame_count - 1
        place = min(max(time_s * float(self.rate_hz), 0.0), float(last))
        frame = int(place)
        fraction = place - frame
        following = min(frame + 1, last)
        turns = slerp(self.rotations[frame], self.rotations[following], fraction)
        pelvis = (1 - fraction) * self.pelvis[frame] + fraction * self.pelvis[following]
        return matrix_from_quaternion(turns), pelvis
