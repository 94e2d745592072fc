"""What of ARKit's 52 weights says what mouth, brows, lids and eyes do."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from avatar_server.face.arkit import ARKIT_INDEX
from avatar_server.face.eye_turns import FULL_TURN_RAD
from avatar_server.face.voice_mien import IDLE
from avatar_server.face.voice_mouth import Mouth
from avatar_server.face.voice_plan import Looks

Array = NDArray[np.float64]

JAW_OPEN = 0.62
"""Weight of the widest mouth of ordinary speech."""

_IDLE = [ARKIT_INDEX[name] for name in IDLE]
_FULL_TURN_DEGREES = math.degrees(FULL_TURN_RAD)


def put_mouth(weights: Array, mouth: Mouth) -> None:
    """Add jaw and lips to (N, 52) weights."""
    apart = 1.0 - mouth.closed
    jaw = mouth.jaw * (1.0 - 0.8 * mouth.closed) * (1.0 - 0.5 * mouth.tucked)
    jaw = np.maximum(jaw, 0.07 * mouth.hiss * apart)
    _add(weights, "jawOpen", JAW_OPEN * jaw)
    _add(weights, "mouthClose", JAW_OPEN * jaw * mouth.closed)
    _add(weights, "mouthFunnel", 0.55 * mouth.rounded * (0.3 + 0.7 * jaw) * apart)
    _add(weights, "mouthPucker", 0.75 * mouth.rounded * (1.0 - 0.6 * jaw) * apart)
    _add(weights, "mouthRollLower", 0.25 * mouth.closed + 0.55 * mouth.tucked)
    _add(weights, "mouthRollUpper", 0.20 * mouth.closed)
    for side, share in (("Left", 1.0), ("Right", 0.94)):
        _add(weights, f"mouthPress{side}", 0.45 * share * mouth.closed)
        _add(weights, f"mouthSmile{side}", 0.16 * share * mouth.spread * apart)
        _add(weights, f"mouthStretch{side}", share * (0.30 * mouth.spread + 0.20 * mouth.hiss) * apart)
        upper = 0.22 * jaw + 0.18 * mouth.hiss + 0.2 * mouth.tucked
        lower = (0.35 * jaw + 0.28 * mouth.hiss) * (1 - mouth.tucked)
        _add(weights, f"mouthUpperUp{side}", share * upper * apart)
        _add(weights, f"mouthLowerDown{side}", share * lower * apart)


def put_looks(weights: Array, looks: Looks, accents: Array) -> None:
    """Add lids, brows, smiles and idle movement to (N, 52) weights; accents: (N,), 0..1, of the voice."""
    weights[:, _IDLE] += looks.idle
    brows = np.maximum(0.75 * accents, looks.brows)
    _add(weights, "browInnerUp", 0.60 * brows)
    for side, share in (("Left", 1.0), ("Right", 0.9)):
        closed = looks.lids[0 if side == "Left" else 1]
        _add(weights, f"browOuterUp{side}", 0.50 * share * brows)
        _add(weights, f"eyeBlink{side}", closed)
        _add(weights, f"eyeWide{side}", 0.18 * brows * (1 - closed))
        _add(weights, f"browDown{side}", 0.08 * closed)
        _add(weights, f"mouthSmile{side}", looks.smile * (1.0 if side == "Left" else 0.93))
        _add(weights, f"cheekSquint{side}", 0.5 * looks.smile + 0.05 * closed)
        _add(weights, f"eyeSquint{side}", 0.35 * looks.smile * (1 - closed))


def put_gaze(weights: NDArray[np.float32], yaw_degrees: float, pitch_degrees: float) -> None:
    """Turn both eyes of (52,) weights; yaw to the own left, pitch up."""
    yaw, pitch = yaw_degrees / _FULL_TURN_DEGREES, pitch_degrees / _FULL_TURN_DEGREES
    for side, outward in (("Left", yaw), ("Right", -yaw)):
        weights[ARKIT_INDEX[f"eyeLookOut{side}"]] = min(max(outward, 0.0), 1.0)
        weights[ARKIT_INDEX[f"eyeLookIn{side}"]] = min(max(-outward, 0.0), 1.0)
        weights[ARKIT_INDEX[f"eyeLookUp{side}"]] = min(max(pitch, 0.0), 1.0)
        weights[ARKIT_INDEX[f"eyeLookDown{side}"]] = min(max(-pitch, 0.0), 1.0)


def _add(weights: Array, name: str, value: Array) -> None:
    weights[:, ARKIT_INDEX[name]] += value
