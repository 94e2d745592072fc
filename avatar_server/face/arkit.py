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
