"""Encodes a few pictures by one of `ENCODERS`, decodes them, and compares.

Run as `python -m avatar_server.encode.h264_trial NAME`; status 0 if they are still the same.
"""

from __future__ import annotations

import io
import sys
from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction

import av
import numpy as np

from avatar_server.encode.h264_encoders import ENCODERS, H264Encoder
from avatar_server.encode.h264_file import H264FileEncoder
from avatar_server.errors import AvatarServerError
from avatar_server.render.contract import Picture, PictureSize

_SIZE = PictureSize(320, 180)
_RATE_HZ = Fraction(5)
_COUNT = 25
"""Two groups of ten pictures, and half a one."""

_LEAST_DB = 35.0


def main() -> int:
    """1 with a line that says why, if the encoder does not work."""
    # Where it cannot be opened at once it is not there; what is missing for good looks like a busy GPU.
    encoder = replace(ENCODERS[sys.argv[1]], patience_s=2.0)
    try:
        worst_db = min(_psnr_db(encoder))
    except (AvatarServerError, av.FFmpegError, ValueError) as error:
        print(error, file=sys.stderr)
        return 1
    if worst_db < _LEAST_DB:
        print(f"pictures come back with {worst_db:.1f} dB", file=sys.stderr)
        return 1
    return 0


def _psnr_db(chosen: H264Encoder) -> Iterator[float]:
    """Of each picture's luma; ValueError if they are not as many, or keys are not where they must be."""
    pictures = [_picture(index) for index in range(_COUNT)]
    file = io.BytesIO()
    with av.open(file, "w", format="mp4") as container:
        encoder = H264FileEncoder(container, _SIZE, _RATE_HZ, chosen)
        for picture in pictures:
            container.mux(encoder.encode(picture))
        container.mux(encoder.finish())
    file.seek(0)
    with av.open(file, "r") as written:
        frames = list(written.decode(video=0))
    keys = [index for index, frame in enumerate(frames) if frame.key_frame]
    if len(frames) != _COUNT or keys != [0, 10, 20]:
        raise ValueError(f"expected {_COUNT} pictures, each tenth a key, got {len(frames)} with keys {keys}")
    for picture, frame in zip(pictures, frames, strict=True):
        luma = picture.planes()[0]
        plane = frame.planes[0]
        lines = np.frombuffer(memoryview(plane), np.uint8).reshape(-1, plane.line_size)
        found = lines[: luma.shape[0], : luma.shape[1]]
        error = float(np.mean((found.astype(float) - luma) ** 2))
        yield 99.0 if error == 0 else float(10 * np.log10(255.0**2 / error))


def _picture(index: int) -> Picture:
    """Something soft that moves."""
    x, y = np.meshgrid(np.arange(_SIZE.width), np.arange(_SIZE.height))
    luma = 125 + 80 * np.sin((x + 5 * index) / 17) * np.cos((y - 3 * index) / 23)
    chroma = np.full(_SIZE.width * _SIZE.height // 2, 128, np.uint8)
    i420 = np.concatenate([luma.astype(np.uint8).ravel(), chroma])
    return Picture(_SIZE, i420.reshape(_SIZE.height * 3 // 2, _SIZE.width))


if __name__ == "__main__":
    sys.exit(main())
