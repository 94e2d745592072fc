"""How a face moves: ARKit's 52 weights to movements, and movements to offsets of vertices."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from avatar_server.body.surface_normals import SmoothSurface
from avatar_server.face.arkit import ARKIT_INDEX, WEIGHT_COUNT

GAZE_RAD = np.radians(33.0)
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

_PLACE = {name: index for index, name in enumerate(MOVEMENTS)}
_DIRECT = np.array([(_PLACE[name], ARKIT_INDEX[name]) for name in MOVEMENTS if name in ARKIT_INDEX]).T


def movements_of(weights: NDArray[np.float32]) -> NDArray[np.float32]:
    """(52,) weights in the order of `ARKIT_NAMES` to (M,) shares in the order of `MOVEMENTS`.

    Weights are cut to 0..1, and combined as a face does: lids follow the gaze and shut whatever else they
    are told; lips close over an open jaw; what pulls at one corner of the mouth does not add up without end.
    """
    if weights.shape != (WEIGHT_COUNT,):
        raise ValueError(f"a face: expected {WEIGHT_COUNT} weights, got shape {weights.shape}")
    given = np.clip(np.nan_to_num(weights.astype(np.float64)), 0.0, 1.0)
    moved = np.zeros(len(MOVEMENTS))
    moved[_DIRECT[0]] = given[_DIRECT[1]]

    def weight(name: str) -> float:
        return float(given[ARKIT_INDEX[name]])

    def put(name: str, value: float) -> None:
        moved[_PLACE[name]] = value

    _mouth(moved)
    for side in SIDES:
        pulls = [_PLACE[f"mouth{name}{side}"] for name in ("Smile", "Stretch", "Dimple")]
        sideways = float(moved[pulls] @ [1.0, 0.9, 0.6])
        if sideways > 1.15:
            moved[pulls] *= 1.15 / sideways

        down, up = weight(f"eyeLookDown{side}"), weight(f"eyeLookUp{side}")
        blink, wide = weight(f"eyeBlink{side}"), weight(f"eyeWide{side}")
        squint, cheek = weight(f"eyeSquint{side}"), weight(f"cheekSquint{side}")
        lid = 0.42 * down - 0.22 * up + 0.24 * squint - wide
        lid = blink + (1.0 - blink) * lid
        put(f"upperLidClose{side}", max(lid, 0.0))
        put(f"upperLidArc{side}", 4.0 * max(lid, 0.0) * (1.0 - min(max(lid, 0.0), 1.0)))
        put(f"upperLidWide{side}", max(-lid, 0.0))
        raised = 0.75 * squint + 0.5 * cheek + 0.18 * weight(f"mouthSmile{side}") - 0.7 * down - 0.5 * wide
        raised = min(raised + 0.3 * blink, 1.0) if raised > 0 else raised * (1.0 - blink) + 0.3 * blink
        put(f"lowerLidRaise{side}", max(raised, 0.0))
        put(f"lowerLidDrop{side}", max(-raised, 0.0))

        outwards = weight(f"eyeLookOut{side}") - weight(f"eyeLookIn{side}")
        yaw = GAZE_RAD * outwards * (1.0 if side == "Left" else -1.0)
        turned = _turn(yaw, GAZE_RAD * (up - down)) - np.eye(3)
        for row in range(3):
            for column in range(3):
                put(f"gaze{row}{column}{side}", float(turned[row, column]))
    return moved.astype(np.float32)


def _mouth(moved: NDArray[np.float64]) -> None:
    """Change what depends on several weights of the mouth."""
    jaw, close, tongue = (moved[_PLACE[name]] for name in ("jawOpen", "mouthClose", "tongueOut"))
    kept = min(close, jaw)
    pressed = close - kept
    moved[_PLACE["mouthClose"]] = kept
    for name, share in (("mouthRollLower", 0.45), ("mouthRollUpper", 0.45), ("mouthPucker", 0.12)):
        moved[_PLACE[name]] = min(moved[_PLACE[name]] + share * pressed, 1.0)
    # A tongue makes room for itself.
    moved[_PLACE["jawOpen"]] = max(jaw, 0.22 * tongue)
    for side in SIDES:
        lower = _PLACE[f"mouthLowerDown{side}"]
        moved[lower] = max(moved[lower], 0.45 * tongue)


def _turn(yaw_rad: float, pitch_rad: float) -> NDArray[np.float64]:
    """The rotation of an eye: first up, then to the person's left."""
    cy, sy, cp, sp = np.cos(yaw_rad), np.sin(yaw_rad), np.cos(pitch_rad), np.sin(pitch_rad)
    return np.array([[cy, -sy * sp, sy * cp], [0.0, cp, sp], [-sy, -cy * sp, cy * cp]])


@dataclass(frozen=True, eq=False, slots=True)
class FaceRig:
    """A face on a body.

    vertices: (E,) which vertices of the body move. offsets: (M, E, 3) float32 metres in the rest pose, for
    each of `MOVEMENTS`. turns: (M, E, 3) float32, what is added to their unit normals. paints: (V,) uint8,
    numbers of `face_pieces.PAINTS`. open: (V,) float32, how much of its surroundings each vertex sees.
    surface: what normals are reckoned from.
    skin_count: how many of the body's vertices were there before it had a face.
    """

    vertices: NDArray[np.int64]
    offsets: NDArray[np.float32]
    turns: NDArray[np.float32]
    paints: NDArray[np.uint8]
    open: NDArray[np.float32]
    surface: SmoothSurface
    skin_count: int

    def offsets_at(self, weights: NDArray[np.float32]) -> NDArray[np.float32]:
        """(E, 3) metres: what (52,) weights add to the rest positions of `vertices`."""
        return np.asarray(np.tensordot(movements_of(weights), self.offsets, axes=1))
