"""One moment as a picture without loss."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from avatar_server.dataset.caption_pages import CaptionPage
from avatar_server.export import Programme
from avatar_server.render.contract import Picture, PictureSize, Renderer, draw
from avatar_server.render.yuv import yuv_to_rgb
from avatar_server.scene.director import DirectedCamera
from avatar_server.scene.snapshot import Camera


def draw_still(
    programme: Programme,
    open_renderer: Callable[[PictureSize], Renderer],
    size: PictureSize,
    *,
    time_s: float,
    camera: Camera | DirectedCamera,
    burnt: Sequence[CaptionPage] = (),
) -> NDArray[np.uint8]:
    """(height, width, 3) uint8 R'G'B' of what is seen at `time_s`; burnt: captions drawn into it.

    Renderers give one chroma value for 2x2 pixels: of a picture twice as wide and high, every pixel of this
    one has its own, and its edges are smoother.
    """
    large = PictureSize(2 * size.width, 2 * size.height)
    seen = camera.at(time_s) if isinstance(camera, DirectedCamera) else camera
    with contextlib.closing(open_renderer(large)) as renderer:
        picture = draw(renderer, programme.snapshot_at(time_s, seen))
    if burnt:
        from avatar_server.render.burnt_captions import BurntCaptions

        BurntCaptions(burnt, large).lay_over(picture, time_s)
    return _halved(picture)


def _halved(picture: Picture) -> NDArray[np.uint8]:
    luma, blue, red = picture.planes()
    height, width = blue.shape
    mean = luma.reshape(height, 2, width, 2).mean(axis=(1, 3))
    return np.rint(yuv_to_rgb(np.stack([mean, blue, red], axis=-1)) * 255.0).astype(np.uint8)
