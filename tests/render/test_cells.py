"""Parts of the picture: what a box touches is in, nothing is drawn twice, and nothing is left out."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from avatar_server.render.contract import PictureSize
from avatar_server.render.opengl.cells import CELL_HEIGHT, CELL_WIDTH, CellGrid

SIZE = PictureSize(202, 118)


def painted(rectangles: NDArray[np.float32]) -> NDArray[np.int64]:
    """How often each pixel is drawn."""
    times = np.zeros((SIZE.height, SIZE.width), dtype=np.int64)
    for left, top, right, bottom in rectangles.astype(int):
        assert 0 <= left < right <= SIZE.width
        assert 0 <= top < bottom <= SIZE.height
        times[top:bottom, left:right] += 1
    return times


def pixels_of(part: NDArray[np.bool_]) -> NDArray[np.bool_]:
    cells = part.repeat(CELL_HEIGHT, axis=0).repeat(CELL_WIDTH, axis=1)
    return np.asarray(cells[: SIZE.height, : SIZE.width])


@pytest.mark.parametrize("seed", range(5))
def test_a_cell_is_touched_when_one_of_its_pixels_is_in_a_box(seed: int) -> None:
    rng = np.random.default_rng(seed)
    corner = rng.uniform((-60, -60), (260, 180), (12, 2))
    boxes = np.concatenate([corner, corner + rng.uniform(0, 50, (12, 2))], axis=1)
    part = CellGrid(SIZE).touched(boxes.T.astype(np.float32))
    expected = np.zeros_like(part)
    for row, column in np.ndindex(*expected.shape):
        x, y = column * CELL_WIDTH, row * CELL_HEIGHT
        across = (boxes[:, 0] < x + CELL_WIDTH) & (boxes[:, 2] >= x)
        expected[row, column] = (across & (boxes[:, 1] < y + CELL_HEIGHT) & (boxes[:, 3] >= y)).any()
    np.testing.assert_array_equal(part, expected)


@pytest.mark.parametrize("seed", range(5))
def test_rectangles_paint_a_part_once_and_nothing_else(seed: int) -> None:
    grid = CellGrid(SIZE)
    part = np.random.default_rng(seed).random(grid.nothing().shape) < (0.5, 0.05, 0.95, 0.2, 0.8)[seed]
    part[2:4] = part[1]
    rectangles = grid.rectangles(part)
    assert len(rectangles) <= grid.most_rectangles
    np.testing.assert_array_equal(painted(rectangles), pixels_of(part))


def test_rows_alike_are_one_rectangle() -> None:
    grid = CellGrid(SIZE)
    assert grid.rectangles(grid.everything()).tolist() == [[0, 0, SIZE.width, SIZE.height]]
    assert grid.rectangles(grid.nothing()).shape == (0, 4)
