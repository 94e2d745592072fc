"""A picture as FFmpeg takes it."""

from __future__ import annotations

import av
import numpy as np
from av.video.reformatter import ColorPrimaries, ColorRange, Colorspace, ColorTrc

from avatar_server.render.contract import Picture

BT709_PRIMARIES = int(ColorPrimaries.BT709)
BT709_TRANSFER = int(ColorTrc.BT709)
BT709_MATRIX = int(Colorspace.ITU709)
LIMITED_RANGE = int(ColorRange.MPEG)


def video_frame(picture: Picture) -> av.VideoFrame:
    """Copy `picture` into a new frame (FFmpeg keeps frames, and pads their lines), tagged as what it is."""
    frame = av.VideoFrame(picture.size.width, picture.size.height, "yuv420p")
    for plane, source in zip(frame.planes, picture.planes(), strict=True):
        rows, columns = source.shape
        lines = np.frombuffer(memoryview(plane), dtype=np.uint8).reshape(-1, plane.line_size)
        lines[:rows, :columns] = source
    frame.color_primaries = BT709_PRIMARIES
    frame.color_trc = BT709_TRANSFER
    frame.colorspace = BT709_MATRIX
    frame.color_range = LIMITED_RANGE
    return frame
