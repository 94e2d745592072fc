"""Small pictures that are laid over others: text in our typeface, on a soft dark plate, blended as Y'CbCr.

The plate makes words legible on any ground. Pillow sets them in the typeface beside this file, so every
machine draws the same letters. What is laid over is made once.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from avatar_server.render.contract import Picture
from avatar_server.render.yuv import rgb_to_yuv

_TYPEFACE = Path(__file__).with_name("typefaces") / "DejaVuSansCondensed.ttf"
"""Latin with all accents, Greek, Cyrillic and more; a sign that it lacks is drawn as a box."""

PLATE = (12, 14, 17)
PLATE_OPACITY = 0.72
SMOOTHING = 4
"""What is round is drawn so many times larger and made small again."""


@dataclass(frozen=True, eq=False, slots=True)
class Overlay:
    """Part of a picture: levels of Y, U, V (0..255) times their opacity, and 1 less the opacity."""

    top: int
    left: int
    luma: NDArray[np.float32]
    luma_rest: NDArray[np.float32]
    blue: NDArray[np.float32]
    red: NDArray[np.float32]
    chroma_rest: NDArray[np.float32]

    @classmethod
    def of(cls, rgba: NDArray[np.uint8], top: int, left: int) -> Overlay:
        """From (h, w, 4) straight R'G'B'A; all numbers even. Chroma is the mean of 2x2 by their opacity."""
        opacity = rgba[..., 3:].astype(np.float64) / 255.0
        weighted = rgb_to_yuv(rgba[..., :3] / 255.0) * opacity
        height, width = opacity.shape[:2]

        def halved(plane: NDArray[np.float64]) -> NDArray[np.float32]:
            blocks = plane.reshape(height // 2, 2, width // 2, 2)
            return np.asarray(blocks.mean(axis=(1, 3)), dtype=np.float32)

        return cls(
            top=top,
            left=left,
            luma=weighted[..., 0].astype(np.float32),
            luma_rest=(1.0 - opacity[..., 0]).astype(np.float32),
            blue=halved(weighted[..., 1]),
            red=halved(weighted[..., 2]),
            chroma_rest=halved(1.0 - opacity[..., 0]),
        )

    def at(self, top: int, left: int) -> Overlay:
        """The same elsewhere."""
        return replace(self, top=top, left=left)

    def lay_over(self, picture: Picture) -> None:
        """Change `picture`, which its caller owns, where this is; all of it has to be inside."""
        luma, blue, red = picture.planes()
        for plane, share, rest, scale in (
            (luma, self.luma, self.luma_rest, 1),
            (blue, self.blue, self.chroma_rest, 2),
            (red, self.red, self.chroma_rest, 2),
        ):
            part = self._part_of(plane, scale)
            part[...] = part * rest + share + 0.5
        if picture.alpha is not None:
            part = self._part_of(picture.alpha, 1)
            part[...] = 255.5 - (255.0 - part) * self.luma_rest

    def _part_of(self, plane: NDArray[np.uint8], scale: int) -> NDArray[np.uint8]:
        top, left = self.top // scale, self.left // scale
        height, width = self.luma.shape
        return plane[top : top + height // scale, left : left + width // scale]


def font(size_px: int) -> ImageFont.FreeTypeFont:
    """The typeface."""
    return ImageFont.truetype(_TYPEFACE, size_px)


def lay_plate(
    image: Image.Image, box: tuple[int, int, int, int], radius: int, opacity: float = PLATE_OPACITY
) -> None:
    """Draw a plate with round corners into an RGBA image; box: left, top, width, height."""
    left, top, width, height = box
    large = (width * SMOOTHING, height * SMOOTHING)
    mask = Image.new("L", large, 0)
    corners = (0, 0, large[0] - 1, large[1] - 1)
    ImageDraw.Draw(mask).rounded_rectangle(corners, radius * SMOOTHING, fill=round(255 * opacity))
    plate = Image.new("RGBA", (width, height), (*PLATE, 255))
    plate.putalpha(mask.resize((width, height), Image.Resampling.BOX))
    image.paste(plate, (left, top))
