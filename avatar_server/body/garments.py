"""Clothes for a bare SMPL-H body: signed distances to the borders of sweater, trousers, shoes and hair."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from avatar_server.body.model import JOINT_NAMES

_JOINT = {name: index for index, name in enumerate(JOINT_NAMES)}

_HEAD_SHARE = 0.5
"""A vertex belongs to the head if the head joint carries at least this share of it."""


def garments_of(
    vertices: NDArray[np.float64], joints: NDArray[np.float64], weights: NDArray[np.float64]
) -> NDArray[np.float32]:
    """(V, 4) float32 metres, columns as `model.GARMENTS`, positive where the cloth or the hair is.

    vertices: (V, 3) rest pose. joints: (52, 3) rest joints. weights: (V, 52). The lengths below are shares
    of the body's own, so that small and tall bodies are dressed alike.
    """
    place = {name: joints[index] for name, index in _JOINT.items()}
    x, y = np.abs(vertices[:, 0]), vertices[:, 1]
    trunk = float(place["neck"][1] - place["pelvis"][1])
    forearm = float(np.abs(place["left_wrist"][0] - place["left_elbow"][0]))
    shin = float(place["left_knee"][1] - place["left_ankle"][1])
    head = float(np.linalg.norm(place["head"] - place["neck"]))

    # The neckline runs round the neck where its tube meets the shoulders, lower at the throat.
    size = trunk / 0.51
    from_neck = vertices - place["neck"]
    outside_tube = np.linalg.norm(from_neck[:, [0, 2]], axis=1) - 0.080 * size
    below_throat = -0.030 * size - from_neck @ np.array([0.0, 0.93, 0.37])
    below_neck = np.minimum(np.maximum(outside_tube, below_throat), 0.010 * size - from_neck[:, 1])
    before_wrist = float(np.abs(place["left_wrist"][0])) - 0.08 * forearm - x
    above_hem = y - (float(place["pelvis"][1]) - 0.14 * trunk)
    ankle = float(min(place["left_ankle"][1], place["right_ankle"][1])) + 0.06 * shin
    top = np.minimum(np.minimum(below_neck, before_wrist), above_hem)
    bottom = np.minimum(-above_hem, y - ankle)
    shoes = ankle - y
    return np.stack([top, bottom, shoes, _hair(vertices, place, weights, head)], axis=1).astype(np.float32)


def _hair(
    vertices: NDArray[np.float64],
    place: dict[str, NDArray[np.float64]],
    weights: NDArray[np.float64],
    head_m: float,
) -> NDArray[np.float64]:
    """(V,) metres into the hair: above a plane from the forehead to the nape, clear of the ears."""
    on_head = weights[:, _JOINT["head"]] >= _HEAD_SHARE
    scale = head_m / 0.083
    local = (vertices - place["head"]) / scale
    forehead, nape = np.array([0.0, 0.155, 0.075]), np.array([0.0, 0.030, -0.085])
    along = (forehead - nape) / np.linalg.norm(forehead - nape)
    upwards = np.array([0.0, along[2], -along[1]])
    above = (local - nape) @ upwards
    ear = np.array([0.075, 0.070, -0.010])
    clear_of_ears = np.linalg.norm((np.abs(local) * [1, 0, 0] + local * [0, 1, 1]) - ear, axis=1) - 0.036
    hair: NDArray[np.float64] = np.minimum(above, clear_of_ears) * scale
    return np.where(on_head, hair, -np.abs(hair) - 0.02)
