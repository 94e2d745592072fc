"""The names of the people, drawn into pictures under them, and who of them speaks.

A name stands on a soft dark plate behind a dot in the colour of the person's captions: a ring while he
listens, full while he speaks. Where it is goes by the feet, which stand still while a body sways.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from avatar_server.body.kinematics import joint_positions
from avatar_server.render.contract import Picture, PictureSize
from avatar_server.render.opengl.framing import projected
from avatar_server.render.overlays import PLATE, SMOOTHING, Overlay, font, lay_plate
from avatar_server.scene.appearance import VOICE_COLOURS
from avatar_server.scene.snapshot import Figure, Snapshot

_HEIGHT_SHARE = 0.026
"""Size of the letters over the height of the picture."""

_SMALLEST_PX = 8
_MARGIN_SHARE = 0.022
_GAP_M = 0.10
"""Between the feet, or the top of the head, and the name."""

_ANKLES = [7, 8]
_WORDS = (236, 238, 240, 255)
_QUIET = (190, 194, 199, 255)
_PLATE_OPACITY = 0.55


class NamePlates:
    """Knows the names of the people in the order in which they stand; draws into pictures of one size."""

    def __init__(self, names: Sequence[str], size: PictureSize, *, above: bool = False) -> None:
        """above: names stand over the heads, where captions leave room."""
        self._size = size
        self._above = above
        letters_px = max(_SMALLEST_PX, round(_HEIGHT_SHARE * size.height))
        self._plates = [
            (_plate(name, colour, letters_px, speaks=False), _plate(name, colour, letters_px, speaks=True))
            for name, colour in zip(names, VOICE_COLOURS, strict=False)
        ]

    def over(self, snapshot: Snapshot, speaking: Sequence[bool]) -> Callable[[Picture], None]:
        """What lays the names over the picture of `snapshot`, which its caller owns."""
        laid: list[Overlay] = []
        for figure, plates, speaks in zip(snapshot.figures, self._plates, speaking, strict=True):
            plate = plates[speaks]
            place = self._place(figure, snapshot, plate)
            if place is not None:
                laid.append(self._clear_of(plate.at(*place), laid))

        def lay(picture: Picture) -> None:
            for plate in laid:
                plate.lay_over(picture)

        return lay

    def _place(self, figure: Figure, snapshot: Snapshot, plate: Overlay) -> tuple[int, int] | None:
        """Top and left, even; None for who is not in the picture, and for names that are too long for it."""
        spot = _stand(figure)
        spot[1] = _height_m(figure) + _GAP_M if self._above else -_GAP_M
        ((x, y, depth_m),) = projected(spot[None], snapshot.camera, self._size)
        height, width = plate.luma.shape
        margin = round(_MARGIN_SHARE * self._size.height)
        room = (self._size.width - 2 * margin, self._size.height - 2 * margin)
        if width > room[0] or height > room[1]:
            return None
        if depth_m < snapshot.camera.near_m or not 0 <= x <= self._size.width:
            return None
        top = y - height if self._above else y
        return (
            _even(min(max(top, margin), self._size.height - height - margin)),
            _even(min(max(x - width / 2, margin), self._size.width - width - margin)),
        )

    def _clear_of(self, plate: Overlay, others: Sequence[Overlay]) -> Overlay:
        """The same, moved away from those that it would lie upon."""
        height, width = plate.luma.shape
        for other in others:
            apart = abs(plate.left + width / 2 - other.left - other.luma.shape[1] / 2)
            if apart < (width + other.luma.shape[1]) / 2 and abs(plate.top - other.top) < height:
                step = height + 2
                top = other.top + step if self._above else other.top - step
                plate = plate.at(_even(min(max(top, 0), self._size.height - height)), plate.left)
        return plate


def _stand(figure: Figure) -> NDArray[np.float64]:
    """Where somebody stands: between the ankles."""
    joints = joint_positions(figure.body, figure.rotations, figure.translation)
    return np.asarray(joints[_ANKLES].mean(axis=0))


def _height_m(figure: Figure) -> float:
    return float(np.ptp(figure.body.rest_vertices[:, 1]))


def _even(value: float) -> int:
    return round(value / 2) * 2


def _plate(name: str, colour: str, letters_px: int, *, speaks: bool) -> Overlay:
    letters = font(letters_px)
    dot, pad, high = round(0.62 * letters_px), round(0.6 * letters_px), _even(1.75 * letters_px)
    width = _even(2 * pad + dot + 0.45 * letters_px + letters.getlength(name))
    image = Image.new("RGBA", (width, high), (*PLATE, 0))
    lay_plate(image, (0, 0, width, high), high // 2, _PLATE_OPACITY)
    image.alpha_composite(_dot(colour, dot, full=speaks), (pad, (high - dot) // 2))
    pen = ImageDraw.Draw(image)
    start = (pad + dot + 0.45 * letters_px, high / 2)
    pen.text(start, name, fill=_WORDS if speaks else _QUIET, font=letters, anchor="lm")
    return Overlay.of(np.asarray(image), 0, 0)


def _dot(colour: str, width: int, *, full: bool) -> Image.Image:
    """A disc, or a ring that is paler."""
    large = width * SMOOTHING
    mask = Image.new("L", (large, large), 0)
    pen = ImageDraw.Draw(mask)
    pen.ellipse((0, 0, large - 1, large - 1), fill=255 if full else 150)
    if not full:
        rim = round(0.2 * large)
        pen.ellipse((rim, rim, large - 1 - rim, large - 1 - rim), fill=0)
    dot = Image.new("RGBA", (width, width), colour)
    dot.putalpha(mask.resize((width, width), Image.Resampling.BOX))
    return dot
