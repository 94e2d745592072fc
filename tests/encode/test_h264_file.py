"""H.264 for files: right colours, right tags, right times, whatever the size and the rate."""

from __future__ import annotations

import io
from fractions import Fraction

import av
import numpy as np
import pytest
from numpy.typing import NDArray

from avatar_server.encode.h264_encoders import MANY_PIXELS
from avatar_server.encode.h264_file import H264FileEncoder
from avatar_server.encode.h264_segment import GroupEncoder, settings_fingerprint
from avatar_server.encode.picture_frame import video_frame
from avatar_server.render.contract import Picture, PictureSize


def flat(size: PictureSize, y: int, u: int, v: int) -> Picture:
    luma = np.full(size.width * size.height, y, np.uint8)
    chroma = np.repeat(np.array([u, v], np.uint8), size.width * size.height // 4)
    return Picture(size, np.concatenate([luma, chroma]).reshape(size.height * 3 // 2, size.width))


def encoded(pictures: list[Picture], rate_hz: Fraction) -> av.container.InputContainer:
    file = io.BytesIO()
    with av.open(file, "w", format="mp4") as container:
        encoder = H264FileEncoder(container, pictures[0].size, rate_hz)
        for picture in pictures:
            container.mux(encoder.encode(picture))
        container.mux(encoder.finish())
    file.seek(0)
    return av.open(file, "r")


def planes(frame: av.VideoFrame) -> list[NDArray[np.uint8]]:
    found = []
    for plane in frame.planes:
        lines = np.frombuffer(memoryview(plane), np.uint8).reshape(-1, plane.line_size)
        found.append(lines[: plane.height, : plane.width])
    return found


# BT.709 limited range by hand: Y = 16 + 219 (0.2126 R + 0.7152 G + 0.0722 B), U = 128 + 224 (B - y) / 1.8556,
# V = 128 + 224 (R - y) / 1.5748 for red, green, blue, a skin tone (0.8, 0.6, 0.5) and white.
PATCHES = [(63, 102, 240), (173, 42, 26), (32, 240, 118), (155, 112, 150), (235, 128, 128)]


@pytest.mark.parametrize("size", [PictureSize(320, 180), PictureSize(854, 480), PictureSize(130, 98)])
def test_flat_colours_survive(size: PictureSize) -> None:
    """Line padding differs between these sizes; one picture after the other has another colour."""
    pictures = [flat(size, *patch) for patch in PATCHES for _ in range(3)]
    with encoded(pictures, Fraction(30)) as container:
        frames = list(container.decode(video=0))
    assert len(frames) == len(pictures)
    for picture, frame in zip(pictures, frames, strict=True):
        for source, found in zip(picture.planes(), planes(frame), strict=True):
            assert np.abs(source.astype(int) - found).max() <= 2


def test_a_frame_holds_the_picture_exactly() -> None:
    size = PictureSize(134, 66)
    rng = np.random.default_rng(2)
    picture = Picture(size, rng.integers(0, 256, (size.height * 3 // 2, size.width), dtype=np.uint8))
    for source, found in zip(picture.planes(), planes(video_frame(picture)), strict=True):
        np.testing.assert_array_equal(source, found)


def test_a_frame_outlives_its_picture() -> None:
    picture = flat(PictureSize(64, 64), 100, 110, 120)
    frame = video_frame(picture)
    picture.i420[:] = 0
    assert (planes(frame)[0] == 100).all()


def test_the_stream_says_bt_709_limited() -> None:
    with encoded([flat(PictureSize(64, 64), 100, 128, 128)] * 3, Fraction(30)) as container:
        context = container.streams.video[0].codec_context
        assert context.pix_fmt == "yuv420p"
        tags = (context.color_primaries, context.color_trc, context.colorspace, context.color_range)
        assert tags == (1, 1, 1, 1)  # H.273: 1 is BT.709 thrice; FFmpeg calls limited range 1.


@pytest.mark.parametrize("rate", ["12", "24000/1001", "25", "30", "30000/1001", "60", "191"])
def test_times_are_exact_at_every_rate(rate: str) -> None:
    rate_hz = Fraction(rate)
    pictures = [flat(PictureSize(64, 64), 40 + i, 128, 128) for i in range(50)]
    with encoded(pictures, rate_hz) as container:
        stream = container.streams.video[0]
        assert stream.average_rate == rate_hz
        assert stream.time_base is not None
        assert stream.duration is not None
        # The length as a whole is stored in milliseconds.
        assert abs(stream.duration * stream.time_base - 50 / rate_hz) <= Fraction(1, 1000)
        for index, frame in enumerate(container.decode(stream)):
            assert frame.pts is not None
            assert frame.pts * stream.time_base == index / rate_hz
            assert abs(int(planes(frame)[0][32, 32]) - (40 + index)) <= 2


def test_large_pictures_are_decoded_in_the_order_in_which_they_are_shown() -> None:
    """B pictures are what takes memory; a stream with them and one without are never joined."""
    orders = {}
    for size in (PictureSize(1600, 900), PictureSize(1600, 902)):
        encoder = GroupEncoder(size, Fraction(30))
        found = [one for _ in range(6) for one in encoder.encode(flat(size, 100, 128, 128))]
        found += encoder.finish()
        orders[size.width * size.height > MANY_PIXELS] = [one.index for one in found]
    assert orders[True] == [0, 1, 2, 3, 4, 5]
    assert sorted(orders[False]) == orders[True] != orders[False]
    rate_hz = Fraction(30)
    assert settings_fingerprint(PictureSize(1600, 900), rate_hz) != settings_fingerprint(size, rate_hz)
