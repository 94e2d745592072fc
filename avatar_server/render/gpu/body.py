"""What the GPU keeps of a body, the same for everybody who wears it and for every picture."""

from __future__ import annotations

from typing import Any

import moderngl
import numpy as np
from numpy.typing import NDArray

from avatar_server.body.face_rig import FaceRig
from avatar_server.body.model import BodyModel, ShapedBody
from avatar_server.body.pose_directions import FEATURE_COUNT
from avatar_server.motion.pose import JOINT_COUNT
from avatar_server.render.opengl.body_tables import body_tables

_HEADS = 9
_NOTHING_M = np.array([1e-5] * 3 + [4e-3] * 3, dtype=np.float32)
"""Metres, and parts of a unit normal, that nobody sees (as `face_offsets`)."""

_DIRECTIONS = np.concatenate([np.eye(3), -np.eye(3)])


class GpuBody:
    """A `ShapedBody` in two buffers, `lists` and `numbers`, laid out as `shaders/gpu_body.glsl` says.

    faces: (F, 3) uint32, the full mesh, in the order in which vertices are kept.
    """

    def __init__(self, context: moderngl.Context, shaped: ShapedBody) -> None:
        self.tables = tables = body_tables(shaped)
        self.faces = tables.faces[0].astype(np.uint32)
        self._extremes = _extremes(shaped)
        model, count = shaped.model, tables.vertex_count
        rest = np.zeros((count, 12), dtype=np.float32)
        rest[:, :7] = tables.rest
        rest[:, 7] = tables.matter[:, 4]
        rest[:, 8:] = tables.matter[:, :4]
        joint_starts, joints, joint_vectors = _correctives(model, tables.order)
        move_starts, moves, move_vectors = _movements(model.face, tables.order)
        influences = tables.joints.reshape(-1)
        heads = np.zeros(_HEADS, dtype=np.uint32)
        lists: list[NDArray[Any]] = [influences, joint_starts, joints, move_starts, moves]
        begins = _HEADS + np.cumsum([0, *(one.size for one in lists)])
        numbers = [rest.ravel(), tables.weights.ravel(), joint_vectors.ravel(), move_vectors.ravel()]
        at = np.cumsum([0, *(one.size for one in numbers)])
        heads[:] = (
            count,
            tables.solid,
            begins[0],
            begins[1],
            begins[3],
            at[1],
            at[2],
            at[3],
            tables.influence_groups,
        )
        self.lists = context.buffer(np.concatenate([heads, *lists]).astype(np.uint32).tobytes())
        # A buffer may not be empty, and reading one past the end is nobody's business.
        self.numbers = context.buffer(np.concatenate([*numbers, np.zeros(4)]).astype(np.float32).tobytes())
        self.indices: dict[int, moderngl.Buffer] = {}
        self._context = context

    def level(self, number: int) -> moderngl.Buffer:
        """Faces of a level of detail."""
        if number not in self.indices:
            self.indices[number] = self._context.buffer(self.tables.faces[number].tobytes())
        return self.indices[number]

    def reach(self, matrices: NDArray[np.float64]) -> NDArray[np.float32]:
        """(K, N, 3) world points that enclose it, nearly: what stands out most of each limb, in K poses."""
        bones = matrices[:, :, :3].swapaxes(2, 3).reshape(len(matrices), -1, 3).astype(np.float32)
        return np.asarray(self._extremes @ bones)

    def release(self) -> None:
        """Give the buffers back."""
        for buffer in (self.lists, self.numbers, *self.indices.values()):
            buffer.release()


def _correctives(
    model: BodyModel, order: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float32]]:
    """Where each vertex' begin (and where the last ends), their joints, and (E, 9, 3) metres of each."""
    directions = model.posedirs
    place = np.empty(len(order), dtype=np.int64)
    place[order] = np.arange(len(order))
    vertex = np.repeat(place, np.diff(directions.starts))
    axis, feature = np.divmod(directions.places.astype(np.int64), FEATURE_COUNT)
    joint, part = np.divmod(feature, 9)
    used, entry = np.unique(vertex * JOINT_COUNT + joint, return_inverse=True)
    vectors = np.zeros((len(used), 9, 3), dtype=np.float32)
    vectors[entry, part, axis] = directions.values
    starts = np.searchsorted(used, np.arange(len(order) + 1) * JOINT_COUNT)
    return starts, used % JOINT_COUNT, vectors


def _movements(
    face: FaceRig | None, order: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float32]]:
    """The same of a face: (E, 6), an offset and a turn each."""
    if face is None:
        nothing = np.zeros(0, dtype=np.int64)
        return np.zeros(len(order) + 1, dtype=np.int64), nothing, np.zeros((0, 6), dtype=np.float32)
    place = np.empty(len(order), dtype=np.int64)
    place[order] = np.arange(len(order))
    both = np.concatenate([face.offsets, face.turns], axis=2)
    both = np.where(np.abs(both) > _NOTHING_M, both, np.float32(0))
    movement, moved = np.nonzero(both.any(axis=2))
    by_place = np.lexsort((movement, place[face.vertices[moved]]))
    movement, moved = movement[by_place], moved[by_place]
    starts = np.searchsorted(place[face.vertices[moved]], np.arange(len(order) + 1))
    return starts, movement, both[movement, moved]


def _extremes(shaped: ShapedBody) -> NDArray[np.float32]:
    """(N, 52 * 4): weights by homogeneous rest points of vertices that stand out among those of a joint."""
    weights, points = shaped.model.weights, shaped.rest_vertices
    owner = weights.argmax(axis=1)
    chosen: set[int] = set()
    for joint in range(JOINT_COUNT):
        own = np.flatnonzero(owner == joint)
        if len(own):
            chosen.update(own[(points[own] @ _DIRECTIONS.T).argmax(axis=0)].tolist())
    rows = np.array(sorted(chosen))
    homogeneous = np.append(points[rows], np.ones((len(rows), 1)), axis=1)
    products = weights[rows, :, None] * homogeneous[:, None]
    return np.asarray(products.reshape(len(rows), -1), dtype=np.float32)
