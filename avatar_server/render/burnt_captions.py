"""Captions drawn into pictures: each person's in a colour of their own, on a soft dark plate.

What is seen of a page is made once and laid over each picture: 0.2 ms a picture of 1280x720.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from avatar_server.dataset.caption_lines import LONGEST_ROW, MOST_ROWS
from avatar_server.dataset.caption_pages import CaptionPage, SpokenCaption
from avatar_server.render.contract import Picture, PictureSize
from avatar_server.render.overlays import PLATE, Overlay, font, lay_plate
from avatar_server.scene.appearance import VOICE_COLOURS

_HEIGHT_SHARE = 0.044
"""Size of the letters over the height of the picture."""

_WIDTH_SHARE = 0.9
"""Of the picture's width, at most, for a row of `LONGEST_ROW` characters."""

_MEAN_ADVANCE = 0.53
"""Of English text, over the size of the letters."""

_SMALLEST_PX = 8
_LINE_SPACING = 1.28


class BurntCaptions:
    """Lays the captions that are seen at a time over a picture. Times come in any order."""

    def __init__(self, pages: Sequence[CaptionPage], size: PictureSize) -> None:
        self._pages = tuple(pages)
        self._starts_s = np.array([page.start_s for page in pages])
        self._size = size
        by_width = _WIDTH_SHARE * size.width / (LONGEST_ROW * _MEAN_ADVANCE)
        self._letters_px = max(_SMALLEST_PX, round(min(_HEIGHT_SHARE * size.height, by_width)))
        self._index = -1
        self._overlay: Overlay | None = None

    def lay_over(self, picture: Picture, time_s: float) -> None:
        """Change `picture` (of the size given at first), which its caller owns."""
        index = int(np.searchsorted(self._starts_s, time_s, side="right")) - 1
        if index < 0 or time_s >= self._pages[index].end_s:
            return
        if index != self._index:
            self._index, self._overlay = index, self._drawn(self._pages[index])
        if self._overlay is not None:
            self._overlay.lay_over(picture)

    def _drawn(self, page: CaptionPage) -> Overlay:
        image = Image.new("RGBA", (self._size.width, self._size.height), (*PLATE, 0))
        for spoken in page.captions:
            self._draw(image, spoken)
        box = image.getchannel("A").getbbox()
        assert box is not None
        left, top = box[0] & ~1, box[1] & ~1
        right, bottom = (box[2] + 1) & ~1, (box[3] + 1) & ~1
        return Overlay.of(np.asarray(image.crop((left, top, right, bottom))), top, left)

    def _draw(self, image: Image.Image, spoken: SpokenCaption) -> None:
        rows = spoken.caption.rows
        letters = self._font_for(rows)
        pitch = round(self._letters_px * _LINE_SPACING)
        pad_x, pad_y = round(0.55 * self._letters_px), round(0.28 * self._letters_px)
        room = MOST_ROWS * pitch + 2 * pad_y + round(0.25 * self._letters_px)
        lowest = self._size.height - round(0.055 * self._size.height) - spoken.place * room
        width = round(max(letters.getlength(row) for row in rows)) + 2 * pad_x
        height = len(rows) * pitch + 2 * pad_y
        left, top = (self._size.width - width) // 2, lowest - height
        lay_plate(image, (left, top, width, height), round(0.3 * self._letters_px))
        pen = ImageDraw.Draw(image)
        for index, row in enumerate(rows):
            middle = (self._size.width / 2, top + pad_y + (index + 0.5) * pitch)
            pen.text(middle, row, fill=VOICE_COLOURS[spoken.person], font=letters, anchor="mm")

    def _font_for(self, rows: Sequence[str]) -> ImageFont.FreeTypeFont:
        """The usual letters, or smaller ones for rows that would not go into the picture."""
        letters = font(self._letters_px)
        widest = max(letters.getlength(row) for row in rows)
        room = self._size.width - 2.0 * self._letters_px
        if widest <= room:
            return letters
        return font(max(1, int(self._letters_px * room / widest)))
