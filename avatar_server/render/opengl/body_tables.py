"""What is uploaded of a body, reckoned once: the same for everybody who wears it and for every renderer."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from avatar_server.body.model import ShapedBody
from avatar_server.body.surface_normals import vertex_normals
from avatar_server.render.opengl.body_layout import body_layout
from avatar_server.render.opengl.occluders import FLOOR_JOINTS, LIMB_JOINTS, fit_occluders

LIMB_COUNT = 16
"""Spheres that keep light off a figure's own body."""

LEG_COUNT = 14
"""Spheres that keep light off the floor, a figure."""

_HEM_REACH_M = 0.01
"""So far from a garment's border nothing shows that there is one (`bodies.frag`)."""


def pack_influences(weights: NDArray[np.float64]) -> tuple[NDArray[np.uint32], NDArray[np.float32]]:
    """All nonzero weights of (V, 52), in groups of four: (V, G) joint numbers, a byte each, and (V, G * 4).

    G is as large as the vertex with most influences asks; nothing is left out.
    """
    most = max(1, int((weights != 0).sum(axis=1).max()))
    width = -(-most // 4) * 4
    order = np.argsort(-np.abs(weights), axis=1, kind="stable")[:, :width]
    kept = np.take_along_axis(weights, order, axis=1).astype(np.float32)
    joints = order.astype(np.uint8).view(np.uint32)
    return np.ascontiguousarray(joints), np.ascontiguousarray(kept)


class BodyTables:
    """Everything about a `ShapedBody` that does not change from picture to picture.

    Vertices lie in the order of `vertex_order`: `order` says which of the body's comes at each place. There
    is one list of faces a level of detail, the full mesh first. rest: (V, 7) position, normal, and how open
    the vertex is. joints, weights: see `pack_influences`. matter: (V, 5) distances to the garments' borders,
    and the number of the paint. solid: whether each face is of one material.
    """

    def __init__(self, shaped: ShapedBody) -> None:
        model = shaped.model
        layout = body_layout(model)
        ordered = layout.ordered
        self.shaped = shaped
        self.vertex_count = model.vertex_count
        self.order = order = ordered.order
        self.faces = ordered.faces
        self.errors_m = layout.errors_m
        # Whoever asks for the full mesh wants vertices without faces, too.
        self.counts = (self.vertex_count, *ordered.counts[1:])
        self.level_count = len(layout.errors_m)
        self.part_starts = ordered.starts
        self.limbs = fit_occluders(shaped, LIMB_JOINTS, LIMB_COUNT)
        self.legs = fit_occluders(shaped, FLOOR_JOINTS, LEG_COUNT)

        rest = np.ones((self.vertex_count, 7), dtype=np.float32)
        rest[:, :3] = shaped.rest_vertices[order]
        matter = np.zeros((self.vertex_count, 5), dtype=np.float32)
        matter[:, :4] = model.garments[order]
        if model.face is None:
            rest[:, 3:6] = vertex_normals(shaped.rest_vertices, model.faces)[order]
        else:
            rest[:, 3:6] = model.face.surface.normals(shaped.rest_vertices)[order]
            rest[:, 6] = model.face.open[order]
            matter[:, 4] = model.face.paints[order]
        self.rest, self.matter = rest, matter
        self.joints, self.weights = pack_influences(model.weights[order])
        self.influence_groups = self.joints.shape[1]
        worn = model.garments[model.faces]
        self.solid = bool((np.abs(worn).min() > _HEM_REACH_M) and (np.ptp(np.sign(worn), axis=1) == 0).all())

    def level_for(self, error_m: float) -> int:
        """The coarsest level that is at most `error_m` off (in the rest pose)."""
        return max(i for i, found_m in enumerate(self.errors_m) if found_m <= error_m)


_KEPT = 8
_kept: dict[int, BodyTables] = {}


def body_tables(shaped: ShapedBody) -> BodyTables:
    """The tables of this very body, reckoned when first asked for; forks find what was there before."""
    tables = _kept.pop(id(shaped), None)
    if tables is None or tables.shaped is not shaped:
        tables = BodyTables(shaped)
    _kept[id(shaped)] = tables
    if len(_kept) > _KEPT:
        _kept.pop(next(iter(_kept)))
    return tables
