"""What is reckoned of a body before anything is uploaded: the same for every renderer of a process.

It takes seconds and tens of megabytes. Processes that are forked afterwards share it.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from avatar_server.body.correctives import PoseCorrectives
from avatar_server.body.model import BodyModel
from avatar_server.motion.pose import JOINT_COUNT
from avatar_server.render.opengl.face_offsets import FaceOffsets
from avatar_server.render.opengl.levels_of_detail import levels_of_detail
from avatar_server.render.opengl.vertex_order import VertexOrder, vertex_order

_PARTS = (
    (1, 2, 4, 5, 7, 8, 10, 11),
    (0, 3, 6),
    (9, 13, 14, 16, 17),
    (12, 15),
    (18, 20, *range(22, 37)),
    (19, 21, *range(37, 52)),
)
"""Joints whose vertices are out of sight together: legs, waist, chest, head, lower arms with their hands."""

PART_COUNT = len(_PARTS)
_PART_OF_JOINT = np.array(
    [next(part for part, joints in enumerate(_PARTS) if joint in joints) for joint in range(JOINT_COUNT)]
)

_KEPT = 8
"""Models, the most recently asked for."""


@dataclass(frozen=True, eq=False, slots=True)
class BodyLayout:
    """errors_m: of each level of detail. correctives, face: in the order of the vertices; None without."""

    errors_m: tuple[float, ...]
    ordered: VertexOrder
    correctives: PoseCorrectives | None
    face: FaceOffsets | None


@lru_cache(maxsize=_KEPT)
def body_layout(model: BodyModel) -> BodyLayout:
    """The layout of `model`; reckoned once."""
    levels = levels_of_detail(model)
    part = _PART_OF_JOINT[model.weights.argmax(axis=1)]
    ordered = vertex_order([level.faces for level in levels], part, PART_COUNT)
    return BodyLayout(
        errors_m=tuple(level.error_m for level in levels),
        ordered=ordered,
        correctives=PoseCorrectives(model, ordered.order) if model.posedirs.any() else None,
        face=None if model.face is None else FaceOffsets(model.face, ordered.order),
    )
