"""What the GPU keeps of a body, the same for everybody who wears it and for every picture."""

from __future__ import annotations

import moderngl
import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from avatar_server.body.model import ShapedBody
from avatar_server.render.opengl.body_layout import PART_COUNT, body_layout
from avatar_server.render.opengl.body_tables import body_tables
from avatar_server.render.opengl.foreseen import ForeseenPoses
from avatar_server.render.opengl.framing import Outline

_OUTLINE_ERROR_M = 0.0055
"""Of the outline in the rest pose: a mesh about as coarse as what is seen from across a room."""


class BodyBuffers:
    """The `BodyTables` of a body in buffers, and its outline."""

    def __init__(self, context: moderngl.Context, shaped: ShapedBody) -> None:
        tables, layout = body_tables(shaped), body_layout(shaped.model)
        self.vertex_count = tables.vertex_count
        self.order = tables.order
        self.counts = tables.counts
        self.level_count = tables.level_count
        self.part_starts = tables.part_starts
        self.limbs, self.legs = tables.limbs, tables.legs
        self.solid = tables.solid
        self.influence_groups = tables.influence_groups
        self.level_for = tables.level_for
        self.foreseen = None if layout.correctives is None else ForeseenPoses(layout.correctives)
        self.face = layout.face

        self.rest = context.buffer(tables.rest.tobytes())
        self.joints = context.buffer(tables.joints.tobytes())
        self.weights = context.buffer(tables.weights.tobytes())
        self.matter = context.buffer(tables.matter.tobytes())
        self.indices = [context.buffer(faces.tobytes()) for faces in tables.faces]

        self.outline_level = tables.level_for(_OUTLINE_ERROR_M)
        self.outline_count = self.counts[self.outline_level]
        corners = tables.faces[self.outline_level]
        self._outline_error_m = tables.errors_m[self.outline_level]
        self._outline_faces = np.ascontiguousarray(corners.T, dtype=np.intp)
        self._outline_rest = tables.rest[: self.outline_count, :3].copy()
        self._outline_weights = sparse.csr_array(
            shaped.model.weights[self.order[: self.outline_count]].astype(np.float32)
        )

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
        return Outline(points, self._outline_faces, self._outline_error_m)

    def release(self) -> None:
        """Give the buffers back."""
        for buffer in (self.rest, self.joints, self.weights, self.matter, *self.indices):
            buffer.release()
