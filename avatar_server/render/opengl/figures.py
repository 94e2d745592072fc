"""What the GPU keeps of each body, and of each person who wears it."""

from __future__ import annotations

from collections.abc import Sequence

import moderngl
import numpy as np
from numpy.typing import NDArray

from avatar_server.body.correctives import PoseCorrectives
from avatar_server.body.kinematics import joint_transforms
from avatar_server.body.model import ShapedBody
from avatar_server.motion.pose import JOINT_COUNT
from avatar_server.render.opengl.framing import Outline
from avatar_server.render.opengl.levels_of_detail import levels_of_detail
from avatar_server.render.opengl.occluders import FLOOR_JOINTS, LIMB_JOINTS, fit_occluders
from avatar_server.render.opengl.programs import PERSON_BINDING
from avatar_server.scene.snapshot import Figure

LIMB_COUNT = 16
"""Spheres that keep light off a figure's own body."""

LEG_COUNT = 14
"""Spheres that keep light off the floor, a figure."""

MOST_ATTRIBUTE_GROUPS = 3
"""Groups of four influences that fit into vertex attributes; bodies with more read them from storage."""

_HEM_REACH_M = 0.01
"""So far from a garment's border nothing shows that there is one (`bodies.frag`)."""

_KEPT_BODIES = 8

_PARTS = (
    (1, 2, 4, 5, 7, 8, 10, 11),
    (0, 3, 6),
    (9, 13, 14, 16, 17),
    (12, 15),
    (18, 20, *range(22, 37)),
    (19, 21, *range(37, 52)),
)
"""Joints whose vertices are out of sight together: legs, waist, chest, head, lower arms with their hands."""

_PART_COUNT = len(_PARTS)
_PART_OF_JOINT = np.array(
    [next(part for part, joints in enumerate(_PARTS) if joint in joints) for joint in range(JOINT_COUNT)]
)


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
        """`solid` is whether each face is of one material."""
        model = shaped.model
        self.shaped = shaped
        self.vertex_count = model.vertex_count
        self.limbs = fit_occluders(shaped, LIMB_JOINTS, LIMB_COUNT)
        self.legs = fit_occluders(shaped, FLOOR_JOINTS, LEG_COUNT)
        self.correctives = PoseCorrectives(model) if model.posedirs.any() else None
        rest = np.ones((self.vertex_count, 7), dtype=np.float32)
        rest[:, :3] = shaped.rest_vertices
        rest[:, 3:6] = vertex_normals(shaped.rest_vertices, model.faces)
        joints, weights = pack_influences(model.weights)
        self.influence_groups = joints.shape[1]
        self.rest = context.buffer(rest.tobytes())
        self.joints = context.buffer(joints.tobytes())
        self.weights = context.buffer(weights.tobytes())
        worn = model.garments[model.faces]
        self.solid = bool((np.abs(worn).min() > _HEM_REACH_M) and (np.ptp(np.sign(worn), axis=1) == 0).all())
        self.garments = context.buffer(np.ascontiguousarray(model.garments, dtype=np.float32).tobytes())
        self.levels = levels_of_detail(model)
        coarsest = self.levels[-1]
        self.outline_vertices, corners = np.unique(coarsest.faces, return_inverse=True)
        self.outline_faces = corners.reshape(-1, 3)
        self.outline_error_m = coarsest.error_m + 0.004
        self._outline_rest = np.ones((len(self.outline_vertices), 4), dtype=np.float32)
        self._outline_rest[:, :3] = shaped.rest_vertices[self.outline_vertices]
        self._outline_joints = joints.view(np.uint8)[self.outline_vertices]
        self._outline_weights = weights[self.outline_vertices]
        # Faces of a part follow each other, so that parts out of sight can be left out.
        part = _PART_OF_JOINT[model.weights.argmax(axis=1)]
        self._outline_parts = part[coarsest.faces]
        self.indices = []
        self.part_starts = []
        for level in self.levels:
            owner = part[level.faces[:, 0]]
            ordered = level.faces[np.argsort(owner, kind="stable")]
            self.indices.append(context.buffer(ordered.tobytes()))
            self.part_starts.append(np.searchsorted(np.sort(owner), np.arange(_PART_COUNT + 1)).tolist())

    def parts_of(self, outline_faces: NDArray[np.int64]) -> NDArray[np.bool_]:
        """Which parts of the body some faces of the outline belong to."""
        found = np.zeros(_PART_COUNT, dtype=bool)
        found[self._outline_parts[outline_faces]] = True
        return found

    def outline(self, matrices: NDArray[np.float64], correctives: NDArray[np.float32] | None) -> Outline:
        """The coarsest level, posed on the CPU; `correctives` are the offsets of all vertices."""
        rest = self._outline_rest
        if correctives is not None:
            rest = rest.copy()
            rest[:, :3] += correctives[self.outline_vertices]
        # Not a matrix product: the library's threads cost more than they save on so little.
        bones = matrices[:, :3].reshape(-1, 12).astype(np.float32)
        blended = np.einsum("vi,vim->vm", self._outline_weights, bones[self._outline_joints])
        points = np.einsum("vab,vb->va", blended.reshape(-1, 3, 4), rest).astype(np.float64)
        return Outline(points, self.outline_faces, self.outline_error_m)

    def release(self) -> None:
        """Give the buffers back."""
        for buffer in (self.rest, self.joints, self.weights, self.garments, *self.indices):
            buffer.release()


class PosedFigure:
    """One person in the picture that is being drawn: bones go in, posed vertices come out of `skinning`."""

    def __init__(self, context: moderngl.Context, body: BodyBuffers) -> None:
        self._context = context
        self.body = body
        self._person: NDArray[np.float32] = np.zeros((JOINT_COUNT * 3 + LIMB_COUNT, 4), dtype=np.float32)
        self._block = context.buffer(reserve=self._person.nbytes)
        self.correctives = context.buffer(np.zeros((body.vertex_count, 3), dtype=np.float32).tobytes())
        self.vertices = context.buffer(reserve=body.vertex_count * 32)
        self.outline = Outline(np.zeros((0, 3)), np.zeros((0, 3), dtype=np.int64), 0.0)
        self.legs: NDArray[np.float32] = np.zeros((0, 4), dtype=np.float32)
        self._arrays: dict[tuple[int, int], moderngl.VertexArray] = {}

    def pose(self, figure: Figure) -> None:
        """Upload the bones and the pose correctives of `figure`."""
        matrices = joint_transforms(figure.body, figure.rotations, figure.translation)
        self.legs = self.body.legs.posed(matrices)
        bone_rows = 3 * len(matrices)
        limbs = self.body.limbs.posed(matrices)
        self._person[:bone_rows] = matrices[:, :3].reshape(bone_rows, 4)
        self._person[bone_rows : bone_rows + len(limbs)] = limbs
        self._block.write(self._person)
        offsets = None
        if self.body.correctives is not None:
            offsets = self.body.correctives.offsets(figure.rotations[None])[0]
            self.correctives.write(offsets)
        self.outline = self.body.outline(matrices, offsets)

    def skin(self, program: moderngl.Program) -> None:
        """Fill `vertices` with `program`, the one for as many influences as this body has."""
        key = (program.glo, 0)
        array = self._arrays.get(key)
        if array is None:
            body = self.body
            content: list[tuple[moderngl.Buffer, str, str] | tuple[moderngl.Buffer, str, str, str]] = [
                (body.rest, "3f 4f", "rest_position", "rest_normal"),
                (self.correctives, "3f", "corrective"),
            ]
            if body.influence_groups <= MOST_ATTRIBUTE_GROUPS:
                content.append((body.joints, f"{4 * body.influence_groups}u1", "joints"))
                content.append((body.weights, f"{4 * body.influence_groups}f", "weights"))
            array = self._arrays[key] = self._context.vertex_array(program, content)
        self._block.bind_to_uniform_block(PERSON_BINDING)
        self.body.joints.bind_to_storage_buffer(0)
        self.body.weights.bind_to_storage_buffer(1)
        array.transform(self.vertices, moderngl.POINTS, vertices=self.body.vertex_count)

    def render(
        self, program: moderngl.Program, error_m: float = 0.0, parts: NDArray[np.bool_] | None = None
    ) -> None:
        """Draw the posed surface, or some parts of it, at most `error_m` off (in the rest pose)."""
        level = max(i for i, level in enumerate(self.body.levels) if level.error_m <= error_m)
        key = (program.glo, level)
        array = self._arrays.get(key)
        if array is None:
            array = self._arrays[key] = self._vertex_array(program, level)
        self._block.bind_to_uniform_block(PERSON_BINDING)
        starts = self.body.part_starts[level]
        if parts is None or parts.all():
            array.render()
            return
        edges = np.flatnonzero(np.diff(np.concatenate([[False], parts, [False]]))).tolist()
        for first, last in zip(edges[::2], edges[1::2], strict=True):
            if starts[last] > starts[first]:
                array.render(first=3 * starts[first], vertices=3 * (starts[last] - starts[first]))

    def _vertex_array(self, program: moderngl.Program, level: int) -> moderngl.VertexArray:
        content: list[tuple[moderngl.Buffer, str, str] | tuple[moderngl.Buffer, str, str, str]] = [
            (self.vertices, "4f 4f", "position", "normal")
            if "normal" in program
            else (self.vertices, "4f 16x", "position")
        ]
        if "garment" in program:
            content.append((self.body.garments, "4f", "garment"))
        return self._context.vertex_array(program, content, self.body.indices[level])

    def forget(self, program_number: int) -> None:
        """Drop what was kept for a program that is no more."""
        for key in [key for key in self._arrays if key[0] == program_number]:
            self._arrays.pop(key).release()

    def release(self) -> None:
        """Give buffers and vertex arrays back."""
        for array in self._arrays.values():
            array.release()
        for buffer in (self._block, self.correctives, self.vertices):
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
