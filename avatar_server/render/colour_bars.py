"""A renderer that draws colour bars whatever it is shown: for people in trouble, for tests without OpenGL."""

from __future__ import annotations

from collections import deque

import numpy as np
from numpy.typing import NDArray

from avatar_server.render.contract import Picture, PictureSize
from avatar_server.render.yuv import rgb_to_picture
from avatar_server.scene.snapshot import Snapshot

_BARS = ((1, 1, 1), (1, 1, 0), (0, 1, 1), (0, 1, 0), (1, 0, 1), (1, 0, 0), (0, 0, 1), (0, 0, 0))
_LEVEL = 0.75

_SWEEP_S = 4.0
"""A white line crosses the picture in this time, so that one sees whether pictures move."""


class ColourBars:
    """75 % colour bars, and a white line at the place that `snapshot.time_s` gives it."""

    def __init__(self, size: PictureSize) -> None:
        self._size = size
        bar = np.arange(size.width) * len(_BARS) // size.width
        row = np.array(_BARS, dtype=np.float64)[bar] * _LEVEL
        self._bars = rgb_to_picture(np.broadcast_to(row, (size.height, size.width, 3))).i420
        self._under_way: deque[float] = deque()

    @property
    def name(self) -> str:
        """What draws, for people."""
        return "colour bars"

    @property
    def size(self) -> PictureSize:
        """Size of every picture."""
        return self._size

    @property
    def capacity(self) -> int:
        """How many snapshots may be under way."""
        return 2

    def prepare(self, snapshot: Snapshot) -> None:
        """Nothing: bars need no people."""

    def submit(self, snapshot: Snapshot, *, hasty: bool = False) -> None:
        """Remember the time."""
        if len(self._under_way) == self.capacity:
            raise RuntimeError("submit: collect a picture first")
        self._under_way.append(snapshot.time_s)

    def collect(self) -> Picture:
        """The oldest picture under way."""
        time_s = self._under_way.popleft()
        picture = Picture(self._size, self._bars.copy())
        column = int(time_s % _SWEEP_S / _SWEEP_S * self._size.width)
        picture.planes()[0][:, column] = 235
        return picture

    def silhouette(self, snapshot: Snapshot) -> NDArray[np.uint8]:
        """Nobody, everywhere."""
        return np.zeros((self._size.height, self._size.width), dtype=np.uint8)

    def depth(self, snapshot: Snapshot) -> NDArray[np.float32]:
        """Nobody, everywhere."""
        return np.zeros((self._size.height, self._size.width), dtype=np.float32)

    def close(self) -> None:
        """There is nothing to give back but what is under way."""
        self._under_way.clear()
