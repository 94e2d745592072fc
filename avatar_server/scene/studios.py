"""Studios by name: what is behind people, and in which light they stand."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from avatar_server.errors import UsageError
from avatar_server.scene.appearance import linear
from avatar_server.scene.lighting import DARK_LIGHT, STUDIO_BACKDROP, STUDIO_LIGHT, WHITE_LIGHT
from avatar_server.scene.snapshot import Backdrop, Lighting


@dataclass(frozen=True, slots=True)
class Studio:
    """Light and background."""

    lighting: Lighting
    backdrop: Backdrop


_WHITE = linear("#ffffff")

_STUDIOS = {
    "light": Studio(STUDIO_LIGHT, STUDIO_BACKDROP),
    "dark": Studio(DARK_LIGHT, Backdrop(linear("#33353a"), linear("#1d1f23"), linear("#131518"))),
    "white": Studio(WHITE_LIGHT, Backdrop(_WHITE, _WHITE, _WHITE)),
    "transparent": Studio(WHITE_LIGHT, Backdrop(_WHITE, _WHITE, _WHITE, transparent=True)),
}

STUDIOS = tuple(_STUDIOS)
"""Names of all studios; the first is the default."""

TRANSPARENT = "transparent"
"""The one for pictures that are laid over others."""

OPAQUE_STUDIOS = tuple(name for name, one in _STUDIOS.items() if not one.backdrop.transparent)
"""Studios for films and streams that know no transparency."""


def usual_studio(convention: Literal["natural", "genea"]) -> str:
    """What is behind people where nobody says it: white as in the renders of the GENEA Challenge 2026."""
    return "white" if convention == "genea" else STUDIOS[0]


def studio(name: str) -> Studio:
    """The studio called `name`; `UsageError` if it is unknown."""
    if name not in _STUDIOS:
        raise UsageError(f"unknown studio {name!r}: expected one of {', '.join(STUDIOS)}")
    return _STUDIOS[name]
