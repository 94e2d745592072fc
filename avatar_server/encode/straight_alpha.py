"""A picture as FFmpeg takes it where colours are not multiplied by alpha, as ProRes and VP9 store them."""

from __future__ import annotations

from collections.abc import Sequence

import av
import numpy as np
from numpy.typing import NDArray

from avatar_server.encode.picture_frame import (
    BT709_MATRIX,
    BT709_PRIMARIES,
    BT709_TRANSFER,
    LIMITED_RANGE,
)
from avatar_server.render.contract import Picture

_BLACK, _GREY = 16.0, 128.0


def straight_frame(picture: Picture) -> av.VideoFrame:
    """A new frame of `picture`, which has an alpha, with the colours that people have before any ground.

    Y'CbCr is linear in R'G'B', so dividing the distance from black by alpha divides R'G'B' by it. Where
    nothing is, the frame is black.
    """
    assert picture.alpha is not None
    height, width = picture.alpha.shape
    luma, blue, red = picture.planes()
    share = picture.alpha.astype(np.float32) / np.float32(255.0)
    quarter = share.reshape(height // 2, 2, width // 2, 2).mean(axis=(1, 3))
    planes = (
        _straight(luma, share, _BLACK, (16, 235)),
        _straight(blue, quarter, _GREY, (16, 240)),
        _straight(red, quarter, _GREY, (16, 240)),
        picture.alpha,
    )
    return _frame(width, height, planes)


def _straight(
    plane: NDArray[np.uint8], share: NDArray[np.float32], zero: float, levels: tuple[int, int]
) -> NDArray[np.uint8]:
    level = zero + (plane.astype(np.float32) - zero) / np.maximum(share, np.float32(1 / 255))
    level[share == 0] = zero
    return np.rint(np.clip(level, *levels)).astype(np.uint8)


def _frame(width: int, height: int, planes: Sequence[NDArray[np.uint8]]) -> av.VideoFrame:
    frame = av.VideoFrame(width, height, "yuva420p")
    for plane, source in zip(frame.planes, planes, strict=True):
        rows, columns = source.shape
        lines = np.frombuffer(memoryview(plane), dtype=np.uint8).reshape(-1, plane.line_size)
        lines[:rows, :columns] = source
    frame.color_primaries = BT709_PRIMARIES
    frame.color_trc = BT709_TRANSFER
    frame.colorspace = BT709_MATRIX
    frame.color_range = LIMITED_RANGE
    return frame
