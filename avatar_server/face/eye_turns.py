"""Where the eyes look, from turns of the eyes: as weights of ARKit, which knows no angles."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from avatar_server.face.arkit import ARKIT_INDEX, GAZE_NAMES
from avatar_server.face.column_order import ALIVE

FULL_TURN_RAD = np.radians(30.0)
"""At which a weight of gaze is 1: about as far as eyes turn in conversation; ARKit does not say."""

_GAZE = [ARKIT_INDEX[name] for name in GAZE_NAMES]


def gaze_weights(
    to_own_left: NDArray[np.float32], up: NDArray[np.float32], eye: str
) -> dict[str, NDArray[np.float32]]:
    """Weights of one eye, `Left` or `Right`, from (N,) shares of a full turn, -1..1."""
    outward = to_own_left if eye == "Left" else -to_own_left
    return {
        f"eyeLookOut{eye}": outward.clip(0, 1),
        f"eyeLookIn{eye}": (-outward).clip(0, 1),
        f"eyeLookUp{eye}": up.clip(0, 1),
        f"eyeLookDown{eye}": (-up).clip(0, 1),
    }


def with_eye_turns(weights: NDArray[np.float32], turns_rad: NDArray[np.float32]) -> NDArray[np.float32]:
    """(N, 52) weights; where their gaze is dead, that of (N, 6) turns of Live Link Face.

    Yaw, pitch and roll of the left eye, then of the right; yaw is positive to the face's own left, pitch
    is positive downwards.
    """
    gaze = weights[:, _GAZE]
    known = np.isfinite(gaze).all(axis=1)
    seen = np.isfinite(turns_rad).all(axis=1)
    if (known.any() and np.ptp(gaze[known], axis=0).max() > ALIVE) or not seen.any():
        return weights
    if np.ptp(turns_rad[seen], axis=0).max() <= ALIVE:
        return weights
    shares = np.nan_to_num(turns_rad / np.float32(FULL_TURN_RAD))
    measured = np.isfinite(weights[:, ARKIT_INDEX["jawOpen"]]) & seen
    turned = weights.copy()
    for eye, first in (("Left", 0), ("Right", 3)):
        for name, values in gaze_weights(shares[:, first], -shares[:, first + 1], eye).items():
            turned[:, ARKIT_INDEX[name]] = np.where(measured, values, np.float32(np.nan))
    return turned
