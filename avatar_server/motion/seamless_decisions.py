"""What is always decided about recordings in the Seamless layout, in the words of an inspection."""

from __future__ import annotations

from collections.abc import Sequence

from avatar_server.dataset.decision import Decision

SEAMLESS = "Seamless Interaction"
"""Name of the format: any key `group:feature` means it."""

CAMERA_UP = Decision("up axis", "-y", "a camera's frame: turned upright, and the camera's lean taken away")

_FOUND = {
    "known": "by the length of the sound, a rate that cameras have",
    "measured": "by the length of the sound",
    "stated": "as was said with --rate",
    "assumed": "nothing tells",
}


def seamless_decisions(rates: Sequence[tuple[str, str]]) -> tuple[Decision, ...]:
    """About one interaction. rates: of each person whose motion can be read, exact, and how it was found."""
    told = []
    if rates:
        values, ways = (dict.fromkeys(part) for part in zip(*rates, strict=True))
        told.append(Decision("rate", " and ".join(values), "; ".join(_FOUND[way] for way in ways)))
    return (
        CAMERA_UP,
        Decision("units", "metres", "about, across the picture; the third number is a scale and left out"),
        *told,
        Decision("world", "each their own", "every person has an own camera"),
    )
