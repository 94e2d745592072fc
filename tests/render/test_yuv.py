"""Levels worked out by hand from Rec. BT.709, and PNG files that others can read."""

from __future__ import annotations

from pathlib import Path

import av
import numpy as np
import pytest

from avatar_server.errors import InputError
from avatar_server.render.still import read_png, write_png
from avatar_server.render.yuv import picture_to_rgb, rgb_to_picture, rgb_to_yuv

KNOWN = {
    (0, 0, 0): (16, 128, 128),
    (1, 1, 1): (235, 128, 128),
    (1, 0, 0): (16 + 219 * 0.2126, 128 - 224 * 0.2126 / 1.8556, 240),
    (0, 0, 1): (16 + 219 * 0.0722, 240, 128 - 224 * 0.0722 / 1.5748),
}


@pytest.mark.parametrize(("rgb", "yuv"), KNOWN.items())
def test_levels(rgb: tuple[float, ...], yuv: tuple[float, ...]) -> None:
    np.testing.assert_allclose(rgb_to_yuv(np.array(rgb, dtype=np.float64)), yuv, atol=1e-9)


def test_chroma_is_the_mean_of_four_pixels() -> None:
    rgb = np.zeros((2, 2, 3), dtype=np.uint8)
    rgb[0, 0] = (255, 0, 0)
    luma, u, v = rgb_to_picture(rgb).planes()
    assert luma.tolist() == [[63, 16], [16, 16]]
    assert (u.item(), v.item()) == (122, 156)  # a quarter of the way from 128 to 102.3 and to 240


def test_there_and_back_within_rounding() -> None:
    ramp = np.linspace(0, 255, 64).astype(np.uint8)
    rgb = np.stack([np.repeat(np.repeat(plane, 2, 0), 2, 1) for plane in np.meshgrid(ramp, ramp[::-1])], -1)
    rgb = np.concatenate([rgb, rgb[..., :1] // 2], axis=-1)
    assert np.abs(picture_to_rgb(rgb_to_picture(rgb)).astype(int) - rgb).max() <= 2


def test_png_is_read_by_others_and_by_us(tmp_path: Path) -> None:
    rgb = np.random.default_rng(1).integers(0, 256, (6, 10, 3), dtype=np.uint8)
    path = tmp_path / "still.png"
    write_png(path, rgb)
    np.testing.assert_array_equal(read_png(path), rgb)
    with av.open(str(path)) as file:
        frame = next(file.decode(video=0))
    np.testing.assert_array_equal(frame.to_ndarray(format="rgb24"), rgb)


def test_other_files_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "still.png"
    path.write_bytes(b"GIF89a")
    with pytest.raises(InputError):
        read_png(path)
