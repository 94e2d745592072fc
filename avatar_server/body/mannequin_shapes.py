"""Shape directions of the mannequin: what each beta does to the rest body."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from avatar_server.body.mannequin_skeleton import JOINT, REST_JOINTS
from avatar_server.body.mannequin_weights import smooth_step
from avatar_server.body.model import PARENTS

SHAPE_COUNT = 16
"""As in SMPL-H; the betas that are not listed in `shape_directions` do nothing."""

_STEP = 0.03
"""One unit of a beta changes a length by about three per cent."""


def shape_directions(vertices: NDArray[np.float64], weights: NDArray[np.float64]) -> NDArray[np.float32]:
    """(V, 3, 16) float32 metres for each unit of beta.

    0 size of the whole body about the pelvis, 1 fullness of trunk and limbs, 2 length of the legs, 3 length
    of the arms, 4 width of the shoulders, 5 size of the head.
    """
    directions = np.zeros((len(vertices), 3, SHAPE_COUNT))
    x, y = vertices[:, 0], vertices[:, 1]
    directions[:, :, 0] = (vertices - REST_JOINTS[JOINT["pelvis"]]) * _STEP
    directions[:, :, 1] = _away_from_bones(vertices, weights) * 2 * _STEP
    directions[:, 1, 2] = -smooth_step(-y, 0.314, 0.5) * np.maximum(-0.314 - y, 0.0) * _STEP
    directions[:, 0, 3] = np.sign(x) * np.maximum(np.abs(x) - 0.174, 0.0) * smooth_step(y, 0.0, 0.15) * _STEP
    directions[:, 0, 4] = (
        np.sign(x) * smooth_step(np.abs(x), 0.0, 0.174) * smooth_step(y, -0.05, 0.15) * 0.008
    )
    head = weights[:, JOINT["head"], None]
    directions[:, :, 5] = head * (vertices - REST_JOINTS[JOINT["head"]]) * _STEP
    return directions.astype(np.float32)


def _away_from_bones(vertices: NDArray[np.float64], weights: NDArray[np.float64]) -> NDArray[np.float64]:
    """(V, 3) metres from the bone axes to the vertices; head and hands stay as they are."""
    away = np.zeros_like(vertices)
    full = ["pelvis", "spine1", "spine2", "spine3"]
    full += [f"{side}_{part}" for side in ("left", "right") for part in ("hip", "knee", "shoulder", "elbow")]
    for name in full:
        joint = JOINT[name]
        children = np.flatnonzero(joint == PARENTS)
        end = REST_JOINTS[children[0]]
        start = REST_JOINTS[joint]
        way = (end - start) / np.linalg.norm(end - start)
        offset = vertices - start
        offset -= (offset @ way)[:, None] * way
        away += weights[:, joint, None] * offset
    return away
