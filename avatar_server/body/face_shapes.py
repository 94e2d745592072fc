"""What a face's skin does for each of the ARKit weights: soft bumps round the features, and the jaw.

Everything is told for the left side in millimetres from a feature of the face, for a face whose eyes are
62 mm apart; the right side is its mirror image. A bump ends at its radii, so that a weight moves what it
should and nothing else.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from avatar_server.body.face_landmarks import FaceLandmarks
from avatar_server.body.face_surface import smooth_step

Array = NDArray[np.float64]
Feature = Literal["eye", "mouth", "nose", "chin"]
Lip = Literal["both", "upper", "lower"]

JAW_OPEN_RAD = np.radians(20.0)
_JAW_FORWARD_MM, _JAW_ASIDE_MM = 6.5, 8.0

_CLOSED_AT = 0.24
"""Share of the jaw's way at which lips meet that close over an open jaw."""


@dataclass(frozen=True, slots=True)
class Bump:
    """centre, radii: x and y. move: x, y, z of its middle. lip: which side of the mouth's line takes part."""

    feature: Feature
    centre: tuple[float, float]
    radii: tuple[float, float]
    move: tuple[float, float, float]
    lip: Lip = "both"


SIDED: dict[str, tuple[Bump, ...]] = {
    "browDown": (
        Bump("eye", (-12, 22), (24, 17), (-2.6, -6.2, 1.2)),
        Bump("eye", (9, 24), (24, 16), (-0.4, -3.6, 0.6)),
    ),
    "browOuterUp": (Bump("eye", (13, 26), (26, 25), (0.8, 7.5, -1.0)),),
    "cheekSquint": (
        Bump("eye", (3, -21), (26, 15), (0.0, 5.0, 3.0)),
        Bump("eye", (16, -8), (14, 12), (-0.6, 1.6, 0.8)),
    ),
    "eyeSquint": (
        Bump("eye", (2, -15), (24, 11), (0.0, 2.4, 1.2)),
        Bump("eye", (0, 20), (24, 12), (0, -1.4, 0.3)),
    ),
    "eyeWide": (Bump("eye", (0, 25), (28, 17), (0.0, 1.6, 0.0)),),
    "noseSneer": (
        Bump("nose", (12, 0), (13, 13), (1.8, 4.6, 0.6)),
        Bump("nose", (7, 20), (10, 17), (0.8, 2.6, 1.4)),
        Bump("eye", (-14, 18), (14, 13), (-0.8, -2.0, 0.4)),
        Bump("mouth", (14, 10), (16, 14), (0.4, 3.0, 0.6), "upper"),
    ),
    "mouthSmile": (
        Bump("mouth", (27, 0), (23, 19), (6.4, 8.0, -4.4)),
        Bump("mouth", (10, 0), (19, 13), (1.6, 0.6, -1.2)),
        Bump("eye", (8, -30), (22, 19), (2.2, 4.6, 3.6)),
        Bump("mouth", (33, 9), (9, 15), (0.4, 0.0, -1.4)),
    ),
    "mouthFrown": (
        Bump("mouth", (24, -2), (23, 18), (1.0, -7.6, -1.0)),
        Bump("mouth", (13, -8), (14, 11), (0.0, -1.6, 0.6), "lower"),
    ),
    "mouthDimple": (Bump("mouth", (27, 1), (18, 14), (4.4, 1.8, -5.4)),),
    "mouthStretch": (Bump("mouth", (25, -2), (25, 18), (8.0, -3.4, -4.6)),),
    "mouthPress": (
        Bump("mouth", (9, 5), (20, 7.5), (0.0, -1.7, -1.6), "upper"),
        Bump("mouth", (9, -6), (20, 9.5), (0.0, 2.0, -1.6), "lower"),
        Bump("mouth", (29, 0), (10, 12), (0.8, 0.4, -1.8)),
    ),
    "mouthLowerDown": (Bump("mouth", (12, -6), (17, 15), (1.0, -7.0, -0.4), "lower"),),
    "mouthUpperUp": (
        Bump("mouth", (12, 5), (17, 14), (0.5, 5.8, 0.4), "upper"),
        Bump("mouth", (21, 18), (13, 15), (1.4, 3.2, 1.4), "upper"),
    ),
}
"""Of the weights that exist for the left and the right."""

MIDDLE: dict[str, tuple[Bump, ...]] = {
    "browInnerUp": (
        Bump("eye", (-15, 25), (23, 25), (0.8, 7.4, -0.6)),
        Bump("eye", (-22, 40), (16, 16), (0.0, 1.5, 0.6)),
    ),
    "cheekPuff": (
        Bump("mouth", (37, 3), (25, 27), (8.0, 0.5, 6.0)),
        Bump("mouth", (12, 0), (18, 12), (0.0, 0.0, 1.2)),
    ),
    "mouthFunnel": (
        Bump("mouth", (25, 0), (22, 18), (-7.0, 0.0, 2.0)),
        Bump("mouth", (9, 4), (20, 12), (-0.6, 2.6, 4.2), "upper"),
        Bump("mouth", (9, -6), (20, 14), (-0.6, -4.2, 4.0), "lower"),
    ),
    "mouthPucker": (
        Bump("mouth", (25, 0), (27, 20), (-11.0, 0.0, 3.2)),
        Bump("mouth", (9, 0), (19, 15), (-1.6, 0.0, 5.0)),
    ),
    "mouthRollLower": (
        Bump("mouth", (9, -5), (20, 9), (0.0, 3.4, -3.6), "lower"),
        Bump("mouth", (8, -15), (20, 10), (0.0, 2.2, -0.6), "lower"),
    ),
    "mouthRollUpper": (
        Bump("mouth", (9, 4), (20, 8), (0.0, -3.0, -3.4), "upper"),
        Bump("mouth", (8, 11), (20, 8), (0.0, -2.0, -0.4), "upper"),
    ),
    "mouthShrugLower": (
        Bump("chin", (8, 6), (24, 22), (0.0, 4.0, 2.4), "lower"),
        Bump("mouth", (10, -6), (22, 15), (0.0, 3.2, 2.6), "lower"),
        Bump("mouth", (10, 3), (22, 10), (0.0, 2.4, 1.0), "upper"),
    ),
    "mouthShrugUpper": (
        Bump("mouth", (10, 5), (22, 14), (0.0, 4.2, 2.6), "upper"),
        Bump("mouth", (10, -3), (22, 10), (0.0, 2.8, 1.2), "lower"),
    ),
}
"""Of the weights that both sides share: these are for the left, and mirrored."""

ASIDE = (Bump("mouth", (0, 0), (43, 25), (9.0, 0.0, 0.5)), Bump("mouth", (25, 0), (20, 16), (1.0, 1.4, -1.6)))
"""Of mouthLeft; not mirrored for it."""


class SkinShapes:
    """What each weight does to points of a face."""

    def __init__(self, points: Array, skull: Array, landmarks: FaceLandmarks) -> None:
        """points: (N, 3) at rest. skull: (N,) 1 above the mouth's line, 0 below it, NaN: the place tells."""
        self._points, self._landmarks = points, landmarks
        self._mm = landmarks.scale * 1e-3
        by_place = self._skull_by_place()
        self.skull = np.where(np.isnan(skull), by_place, skull)
        axis = np.array([0.0, *landmarks.jaw_axis])
        # Behind the ears nothing belongs to the face; the corner of the jaw stays in the neck.
        ahead = points[:, 2] - axis[2]
        self._ahead = smooth_step(ahead, -0.012, 0.012)
        self._on_jaw = smooth_step(ahead, -0.020 * landmarks.scale, 0.052 * landmarks.scale)

    def _skull_by_place(self) -> Array:
        """Which side of the mouth's line a point is on; on the cheeks one goes over into the other."""
        landmarks, mm = self._landmarks, self._mm
        x, up = np.abs(self._points[:, 0]), self._points[:, 1] - landmarks.mouth[0]
        half = landmarks.mouth_half
        band = 1.5 * mm + 9.0 * mm * smooth_step(x, 0.6 * half, half) + 0.85 * np.maximum(x - half, 0.0)
        return smooth_step(up / band, -1.0, 1.0)

    def of_bumps(self, bumps: tuple[Bump, ...], mirrored: bool = False) -> Array:
        """(N, 3) metres."""
        total = np.zeros_like(self._points)
        side = np.array([-1.0 if mirrored else 1.0, 1.0, 1.0])
        for bump in bumps:
            across = (self._points * side)[:, :2] - self._place(bump)
            squared = ((across / (np.array(bump.radii) * self._mm)) ** 2).sum(axis=1)
            share = np.maximum(1.0 - squared, 0.0) ** 2 * (1.0 + 0.6 * np.minimum(squared, 1.0)) * self._ahead
            if bump.lip == "upper":
                share = share * self.skull
            elif bump.lip == "lower":
                share = share * (1.0 - self.skull)
            total += share[:, None] * np.array(bump.move) * side * self._mm
        return total

    def _place(self, bump: Bump) -> Array:
        landmarks = self._landmarks
        feature = {
            "eye": landmarks.eye,
            "mouth": (0.0, landmarks.mouth[0]),
            "nose": (0.0, landmarks.nose[0]),
            "chin": (0.0, landmarks.chin[0]),
        }[bump.feature]
        return np.array(feature) + np.array(bump.centre) * self._mm

    def opened(self) -> Array:
        """(N, 3): the way of the open jaw, for all points as if they belonged to it."""
        y, z = self._landmarks.jaw_axis
        up, ahead = self._points[:, 1] - y, self._points[:, 2] - z
        sine, cosine = np.sin(JAW_OPEN_RAD), np.cos(JAW_OPEN_RAD)
        moved = np.zeros_like(self._points)
        moved[:, 1] = (cosine - 1.0) * up - sine * ahead
        moved[:, 2] = sine * up + (cosine - 1.0) * ahead
        # The joint slides ahead as it opens.
        moved[:, 2] += 3.0 * self._mm
        return moved

    def jaw(self, name: str) -> Array:
        """(N, 3) for jawOpen, jawForward, jawLeft, jawRight and mouthClose."""
        share = ((1.0 - self.skull) * self._on_jaw)[:, None]
        mm = self._mm
        if name == "jawOpen":
            return np.asarray(share * self.opened())
        if name == "jawForward":
            return np.asarray(share * np.array([0.0, -0.6 * mm, _JAW_FORWARD_MM * mm]))
        if name == "mouthClose":
            across = self._points[:, :2] - [0.0, self._landmarks.mouth[0]]
            high = np.where(across[:, 1] > 0, 15.0, 30.0) * mm
            apart = np.hypot(across[:, 0] / (40.0 * mm), across[:, 1] / high)
            near = (1.0 - smooth_step(apart, 0.30, 1.0)) * self._ahead
            return np.asarray((near * (_CLOSED_AT - (1.0 - self.skull)))[:, None] * self.opened())
        aside = _JAW_ASIDE_MM * mm * (1.0 if name == "jawLeft" else -1.0)
        return np.asarray(share * np.array([aside, -0.4 * mm, 0.0]))
