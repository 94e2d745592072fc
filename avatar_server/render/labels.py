"""A line of text on its plate, in the lower left corner of a picture."""

from __future__ import annotations

import numpy as np
from PIL import Image, ImageDraw

from avatar_server.render.contract import PictureSize
from avatar_server.render.overlays import Overlay, font, lay_plate

_HEIGHT = 0.06
"""Of the picture, of a letter's line."""

_LEAST_PX = 14


def label(text: str, size: PictureSize) -> Overlay:
    """What to lay over pictures of `size`; cut off where they are too narrow for it."""
    letters_px = max(_LEAST_PX, round(size.height * _HEIGHT))
    typeface = font(letters_px)
    margin = letters_px // 2
    width = _even(min(round(typeface.getlength(text)) + 2 * margin, size.width))
    height = _even(min(letters_px + margin, size.height))
    image = Image.new("RGBA", (width, height), (0, 0, 0, 0))
    lay_plate(image, (0, 0, width, height), margin // 2)
    ImageDraw.Draw(image).text(
        (margin, height // 2), text, font=typeface, fill=(255, 255, 255, 255), anchor="lm"
    )
    away = min(_even(margin), _even(size.width - width), _even(size.height - height))
    return Overlay.of(np.asarray(image), size.height - height - away, away)


def _even(number: int) -> int:
    return number // 2 * 2
