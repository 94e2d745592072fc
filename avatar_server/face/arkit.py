"""The 52 weights of a face, in the order of Apple's ARKit (`ARFaceAnchor.BlendShapeLocation`).

"Left" and "right" are the face's own.
"""

from __future__ import annotations

ARKIT_NAMES: tuple[str, ...] = tuple(
    (  # noqa: SIM905
        "eyeBlinkLeft eyeLookDownLeft eyeLookInLeft eyeLookOutLeft eyeLookUpLeft eyeSquintLeft "
        "eyeWideLeft eyeBlinkRight eyeLookDownRight eyeLookInRight eyeLookOutRight eyeLookUpRight "
        "eyeSquintRight eyeWideRight jawForward jawLeft jawRight jawOpen mouthClose mouthFunnel "
        "mouthPucker mouthLeft mouthRight mouthSmileLeft mouthSmileRight mouthFrownLeft "
        "mouthFrownRight mouthDimpleLeft mouthDimpleRight mouthStretchLeft mouthStretchRight "
        "mouthRollLower mouthRollUpper mouthShrugLower mouthShrugUpper mouthPressLeft "
        "mouthPressRight mouthLowerDownLeft mouthLowerDownRight mouthUpperUpLeft mouthUpperUpRight "
        "browDownLeft browDownRight browInnerUp browOuterUpLeft browOuterUpRight cheekPuff "
        "cheekSquintLeft cheekSquintRight noseSneerLeft noseSneerRight tongueOut"
    ).split()
)
"""All of them; a face is an array of 52 numbers from 0 to 1 in this order."""

WEIGHT_COUNT = len(ARKIT_NAMES)

ARKIT_INDEX: dict[str, int] = {name: index for index, name in enumerate(ARKIT_NAMES)}
"""Name to place in the order."""

ALPHABETICAL_NAMES: tuple[str, ...] = tuple(sorted(ARKIT_NAMES))
"""The same as files have them that were written by sorted names; left and right are neighbours here."""

LEFT_AND_RIGHT: tuple[tuple[str, str], ...] = tuple(
    (name, f"{name.removesuffix('Left')}Right")
    for name in ARKIT_NAMES
    if name.endswith("Left") and name not in ("jawLeft", "mouthLeft") and not name.startswith("eyeLook")
)
"""Pairs of muscles that mostly move together: gaze apart, which moves both eyes to one side."""

GAZE_NAMES: tuple[str, ...] = tuple(name for name in ARKIT_NAMES if name.startswith("eyeLook"))
"""The eight weights that turn the eyes."""

LID_NAMES = ("eyeBlinkLeft", "eyeBlinkRight")
"""The two weights that close the eyes."""
