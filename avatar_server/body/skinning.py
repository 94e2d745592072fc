"""The exact SMPL-H surface of one pose on the CPU: the yardstick for every renderer."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from avatar_server.body.kinematics import joint_transforms
from avatar_server.body.model import ShapedBody
from avatar_server.motion.pose import JOINT_COUNT

_VERTICES_AT_A_TIME = 1365
"""Their 4,095 rows of posedirs, widened to float64, are 15 MB, which stays in the processor's cache."""


def pose_features(rotations: NDArray[np.float64]) -> NDArray[np.float64]:
    """vec(R_1..R_51 - I), each matrix row-major: (..., 52, 3, 3) to (..., 459)."""
    difference = rotations[..., 1:, :, :] - np.eye(3)
    return difference.reshape(*rotations.shape[:-3], 9 * (JOINT_COUNT - 1))


def skin(
    shaped: ShapedBody,
    rotations: NDArray[np.float64],
    translation: NDArray[np.float64],
    face: NDArray[np.float32] | None = None,
) -> NDArray[np.float64]:
    """World vertices (V, 3) float64 in metres: pose correctives, linear blend skinning, then translation.

    rotations: (52, 3, 3), relative to the parent. translation: (3,) metres. face: (52,) ARKit weights, for
    bodies that have one; None is at rest.
    Source: SMPL (Loper et al. 2015), equations 2 to 4 and 9.
    """
    features = pose_features(rotations)
    directions = shaped.model.posedirs
    vertices = shaped.rest_vertices.copy()
    for start in range(0, len(vertices), _VERTICES_AT_A_TIME):
        some = np.arange(start, min(start + _VERTICES_AT_A_TIME, len(vertices)))
        vertices[some] += directions.rows(some).astype(np.float64) @ features
    if face is not None and shaped.model.face is not None:
        vertices[shaped.model.face.vertices] += shaped.model.face.offsets_at(face)
    matrices = joint_transforms(shaped, rotations, translation)
    blended = (shaped.model.weights @ matrices[:, :3].reshape(JOINT_COUNT, 12)).reshape(-1, 3, 4)
    posed: NDArray[np.float64] = np.einsum("vab,vb->va", blended[:, :, :3], vertices) + blended[:, :, 3]
    return posed
