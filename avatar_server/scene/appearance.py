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


TEAL = Appearance(
    skin=linear("#c99a7c"),
    top=linear("#1f6f78"),
    bottom=linear("#39424e"),
    shoes=linear("#23262b"),
    hair=linear("#2f231d"),
)

OCHRE = Appearance(
    skin=linear("#e0b59a"),
    top=linear("#d98e4a"),
    bottom=linear("#4d5a75"),
    shoes=linear("#5a4234"),
    hair=linear("#6b4a2f"),
)

PALETTES = (TEAL, OCHRE)
"""Of the person at the viewer's left and of the one at the right."""

VOICE_COLOURS = ("#9fdde3", "#f6c391")
"""What each of them says, written on a dark ground: the hues of their tops, light enough to read."""
