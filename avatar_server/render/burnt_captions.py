"""Captions drawn into pictures: each person's in a colour of their own, on a soft dark plate.

The plate makes them legible on any ground. Pillow sets the text in the typeface beside this file, so every
machine draws the same letters. What is seen of a page is made once and laid over each picture where it is
opaque, as Y'CbCr: 0.2 ms a picture of 1280x720.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from avatar_server.dataset.caption_lines import LONGEST_ROW, MOST_ROWS
from avatar_server.dataset.caption_pages import CaptionPage, SpokenCaption
from avatar_server.render.contract import Picture, PictureSize
from avatar_server.render.yuv import rgb_to_yuv
from avatar_server.scene.appearance import VOICE_COLOURS

_HEIGHT_SHARE = 0.044
"""Size of the letters over the height of the picture."""

_WIDTH_SHARE = 0.9
"""Of the picture's width, at most, for a row of `LONGEST_ROW` characters."""

_MEAN_ADVANCE = 0.53
"""Of English text, over the size of the letters."""

_TYPEFACE = Path(__file__).with_name("typefaces") / "DejaVuSansCondensed.ttf"
"""Latin with all accents, Greek, Cyrillic and more; a sign that it lacks is drawn as a box."""

_SMALLEST_PX = 8
_PLATE = (12, 14, 17)
_PLATE_OPACITY = 0.72
_LINE_SPACING = 1.28
_SMOOTHING = 4
"""The plate's round corners are drawn so many times larger and made small again."""


@dataclass(frozen=True, eq=False, slots=True)
class _Overlay:
    """Part of a picture: levels of Y, U, V (0..255) times their opacity, and 1 less the opacity."""

    top: int
    left: int
    luma: NDArray[np.float32]
    luma_rest: NDArray[np.float32]
    blue: NDArray[np.float32]
    red: NDArray[np.float32]
    chroma_rest: NDArray[np.float32]


class BurntCaptions:
    """Lays the captions that are seen at a time over a picture. Times come in any order."""

    def __init__(self, pages: Sequence[CaptionPage], size: PictureSize) -> None:
        self._pages = tuple(pages)
        self._starts_s = np.array([page.start_s for page in pages])
        self._size = size
        by_width = _WIDTH_SHARE * size.width / (LONGEST_ROW * _MEAN_ADVANCE)
        self._letters_px = max(_SMALLEST_PX, round(min(_HEIGHT_SHARE * size.height, by_width)))
        self._index = -1
        self._overlay: _Overlay | None = None

    def lay_over(self, picture: Picture, time_s: float) -> None:
        """Change `picture` (of the size given at first), which its caller owns."""
        index = int(np.searchsorted(self._starts_s, time_s, side="right")) - 1
        if index < 0 or time_s >= self._pages[index].end_s:
            return
        if index != self._index:
            self._index, self._overlay = index, self._drawn(self._pages[index])
        if self._overlay is not None:
            _blend(picture, self._overlay)

    def _drawn(self, page: CaptionPage) -> _Overlay:
        image = Image.new("RGBA", (self._size.width, self._size.height), (*_PLATE, 0))
        for spoken in page.captions:
            self._draw(image, spoken)
        box = image.getchannel("A").getbbox()
        assert box is not None
        left, top = box[0] & ~1, box[1] & ~1
        right, bottom = (box[2] + 1) & ~1, (box[3] + 1) & ~1
        return _overlay(np.asarray(image.crop((left, top, right, bottom))), top, left)

    def _draw(self, image: Image.Image, spoken: SpokenCaption) -> None:
        rows = spoken.caption.rows
        font = self._font_for(rows)
        pitch = round(self._letters_px * _LINE_SPACING)
        pad_x, pad_y = round(0.55 * self._letters_px), round(0.28 * self._letters_px)
        room = MOST_ROWS * pitch + 2 * pad_y + round(0.25 * self._letters_px)
        lowest = self._size.height - round(0.055 * self._size.height) - spoken.place * room
        width = round(max(font.getlength(row) for row in rows)) + 2 * pad_x
        height = len(rows) * pitch + 2 * pad_y
        left, top = (self._size.width - width) // 2, lowest - height
        _lay_plate(image, left, top, width, height, round(0.3 * self._letters_px))
        pen = ImageDraw.Draw(image)
        for index, row in enumerate(rows):
            middle = (self._size.width / 2, top + pad_y + (index + 0.5) * pitch)
            pen.text(middle, row, fill=VOICE_COLOURS[spoken.person], font=font, anchor="mm")

    def _font_for(self, rows: Sequence[str]) -> ImageFont.FreeTypeFont:
        """The usual letters, or smaller ones for rows that would not go into the picture."""
        font = _font(self._letters_px)
        widest = max(font.getlength(row) for row in rows)
        room = self._size.width - 2.0 * self._letters_px
        if widest <= room:
            return font
        return _font(max(1, int(self._letters_px * room / widest)))


def _font(size_px: int) -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(_TYPEFACE, size_px)


def _lay_plate(image: Image.Image, left: int, top: int, width: int, height: int, radius: int) -> None:
    large = (width * _SMOOTHING, height * _SMOOTHING)
    mask = Image.new("L", large, 0)
    opaque = round(255 * _PLATE_OPACITY)
    corners = (0, 0, large[0] - 1, large[1] - 1)
    ImageDraw.Draw(mask).rounded_rectangle(corners, radius * _SMOOTHING, fill=opaque)
    plate = Image.new("RGBA", (width, height), (*_PLATE, 255))
    plate.putalpha(mask.resize((width, height), Image.Resampling.BOX))
    image.paste(plate, (left, top))


def _overlay(rgba: NDArray[np.uint8], top: int, left: int) -> _Overlay:
    """From (h, w, 4) straight R'G'B'A, h and w even; chroma is the mean of 2x2 pixels by their opacity."""
    opacity = rgba[..., 3:].astype(np.float64) / 255.0
    weighted = rgb_to_yuv(rgba[..., :3] / 255.0) * opacity
    height, width = opacity.shape[:2]

    def halved(plane: NDArray[np.float64]) -> NDArray[np.float32]:
        blocks = plane.reshape(height // 2, 2, width // 2, 2)
        return np.asarray(blocks.mean(axis=(1, 3)), dtype=np.float32)

    return _Overlay(
        top=top,
        left=left,
        luma=weighted[..., 0].astype(np.float32),
        luma_rest=(1.0 - opacity[..., 0]).astype(np.float32),
        blue=halved(weighted[..., 1]),
        red=halved(weighted[..., 2]),
        chroma_rest=halved(1.0 - opacity[..., 0]),
    )


def _blend(picture: Picture, overlay: _Overlay) -> None:
    luma, blue, red = picture.planes()
    for plane, share, rest, scale in (
        (luma, overlay.luma, overlay.luma_rest, 1),
        (blue, overlay.blue, overlay.chroma_rest, 2),
        (red, overlay.red, overlay.chroma_rest, 2),
    ):
        top, left = overlay.top // scale, overlay.left // scale
        height, width = share.shape
        part = plane[top : top + height, left : left + width]
        part[...] = part * rest + share + 0.5
