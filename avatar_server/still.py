"""One moment as a picture without loss."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from avatar_server.dataset.caption_pages import CaptionPage
from avatar_server.render.contract import Picture, PictureSize, Renderer, draw
from avatar_server.render.yuv import yuv_to_rgb
from avatar_server.scene.director import DirectedCamera
from avatar_server.scene.snapshot import Camera, Snapshot
from avatar_server.segments.film import LaysOver, Programme


def draw_still(
    programme: Programme,
    open_renderer: Callable[[PictureSize], Renderer],
    size: PictureSize,
    *,
    time_s: float,
    camera: Camera | DirectedCamera,
    burnt: Sequence[CaptionPage] = (),
    names: Callable[[PictureSize], Callable[[Snapshot], LaysOver]] | None = None,
) -> NDArray[np.uint8]:
    """(height, width, 3) uint8 R'G'B' of what is seen at `time_s`; burnt: captions drawn into it.

    names: what draws names into pictures of a size, see `export`.

    In a transparent studio it is (height, width, 4), straight alpha.

    Renderers give one chroma value for 2x2 pixels: of a picture twice as wide and high, every pixel of this
    one has its own, and its edges are smoother.
    """
    large = doubled(size)
    seen = camera.at(time_s) if isinstance(camera, DirectedCamera) else camera
    with contextlib.closing(open_renderer(large)) as renderer:
        snapshot = programme.snapshot_at(time_s, seen)
        picture = draw(renderer, snapshot)
    if names is not None:
        names(large)(snapshot)(picture)
    if burnt:
        from avatar_server.render.burnt_captions import BurntCaptions

        BurntCaptions(burnt, large).lay_over(picture, time_s)
    return halved(picture)


def doubled(size: PictureSize) -> PictureSize:
    """Twice as wide and high: what is drawn for a picture without loss."""
    return PictureSize(2 * size.width, 2 * size.height)


def halved(picture: Picture) -> NDArray[np.uint8]:
    """Half as wide and high: (h, w, 3) uint8 R'G'B', or (h, w, 4) with straight alpha where it has one."""
    luma, blue, red = picture.planes()
    rgb = yuv_to_rgb(np.stack([_mean(luma), blue, red], axis=-1))
    if picture.alpha is None:
        return np.rint(rgb * 255.0).astype(np.uint8)
    alpha = _mean(picture.alpha)[..., None] / 255.0
    straight = np.minimum(rgb / np.maximum(alpha, 1.0 / 255.0), 1.0)
    return np.rint(np.concatenate([straight, alpha], axis=-1) * 255.0).astype(np.uint8)


def _mean(plane: NDArray[np.uint8]) -> NDArray[np.float64]:
    """Of 2x2 pixels each."""
    height, width = plane.shape
    return np.asarray(plane.reshape(height // 2, 2, width // 2, 2).mean(axis=(1, 3)))
