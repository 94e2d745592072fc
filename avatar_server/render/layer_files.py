"""Depth and masks of one picture as files that programs read without ours."""

from __future__ import annotations

from fractions import Fraction

import av
import numpy as np
from av.video.codeccontext import VideoCodecContext
from numpy.typing import NDArray

from avatar_server.render.still import png_bytes

DEPTH_KINDS = ("png", "exr")

MILLIMETRES = 1000.0


def depth_png(depth_m: NDArray[np.float32]) -> bytes:
    """(H, W) metres as a PNG of 16-bit millimetres, 0 nobody; 65.535 m is the farthest."""
    return png_bytes(np.rint(np.minimum(depth_m * MILLIMETRES, 65535.0)).astype(np.uint16))


def depth_exr(depth_m: NDArray[np.float32]) -> bytes:
    """(H, W) metres as an OpenEXR file of one 32-bit float channel, Y; exact. FFmpeg writes it."""
    height, width = depth_m.shape
    encoder = av.CodecContext.create("exr", "w")
    assert isinstance(encoder, VideoCodecContext)
    encoder.width, encoder.height = width, height
    encoder.pix_fmt = "grayf32le"
    encoder.time_base = Fraction(1)
    encoder.options = {"compression": "zip16"}
    frame = av.VideoFrame(width, height, "grayf32le")
    plane = frame.planes[0]
    lines = np.frombuffer(memoryview(plane), dtype=np.float32).reshape(height, plane.line_size // 4)
    lines[:, :width] = depth_m
    return b"".join(bytes(packet) for packet in (*encoder.encode(frame), *encoder.encode(None)))


def mask_png(people: NDArray[np.uint8]) -> bytes:
    """(H, W) labels as an 8-bit grey PNG: 0 nobody, 1 whoever stands at the viewer's left, 2 the other."""
    return png_bytes(people)
