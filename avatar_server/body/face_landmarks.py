"""Where the features of a face are on a head in the rest pose: at +z, the person's left at +x."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class FaceLandmarks:
    """Metres in the frame of the body. What is given for the left side holds for the right, mirrored.

    eye: centre of the left eye's opening, x and y. nose: its tip, y and z. mouth: the middle of the line
    between the lips, y and z. chin: its foremost point, y and z. mouth_half: from the middle to a corner.
    scale: of this face over one whose eyes are 62 mm apart.
    """

    eye: tuple[float, float]
    nose: tuple[float, float]
    mouth: tuple[float, float]
    chin: tuple[float, float]
    mouth_half: float
    scale: float

    @property
    def jaw_axis(self) -> tuple[float, float]:
        """Y and z of the axis about which the jaw turns, a little before the ears."""
        return self.eye[1] - 0.020 * self.scale, self.nose[1] - 0.108 * self.scale
