"""The front of a head as a height over the frontal plane, and what of the skin lies where."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

_POINTS_AT_A_TIME = 256
_ROUNDING = 0.75
"""Of the way from a flat triangle to the round surface that its corners' normals tell of."""


@dataclass(frozen=True, eq=False, slots=True)
class Footprint:
    """Where points of the frontal plane meet the skin.

    heights: (N,) z in metres. corners: (N, 3) the three vertices round each place; shares: (N, 3) of each.
    """

    heights: Array
    corners: NDArray[np.int64]
    shares: Array


class HeadFront:
    """What is seen of a head from the front."""

    def __init__(self, vertices: Array, normals: Array, faces: NDArray[np.int32]) -> None:
        """vertices, normals: (V, 3) in the rest pose. faces: (F, 3) those of the head's skin."""
        corners = vertices[faces]
        across = corners[:, :, :2]
        doubled = _cross(across[:, 1] - across[:, 0], across[:, 2] - across[:, 0])
        front = doubled > 1e-9
        self._faces = faces[front].astype(np.int64)
        self._across, self._doubled = across[front], doubled[front]
        self._low, self._high = self._across.min(axis=1), self._across.max(axis=1)
        self._vertices, self._normals = vertices, normals

    def meet(self, places: Array) -> Footprint:
        """The foremost skin at (N, 2) `places`, x and y; beside the head that of its nearest triangle."""
        found = [
            self._meet(places[start : start + _POINTS_AT_A_TIME])
            for start in range(0, len(places), _POINTS_AT_A_TIME)
        ]
        index = np.concatenate([part[0] for part in found])
        shares = np.concatenate([part[1] for part in found])
        corners = self._faces[index]
        points, normals = self._vertices[corners], self._normals[corners]
        flat = np.einsum("nc,nca->na", shares, points)
        # Phong tessellation (Boubekeur and Alexa 2008): each corner's tangent plane has its say.
        above = np.einsum("nca,nca->nc", flat[:, None] - points, normals)
        rounded = -np.einsum("nc,nc,nca->na", shares, above, normals)
        return Footprint(flat[:, 2] + _ROUNDING * rounded[:, 2], corners, shares)

    def _meet(self, places: Array) -> tuple[NDArray[np.int64], Array]:
        low, high = places.min(axis=0), places.max(axis=0)
        near = np.flatnonzero(((self._high >= low) & (self._low <= high)).all(axis=1))
        chosen, shares, found = self._foremost(places, near)
        if not found.all():
            everything = np.arange(len(self._faces))
            chosen[~found], shares[~found], _ = self._foremost(places[~found], everything)
        return chosen, shares

    def _foremost(
        self, places: Array, among: NDArray[np.int64]
    ) -> tuple[NDArray[np.int64], Array, NDArray[np.bool_]]:
        """For each place the foremost triangle over it, or the nearest one; shares; whether it is over it."""
        if not len(among):
            return np.zeros(len(places), np.int64), np.zeros((len(places), 3)), np.zeros(len(places), bool)
        across = self._across[among]
        offset = places[:, None, None] - across[None]
        edges = np.roll(across, -1, axis=1) - across
        # The share of the corner opposite to each edge.
        opposite = _cross(edges[None], offset) / self._doubled[among][None, :, None]
        shares = np.roll(opposite, -1, axis=2)
        least = shares.min(axis=2)
        height = np.einsum("nfc,fc->nf", shares, self._vertices[self._faces[among], 2])
        inside = least > -1e-9
        height[~inside] = -np.inf
        chosen = height.argmax(axis=1)
        found = inside.any(axis=1)
        chosen[~found] = least[~found].argmax(axis=1)
        picked = np.clip(shares[np.arange(len(places)), chosen], 0.0, None)
        return among[chosen], picked / picked.sum(axis=1, keepdims=True), found


def _cross(first: Array, second: Array) -> Array:
    return np.asarray(first[..., 0] * second[..., 1] - first[..., 1] * second[..., 0])


class Relief:
    """A rectangle of a head's front, smoothed: what it was like before somebody shaped lips or lids."""

    def __init__(
        self, front: HeadFront, middle: tuple[float, float], half: tuple[float, float], sigma_m: float
    ) -> None:
        """middle, half: x and y of the rectangle and half its sides, metres. sigma_m: of the smoothing."""
        from scipy.ndimage import gaussian_filter

        self._step = 0.001
        columns, rows = (2 * int(np.ceil(side / self._step)) + 1 for side in half)
        self._start = np.array(middle) - self._step * np.array([(columns - 1) / 2, (rows - 1) / 2])
        x = self._start[0] + self._step * np.arange(columns)
        y = self._start[1] + self._step * np.arange(rows)
        places = np.stack(np.meshgrid(x, y, indexing="ij"), axis=-1).reshape(-1, 2)
        heights = front.meet(places).heights.reshape(columns, rows)
        self._heights = gaussian_filter(heights, sigma_m / self._step, mode="nearest")

    def height(self, places: Array) -> Array:
        """(N,) z in metres at (N, 2) x and y."""
        from scipy.ndimage import map_coordinates

        at = ((places - self._start) / self._step).T
        return np.asarray(map_coordinates(self._heights, at, order=3, mode="nearest"))


def smooth_step(value: Array, start: float, end: float) -> Array:
    """0 at `start`, 1 at `end`, with zero slope at both."""
    share = np.clip((value - start) / (end - start), 0.0, 1.0)
    return np.asarray(share * share * (3.0 - 2.0 * share))
