"""Spheres that stand for a body's limbs where only their rough shape matters: keeping ambient light off."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from avatar_server.body.model import PARENTS, ShapedBody

_COLLARS = (13, 14)
_CHEST, _FIRST_FINGER = 9, 22


@dataclass(frozen=True, eq=False, slots=True)
class Occluders:
    """N spheres, each moving with one joint.

    joints: (N,). centres: (N, 4) homogeneous, rest pose. radii: (N,) metres.
    """

    joints: NDArray[np.int64]
    centres: NDArray[np.float64]
    radii: NDArray[np.float64]

    def posed(self, matrices: NDArray[np.float64]) -> NDArray[np.float32]:
        """(N, 4) float32: world centre and radius; `matrices` are the body's (52, 4, 4) transforms."""
        places = np.einsum("nab,nb->na", matrices[self.joints], self.centres)
        places[:, 3] = self.radii
        return np.asarray(places, dtype=np.float32)


def fit_occluders(shaped: ShapedBody) -> Occluders:
    """Spheres in rows along each limb, from the vertices that follow it most.

    Fingers count as part of the hand and collars as part of the chest.
    """
    owner = shaped.model.weights.argmax(axis=1)
    for joint in range(_FIRST_FINGER, len(PARENTS)):
        owner[owner == joint] = _hand_of(joint)
    owner[np.isin(owner, _COLLARS)] = _CHEST
    joints: list[int] = []
    centres: list[NDArray[np.float64]] = []
    radii: list[float] = []
    for joint in range(_FIRST_FINGER):
        own = shaped.rest_vertices[owner == joint]
        if len(own) < 20:
            continue
        middle = own.mean(axis=0)
        axes = np.linalg.svd(own - middle, full_matrices=False)[2]
        along = (own - middle) @ axes[0]
        aside = np.linalg.norm((own - middle) - along[:, None] * axes[0], axis=1)
        count = int(np.clip(round(float(np.ptp(along)) / (2.2 * float(aside.mean()))), 1, 3))
        borders = np.linspace(along.min(), along.max(), count + 1)
        for low, high in pairwise(borders):
            part = (along >= low) & (along <= high)
            if part.sum() < 8:
                continue
            joints.append(joint)
            centres.append(np.append(own[part].mean(axis=0), 1.0))
            radii.append(float(aside[part].mean()))
    return Occluders(
        np.array(joints, dtype=np.int64), np.array(centres).reshape(-1, 4), np.array(radii, dtype=np.float64)
    )


def _hand_of(joint: int) -> int:
    while joint >= _FIRST_FINGER:
        joint = int(PARENTS[joint])
    return joint
