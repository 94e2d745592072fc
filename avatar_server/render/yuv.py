"""R'G'B' to BT.709 limited-range YUV 4:2:0 and back, in numpy: the yardstick for the shader.

Source: Rec. ITU-R BT.709-6, sections 3 and 4 (0.2126, 0.7152, 0.0722; 8-bit levels 16-235 and 16-240).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from avatar_server.render.contract import Picture, PictureSize

_RED, _GREEN, _BLUE = 0.2126, 0.7152, 0.0722


def rgb_to_yuv(rgb: NDArray[np.floating]) -> NDArray[np.float64]:
    """(..., 3) R'G'B' 0..1 to (..., 3) Y'CbCr in 8-bit levels, not rounded."""
    red, green, blue = (np.asarray(rgb[..., i], dtype=np.float64) for i in range(3))
    luma = _RED * red + _GREEN * green + _BLUE * blue
    return np.stack(
        [
            16.0 + 219.0 * luma,
            128.0 + 224.0 * (blue - luma) / (2.0 * (1.0 - _BLUE)),
            128.0 + 224.0 * (red - luma) / (2.0 * (1.0 - _RED)),
        ],
        axis=-1,
    )


def yuv_to_rgb(yuv: NDArray[np.floating]) -> NDArray[np.float64]:
    """(..., 3) Y'CbCr in 8-bit levels to (..., 3) R'G'B'; values outside 0..1 are cut off."""
    luma = (yuv[..., 0] - 16.0) / 219.0
    red = luma + (yuv[..., 2] - 128.0) / 224.0 * 2.0 * (1.0 - _RED)
    blue = luma + (yuv[..., 1] - 128.0) / 224.0 * 2.0 * (1.0 - _BLUE)
    green = (luma - _RED * red - _BLUE * blue) / _GREEN
    return np.asarray(np.clip(np.stack([red, green, blue], axis=-1), 0.0, 1.0))


def rgb_to_picture(rgb: NDArray[np.uint8] | NDArray[np.floating]) -> Picture:
    """(H, W, 3) R'G'B', uint8 or 0..1, H and W even, to a picture; chroma is the mean of 2x2 pixels."""
    height, width, _ = rgb.shape
    values = rgb / (255.0 if rgb.dtype == np.uint8 else 1.0)
    yuv = rgb_to_yuv(values)
    chroma = yuv[..., 1:].reshape(height // 2, 2, width // 2, 2, 2).mean(axis=(1, 3))
    flat = np.concatenate([yuv[..., 0].ravel(), chroma[..., 0].ravel(), chroma[..., 1].ravel()])
    i420 = np.clip(np.rint(flat), 0, 255).astype(np.uint8).reshape(height * 3 // 2, width)
    return Picture(PictureSize(width, height), i420)


def picture_to_rgb(picture: Picture) -> NDArray[np.uint8]:
    """(H, W, 3) uint8 R'G'B'; each chroma value serves its 2x2 pixels."""
    luma, blue, red = picture.planes()
    full = [np.repeat(np.repeat(plane, 2, axis=0), 2, axis=1) for plane in (blue, red)]
    yuv = np.stack([luma, *full], axis=-1).astype(np.float64)
    return np.rint(yuv_to_rgb(yuv) * 255.0).astype(np.uint8)
