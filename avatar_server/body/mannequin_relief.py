"""Folds of the mannequin's clothes and locks of its hair: small waves on surfaces that are smooth by design.

They are laid on after the pose correctives are fitted, so that a joint bends the same with and without them,
and are the same on both sides of the body. A level of detail for afar leaves them out by itself.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from avatar_server.body.joint_regressor import JointRegressor
from avatar_server.body.mannequin_regressor import joint_regressor
from avatar_server.body.mannequin_weights import smooth_step
from avatar_server.body.model import GARMENTS, BodyModel
from avatar_server.body.surface_normals import vertex_normals

Floats = NDArray[np.float64]

_TURN = 2.0 * np.pi


def with_relief(model: BodyModel) -> BodyModel:
    """The same body with folds and locks; its joints stay where they were."""
    normals = vertex_normals(model.v_template, model.faces)
    worn = {name: model.garments[:, index] > 0 for index, name in enumerate(GARMENTS)}
    height = np.zeros(len(normals))
    for name, relief in (("top", _sweater), ("bottom", _trousers), ("hair", _hair)):
        height[worn[name]] = relief(model.v_template[worn[name]])
    template = model.v_template + normals * height[:, None]
    return replace(
        model,
        v_template=template,
        joint_regressor=JointRegressor.of(joint_regressor(template, model.weights)),
    )


def _bump(value: Floats, middle: float, reach: float) -> Floats:
    """1 in the middle, 0 from `reach` on."""
    return smooth_step(-np.abs(value - middle), -reach, 0.0)


def _fold(phase: Floats) -> Floats:
    """-1 .. 1: round ridges and narrower valleys, one for each whole number."""
    wave = 0.5 + 0.5 * np.cos(_TURN * phase)
    return np.asarray(1.0 - 2.0 * (1.0 - wave) ** 1.6)


def _sweater(points: Floats) -> Floats:
    """(N,) metres outwards."""
    x, y, z = np.abs(points[:, 0]), points[:, 1], points[:, 2]
    warp = 0.010 * np.sin(31.0 * z + 17.0 * y) + 0.006 * np.sin(47.0 * y - 23.0 * z)
    arm = smooth_step(x, 0.19, 0.24)
    # Rings round the elbow, oblique, and what the sleeve has too much before the cuff.
    elbow = _fold((x - 0.45 * (z + 0.04) + warp) / 0.062) * _bump(x, 0.430, 0.105)
    cuff = _fold((x + 0.35 * (z + 0.04) + warp) / 0.056) * _bump(x, 0.580, 0.060)
    sleeve = arm * (0.0046 * elbow + 0.0040 * cuff)
    # From the armpit over the chest and the shoulder blade, and across the waist.
    away_x, away_y = x - 0.165, y - 0.105
    reach = np.hypot(away_x, away_y)
    angle = np.arctan2(away_y, -away_x)
    armpit = _fold(angle * 1.15 + 9.0 * warp) * _bump(reach, 0.075, 0.075) * (1.0 - arm)
    waist = _fold((y + 0.30 * x + 1.4 * warp) / 0.072) * _bump(y, -0.080, 0.120) * smooth_step(x, 0.02, 0.11)
    # Over the chest it is stretched: folds there would look like what is below.
    slack = 1.0 - smooth_step(z, 0.02, 0.07) * _bump(y, 0.070, 0.130)
    # Below the waist cloth falls in soft upright folds.
    around = np.arctan2(x, z)
    hem = np.cos(7.0 * around + 24.0 * warp) * smooth_step(-y, 0.16, 0.28)
    return np.asarray(sleeve + (1.0 - arm) * (slack * (0.0030 * armpit + 0.0036 * waist) + 0.0042 * hem))


def _trousers(points: Floats) -> Floats:
    """(N,) metres outwards."""
    x, y, z = np.abs(points[:, 0]), points[:, 1], points[:, 2]
    warp = 0.012 * np.sin(29.0 * x + 13.0 * y) + 0.006 * np.sin(41.0 * y - 19.0 * z)
    knee = _fold((y + 0.40 * (x - 0.10) + 0.3 * z + warp) / 0.075) * _bump(y, -0.690, 0.120)
    groin = _fold((y - 0.75 * x + warp) / 0.070) * _bump(y, -0.400, 0.090) * smooth_step(z, -0.02, 0.05)
    ankle = _fold((y + 0.25 * z + warp) / 0.070) * _bump(y, -1.030, 0.090)
    return np.asarray(0.0044 * knee + 0.0042 * groin + 0.0056 * ankle)


def _hair(points: Floats) -> Floats:
    """(N,) metres outwards: locks that run down from the crown."""
    x, y, z = points.T
    around = np.arctan2(x - 0.012, z - 0.005)
    locks = np.sin(13.0 * around + 2.2 * np.sin(11.0 * y + 1.3 * around)) + 0.5 * np.sin(
        21.0 * around - 3.0 * np.sin(7.0 * y)
    )
    below_crown = 1.0 - smooth_step(y, 0.520, 0.565)
    return np.asarray(0.0021 * locks * below_crown)
