"""Names stand under those they belong to, inside the picture, and show who speaks."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray

from avatar_server.render.contract import Picture, PictureSize
from avatar_server.render.name_plates import NamePlates
from avatar_server.render.yuv import picture_to_rgb, rgb_to_picture
from avatar_server.scene.snapshot import Camera, Snapshot
from avatar_server.testing.renderer_suite import two_people

SIZE = PictureSize(640, 360)
NAMES = ("P0947", "P1275A")


def grey(size: PictureSize = SIZE) -> Picture:
    return rgb_to_picture(np.full((size.height, size.width, 3), 128, np.uint8))


def changed(
    snapshot: Snapshot,
    speaking: tuple[bool, ...] = (False, False),
    size: PictureSize = SIZE,
    *,
    above: bool = False,
) -> NDArray[np.int64]:
    """(height, width, 3): how much a grey picture differs once the names are laid over it."""
    picture = grey(size)
    before = picture_to_rgb(picture).astype(int)
    NamePlates(NAMES, size, above=above).over(snapshot, speaking)(picture)
    return np.asarray(picture_to_rgb(picture).astype(int) - before)


def columns(difference: NDArray[np.int64]) -> list[tuple[int, int]]:
    """The first and the last column of each name."""
    seen = np.abs(difference).max(axis=(0, 2)) > 8
    edges = np.flatnonzero(np.diff(np.concatenate([[False], seen, [False]]))).tolist()
    return list(zip(edges[::2], edges[1::2], strict=True))


def test_each_stands_under_its_person_and_above_where_captions_are() -> None:
    for above in (False, True):
        difference = changed(two_people(), above=above)
        found = columns(difference)
        assert len(found) == 2
        # The camera looks at x = 0 from 4.2 m; the people stand at -0.7 and 0.7 m.
        pixels_a_metre = SIZE.height / 2 / math.tan(math.radians(16)) / 4.2
        for (first, last), x_m in zip(found, (-0.7, 0.7), strict=True):
            assert (first + last) / 2 == pytest.approx(SIZE.width / 2 + x_m * pixels_a_metre, abs=16)
        rows = np.flatnonzero(np.abs(difference).max(axis=(1, 2)) > 8)
        assert (rows < SIZE.height / 4).all() if above else (rows > SIZE.height * 0.8).all()
        assert rows[0] > 0
        assert rows[-1] < SIZE.height - 1


@pytest.mark.parametrize("side", [0, 1])
def test_the_dot_of_who_speaks_is_full(side: int) -> None:
    quiet = changed(two_people())
    spoken = changed(two_people(), (side == 0, side == 1))
    other = np.abs(spoken - quiet).max(axis=(0, 2)) > 8
    half = SIZE.width // 2
    assert other[:half].any() == (side == 0)
    assert other[half:].any() == (side == 1)
    lighter = (spoken - quiet).sum(axis=2)
    assert lighter.max() > 150
    assert lighter.min() > -90


def test_who_is_out_of_the_picture_has_no_name_in_it() -> None:
    close = replace(two_people(), camera=Camera((0.6, 1.5, 1.2), (-0.7, 1.4, 0.0), math.radians(24)))
    assert len(columns(changed(close))) == 1
    turned = replace(two_people(), camera=Camera((0.0, 1.2, -4.2), (0.0, 1.2, -9.0), math.radians(30)))
    assert columns(changed(turned)) == []


def test_two_in_a_row_do_not_cover_each_other() -> None:
    in_line = replace(two_people(), camera=Camera((-4.0, 1.3, 0.0), (0.0, 1.0, 0.0), math.radians(30)))
    difference = changed(in_line, (True, True))
    rows = np.flatnonzero(np.abs(difference).max(axis=(1, 2)) > 8)
    one = np.flatnonzero(np.abs(changed(two_people(), (True, True))).max(axis=(1, 2)) > 8)
    assert len(rows) >= 2 * len(one)


def test_a_picture_too_small_for_a_name_stays_as_it_is() -> None:
    assert not changed(two_people(), (True, True), PictureSize(24, 14)).any()


def test_names_are_seen_where_nothing_else_is() -> None:
    picture = grey()
    transparent = Picture(SIZE, picture.i420, np.zeros((SIZE.height, SIZE.width), np.uint8))
    NamePlates(NAMES, SIZE).over(two_people(), (False, True))(transparent)
    assert transparent.alpha is not None
    assert transparent.alpha.max() == 255, "letters"
    assert 0.2 < np.median(transparent.alpha[transparent.alpha > 0]) / 255 < 0.8, "plates"
