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
    of the arms, 4 width of the shoulders, 5 size of the head, 6 from a man's figure towards a woman's, 7 from
    an angular face with a strong neck towards a soft one with a slender neck, 8 girth of the belly.
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
    directions[:, :, 6] = _figure(vertices, weights)
    directions[:, :, 7] = _softness(vertices, weights)
    directions[:, 2, 8] = (0.012 * smooth_step(vertices[:, 2], -0.02, 0.08) - 0.003) * _bump(y, -0.12, 0.16)
    directions[:, 0, 8] = 0.07 * x * _bump(y, -0.12, 0.16) * (np.abs(x) < 0.25)
    return directions.astype(np.float32)


def _bump(value: NDArray[np.float64], middle: float, reach: float) -> NDArray[np.float64]:
    """1 in the middle, 0 from `reach` on, smooth."""
    return smooth_step(-np.abs(value - middle), -reach, 0.0)


def _figure(vertices: NDArray[np.float64], weights: NDArray[np.float64]) -> NDArray[np.float64]:
    """(V, 3) metres: wider hips, a waist, a bust, slighter shoulders."""
    x, y, z = vertices.T
    trunk = weights[:, [JOINT[name] for name in ("pelvis", "spine1", "spine2", "spine3")]].sum(axis=1)
    moved = np.zeros_like(vertices)
    hips = _bump(y, -0.33, 0.20) * (np.abs(x) < 0.3)
    waist = _bump(y, -0.07, 0.13) * (np.abs(x) < 0.3)
    moved[:, 0] = x * (0.022 * hips - 0.040 * waist)
    moved[:, 2] = z * (0.018 * hips - 0.025 * waist)
    # Cloth spans what is between.
    across = np.where(np.abs(x) < 0.072, 0.78, 0.0) + _bump(np.abs(x), 0.072, 0.070) * np.where(
        np.abs(x) < 0.072, 0.22, 1.0
    )
    breast = across * _bump(y, 0.080, 0.095) * smooth_step(z, 0.02, 0.07)
    moved[:, 2] += 0.0070 * breast * trunk
    moved[:, 1] -= 0.0012 * breast * trunk
    shoulders = smooth_step(np.abs(x), 0.03, 0.174) * smooth_step(y, 0.0, 0.15)
    moved[:, 0] -= np.sign(x) * 0.0048 * shoulders
    return moved


def _softness(vertices: NDArray[np.float64], weights: NDArray[np.float64]) -> NDArray[np.float64]:
    """(V, 3) metres: a narrower jaw, a smaller nose, a slender neck."""
    x, y, z = vertices.T
    on_head = weights[:, JOINT["head"]]
    moved = np.zeros_like(vertices)
    jaw = _bump(y, 0.350, 0.070) * on_head * smooth_step(z, -0.02, 0.04)
    moved[:, 0] -= 0.030 * x * jaw
    moved[:, 1] += 0.0020 * _bump(y, 0.340, 0.045) * on_head * smooth_step(z, 0.03, 0.07)
    nose = _bump(y, 0.418, 0.045) * smooth_step(z, 0.108, 0.132) * on_head * _bump(x, 0.0, 0.024)
    moved[:, 2] -= 0.0022 * nose
    neck = _bump(y, 0.300, 0.070) * (np.abs(x) < 0.1) * (1.0 - jaw)
    moved[:, 0] -= 0.030 * x * neck
    moved[:, 2] -= 0.025 * (z + 0.010) * neck
    return moved


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
