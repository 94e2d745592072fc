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


def joint_transforms(
    shaped: ShapedBody, rotations: NDArray[np.float64], translation: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Skinning matrices: world point = matrix @ rest point, one for each joint.

    rotations: (52, 3, 3), relative to the parent. translation: (3,) metres, added after posing, so that a
    turned root turns the body about its rest pelvis. Returns (52, 4, 4) float64.
    Source: SMPL (Loper et al. 2015), equations 3 and 4.
    """
    joints = shaped.rest_joints
    world = np.empty((JOINT_COUNT, 3, 3))
    place = np.empty((JOINT_COUNT, 3))
    world[0] = rotations[0]
    place[0] = joints[0]
    for generation in GENERATIONS:
        parents = PARENTS[generation]
        world[generation] = world[parents] @ rotations[generation]
        bones = joints[generation] - joints[parents]
        place[generation] = place[parents] + np.einsum("jab,jb->ja", world[parents], bones)
    matrices = np.zeros((JOINT_COUNT, 4, 4))
    matrices[:, :3, :3] = world
    matrices[:, :3, 3] = place - np.einsum("jab,jb->ja", world, joints) + translation
    matrices[:, 3, 3] = 1.0
    return matrices


def joint_positions(
    shaped: ShapedBody, rotations: NDArray[np.float64], translation: NDArray[np.float64]
) -> NDArray[np.float64]:
    """(52, 3) metres: where the joints are in the world. Arguments as in `joint_transforms`."""
    matrices = joint_transforms(shaped, rotations, translation)
    turned = np.einsum("jab,jb->ja", matrices[:, :3, :3], shaped.rest_joints)
    positions: NDArray[np.float64] = turned + matrices[:, :3, 3]
    return positions
