"""How a face moves: ARKit's 52 weights to movements, and movements to offsets of vertices."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from avatar_server.body.surface_normals import SmoothSurface
from avatar_server.face.arkit import ARKIT_INDEX, WEIGHT_COUNT

GAZE_RAD = math.radians(33.0)
"""How far an eye turns at a weight of 1."""

SIDES = ("Left", "Right")

_SIDED = tuple(
    (  # noqa: SIM905
        "browDown browOuterUp cheekSquint eyeSquint eyeWide noseSneer mouthSmile mouthFrown mouthDimple "
        "mouthStretch mouthPress mouthLowerDown mouthUpperUp"
    ).split()
)
_MIDDLE = tuple(
    (  # noqa: SIM905
        "browInnerUp cheekPuff mouthFunnel mouthPucker mouthRollLower mouthRollUpper mouthShrugLower "
        "mouthShrugUpper mouthLeft mouthRight jawOpen jawForward jawLeft jawRight mouthClose tongueOut"
    ).split()
)
_LIDS = ("upperLidClose", "upperLidArc", "upperLidWide", "lowerLidRaise", "lowerLidDrop")
_GAZE = tuple(f"gaze{row}{column}" for row in range(3) for column in range(3))

MOVEMENTS: tuple[str, ...] = (
    *_MIDDLE,
    *(f"{name}{side}" for name in (*_SIDED, *_LIDS, *_GAZE) for side in SIDES),
)
"""What a face is moved by. Lids and gaze follow from several weights each; all others have ARKit's names."""

_EYE_WEIGHTS = (
    "eyeBlink eyeLookDown eyeLookIn eyeLookOut eyeLookUp eyeSquint eyeWide cheekSquint mouthSmile".split()  # noqa: SIM905
)

_PLACE = {name: index for index, name in enumerate(MOVEMENTS)}
_DIRECT = np.array([(_PLACE[name], ARKIT_INDEX[name]) for name in MOVEMENTS if name in ARKIT_INDEX]).T

_SIDE_WEIGHTS = {side: [ARKIT_INDEX[name + side] for name in _EYE_WEIGHTS] for side in SIDES}
_SIDE_MOVEMENTS = {side: [_PLACE[name + side] for name in (*_LIDS, *_GAZE)] for side in SIDES}
_JAW_CLOSE_TONGUE = [_PLACE[name] for name in ("jawOpen", "mouthClose", "tongueOut")]
_ROLLS = [_PLACE[name] for name in ("mouthRollLower", "mouthRollUpper")]
_LOWER_DOWN = [_PLACE[f"mouthLowerDown{side}"] for side in SIDES]
_PULLS = [[_PLACE[f"mouth{name}{side}"] for name in ("Smile", "Stretch", "Dimple")] for side in SIDES]
_PULL_SHARES = np.array([1.0, 0.9, 0.6], dtype=np.float32)
_MOST_PULL = 1.15


def movements_of(weights: NDArray[np.float32]) -> NDArray[np.float32]:
    """(52,) weights in the order of `ARKIT_NAMES` to (M,) shares in the order of `MOVEMENTS`.

    Weights are cut to 0..1, and combined as a face does: lids follow the gaze and shut whatever else they
    are told; lips close over an open jaw; what pulls at one corner of the mouth does not add up without end.
    """
    if weights.shape != (WEIGHT_COUNT,):
        raise ValueError(f"a face: expected {WEIGHT_COUNT} weights, got shape {weights.shape}")
    # What is no number is taken for nothing.
    given = np.fmin(np.fmax(weights, np.float32(0.0)), np.float32(1.0))
    moved = np.zeros(len(MOVEMENTS), dtype=np.float32)
    moved[_DIRECT[0]] = given[_DIRECT[1]]
    _mouth(moved)
    by_name = given.tolist()
    for side, numbers in _SIDE_WEIGHTS.items():
        moved[_SIDE_MOVEMENTS[side]] = _eye(*[by_name[number] for number in numbers])
    return moved


def _eye(
    blink: float,
    down: float,
    inwards: float,
    outwards: float,
    up: float,
    squint: float,
    wide: float,
    cheek: float,
    smile: float,
) -> list[float]:
    """What lids and ball do, in the order of `_LIDS` and `_GAZE`, at weights in that of `_EYE_WEIGHTS`.

    Of the left eye; the movements of the right one are its mirror image.
    """
    lid = 0.42 * down - 0.22 * up + 0.24 * squint - wide
    lid = blink + (1.0 - blink) * lid
    shut = min(max(lid, 0.0), 1.0)
    raised = 0.75 * squint + 0.5 * cheek + 0.18 * smile - 0.7 * down - 0.5 * wide
    raised = min(raised + 0.3 * blink, 1.0) if raised > 0 else raised * (1.0 - blink) + 0.3 * blink
    lids = [shut, 4.0 * shut * (1.0 - shut), max(-lid, 0.0), max(raised, 0.0), max(-raised, 0.0)]
    return lids + _turn(GAZE_RAD * (outwards - inwards), GAZE_RAD * (up - down))


def _mouth(moved: NDArray[np.float32]) -> None:
    """Change what depends on several weights of the mouth."""
    jaw, close, tongue = (float(moved[place]) for place in _JAW_CLOSE_TONGUE)
    kept = min(close, jaw)
    moved[_JAW_CLOSE_TONGUE[1]] = kept
    if close > kept:
        moved[_ROLLS] = np.minimum(moved[_ROLLS] + 0.45 * (close - kept), 1.0)
    if tongue > 0.0:
        # A tongue makes room for itself.
        moved[_JAW_CLOSE_TONGUE[0]] = max(jaw, 0.22 * tongue)
        moved[_LOWER_DOWN] = np.maximum(moved[_LOWER_DOWN], 0.45 * tongue)
    for pulls in _PULLS:
        sideways = float(moved[pulls] @ _PULL_SHARES)
        if sideways > _MOST_PULL:
            moved[pulls] *= _MOST_PULL / sideways


def _turn(yaw_rad: float, pitch_rad: float) -> list[float]:
    """The rotation of an eye, first up, then outwards, less the identity; row by row."""
    cy, sy, cp, sp = math.cos(yaw_rad), math.sin(yaw_rad), math.cos(pitch_rad), math.sin(pitch_rad)
    return [cy - 1.0, -sy * sp, sy * cp, 0.0, cp - 1.0, sp, -sy, -cy * sp, cy * cp - 1.0]


@dataclass(frozen=True, eq=False, slots=True)
class FaceRig:
    """A face on a body.

    vertices: (E,) which vertices of the body move. offsets: (M, E, 3) float32 metres in the rest pose, for
    each of `MOVEMENTS`. turns: (M, E, 3) float32, what is added to their unit normals. paints: (V,) uint8,
    numbers of `face_pieces.PAINTS`. open: (V,) float32, how much of its surroundings each vertex sees.
    surface: what normals are reckoned from. levels: (F, 3) the face's own triangles, for each level of detail
    the finest first; those are the last of the body's faces.
    skin_count: how many of the body's vertices were there before it had a face.
    """

    vertices: NDArray[np.int64]
    offsets: NDArray[np.float32]
    turns: NDArray[np.float32]
    paints: NDArray[np.uint8]
    open: NDArray[np.float32]
    surface: SmoothSurface
    levels: tuple[NDArray[np.int32], ...]
    skin_count: int

    def offsets_at(self, weights: NDArray[np.float32]) -> NDArray[np.float32]:
        """(E, 3) metres: what (52,) weights add to the rest positions of `vertices`."""
        return np.asarray(np.tensordot(movements_of(weights), self.offsets, axes=1))
