"""From what was recorded to smooth rotations without gaps, a stretch at a time.

A stretch knows what it needs of the frames round it: as many as the smoothing reaches, the frames between
which a gap is bridged, and which of the two signs of a rotation came before. So it is what it would be if the
whole recording were looked at together, bit for bit.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from avatar_server.dataset.kept_rows import KeptRows
from avatar_server.dataset.recording_arrays import RecordingArrays
from avatar_server.motion.gaps import GapPlan
from avatar_server.motion.pose import FIRST_LEFT_HAND_JOINT, FIRST_RIGHT_HAND_JOINT, JOINT_COUNT
from avatar_server.motion.recording_survey import FRAMES_AT_ONCE, Frames
from avatar_server.motion.rotations import hemispheres, multiply, normalised, quaternion_from_axis_angle
from avatar_server.motion.smoothing import smooth

Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False, slots=True)
class FilledJoint:
    """A joint that was recorded. rest: (4,) how it relaxes. correction: (4,), from the left, or None."""

    joint: int
    plan: GapPlan
    rest: Floats
    correction: Floats | None


def filled_rotations(
    frames: Frames, joints: Sequence[FilledJoint], held: Mapping[int, Floats], kernel: Floats
) -> KeptRows[np.float32]:
    """(N, 52, 4) unit quaternions of the recorded `joints` and of those that are `held` as they are.

    kernel: of the smoothing. Raises NoRoomError if they cannot be kept.
    """
    kept = KeptRows((JOINT_COUNT, 4), np.float32, "motion")
    count, reach = frames.frame_count, len(kernel) // 2
    signs = dict.fromkeys((one.joint for one in joints), 1.0)
    for first in range(0, count, FRAMES_AT_ONCE):
        last = min(first + FRAMES_AT_ONCE, count)
        stretch = _Stretch(frames, joints, max(0, first - reach), min(count, last + reach))
        rotations = np.empty((last - first, JOINT_COUNT, 4), np.float32)
        for joint, rotation in held.items():
            rotations[:, joint] = rotation
        for one in joints:
            quaternions = stretch.filled(one)
            turned = hemispheres(quaternions) * signs[one.joint]
            # The next stretch begins there.
            signs[one.joint] = float(turned[max(0, last - reach - stretch.first) if last < count else 0])
            quaternions *= turned[:, None]
            if one.correction is not None:
                quaternions = multiply(one.correction, quaternions)
            calm = normalised(smooth(quaternions, kernel))
            rotations[:, one.joint] = calm[first - stretch.first : last - stretch.first]
        kept.append(rotations)
    return kept


class _Stretch:
    """Frames `first` to before `last`, and those beyond between which their gaps are bridged."""

    def __init__(self, frames: Frames, joints: Sequence[FilledJoint], first: int, last: int) -> None:
        self.first = first
        self._count = last - first
        self._plans = {id(one.plan): one.plan.within(first, last) for one in joints}
        ends = [end for plan in self._plans.values() for end in (plan.before, plan.after)]
        wanted = np.unique(np.concatenate(ends)) if ends else np.zeros(0, np.intp)
        beyond = wanted[(wanted < first) | (wanted >= last)].tolist()
        self._parts = [frames.part(first, last), *(frames.part(frame, frame + 1) for frame in beyond)]
        # Where each frame of the recording is among what was read.
        place = np.zeros(max([last, *(frame + 1 for frame in beyond)]), np.intp)
        place[first:last] = np.arange(last - first)
        place[beyond] = last - first + np.arange(len(beyond))
        self._plans = {key: plan.at(place) for key, plan in self._plans.items()}

    def filled(self, one: FilledJoint) -> Floats:
        """(n, 4) of one joint, without gaps."""
        recorded = np.concatenate([finite(_column(part, one.joint)) for part in self._parts])
        quaternions = quaternion_from_axis_angle(recorded)
        self._plans[id(one.plan)].fill(quaternions, one.rest)
        return quaternions[: self._count]


def finite(values: NDArray[np.float32]) -> Floats:
    """float64, zero where the recording has no number."""
    return np.nan_to_num(values.astype(np.float64), posinf=0.0, neginf=0.0)


def _column(arrays: RecordingArrays, joint: int) -> NDArray[np.float32]:
    """(n, 3) axis-angle of one joint that was recorded."""
    if joint == 0:
        return arrays.global_orient
    if joint < FIRST_LEFT_HAND_JOINT:
        return arrays.body_pose[:, joint - 1]
    if joint < FIRST_RIGHT_HAND_JOINT:
        assert arrays.left_hand_pose is not None
        return arrays.left_hand_pose[:, joint - FIRST_LEFT_HAND_JOINT]
    assert arrays.right_hand_pose is not None
    return arrays.right_hand_pose[:, joint - FIRST_RIGHT_HAND_JOINT]
