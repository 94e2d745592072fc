"""What the GPU keeps of each person in the picture that is being drawn."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import moderngl
import numpy as np
from numpy.typing import NDArray

from avatar_server.body.kinematics import joint_transforms
from avatar_server.body.model import ShapedBody
from avatar_server.face.arkit import WEIGHT_COUNT
from avatar_server.motion.pose import JOINT_COUNT
from avatar_server.render.opengl.body_buffers import BodyBuffers
from avatar_server.render.opengl.body_tables import LIMB_COUNT
from avatar_server.render.opengl.face_offsets import MovedFace
from avatar_server.render.opengl.framing import NO_OUTLINE, Outline
from avatar_server.render.opengl.programs import PERSON_BINDING
from avatar_server.scene.snapshot import Figure

MOST_ATTRIBUTE_GROUPS = 3
"""Groups of four influences that fit into vertex attributes; bodies with more read them from storage."""

_KEPT_BODIES = 8


@dataclass(frozen=True, eq=False, slots=True)
class ReckonedPose:
    """What a pose comes to on the CPU, before anything of it is with OpenGL.

    person: (rows, 4) float32, bones and limbs as the shaders read them. legs: (L, 4), see `Occluders`.
    offsets: (count, 3) float32, what pose and face add to the first rest vertices, None for nothing.
    moved: what of that the face moves, and how it turns normals; None for a face that rests.
    """

    figure: Figure
    person: NDArray[np.float32]
    legs: NDArray[np.float32]
    outline: Outline
    offsets: NDArray[np.float32] | None
    moved: MovedFace | None


class PosedFigure:
    """One person in the picture that is being drawn: bones go in, posed vertices come out of `skinning`."""

    def __init__(self, context: moderngl.Context, body: BodyBuffers) -> None:
        self._context = context
        self.body = body
        rows = JOINT_COUNT * 3 + LIMB_COUNT
        self._block = context.buffer(reserve=16 * rows)
        self.correctives = context.buffer(np.zeros((body.vertex_count, 3), dtype=np.float32).tobytes())
        self._turns: NDArray[np.float32] = np.zeros((body.vertex_count, 3), dtype=np.float32)
        self.turns = context.buffer(self._turns.tobytes())
        self.vertices = context.buffer(reserve=body.vertex_count * 32)
        self.outline = NO_OUTLINE
        self.legs: NDArray[np.float32] = np.zeros((0, 4), dtype=np.float32)
        self._figure: Figure | None = None
        self._offsets: NDArray[np.float32] | None = None
        self._is_turned = False
        self._count = body.outline_count
        self._arrays: dict[tuple[int, int], moderngl.VertexArray] = {}

    def reckon(self, figure: Figure) -> ReckonedPose:
        """What `take` needs of `figure`; what is being drawn stays as it is."""
        body = self.body
        matrices = joint_transforms(figure.body, figure.rotations, figure.translation)
        person: NDArray[np.float32] = np.zeros((JOINT_COUNT * 3 + LIMB_COUNT, 4), dtype=np.float32)
        bone_rows = 3 * len(matrices)
        limbs = body.limbs.posed(matrices)
        person[:bone_rows] = matrices[:, :3].reshape(bone_rows, 4)
        person[bone_rows : bone_rows + len(limbs)] = limbs
        # As many as last time are likely to be wanted again.
        offsets, moved = self._added(figure, self._count)
        outline = body.outline(matrices, None if offsets is None else offsets[: body.outline_count])
        return ReckonedPose(figure, person, body.legs.posed(matrices), outline, offsets, moved)

    def take(self, reckoned: ReckonedPose) -> None:
        """Upload the bones, and pose what is skinned from now on."""
        self._figure = reckoned.figure
        self._block.write(reckoned.person)
        self.legs, self.outline = reckoned.legs, reckoned.outline
        self._take_offsets(reckoned.offsets, reckoned.moved)

    def _take_offsets(self, offsets: NDArray[np.float32] | None, moved: MovedFace | None) -> None:
        self._offsets = offsets
        if moved is not None:
            assert offsets is not None
            self._turns.reshape(-1)[moved.numbers] = moved.turns
            self.turns.write(self._turns[: len(offsets)])
            self._is_turned = True

    def _added(self, figure: Figure, count: int) -> tuple[NDArray[np.float32] | None, MovedFace | None]:
        """What pose and face add to the first `count` rest vertices, and to their normals."""
        body = self.body
        # A face that was moved once goes back to where it was.
        face = body.face if figure.face is not None or self._is_turned else None
        offsets: NDArray[np.float32] | None = None
        if body.foreseen is not None:
            offsets = body.foreseen.offsets(figure, count)
        elif face is not None:
            offsets = np.zeros((count, 3), dtype=np.float32)
        if face is None:
            return offsets, None
        assert offsets is not None
        weights = np.zeros(WEIGHT_COUNT, np.float32) if figure.face is None else figure.face
        moved = face.moved(weights, count)
        offsets.reshape(-1)[moved.numbers] += moved.offsets
        return offsets, moved

    def skin(self, program: moderngl.Program, level: int) -> None:
        """Fill `vertices` with `program`, the one for as many influences as this body has.

        level: the finest level of detail that will be drawn.
        """
        body = self.body
        count = body.counts[level]
        self._count = max(count, body.outline_count)
        if self._offsets is not None:
            if len(self._offsets) < count:
                assert self._figure is not None
                self._take_offsets(*self._added(self._figure, count))
            self.correctives.write(self._offsets[:count])
        key = (program.glo, 0)
        array = self._arrays.get(key)
        if array is None:
            content: list[tuple[moderngl.Buffer, str, str] | tuple[moderngl.Buffer, str, str, str]] = [
                (body.rest, "3f 4f", "rest_position", "rest_normal"),
                (self.correctives, "3f", "corrective"),
                (self.turns, "3f", "turn"),
            ]
            if body.influence_groups <= MOST_ATTRIBUTE_GROUPS:
                content.append((body.joints, f"{4 * body.influence_groups}u1", "joints"))
                content.append((body.weights, f"{4 * body.influence_groups}f", "weights"))
            array = self._arrays[key] = self._context.vertex_array(program, content)
        self._block.bind_to_uniform_block(PERSON_BINDING)
        body.joints.bind_to_storage_buffer(0)
        body.weights.bind_to_storage_buffer(1)
        array.transform(self.vertices, moderngl.POINTS, vertices=count)

    def posed_vertices(self) -> NDArray[np.float32]:
        """(V, 3) world positions in the body's own order, after skinning level 0."""
        places = np.frombuffer(self.vertices.read(), dtype=np.float32).reshape(-1, 8)[:, :3]
        result = np.empty_like(places)
        result[self.body.order] = places
        return result

    def render(
        self, program: moderngl.Program, level: int = 0, parts: NDArray[np.bool_] | None = None
    ) -> None:
        """Draw the posed surface at a level of detail that is skinned, or some parts of it."""
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
            content.append((self.body.matter, "4f 1f", "garment", "paint"))
        return self._context.vertex_array(program, content, self.body.indices[level])

    def forget(self, program_number: int) -> None:
        """Drop what was kept for a program that is no more."""
        for key in [key for key in self._arrays if key[0] == program_number]:
            self._arrays.pop(key).release()

    def release(self) -> None:
        """Give buffers and vertex arrays back."""
        for array in self._arrays.values():
            array.release()
        for buffer in (self._block, self.correctives, self.turns, self.vertices):
            buffer.release()


class FigureStore:
    """Finds, for the people of a snapshot, what was uploaded for their bodies; forgets what is unused."""

    def __init__(self, context: moderngl.Context) -> None:
        self._context = context
        self._kept: dict[int, tuple[BodyBuffers, list[PosedFigure]]] = {}

    def reckon(self, figures: Sequence[Figure]) -> list[tuple[PosedFigure, ReckonedPose]]:
        """Who is to take which pose, for each of `figures`, in their order; people may share a body."""
        used: dict[int, int] = {}
        result = []
        for figure in figures:
            key = id(figure.body)
            body, wearers = self._use(figure.body)
            nth = used[key] = used.get(key, -1) + 1
            if nth == len(wearers):
                wearers.append(PosedFigure(self._context, body))
            result.append((wearers[nth], wearers[nth].reckon(figure)))
        while len(self._kept) > max(_KEPT_BODIES, len(used)):
            self._forget(next(iter(self._kept)))
        return result

    def look_ahead(self, figures: Sequence[Figure]) -> None:
        """These will be posed: reckon at once what can be."""
        wearing: dict[int, list[Figure]] = {}
        for figure in figures:
            wearing.setdefault(id(figure.body), []).append(figure)
        for wearers in wearing.values():
            body, _ = self._use(wearers[0].body)
            if body.foreseen is not None:
                body.foreseen.announce(wearers)

    def _use(self, shaped: ShapedBody) -> tuple[BodyBuffers, list[PosedFigure]]:
        """What is kept of a body, from now on the most recently used one."""
        key = id(shaped)
        kept = self._kept.pop(key) if key in self._kept else (BodyBuffers(self._context, shaped), [])
        self._kept[key] = kept
        return kept

    def release(self) -> None:
        """Forget everything."""
        for key in list(self._kept):
            self._forget(key)

    def _forget(self, key: int) -> None:
        body, wearers = self._kept.pop(key)
        for wearer in wearers:
            wearer.release()
        body.release()
