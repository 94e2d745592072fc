"""From joint rotations to the matrices that carry rest-pose points into the world."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from avatar_server.body.model import PARENTS, ShapedBody
from avatar_server.motion.pose import JOINT_COUNT


def _generations() -> tuple[NDArray[np.int64], ...]:
    """Joints by their distance from the root, itself left out: each generation needs only the one before."""
    depth = np.zeros(JOINT_COUNT, dtype=np.int64)
    for joint in range(1, JOINT_COUNT):
        depth[joint] = depth[PARENTS[joint]] + 1
    return tuple(np.flatnonzero(depth == level) for level in range(1, int(depth.max()) + 1))


GENERATIONS = _generations()
_GENERATION_PARENTS = tuple(PARENTS[generation] for generation in GENERATIONS)


def joint_transforms(
    shaped: ShapedBody, rotations: NDArray[np.float64], translation: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Skinning matrices: world point = matrix @ rest point, one for each joint.

    rotations: (52, 3, 3), relative to the parent. translation: (3,) metres, added after posing, so that a
    turned root turns the body about its rest pelvis. Returns (52, 4, 4) float64.
    Source: SMPL (Loper et al. 2015), equations 3 and 4.
    """
    matrices: NDArray[np.float64] = transforms_of_poses(shaped, rotations[None], translation[None])[0]
    return matrices


def transforms_of_poses(
    shaped: ShapedBody, rotations: NDArray[np.float64], translations: NDArray[np.float64]
) -> NDArray[np.float64]:
    """`joint_transforms` of K poses at once: (K, 52, 3, 3) and (K, 3) to (K, 52, 4, 4), each as alone."""
    joints = shaped.rest_joints
    # A rotation and the way from the parent in one matrix: one product a generation. Joints come first, so
    # that a generation is rows that lie together.
    local = np.zeros((JOINT_COUNT, len(rotations), 4, 4))
    local[:, :, :3, :3] = rotations.swapaxes(0, 1)
    local[0, :, :3, 3] = joints[0]
    local[1:, :, :3, 3] = (joints[1:] - joints[PARENTS[1:]])[:, None]
    local[:, :, 3, 3] = 1.0
    for generation, parents in zip(GENERATIONS, _GENERATION_PARENTS, strict=True):
        local[generation] = local[parents] @ local[generation]
    local[:, :, :3, 3] += translations - np.einsum("jkab,jb->jka", local[:, :, :3, :3], joints)
    return local.swapaxes(0, 1)


def joint_positions(
    shaped: ShapedBody, rotations: NDArray[np.float64], translation: NDArray[np.float64]
) -> NDArray[np.float64]:
    """(52, 3) metres: where the joints are in the world. Arguments as in `joint_transforms`."""
    matrices = joint_transforms(shaped, rotations, translation)
    turned = np.einsum("jab,jb->ja", matrices[:, :3, :3], shaped.rest_joints)
    positions: NDArray[np.float64] = turned + matrices[:, :3, 3]
    return positions
