"""From a distance field to an even triangle mesh: surface nets, then relaxation on the surface.

Surface nets give one vertex a grid cell and so none of the slivers of marching cubes; relaxing the vertices
along the surface and projecting them back leaves near-regular triangles whose normals are clean.

Source: S. Gibson, "Constrained elastic surface nets" (1998).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_matrix, csr_matrix, diags

from avatar_server.body.distance_field import DistanceField

Vertices = NDArray[np.float64]
Faces = NDArray[np.int32]
Axes = tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]


def graded_axis(marks: Sequence[tuple[float, float]], end: float) -> NDArray[np.float64]:
    """Grid positions whose spacing changes along the axis.

    marks: (position, spacing from here on) in ascending order, metres. The spacing glides from one value to
    the next over the neighbouring cells, and the last position is at or just beyond `end`.
    """
    places = [position for position, _ in marks]
    spacings = [spacing for _, spacing in marks]
    axis = [places[0]]
    while axis[-1] < end:
        axis.append(axis[-1] + float(np.interp(axis[-1], places, spacings)))
    return np.array(axis)


def mirrored_axis(half: NDArray[np.float64]) -> NDArray[np.float64]:
    """A grid that is symmetric about 0, from positions > 0; 0 itself lies in the middle of a cell."""
    return np.concatenate([-half[::-1], half])


def extract(
    field: Callable[[Vertices], NDArray[np.float64]], axes: Axes
) -> tuple[Vertices, NDArray[np.int64]]:
    """Surface net of `field` on the grid spanned by `axes`: vertices (V, 3) and quads (Q, 4), outward."""
    shape = tuple(len(axis) for axis in axes)
    nodes = np.stack(np.meshgrid(*axes, indexing="ij"), axis=-1).reshape(-1, 3)
    values = field(nodes).reshape(shape)
    values = np.where(values == 0.0, 1e-12, values)
    cells = tuple(n - 1 for n in shape)
    total = np.zeros((*cells, 3))
    crossings = np.zeros(cells)
    crossed: list[NDArray[np.bool_]] = []
    for axis in range(3):
        near = np.take(values, range(shape[axis] - 1), axis)
        far = np.take(values, range(1, shape[axis]), axis)
        crossed.append((near < 0) != (far < 0))
        index = np.argwhere(crossed[axis])
        a, b = near[crossed[axis]], far[crossed[axis]]
        points = np.stack([axes[k][index[:, k]] for k in range(3)], axis=1)
        points[:, axis] += a / (a - b) * np.diff(axes[axis])[index[:, axis]]
        others = [k for k in range(3) if k != axis]
        for first in (0, -1):
            for second in (0, -1):
                cell = index.copy()
                cell[:, others[0]] += first
                cell[:, others[1]] += second
                good = ((cell >= 0) & (cell < np.array(cells))).all(1)
                spot = tuple(cell[good].T)
                np.add.at(total, spot, points[good])
                np.add.at(crossings, spot, 1.0)
    active = crossings > 0
    number = np.full(cells, -1, dtype=np.int64)
    number[active] = np.arange(int(active.sum()))
    vertices = total[active] / crossings[active][:, None]
    quads: list[NDArray[np.int64]] = []
    for axis in range(3):
        second, third = (axis + 1) % 3, (axis + 2) % 3
        index = np.argwhere(crossed[axis])
        inner = (index[:, second] > 0) & (index[:, third] > 0)
        inner &= (index[:, second] < cells[second]) & (index[:, third] < cells[third])
        index = index[inner]
        outward = values[tuple(index.T)] < 0
        corners = []
        for step in ((0, 0), (-1, 0), (-1, -1), (0, -1)):
            cell = index.copy()
            cell[:, second] += step[0]
            cell[:, third] += step[1]
            corners.append(number[tuple(cell.T)])
        quad = np.stack(corners, axis=1)
        quads.append(np.where(outward[:, None], quad, quad[:, ::-1]))
    return vertices, np.concatenate(quads)


def neighbour_average(faces: NDArray[np.int64] | Faces, count: int) -> csr_matrix:
    """(V, V) matrix that replaces each value by the mean of its neighbours' along the polygons' edges."""
    ends = (
        np.concatenate([faces, np.roll(faces, -1, axis=1)], axis=0),
        np.concatenate([np.roll(faces, -1, axis=1), faces], axis=0),
    )
    edges = coo_matrix((np.ones(ends[0].size), (ends[0].ravel(), ends[1].ravel())), shape=(count, count))
    adjacency = edges.tocsr()
    adjacency.data[:] = 1.0
    degree = np.asarray(adjacency.sum(axis=1)).ravel()
    return diags(1.0 / np.maximum(degree, 1.0)) @ adjacency


def triangulate(vertices: Vertices, quads: NDArray[np.int64]) -> Faces:
    """Cut every quad along its shorter diagonal; equal ones mirror each other across x = 0."""
    a, b, c, d = (vertices[quads[:, k]] for k in range(4))
    first = np.linalg.norm(a - c, axis=1)
    second = np.linalg.norm(b - d, axis=1)
    along_first = first < second * (1 - 1e-9)
    tie = np.abs(first - second) <= second * 1e-9
    along_first |= tie & (a[:, 0] + c[:, 0] > 0)
    triangles = np.where(
        along_first[:, None],
        quads[:, [0, 1, 2, 0, 2, 3]],
        quads[:, [1, 2, 3, 1, 3, 0]],
    )
    return triangles.reshape(-1, 3).astype(np.int32)


def surface_of(field: DistanceField, axes: Axes, rounds: int = 7) -> tuple[Vertices, Faces]:
    """The closed surface of `field`: vertices (V, 3) float64 metres, faces (F, 3) int32, outward."""
    vertices, quads = extract(field.distance, axes)
    for _ in range(2):
        vertices = field.project(vertices)
    average = neighbour_average(quads, len(vertices))
    for _ in range(rounds):
        normals = field.normals(vertices)
        move = average @ vertices - vertices
        move -= (move * normals).sum(1, keepdims=True) * normals
        vertices = field.project(vertices + 0.6 * move)
    return field.project(vertices), triangulate(vertices, quads)
