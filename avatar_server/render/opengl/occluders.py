"""Spheres that stand for a body's limbs where only their rough shape matters: keeping ambient light off."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from avatar_server.body.model import PARENTS, ShapedBody

_COLLARS = (13, 14)
_CHEST, _FIRST_FINGER = 9, 22

LIMB_JOINTS = (0, 6, 9, 15, 16, 17, 18, 19, 20, 21)
"""What comes near other parts of the body when a person talks: arms and hands, the head, the trunk."""

FLOOR_JOINTS = (0, 1, 2, 4, 5, 7, 8, 10, 11)
"""What is near enough to the floor to darken it."""


@dataclass(frozen=True, eq=False, slots=True)
class Occluders:
    """N spheres, each moving with one joint.

    joints: (N,). centres: (N, 4) homogeneous, rest pose. radii: (N,) metres.
    """

    joints: NDArray[np.int64]
    centres: NDArray[np.float64]
    radii: NDArray[np.float64]

    def posed(self, matrices: NDArray[np.float64]) -> NDArray[np.float32]:
        """(..., N, 4) float32: world centre and radius; matrices: the body's (..., 52, 4, 4) transforms."""
        places = np.einsum("...nab,nb->...na", matrices[..., self.joints, :, :], self.centres)
        places[..., 3] = self.radii
        return np.asarray(places, dtype=np.float32)


def fit_occluders(shaped: ShapedBody, joints: tuple[int, ...], most: int) -> Occluders:
    """Up to `most` spheres in rows along the limbs of `joints`, from the vertices that follow each most.

    Fingers count as part of the hand and collars as part of the chest.
    """
    owner = shaped.model.weights.argmax(axis=1)
    for joint in range(_FIRST_FINGER, len(PARENTS)):
        owner[owner == joint] = _hand_of(joint)
    owner[np.isin(owner, _COLLARS)] = _CHEST
    found: list[tuple[int, NDArray[np.float64], float]] = []
    for joint in joints:
        own = shaped.rest_vertices[owner == joint]
        if len(own) < 8:
            continue
        middle = own.mean(axis=0)
        axis = np.linalg.svd(own - middle, full_matrices=False)[2][0]
        along = (own - middle) @ axis
        aside = np.linalg.norm((own - middle) - along[:, None] * axis, axis=1)
        count = 1 + (float(np.ptp(along)) > 3.2 * float(aside.mean()))
        for low, high in pairwise(np.linspace(along.min(), along.max(), count + 1)):
            part = (along >= low) & (along <= high)
            if part.any():
                found.append((joint, np.append(own[part].mean(axis=0), 1.0), float(aside[part].mean())))
    found.sort(key=lambda sphere: -sphere[2])
    kept = found[:most]
    return Occluders(
        np.array([joint for joint, _, _ in kept], dtype=np.int64),
        np.array([centre for _, centre, _ in kept]).reshape(-1, 4),
        np.array([radius for _, _, radius in kept]),
    )


def _hand_of(joint: int) -> int:
    while joint >= _FIRST_FINGER:
        joint = int(PARENTS[joint])
    return joint
