"""Vertices in the order of the meshes that need them: the same surfaces over the first so many places."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from avatar_server.render.opengl.levels_of_detail import levels_of_detail
from avatar_server.render.opengl.vertex_order import vertex_order
from avatar_server.testing.renderer_suite import neutral_body


def turned_alike(faces: NDArray[np.int64]) -> NDArray[np.int64]:
    """Faces beginning with their lowest corner, sorted: equal for equal surfaces."""
    first = faces.argmin(axis=1)[:, None]
    turned = np.take_along_axis(faces, (first + np.arange(3)) % 3, axis=1)
    return np.asarray(turned[np.lexsort(turned.T)])


def test_surfaces_stay_and_coarse_ones_need_few_places() -> None:
    model = neutral_body().model
    meshes = [level.faces for level in levels_of_detail(model)]
    groups = model.weights.argmax(axis=1) % 5
    ordered = vertex_order(meshes, groups, 5)
    assert np.array_equal(np.sort(ordered.order), np.arange(model.vertex_count))
    for mesh, faces, count, starts in zip(meshes, ordered.faces, ordered.counts, ordered.starts, strict=True):
        # Skin that a face cuts in near views is whole in far ones: some vertices are of coarse meshes only.
        assert faces.max() < count <= 1.03 * len(np.unique(mesh))
        back = ordered.order[faces]
        np.testing.assert_array_equal(turned_alike(back), turned_alike(mesh.astype(np.int64)))
        owner = np.searchsorted(starts, np.arange(len(faces)), side="right") - 1
        assert starts[0] == 0
        assert starts[-1] == len(faces)
        assert np.isin(owner, np.arange(5)).all()
        assert (groups[back] == owner[:, None]).any(axis=1).all()


def test_neighbours_on_the_surface_are_neighbours_in_the_buffer() -> None:
    """A run of faces as long as drivers take at a time touches hardly more vertices than it must."""
    model = neutral_body().model
    ordered = vertex_order([model.faces], np.zeros(model.vertex_count, dtype=np.int64), 1)
    runs = np.array_split(ordered.faces[0], len(model.faces) // 340)
    touched = sum(len(np.unique(run)) for run in runs)
    assert touched < 1.6 * len(np.unique(model.faces))
