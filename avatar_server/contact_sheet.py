"""Moments of an interaction side by side in one picture, through one camera or several."""

from __future__ import annotations

import contextlib
import math
from collections.abc import Callable, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from avatar_server.errors import UsageError
from avatar_server.render.contract import Picture, PictureSize, Renderer, draw
from avatar_server.render.labels import label
from avatar_server.scene.director import DirectedCamera
from avatar_server.scene.snapshot import Camera, Snapshot
from avatar_server.segments.film import LaysOver, Programme
from avatar_server.still import doubled, halved

GAP_PX = 4
_COLUMNS = 6
"""At most, where there is one camera; several have a row each, however long."""

MOST_PIXELS = 200_000_000
"""Of a whole sheet: 800 MB in memory, and more than programs open gladly."""


def sheet_times(span_s: tuple[float, float], every_s: float | None, count: int | None) -> tuple[float, ...]:
    """Every so many seconds from the beginning on, or `count` in the middles of as many equal parts."""
    start_s, end_s = span_s
    if every_s is not None:
        number = int(np.ceil((end_s - start_s) / every_s - 1e-9))
        return tuple(start_s + index * every_s for index in range(number))
    assert count is not None
    return tuple(start_s + (index + 0.5) * (end_s - start_s) / count for index in range(count))


def draw_sheet(
    programme: Programme,
    open_renderer: Callable[[PictureSize], Renderer],
    size: PictureSize,
    *,
    times_s: Sequence[float],
    cameras: Mapping[str, Camera | DirectedCamera],
    names: Callable[[PictureSize], Callable[[Snapshot], LaysOver]] | None = None,
    progress: Callable[[int], None] = lambda done: None,
) -> NDArray[np.uint8]:
    """(height, width, 3) uint8 R'G'B', or (..., 4) in a transparent studio: a cell for each time and camera.

    size: of a cell, which is what `draw_still` gives, with its time on it, and its camera if there are
    several. Those have a row each; one camera's moments go on in the next row. names: as for `draw_still`.
    UsageError for a sheet that would be larger than `MOST_PIXELS`.
    """
    columns = len(times_s) if len(cameras) > 1 else min(_columns(len(times_s)), len(times_s))
    rows = -(-len(times_s) * len(cameras) // columns)
    width, height = (
        number * side + (number - 1) * GAP_PX for number, side in ((columns, size.width), (rows, size.height))
    )
    if width * height > MOST_PIXELS:
        raise UsageError(f"a sheet of {columns} by {rows} pictures would be {width}x{height}: take fewer")
    large = doubled(size)
    lay_names = None if names is None else names(large)
    sheet: NDArray[np.uint8] | None = None
    with contextlib.closing(open_renderer(large)) as renderer:
        cells = [(name, camera, time_s) for name, camera in cameras.items() for time_s in times_s]
        for number, (name, camera, time_s) in enumerate(cells):
            seen = camera.at(time_s) if isinstance(camera, DirectedCamera) else camera
            snapshot = programme.snapshot_at(time_s, seen)
            picture: Picture = draw(renderer, snapshot)
            if lay_names is not None:
                lay_names(snapshot)(picture)
            text = time_text(time_s) if len(cameras) == 1 else f"{time_text(time_s)}  {name}"
            label(text, large).lay_over(picture)
            cell = halved(picture)
            if sheet is None:
                sheet = _empty(height, width, cell.shape[2])
            top = number // columns * (size.height + GAP_PX)
            left = number % columns * (size.width + GAP_PX)
            sheet[top : top + size.height, left : left + size.width] = cell
            progress(number + 1)
    assert sheet is not None
    return sheet


def time_text(time_s: float) -> str:
    """`1:02.50`."""
    hundredths = round(time_s * 100)
    return f"{hundredths // 6000}:{hundredths // 100 % 60:02d}.{hundredths % 100:02d}"


def _columns(count: int) -> int:
    """Of a sheet about twice as wide as high, counted in pictures."""
    return min(_COLUMNS, max(1, round(math.sqrt(count * 1.5))))


def _empty(height: int, width: int, channels: int) -> NDArray[np.uint8]:
    """White between cells; nothing, where they have an alpha."""
    return np.full((height, width, channels), 255 if channels == 3 else 0, dtype=np.uint8)
