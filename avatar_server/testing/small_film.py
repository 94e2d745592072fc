"""Short films that say what is seen: H.264 in an MP4, as the recordings' videos are."""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
from numpy.typing import NDArray

GREY_STEP = 4
"""Picture n is grey, 16 + n * GREY_STEP."""

RATE_HZ = 25

TIME_BITS = 16
"""A film with its time counts milliseconds up to 65 s, as the test card does."""

_WIDTH, _HEIGHT = 320, 180


def write_film(path: Path, *, pictures: int) -> None:
    """Write at most 54 pictures, with a key picture every ten and the index at the front."""
    _write(
        path, (_numbered(number) for number in range(pictures)), Fraction(RATE_HZ), {"g": "10", "crf": "10"}
    )


def picture_number(frame: av.VideoFrame) -> int:
    """Which picture of the film this is."""
    return round((float(np.median(frame.to_ndarray()[60:170])) - 16) / GREY_STEP)


def write_timed_film(path: Path, *, seconds: float, rate_hz: Fraction) -> None:
    """Write a film whose every picture shows when it begins: `TIME_BITS` fields across its upper half.

    Fields are black or white, milliseconds with the most significant bit first. A key picture comes every two
    seconds.
    """
    pictures = (_timed(float(number / rate_hz)) for number in range(round(seconds * rate_hz)))
    _write(path, pictures, rate_hz, {"g": str(round(2 * rate_hz)), "crf": "24", "preset": "ultrafast"})


def _write(
    path: Path, pictures: Iterable[NDArray[np.uint8]], rate_hz: Fraction, options: dict[str, str]
) -> None:
    with av.open(str(path), "w", options={"movflags": "faststart"}) as container:
        stream = container.add_stream("libx264", rate=rate_hz, options=options)
        stream.width, stream.height, stream.pix_fmt = _WIDTH, _HEIGHT, "yuv420p"
        for picture in pictures:
            container.mux(stream.encode(av.VideoFrame.from_ndarray(picture, format="yuv420p")))
        container.mux(stream.encode())


def _numbered(number: int) -> NDArray[np.uint8]:
    """(270, 320), the planes of I420 below each other."""
    grey = np.full((_HEIGHT * 3 // 2, _WIDTH), 128, np.uint8)
    grey[:_HEIGHT] = 16 + number * GREY_STEP
    # A noisy edge makes the file large enough for several ranges; the middle stays as it is.
    grey[:40] = np.random.default_rng(number).integers(16, 235, (40, _WIDTH), np.uint8)
    return grey


def _timed(time_s: float) -> NDArray[np.uint8]:
    """(270, 320), the planes of I420: the time above, a bar that crosses once a second below."""
    picture = np.full((_HEIGHT * 3 // 2, _WIDTH), 128, np.uint8)
    code = round(time_s * 1000)
    fields = [235 if code >> (TIME_BITS - 1 - bit) & 1 else 16 for bit in range(TIME_BITS)]
    picture[: _HEIGHT // 2] = np.repeat(np.array(fields, np.uint8), _WIDTH // TIME_BITS)
    picture[_HEIGHT // 2 : _HEIGHT] = 90
    left = int(time_s % 1.0 * _WIDTH * 0.9)
    picture[_HEIGHT * 5 // 8 : _HEIGHT * 7 // 8, left : left + _WIDTH // 10] = 235
    return picture
