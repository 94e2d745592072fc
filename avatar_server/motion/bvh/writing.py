"""Motion on the 52 joints of SMPL-H as the text of a BVH file: centimetres, y up, degrees."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
from numpy.typing import NDArray
from scipy.spatial.transform import Rotation

from avatar_server.motion.smplh_rest import JOINT_NAMES, PARENTS

Floats = NDArray[np.float64]

_CM = 100.0
_ORDER = "ZXY"
"""Of the rotation channels, the first one outermost: the usual one, and heads that nod far stay clear of its
poles at 90 degrees about x."""

_TIPS_M = {"head": (0.0, 0.18, 0.0), "left_foot": (0.0, 0.0, 0.06), "right_foot": (0.0, 0.0, 0.06)}
_LAST_PHALANX = 0.8
"""Of the length of the one before it."""


def bvh_text(rest_joints: Floats, rotations: Floats, pelvis: Floats, rate_hz: Fraction) -> str:
    """A whole file.

    rest_joints: (52, 3) metres. rotations: (N, 52, 4) unit quaternions w, x, y, z relative to the parents,
    the pelvis' in the world. pelvis: (N, 3) metres, its place in the world.
    """
    order = _depth_first()
    lines = ["HIERARCHY", *_hierarchy(rest_joints), "MOTION", f"Frames: {len(rotations)}"]
    lines.append(f"Frame Time: {float(1 / rate_hz):.9f}")
    degrees = np.concatenate([_degrees(rotations[:, joint]) for joint in order], axis=1)
    rows = np.concatenate([pelvis * _CM, degrees], axis=1)
    lines += [" ".join(f"{value:.6f}" for value in row) for row in rows.tolist()]
    return "\n".join(lines) + "\n"


def _degrees(quaternions: Floats) -> Floats:
    """(N, 3) in the order of the channels, without jumps by whole turns."""
    turns = Rotation.from_quat(quaternions, scalar_first=True)
    angles: Floats = np.unwrap(turns.as_euler(_ORDER, degrees=True), axis=0, period=360.0)
    return angles


def _children(joint: int) -> list[int]:
    return [child for child, parent in enumerate(PARENTS.tolist()) if parent == joint]


def _depth_first(joint: int = 0) -> list[int]:
    """All joints as they stand in the file."""
    return [joint, *(below for child in _children(joint) for below in _depth_first(child))]


def _hierarchy(rest_joints: Floats, joint: int = 0, depth: int = 0) -> list[str]:
    inside = "\t" * (depth + 1)
    turns = " ".join(f"{axis}rotation" for axis in _ORDER)
    # The root's place is in its channels alone, because programs differ in whether they add its offset.
    offset = rest_joints[joint] - rest_joints[PARENTS[joint]] if joint else np.zeros(3)
    channels = f"CHANNELS 3 {turns}" if joint else f"CHANNELS 6 Xposition Yposition Zposition {turns}"
    lines = [
        f"{inside[1:]}{'JOINT' if joint else 'ROOT'} {JOINT_NAMES[joint]}",
        f"{inside[1:]}{{",
        f"{inside}OFFSET {_vector(offset)}",
        f"{inside}{channels}",
    ]
    children = _children(joint)
    for child in children:
        lines += _hierarchy(rest_joints, child, depth + 1)
    if not children:
        tip = np.array(_TIPS_M.get(JOINT_NAMES[joint], offset * _LAST_PHALANX))
        lines += [f"{inside}End Site", f"{inside}{{", f"{inside}\tOFFSET {_vector(tip)}", f"{inside}}}"]
    return [*lines, f"{inside[1:]}}}"]


def _vector(metres: Floats) -> str:
    return " ".join(f"{value * _CM:.6f}" for value in metres.tolist())
