"""Close-ups of one face, and where on them its parts are."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from avatar_server.body.model import JOINT_NAMES, ShapedBody
from avatar_server.face.arkit import ARKIT_INDEX, WEIGHT_COUNT
from avatar_server.scene.appearance import PALETTES
from avatar_server.scene.lighting import STUDIO_BACKDROP, STUDIO_LIGHT
from avatar_server.scene.snapshot import Appearance, Camera, Figure, Snapshot

_HEAD = JOINT_NAMES.index("head")
_LIFT_M = np.array([0.0, 1.2, 0.0])
_MIDDLE_M = np.array([0.0, 0.060, 0.045])
"""From the head's joint to the middle of the face."""


def face_weights(**weights: float) -> NDArray[np.float32]:
    """(52,) with what is named, all else 0; a name without Left or Right stands for both sides."""
    face = np.zeros(WEIGHT_COUNT, dtype=np.float32)
    for name, value in weights.items():
        for number in {ARKIT_INDEX.get(name + side) for side in ("", "Left", "Right")} - {None}:
            face[number] = value
    return face


def close_up(
    body: ShapedBody,
    face: NDArray[np.float32] | None = None,
    *,
    azimuth_deg: float = 0.0,
    appearance: Appearance = PALETTES[1],
    distance_m: float = 0.75,
    vertical_fov_deg: float = 15.5,
) -> Snapshot:
    """One person at rest, seen from before the face; azimuth: how far to the person's left the camera is."""
    target = body.rest_joints[_HEAD] + _LIFT_M + _MIDDLE_M
    turn = math.radians(azimuth_deg)
    eye = target + distance_m * np.array([math.sin(turn), 0.0, math.cos(turn)])
    camera = Camera(_triple(eye), _triple(target), math.radians(vertical_fov_deg))
    rotations = np.tile(np.eye(3), (len(JOINT_NAMES), 1, 1))
    figure = Figure(body, rotations, _LIFT_M, appearance, face)
    return Snapshot(0.0, (figure,), camera, STUDIO_LIGHT, STUDIO_BACKDROP)


def in_the_world(places: NDArray[np.float64]) -> NDArray[np.float64]:
    """(N, 3) places of the body at rest, where `close_up` shows them."""
    return np.asarray(places + _LIFT_M)


def _triple(point: NDArray[np.float64]) -> tuple[float, float, float]:
    return float(point[0]), float(point[1]), float(point[2])
