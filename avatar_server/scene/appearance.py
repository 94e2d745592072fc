"""Colours that tell the two people apart.

The tops are far apart in hue and in lightness along the blue-orange line, which survives all common kinds of
colour blindness (Okabe and Ito 2008); everything else stays quiet. Written as sRGB, as people read colours.
"""

from __future__ import annotations

from avatar_server.scene.snapshot import Appearance, Rgb


def linear(srgb: str) -> Rgb:
    """Linear light of a colour `#rrggbb` (IEC 61966-2-1)."""
    red, green, blue = (int(srgb[i : i + 2], 16) / 255 for i in (1, 3, 5))
    return (_linear(red), _linear(green), _linear(blue))


def _linear(value: float) -> float:
    return value / 12.92 if value <= 0.04045 else float(((value + 0.055) / 1.055) ** 2.4)


CLOTHES = {
    "teal": {"top": "#1f6f78", "bottom": "#39424e", "shoes": "#23262b"},
    "ochre": {"top": "#d98e4a", "bottom": "#4d5a75", "shoes": "#5a4234"},
    "plum": {"top": "#7b3f63", "bottom": "#3b3a42", "shoes": "#2a2427"},
    "forest": {"top": "#46694a", "bottom": "#4a4438", "shoes": "#33291f"},
    "navy": {"top": "#2f4470", "bottom": "#7d7466", "shoes": "#4a3526"},
    "brick": {"top": "#a54a3c", "bottom": "#34405a", "shoes": "#2b2624"},
    "stone": {"top": "#8e9296", "bottom": "#33363b", "shoes": "#1f2124"},
    "cream": {"top": "#ddd2bd", "bottom": "#6d5d4b", "shoes": "#46382c"},
}
"""Palettes of clothes by name."""

SKIN_TONES = {
    "porcelain": "#efcfbd",
    "fair": "#e0b59a",
    "tan": "#c99a7c",
    "olive": "#b1875f",
    "brown": "#8a5a3d",
    "deep": "#5a3826",
}

HAIR_COLOURS = {
    "black": "#191614",
    "dark": "#2f231d",
    "brown": "#6b4a2f",
    "auburn": "#7c3c20",
    "blond": "#b98f52",
    "grey": "#8f8d8a",
}

EYE_COLOURS = {
    "dark": "#4a2d18",
    "brown": "#6b4526",
    "green": "#5f7a4e",
    "blue": "#4f7a98",
    "grey": "#6c7f88",
}

_USUAL_EYES = {
    "black": "dark",
    "dark": "brown",
    "brown": "blue",
    "auburn": "green",
    "blond": "blue",
    "grey": "grey",
}
"""That go with a colour of hair."""


def _dressed(clothes: str, skin: str, hair: str) -> Appearance:
    worn = {part: linear(colour) for part, colour in CLOTHES[clothes].items()}
    eyes = linear(EYE_COLOURS[_USUAL_EYES[hair]])
    return Appearance(skin=linear(SKIN_TONES[skin]), hair=linear(HAIR_COLOURS[hair]), eyes=eyes, **worn)


PALETTES = (_dressed("teal", "tan", "dark"), _dressed("ochre", "fair", "brown"))
"""Of the person at the viewer's left and of the one at the right."""

VOICE_COLOURS = ("#9fdde3", "#f6c391")
"""What each of them says, written on a dark ground: the hues of their tops, light enough to read."""
