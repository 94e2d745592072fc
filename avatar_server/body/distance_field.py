"""Solids joined to one: smooth unions and cuts, each part moving with its joint.

A field is a list of layers, applied in order. Because each solid hangs on a joint, the same field can be
evaluated in any pose: that gives the undistorted surface to which the pose correctives of the mannequin are
fitted.

Source of the smooth minimum: I. Quilez, "smooth minimum".
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from avatar_server.body.solids import Box, Distances, Mirrored, Points, Primitive

_NOWHERE = 1e-9
_FAR_M = 1.0


@dataclass(frozen=True, eq=False, slots=True)
class Layer:
    """One step of building a field: what `shape`, moving with `joint`, does to all layers before it.

    blend: metres over which the border is rounded. twin_joint: where the mirror image of `shape` hangs, if
    there is one; shape and image are blended with each other first, so that the field stays symmetric.
    """

    joint: int
    shape: Primitive
    blend: float
    act: Literal["add", "carve"] = "add"
    twin_joint: int | None = None


def smooth_minimum(a: Distances, b: Distances, blend: float) -> Distances:
    """Quadratic smooth minimum: at most `blend` / 4 below the true one."""
    if blend <= 0:
        return np.minimum(a, b)
    near = np.maximum(blend - np.abs(a - b), 0.0) / blend
    result: Distances = np.minimum(a, b) - near**2 * blend / 4.0
    return result


def _joined(
    first: tuple[NDArray[np.int64], Distances], second: tuple[NDArray[np.int64], Distances], blend: float
) -> tuple[NDArray[np.int64], Distances]:
    """Two solids, each known at some points, blended and known at all of them."""
    near = np.union1d(first[0], second[0])
    sides = np.full((2, len(near)), _FAR_M)
    for side, (places, distance) in zip(sides, (first, second), strict=True):
        side[np.searchsorted(near, places)] = distance
    return near, smooth_minimum(sides[0], sides[1], blend)


class DistanceField:
    """Layers applied in order, in the rest pose or any other."""

    def __init__(self, layers: Sequence[Layer]) -> None:
        self.layers = tuple(layers)
        self._solids: list[list[tuple[int, Primitive, Box]]] = []
        for layer in self.layers:
            solids = [(layer.joint, layer.shape, layer.shape.box())]
            if layer.twin_joint is not None:
                twin = Mirrored(layer.shape)
                solids.append((layer.twin_joint, twin, twin.box()))
            self._solids.append(solids)

    def distance(self, points: Points, matrices: NDArray[np.float64] | None = None) -> Distances:
        """(N, 3) to (N,) metres, at most 1. `matrices` (52, 4, 4) carry rest into the pose; None is rest.

        A layer is only evaluated near it: further away than its blend it changes nothing.
        """
        total = np.full(len(points), _FAR_M)
        if not len(points):
            return total
        local: dict[int, tuple[Points, Box]] = {}
        for layer, solids in zip(self.layers, self._solids, strict=True):
            margin = max(layer.blend, 0.02) + 0.01
            met: list[tuple[NDArray[np.int64], Distances]] = []
            for joint, shape, (low, high) in solids:
                frame = -1 if matrices is None else joint
                if frame not in local:
                    here = points
                    if matrices is not None:
                        here = (points - matrices[frame, :3, 3]) @ matrices[frame, :3, :3]
                    local[frame] = here, (here.min(axis=0), here.max(axis=0))
                here, (lowest, highest) = local[frame]
                if (lowest > high + margin).any() or (highest < low - margin).any():
                    continue
                near = np.flatnonzero(((here > low - margin) & (here < high + margin)).all(axis=1))
                met.append((near, shape.distance(here[near])))
            if len(met) == 2:
                met = [_joined(met[0], met[1], layer.blend)]
            for near, distance in met:
                if layer.act == "add":
                    total[near] = smooth_minimum(total[near], distance, layer.blend)
                else:
                    total[near] = -smooth_minimum(-total[near], distance, layer.blend)
        return total

    def distance_and_slope(
        self, points: Points, matrices: NDArray[np.float64] | None = None, step_m: float = 5e-4
    ) -> tuple[Distances, Points]:
        """Distances (N,) and their gradients (N, 3), of length 1 where distances are exact.

        Four samples at the corners of a tetrahedron give both: their mean and their differences. At the
        right the tetrahedron is mirrored, so that a symmetric field has symmetric answers.
        """
        corners = np.array([[1.0, -1, -1], [-1, -1, 1], [-1, 1, -1], [1, 1, 1]])
        corners = np.repeat(corners[:, None], len(points), axis=1)
        corners[:, points[:, 0] < 0, 0] *= -1.0
        samples = (points[None] + step_m * corners).reshape(-1, 3)
        values = self.distance(samples, matrices).reshape(4, len(points))
        return values.mean(axis=0), np.einsum("kn,kna->na", values, corners) / (4 * step_m)

    def normals(self, points: Points) -> Points:
        """(N, 3) unit vectors away from the solid."""
        _, slope = self.distance_and_slope(points)
        unit: Points = slope / np.maximum(np.linalg.norm(slope, axis=1, keepdims=True), _NOWHERE)
        return unit

    def project(
        self, points: Points, matrices: NDArray[np.float64] | None = None, limit_m: float = 0.01
    ) -> Points:
        """One Newton step towards the surface, at most `limit_m` long."""
        distance, slope = self.distance_and_slope(points, matrices)
        length = np.maximum(np.linalg.norm(slope, axis=1, keepdims=True), 0.05)
        step = np.clip(distance[:, None] / length, -limit_m, limit_m)
        projected: Points = points - step * slope / length
        return projected
