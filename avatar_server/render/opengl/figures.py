"""What the GPU keeps of each body, and of each person who wears it."""

from __future__ import annotations

from collections.abc import Sequence

import moderngl
import numpy as np
from numpy.typing import NDArray

from avatar_server.body.correctives import PoseCorrectives
from avatar_server.body.kinematics import joint_transforms
from avatar_server.body.model import ShapedBody
from avatar_server.render.opengl.framing import joint_boxes, posed_corners
from avatar_server.render.opengl.occluders import fit_occluders
from avatar_server.scene.snapshot import Figure

_KEPT_BODIES = 8


def vertex_normals(vertices: NDArray[np.float64], faces: NDArray[np.int32]) -> NDArray[np.float64]:
    """(V, 3) unit normals, each the mean of its faces' normals weighted by area."""
    corners = vertices[faces]
    flat = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    normals = np.stack(
        [sum(np.bincount(faces[:, i], flat[:, axis], len(vertices)) for i in range(3)) for axis in range(3)],
        axis=1,
    )
    length = np.linalg.norm(normals, axis=1, keepdims=True)
    return np.asarray(normals / np.where(length > 0, length, 1.0))


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
    """Everything about a `ShapedBody` that does not change from picture to picture."""

    def __init__(self, context: moderngl.Context, shaped: ShapedBody) -> None:
        model = shaped.model
        self.shaped = shaped
        self.vertex_count = model.vertex_count
        self.boxes = joint_boxes(shaped)
        self.occluders = fit_occluders(shaped)
        self.correctives = PoseCorrectives(model) if model.posedirs.any() else None
        rest = np.zeros((self.vertex_count, 8), dtype=np.float32)
        rest[:, :3] = shaped.rest_vertices
        rest[:, 4:7] = vertex_normals(shaped.rest_vertices, model.faces)
        rest[:, 7] = 1.0
        joints, weights = pack_influences(model.weights)
        self.influence_groups = joints.shape[1]
        self.rest = context.buffer(rest.tobytes())
        self.joints = context.buffer(joints.tobytes())
        self.weights = context.buffer(weights.tobytes())
        self.garments = context.buffer(np.ascontiguousarray(model.garments, dtype=np.float32).tobytes())
        self.indices = context.buffer(np.ascontiguousarray(model.faces, dtype=np.int32).tobytes())

    def release(self) -> None:
        """Give the buffers back."""
        for buffer in (self.rest, self.joints, self.weights, self.garments, self.indices):
            buffer.release()


class PosedFigure:
    """One person in the picture that is being drawn: bones go in, posed vertices come out of `skinning`."""

    def __init__(self, context: moderngl.Context, body: BodyBuffers) -> None:
        self._context = context
        self.body = body
        self.bones = context.buffer(reserve=len(body.boxes) * 48)
        self.correctives = context.buffer(reserve=body.vertex_count * 12 if body.correctives else 16)
        self.vertices = context.buffer(reserve=body.vertex_count * 32)
        self.corners: NDArray[np.float64] = np.zeros((0, 3))
        self.occluders: NDArray[np.float32] = np.zeros((0, 4), dtype=np.float32)
        self._arrays: dict[int, moderngl.VertexArray] = {}

    def pose(self, figure: Figure) -> None:
        """Upload the bones and the pose correctives of `figure`."""
        matrices = joint_transforms(figure.body, figure.rotations, figure.translation)
        self.corners = posed_corners(self.body.boxes, matrices)
        self.occluders = self.body.occluders.posed(matrices)
        self.bones.write(np.ascontiguousarray(matrices[:, :3, :], dtype=np.float32))
        if self.body.correctives is not None:
            self.correctives.write(self.body.correctives.offsets(figure.rotations[None])[0])

    def render(self, program: moderngl.Program) -> None:
        """Draw the posed surface with `program`."""
        array = self._arrays.get(program.glo)
        if array is None:
            array = self._arrays[program.glo] = self._vertex_array(program)
        array.render()

    def _vertex_array(self, program: moderngl.Program) -> moderngl.VertexArray:
        uses_normals = "normal" in program
        content: list[tuple[moderngl.Buffer, str, str] | tuple[moderngl.Buffer, str, str, str]] = [
            (self.vertices, "4f 4f", "position", "normal")
            if uses_normals
            else (self.vertices, "4f 16x", "position")
        ]
        if "garment" in program:
            content.append((self.body.garments, "4f", "garment"))
        return self._context.vertex_array(program, content, self.body.indices)

    def release(self) -> None:
        """Give buffers and vertex arrays back."""
        for array in self._arrays.values():
            array.release()
        for buffer in (self.bones, self.correctives, self.vertices):
            buffer.release()


class FigureStore:
    """Finds, for the people of a snapshot, what was uploaded for their bodies; forgets what is unused."""

    def __init__(self, context: moderngl.Context) -> None:
        self._context = context
        self._kept: dict[int, tuple[BodyBuffers, list[PosedFigure]]] = {}

    def pose(self, figures: Sequence[Figure]) -> list[PosedFigure]:
        """One posed figure for each of `figures`, in their order; people may share a body."""
        used: dict[int, int] = {}
        result = []
        for figure in figures:
            key = id(figure.body)
            body, wearers = (
                self._kept.pop(key) if key in self._kept else (BodyBuffers(self._context, figure.body), [])
            )
            self._kept[key] = (body, wearers)  # now the most recently used one
            nth = used[key] = used.get(key, -1) + 1
            if nth == len(wearers):
                wearers.append(PosedFigure(self._context, body))
            wearers[nth].pose(figure)
            result.append(wearers[nth])
        while len(self._kept) > max(_KEPT_BODIES, len(used)):
            self._forget(next(iter(self._kept)))
        return result

    def release(self) -> None:
        """Forget everything."""
        for key in list(self._kept):
            self._forget(key)

    def _forget(self, key: int) -> None:
        body, wearers = self._kept.pop(key)
        for wearer in wearers:
            wearer.release()
        body.release()
