"""Are three numbers a joint its rotation, or its place?"""

from __future__ import annotations

import numpy as np

from avatar_server.motion.foreign.person_arrays import Floats
from avatar_server.motion.smplh_rest import PARENTS

RIGID = 0.02
"""Relative: bones keep their length from frame to frame within this; rotations keep nothing of the kind."""

_BONES = slice(1, 22)
_MOVES, _LOOKED_AT = 1e-3, 300


def are_places(joints: Floats) -> bool:
    """Whether (N, J, 3) are places of SMPL's joints: everything moves, and all bones keep their lengths."""
    if joints.shape[1] < _BONES.stop:
        return False
    step = max(1, len(joints) // _LOOKED_AT)
    seen = joints[::step, : _BONES.stop]
    seen = seen[np.isfinite(seen).all(axis=(1, 2))]
    if len(seen) < 2:
        return False
    bones = np.linalg.norm(seen[:, _BONES] - seen[:, PARENTS[_BONES]], axis=-1)
    lengths = bones.mean(axis=0)
    moves = bool((seen.std(axis=0).max(axis=-1) > _MOVES * max(lengths.mean(), 1e-9)).all())
    return moves and bool((bones.std(axis=0) < RIGID * lengths).all())
