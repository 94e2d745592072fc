"""One person's arrays, and what was decided about them, to a `WorldMotion` or to the camera's arrays."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from avatar_server.dataset.decision import Decision
from avatar_server.dataset.recording_arrays import RecordingArrays
from avatar_server.errors import InputError
from avatar_server.motion.foreign.person_arrays import Floats, PersonArrays
from avatar_server.motion.frame_rate import FrameRate
from avatar_server.motion.pose import JOINT_COUNT
from avatar_server.motion.rotations import (
    multiply,
    normalised,
    quaternion_from_axis_angle,
    quaternion_from_matrix,
)
from avatar_server.motion.world_motion import WorldMotion

TO_Y_UP: dict[str, Floats] = {
    "y": np.eye(3),
    "z": np.array([[1.0, 0.0, 0.0], [0.0, 0.0, 1.0], [0.0, -1.0, 0.0]]),
    "x": np.array([[0.0, -1.0, 0.0], [1.0, 0.0, 0.0], [0.0, 0.0, 1.0]]),
    "-y": np.diag([1.0, -1.0, -1.0]),
    "-z": np.array([[1.0, 0.0, 0.0], [0.0, 0.0, -1.0], [0.0, 1.0, 0.0]]),
    "-x": np.array([[0.0, 1.0, 0.0], [-1.0, 0.0, 0.0], [0.0, 0.0, 1.0]]),
}
"""For each axis that is up the rotation that turns it to y; one quarter turn, x keeps its place if it can."""


_FRAMES_AT_ONCE = 4096
"""An hour at 120 frames a second would otherwise be held several times over."""


def to_world(
    person: PersonArrays, up: str, unit_m: float, rate: FrameRate, decisions: tuple[Decision, ...]
) -> WorldMotion:
    """Turned y up and into metres; frames that are not finite hold the last one that is."""
    joints, trans, notices = _finite(person)
    turn = TO_Y_UP[up]
    rotations = np.empty((len(joints), JOINT_COUNT, 4), np.float32)
    root_turn = quaternion_from_matrix(turn)
    for start in range(0, len(joints), _FRAMES_AT_ONCE):
        part = normalised(quaternion_from_axis_angle(joints[start : start + _FRAMES_AT_ONCE]))
        part[:, 0] = multiply(root_turn, part[:, 0])
        rotations[start : start + len(part)] = part
    placed = trans is not None
    pelvis = (np.zeros((len(joints), 3)) if trans is None else trans * unit_m) + person.rest_pelvis
    if not placed:
        notices.append("there is no translation: the person stays on the spot")
    return WorldMotion(
        frame_rate=rate,
        rotations=rotations,
        pelvis=np.asarray(pelvis @ turn.T),
        format=person.format,
        betas=person.betas,
        decisions=(*decisions, *person.decisions),
        notices=(*person.notices, *notices),
        is_placed=placed,
        model_turn=turn,
    )


def to_camera(person: PersonArrays) -> RecordingArrays:
    """The same numbers as those of a Seamless recording, for motion that a camera saw from where it was."""
    joints = person.joints.astype(np.float32)
    trans = None if person.trans is None else person.trans.astype(np.float32)
    notices = person.notices if trans is not None else (*person.notices, "there is no translation: no sway")
    return RecordingArrays(
        where=Path(person.where),
        frame_count=len(joints),
        global_orient=joints[:, 0],
        body_pose=joints[:, 1:22],
        left_hand_pose=joints[:, 22:37],
        right_hand_pose=joints[:, 37:],
        translation=trans,
        hands_tracked=np.ones(len(joints), bool),
        box=None,
        keys=(),
        notices=notices,
    )


def _finite(person: PersonArrays) -> tuple[Floats, Floats | None, list[str]]:
    """Without nan and inf: the last good frame goes on, the first good one stands for those before it."""
    good = np.asarray(np.isfinite(person.joints).all(axis=(1, 2)))
    if person.trans is not None:
        good = good & np.isfinite(person.trans).all(axis=1)
    if good.all():
        return person.joints, person.trans, []
    if not good.any():
        raise InputError(expected="a frame without nan or inf", came="none", where=person.where)
    source = np.maximum.accumulate(np.where(good, np.arange(len(good)), -1))
    source[source < 0] = int(np.argmax(good))
    notice = f"{int((~good).sum())} of {len(good)} frames hold nan or inf: the frame before goes on"
    return person.joints[source], None if person.trans is None else person.trans[source], [notice]
