"""A body in the SMPL-H layout, whether read from a licensed file or built by `mannequin`.

Source of layout and formula: SMPL (Loper et al. 2015), SMPL+H (Romero et al. 2017).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

JOINT_NAMES: tuple[str, ...] = tuple(
    (  # noqa: SIM905
        "pelvis left_hip right_hip spine1 left_knee right_knee spine2 left_ankle right_ankle spine3 "
        "left_foot right_foot neck left_collar right_collar head left_shoulder right_shoulder left_elbow "
        "right_elbow left_wrist right_wrist left_index1 left_index2 left_index3 left_middle1 left_middle2 "
        "left_middle3 left_pinky1 left_pinky2 left_pinky3 left_ring1 left_ring2 left_ring3 left_thumb1 "
        "left_thumb2 left_thumb3 right_index1 right_index2 right_index3 right_middle1 right_middle2 "
        "right_middle3 right_pinky1 right_pinky2 right_pinky3 right_ring1 right_ring2 right_ring3 "
        "right_thumb1 right_thumb2 right_thumb3"
    ).split()
)

PARENTS: NDArray[np.int64] = np.concatenate(
    [
        [-1, 0, 0, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 9, 9, 12, 13, 14, 16, 17, 18, 19],
        [20, 22, 23, 20, 25, 26, 20, 28, 29, 20, 31, 32, 20, 34, 35],
        [21, 37, 38, 21, 40, 41, 21, 43, 44, 21, 46, 47, 21, 49, 50],
    ]
)
"""Parent of each of the 52 joints, -1 for the root."""

GARMENTS = ("top", "bottom", "shoes", "hair")
"""Columns of `BodyModel.garments`."""


@dataclass(frozen=True, eq=False, slots=True)
class BodyModel:
    """The arrays of an SMPL-H body. Rest pose: a T, y up, facing +z, the person's left at +x; metres.

    v_template: (V, 3) float64. faces: (F, 3) int32, counter-clockwise seen from outside.
    shapedirs: (V, 3, B) float32. posedirs: (V, 3, 459) float32, for vec(R_1..R_51 - I), each R row-major.
    joint_regressor: (52, V) float64. weights: (V, 52) float64, rows sum to 1.
    garments: (V, 4) float32, signed distances in metres to the borders of `GARMENTS` in the rest pose,
    positive where the cloth (or the hair) is; interpolated over a triangle and cut at zero they give crisp
    edges at every zoom.
    """

    name: str
    v_template: NDArray[np.float64]
    faces: NDArray[np.int32]
    shapedirs: NDArray[np.float32]
    posedirs: NDArray[np.float32]
    joint_regressor: NDArray[np.float64]
    weights: NDArray[np.float64]
    garments: NDArray[np.float32]

    @property
    def vertex_count(self) -> int:
        """V."""
        return int(self.v_template.shape[0])


@dataclass(frozen=True, eq=False, slots=True)
class ShapedBody:
    """A `BodyModel` with its betas applied: all that skinning needs, and the same for every picture.

    Renderers keep what they upload keyed by this object's identity.

    rest_vertices: (V, 3) float64 = v_template + shapedirs betas.
    rest_joints: (52, 3) float64 = joint_regressor rest_vertices.
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
    return ShapedBody(model, coefficients, vertices, model.joint_regressor @ vertices)
