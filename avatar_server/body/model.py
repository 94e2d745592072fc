"""A body in the SMPL-H layout, whether read from a licensed file or built by `mannequin`.

Source of layout and formula: SMPL (Loper et al. 2015), SMPL+H (Romero et al. 2017).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from avatar_server.body.face_rig import FaceRig
from avatar_server.body.joint_regressor import JointRegressor
from avatar_server.body.pose_directions import PoseDirections
from avatar_server.motion import smplh_rest

JOINT_NAMES = smplh_rest.JOINT_NAMES
"""Of the 52 joints, in order."""

PARENTS = smplh_rest.PARENTS
"""Parent of each of the 52 joints, -1 for the root."""

GARMENTS = ("top", "bottom", "shoes", "hair")
"""Columns of `BodyModel.garments`."""


@dataclass(frozen=True, eq=False, slots=True)
class BodyModel:
    """The arrays of an SMPL-H body. Rest pose: a T, y up, facing +z, the person's left at +x; metres.

    v_template: (V, 3) float64. faces: (F, 3) int32, counter-clockwise seen from outside.
    shapedirs: (V, 3, B) float32. posedirs: for vec(R_1..R_51 - I), each R row-major.
    weights: (V, 52) float64, rows sum to 1.
    garments: (V, 4) float32, signed distances in metres to the borders of `GARMENTS` in the rest pose,
    positive where the cloth (or the hair) is; interpolated over a triangle and cut at zero they give crisp
    edges at every zoom. face: None for a body without one.
    """

    name: str
    v_template: NDArray[np.float64]
    faces: NDArray[np.int32]
    shapedirs: NDArray[np.float32]
    posedirs: PoseDirections
    joint_regressor: JointRegressor
    weights: NDArray[np.float64]
    garments: NDArray[np.float32]
    face: FaceRig | None = None

    @property
    def vertex_count(self) -> int:
        """V."""
        return int(self.v_template.shape[0])


@dataclass(frozen=True, eq=False, slots=True)
class ShapedBody:
    """A `BodyModel` with its betas applied: all that skinning needs, and the same for every picture.

    Renderers keep what they upload keyed by this object's identity.

    rest_vertices: (V, 3) float64 = v_template + shapedirs betas.
    rest_joints: (52, 3) float64, where `joint_regressor` puts them.
    """

    model: BodyModel
    betas: NDArray[np.float64]
    rest_vertices: NDArray[np.float64]
    rest_joints: NDArray[np.float64]


def shape_body(model: BodyModel, betas: NDArray[np.float64] | None = None) -> ShapedBody:
    """Apply `betas` (up to B of them, missing ones are zero; None is the neutral shape) to `model`."""
    coefficients = np.zeros(model.shapedirs.shape[2])
    if betas is not None:
        if betas.ndim != 1 or len(betas) > len(coefficients):
            raise ValueError(f"betas: expected at most {len(coefficients)} numbers, got shape {betas.shape}")
        coefficients[: len(betas)] = betas
    vertices = model.v_template + model.shapedirs.astype(np.float64) @ coefficients
    return ShapedBody(model, coefficients, vertices, model.joint_regressor.joints(vertices))
