"""Colours of a face's parts, from those of the person: lips redden with the skin, brows go with the hair."""

from __future__ import annotations

from avatar_server.scene.appearance import linear
from avatar_server.scene.snapshot import Appearance, Rgb

_LIP_TINT = (0.80, 0.60, 0.58)
"""What lips reflect of what the skin does: more blood, less melanin."""

_INSIDE_TINT = (0.36, 0.14, 0.14)


def paint_colours(appearance: Appearance) -> dict[str, Rgb]:
    """Linear colours by the names of `body.face_pieces.PAINTS`."""
    iris = appearance.eyes
    return {
        "bare": appearance.skin,
        "lip": _tinted(appearance.skin, _LIP_TINT),
        "lip_inside": _tinted(appearance.skin, _INSIDE_TINT),
        "mouth": linear("#6a2624"),
        "teeth": linear("#f1ece2"),
        "tongue": linear("#b4605c"),
        "white": linear("#e9e6e1"),
        "limbus": _tinted(iris, (0.22, 0.22, 0.22)),
        "iris": iris,
        "iris_light": _tinted(iris, (1.9, 1.8, 1.6)),
        "pupil": linear("#0b0909"),
        "lash": _tinted(appearance.hair, (0.28, 0.28, 0.30)),
        "brow": _tinted(appearance.hair, (0.80, 0.80, 0.80)),
    }


def _tinted(colour: Rgb, tint: tuple[float, float, float]) -> Rgb:
    red, green, blue = (min(part * share, 1.0) for part, share in zip(colour, tint, strict=True))
    return (red, green, blue)
