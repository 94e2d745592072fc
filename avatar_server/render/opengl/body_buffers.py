"""What the GPU keeps of a body, the same for everybody who wears it and for every picture."""

from __future__ import annotations

import moderngl
import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from avatar_server.body.model import ShapedBody
from avatar_server.body.surface_normals import vertex_normals
from avatar_server.render.opengl.body_layout import PART_COUNT, body_layout
from avatar_server.render.opengl.foreseen import ForeseenPoses
from avatar_server.render.opengl.framing import Outline
from avatar_server.render.opengl.occluders import FLOOR_JOINTS, LIMB_JOINTS, fit_occluders

LIMB_COUNT = 16
"""Spheres that keep light off a figure's own body."""

LEG_COUNT = 14
"""Spheres that keep light off the floor, a figure."""

_HEM_REACH_M = 0.01
"""So far from a garment's border nothing shows that there is one (`bodies.frag`)."""

_OUTLINE_ERROR_M = 0.0055
"""Of the outline in the rest pose: a mesh about as coarse as what is seen from across a room."""


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


class BodyBuffers:
    """Everything about a `ShapedBody` that does not change from picture to picture.

    Vertices lie in the order of `vertex_order`: `order` says which of the body's comes at each place. There
    is one list of faces a level of detail, the full mesh first.
    """

    def __init__(self, context: moderngl.Context, shaped: ShapedBody) -> None:
        """`solid` is whether each face is of one material."""
        model = shaped.model
        layout = body_layout(model)
        ordered = layout.ordered
        self.shaped = shaped
        self.vertex_count = model.vertex_count
        self.order = order = ordered.order
        self._errors_m = layout.errors_m
        # Whoever asks for the full mesh wants vertices without faces, too.
        self.counts = (self.vertex_count, *ordered.counts[1:])
        self.level_count = len(layout.errors_m)
        self.part_starts = ordered.starts
        self.limbs = fit_occluders(shaped, LIMB_JOINTS, LIMB_COUNT)
        self.legs = fit_occluders(shaped, FLOOR_JOINTS, LEG_COUNT)
        self.foreseen = None if layout.correctives is None else ForeseenPoses(layout.correctives)
        self.face = layout.face

        rest = np.ones((self.vertex_count, 7), dtype=np.float32)
        rest[:, :3] = shaped.rest_vertices[order]
        if model.face is None:
            rest[:, 3:6] = vertex_normals(shaped.rest_vertices, model.faces)[order]
        else:
            rest[:, 3:6] = model.face.surface.normals(shaped.rest_vertices)[order]
            rest[:, 6] = model.face.open[order]
        joints, weights = pack_influences(model.weights[order])
        self.influence_groups = joints.shape[1]
        self.rest = context.buffer(rest.tobytes())
        self.joints = context.buffer(joints.tobytes())
        self.weights = context.buffer(weights.tobytes())
        worn = model.garments[model.faces]
        self.solid = bool((np.abs(worn).min() > _HEM_REACH_M) and (np.ptp(np.sign(worn), axis=1) == 0).all())
        matter = np.zeros((self.vertex_count, 5), dtype=np.float32)
        matter[:, :4] = model.garments[order]
        if model.face is not None:
            matter[:, 4] = model.face.paints[order]
        self.matter = context.buffer(matter.tobytes())
        self.indices = [context.buffer(faces.tobytes()) for faces in ordered.faces]

        self.outline_level = self.level_for(_OUTLINE_ERROR_M)
        self.outline_count = self.counts[self.outline_level]
        corners = ordered.faces[self.outline_level]
        self._outline_faces = np.ascontiguousarray(corners.T, dtype=np.intp)
        self._outline_rest = rest[: self.outline_count, :3].copy()
        self._outline_weights = sparse.csr_array(
            model.weights[order[: self.outline_count]].astype(np.float32)
        )

    def level_for(self, error_m: float) -> int:
        """The coarsest level that is at most `error_m` off (in the rest pose)."""
        return max(i for i, found_m in enumerate(self._errors_m) if found_m <= error_m)

    def visible_level_for(self, error_m: float) -> int:
        """The same for what is seen: never coarser than the outline, which tells where it is seen."""
        return min(self.level_for(error_m), self.outline_level)

    def parts_of(self, outline_faces: NDArray[np.intp]) -> NDArray[np.bool_]:
        """Which parts of the body some faces of the outline belong to."""
        starts = self.part_starts[self.outline_level]
        found = np.zeros(PART_COUNT, dtype=bool)
        found[np.searchsorted(starts, outline_faces, side="right") - 1] = True
        return found

    def outline(self, matrices: NDArray[np.float64], correctives: NDArray[np.float32] | None) -> Outline:
        """One level of detail, posed on the CPU; `correctives` are what is added to its rest vertices."""
        rest = self._outline_rest if correctives is None else self._outline_rest + correctives
        bones = matrices[:, :3].reshape(-1, 12).astype(np.float32)
        blended = (self._outline_weights @ bones).reshape(-1, 3, 4)
        points = np.einsum("vab,vb->av", blended[:, :, :3], rest) + blended[:, :, 3].T
        return Outline(points, self._outline_faces, self._errors_m[self.outline_level])

    def release(self) -> None:
        """Give the buffers back."""
        for buffer in (self.rest, self.joints, self.weights, self.matter, *self.indices):
            buffer.release()
