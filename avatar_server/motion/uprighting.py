"""From the camera's frame to the person's own: y up, facing +z, without what the camera added.

The fit's camera has x right, y down, z away; it looks down at the person, some videos are stored sideways,
and people do not stand square to it. All of that is constant over a recording, so its medians tell it from
motion:

- `diag(1, -1, -1)` from the left turns the camera's frame upright (Seamless Interaction; HMR 2.0's camera);
- a roll of the spine by about 90 or 180 degrees is the video's: undone exactly;
- what then remains of the spine's median direction (median -13 degrees over the data set, towards the camera)
  and the chest's median heading are removed at the root.

Constant rotations from the left change no movement: the angle between any two frames stays as it was.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from avatar_server.motion.rotations import (
    inverse,
    mean_rotation,
    multiply,
    quaternion_from_axis_angle,
    quaternion_from_matrix,
    rotate,
)

Floats = NDArray[np.float64]

UP: Floats = np.array([0.0, 1.0, 0.0])
FORWARD: Floats = np.array([0.0, 0.0, 1.0])

CAMERA_TO_UPRIGHT: Floats = np.array([0.0, 1.0, 0.0, 0.0])
"""diag(1, -1, -1), half a turn about x."""

SPINE_JOINTS = (0, 3, 6, 9)
"""Pelvis, spine1, spine2, spine3: the chain from the root to the chest."""

_REST = np.array([[-0.223, 0.028], [-0.114, 0.002], [0.021, 0.003], [0.074, 0.028], [0.288, -0.015]])
"""Height and depth in metres of pelvis, spine1, spine2, spine3 and neck in the neutral SMPL-H rest pose."""

SPINE_OFFSETS: Floats = np.column_stack([np.zeros(4), np.diff(_REST, axis=0)])
"""(4, 3): spine1, spine2, spine3 and neck, each from its parent."""


@dataclass(frozen=True, eq=False, slots=True)
class CameraOffset:
    """What the camera adds to every frame.

    correction: (4,) quaternion; root_upright = correction * root_camera.
    picture_turns: (4,) quaternion, the part of it that applies to translations: upright and the roll of the
    picture. quarter_turns: how often by 90 degrees the picture was rolled, 0..3.
    lean_rad: median pitch of the spine against the rest pose, negative towards the camera.
    roll_rad: median roll left after the quarter turns, positive towards the person's right.
    turn_rad: median heading of the chest, positive towards the person's left.
    """

    correction: Floats
    picture_turns: Floats
    quarter_turns: int
    lean_rad: float
    roll_rad: float
    turn_rad: float


def find_camera_offset(directions: Floats, chests: Floats) -> CameraOffset:
    """The constant part of M >= 1 frames, the root in the camera's frame: see `spine_directions`."""
    up = np.median(directions, axis=0)
    if np.linalg.norm(up) < 1e-6:
        up = rotate(CAMERA_TO_UPRIGHT, UP)  # Tumbling in all directions: the camera is all there is to go by.
    forward = np.median(rotate(chests, FORWARD), axis=0)
    in_picture = rotate(CAMERA_TO_UPRIGHT, up)
    quarter_turns = round(np.arctan2(-in_picture[0], in_picture[1]) / (np.pi / 2)) % 4
    picture = multiply(quaternion_from_axis_angle([0.0, 0.0, -quarter_turns * np.pi / 2]), CAMERA_TO_UPRIGHT)
    # Two directions make a frame: the spine exactly, and of the chest's direction the part across it.
    rest = _frame(SPINE_OFFSETS.sum(axis=0), FORWARD)
    correction = quaternion_from_matrix(rest @ _frame(up, forward).T)
    added = multiply(picture, inverse(correction))
    vertical, heading = rotate(added, UP), rotate(added, FORWARD)
    return CameraOffset(
        correction=correction,
        picture_turns=picture,
        quarter_turns=quarter_turns,
        lean_rad=float(-np.arctan2(vertical[2], vertical[1])),
        roll_rad=float(np.arctan2(-vertical[0], np.hypot(vertical[1], vertical[2]))),
        turn_rad=float(np.arctan2(heading[0], heading[2])),
    )


def _frame(up: Floats, forward: Floats) -> Floats:
    """(3, 3) columns x, y, z of the right-handed frame with y along `up` and `forward` in its y-z plane."""
    across = np.cross(up, forward)
    if np.linalg.norm(across) < 1e-9:
        # Nobody's chest faces along the spine; only broken numbers come here, and any heading will do.
        across = np.cross(up, np.eye(3)[np.argmin(np.abs(up))])
    x, y = across / np.linalg.norm(across), up / np.linalg.norm(up)
    return np.column_stack([x, y, np.cross(x, y)])


def head_corrections(chests: Floats, necks: Floats, heads: Floats) -> tuple[Floats, Floats]:
    """Constant (4,) rotations for neck and head: corrected = correction * recorded.

    chests: (M, 4) upright orientations; necks, heads: (M, 4) relative to their parents. The neck loses its
    mean offset; the head is set so that it looks straight ahead and level on average, as one does at a
    partner.
    """
    neck = inverse(mean_rotation(necks))
    carriers = multiply(chests, multiply(neck, necks))
    carrier = mean_rotation(carriers)
    recorded = mean_rotation(multiply(carriers, heads))
    mean_head = multiply(inverse(carrier), recorded)
    return neck, multiply(inverse(carrier), inverse(mean_head))


def spine_directions(spine: Floats) -> tuple[Floats, Floats]:
    """(M, 3) unit vectors pelvis to neck and (M, 4) chest orientations, from (M, 4, 4) of `SPINE_JOINTS`."""
    orientation = spine[:, 0]
    reach = rotate(orientation, SPINE_OFFSETS[0])
    for joint in range(1, len(SPINE_JOINTS)):
        orientation = multiply(orientation, spine[:, joint])
        reach = reach + rotate(orientation, SPINE_OFFSETS[joint])
    return reach / np.linalg.norm(reach, axis=1, keepdims=True), orientation
