"""A short film whose every picture says which one it is: H.264 in an MP4, as the recordings' videos are."""

from __future__ import annotations

from pathlib import Path

import av
import numpy as np

GREY_STEP = 4
"""Picture n is grey, 16 + n * GREY_STEP."""

RATE_HZ = 25


def write_film(path: Path, *, pictures: int) -> None:
    """Write at most 54 pictures, with a key picture every ten and the index at the front."""
    with av.open(str(path), "w", options={"movflags": "faststart"}) as container:
        stream = container.add_stream("libx264", rate=RATE_HZ, options={"g": "10", "crf": "10"})
        stream.width, stream.height, stream.pix_fmt = 320, 180, "yuv420p"
        noise = np.random.default_rng(0)
        for number in range(pictures):
            grey = np.full((270, 320), 128, np.uint8)
            grey[:180] = 16 + number * GREY_STEP
            # A noisy edge makes the file large enough for several ranges; the middle stays as it is.
            grey[:40] = noise.integers(16, 235, (40, 320), np.uint8)
            frame = av.VideoFrame.from_ndarray(grey, format="yuv420p")
            container.mux(stream.encode(frame))
        container.mux(stream.encode())


def picture_number(frame: av.VideoFrame) -> int:
    """Which picture of the film this is."""
    return round((float(np.median(frame.to_ndarray()[60:170])) - 16) / GREY_STEP)
