"""The joint regressor of the mannequin: few vertices near each joint whose weighted mean is the joint."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from avatar_server.body.mannequin_skeleton import REST_JOINTS

_REACH = 1.2
_LEAST_REACH_M = 0.006
_SMALLEST_SHARE = 1e-3


def joint_regressor(vertices: NDArray[np.float64], weights: NDArray[np.float64]) -> NDArray[np.float64]:
    """(52, V) float64 with rows that sum to 1 and regressor @ vertices == REST_JOINTS.

    For each joint the vertices near it that it carries get a share that falls with
    distance; the smallest weighted change then makes the mean exact.
    """
    regressor = np.zeros((len(REST_JOINTS), len(vertices)))
    for joint, place in enumerate(REST_JOINTS):
        carried = np.flatnonzero(weights[:, joint] > 0.02)
        distance = np.linalg.norm(vertices[carried] - place, axis=1)
        share = np.exp(-((distance / (_REACH * distance.min() + _LEAST_REACH_M)) ** 2))
        chosen = carried[share > _SMALLEST_SHARE]
        start = share[share > _SMALLEST_SHARE]
        start /= start.sum()
        rows = np.concatenate([vertices[chosen].T, np.ones((1, len(chosen)))])
        missing = np.concatenate([place, [1.0]]) - rows @ start
        spread = (rows * start) @ rows.T
        regressor[joint, chosen] = start + start * (rows.T @ np.linalg.solve(spread, missing))
    return regressor
