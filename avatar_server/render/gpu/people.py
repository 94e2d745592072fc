"""Passes 1 and 3: rest poses to vertices in the world, and what the camera sees of each (`gpu_skinning.comp`,
`gpu_vertices.comp`). Between them the shadow map is drawn.
"""

from __future__ import annotations

from collections.abc import Sequence

import moderngl
import numpy as np
from numpy.typing import NDArray

from avatar_server.render.gpu.bindings import (
    CORNERS_BINDING,
    FACES_BINDING,
    LISTS_BINDING,
    NUMBERS_BINDING,
    PEOPLE_BINDING,
    POSED_BINDING,
    compute_program,
    groups_of,
)
from avatar_server.render.gpu.body import GpuBody
from avatar_server.render.gpu.poses import PERSON_CONSTANTS, PERSON_VECTORS
from avatar_server.render.opengl.shadow_map import TAN_LIGHT_RADIUS, ShadowMapPass
from avatar_server.scene.snapshot import Figure

MOST_FIGURES = 8
"""People in one picture."""

_KEPT_BODIES = 8
_PERSON_BYTES = 16 * PERSON_VECTORS
_CORNER_BYTES = 64
_ALIGNED_CORNERS = 4
"""Buffers are bound at multiples of 256 bytes."""

_THREADS = 64


class GpuFigure:
    """One person in the picture that is being drawn; `vertices` are posed by `GpuPeople.skin`.

    first_face, first_corner: where its faces and its corners begin among those of all.
    """

    def __init__(self, context: moderngl.Context, body: GpuBody) -> None:
        self.body = body.tables
        self.gpu_body = body
        self.vertices = context.buffer(reserve=body.tables.vertex_count * 32)
        self.first_face = self.first_corner = 0
        self._context = context
        self._arrays: dict[tuple[int, int], moderngl.VertexArray] = {}

    @property
    def face_count(self) -> int:
        """Of the full mesh."""
        return len(self.gpu_body.faces)

    def render(self, program: moderngl.Program, level: int) -> None:
        """Draw the posed surface at a level of detail, with the rasteriser."""
        key = (program.glo, level)
        if key not in self._arrays:
            content = [(self.vertices, "4f 16x", "position")]
            self._arrays[key] = self._context.vertex_array(program, content, self.gpu_body.level(level))
        self._arrays[key].render()

    def release(self) -> None:
        """Give everything back."""
        for array in self._arrays.values():
            array.release()
        self.vertices.release()


class GpuPeople:
    """Keeps bodies, and buffers of whom they are worn by; owns `corners` and `faces` of all who are drawn."""

    def __init__(self, context: moderngl.Context, grid: tuple[int, int]) -> None:
        """grid: width and height of the grid of samples."""
        self._context = context
        constants = {
            **PERSON_CONSTANTS,
            "TAN_LIGHT_RADIUS": str(TAN_LIGHT_RADIUS),
            "GRID": f"vec2({grid[0]}, {grid[1]})",
        }
        self._skinning = compute_program(context, "gpu_skinning", constants)
        self._lighting = compute_program(context, "gpu_vertices", constants)
        for unit, sampler in enumerate(("shadow_depth", "shadow_map")):
            self._lighting[sampler] = unit
        self._bodies: dict[int, GpuBody] = {}
        self._worn: dict[int, list[GpuFigure]] = {}
        self._drawn: tuple[GpuFigure, ...] = ()
        self._uploaded = [context.buffer(reserve=MOST_FIGURES * _PERSON_BYTES) for _ in range(4)]
        self._turn = 0
        self._corners = context.buffer(reserve=_CORNER_BYTES)
        self._faces = context.buffer(reserve=16)

    @property
    def drawn(self) -> tuple[GpuFigure, ...]:
        """Whom `choose` gave last; nobody since a body of theirs was forgotten."""
        return self._drawn

    def body_of(self, figure: Figure) -> GpuBody:
        """What is kept of a figure's body, from now on the one that was used last."""
        key = id(figure.body)
        body = self._bodies.pop(key, None)
        if body is None:
            while len(self._bodies) >= _KEPT_BODIES:
                self._forget(next(iter(self._bodies)))
            body = GpuBody(self._context, figure.body)
        self._bodies[key] = body
        return body

    def choose(self, figures: Sequence[Figure]) -> tuple[GpuFigure, ...]:
        """Buffers for each of `figures`, in their order; people may share a body."""
        used: dict[int, int] = {}
        chosen = []
        for figure in figures:
            body = self.body_of(figure)
            wearers = self._worn.setdefault(id(figure.body), [])
            nth = used[id(body)] = used.get(id(body), -1) + 1
            if nth == len(wearers):
                wearers.append(GpuFigure(self._context, body))
            chosen.append(wearers[nth])
        if tuple(chosen) != self._drawn:
            self._arrange(chosen)
        return self._drawn

    def _arrange(self, figures: Sequence[GpuFigure]) -> None:
        """Put the faces of all into one buffer, and make room for their corners."""
        first_face = first_corner = 0
        for figure in figures:
            figure.first_face, figure.first_corner = first_face, first_corner
            first_face += figure.face_count
            count = -(-figure.body.vertex_count // _ALIGNED_CORNERS) * _ALIGNED_CORNERS
            first_corner += count
        self._drawn = tuple(figures)
        if figures:
            self._faces.release()
            self._corners.release()
            faces = np.concatenate([figure.gpu_body.faces for figure in figures])
            self._faces = self._context.buffer(faces.tobytes())
            self._corners = self._context.buffer(reserve=first_corner * _CORNER_BYTES)

    def skin(self, packed: NDArray[np.float32]) -> None:
        """Pose whom `choose` gave; packed: see `PosedPeople`."""
        self._turn = (self._turn + 1) % len(self._uploaded)
        self._uploaded[self._turn].write(packed)
        for number, figure in enumerate(self._drawn):
            self._bind(number, figure)
            self._skinning.run(groups_of(figure.body.vertex_count, _THREADS))
        self._context.memory_barrier(
            moderngl.VERTEX_ATTRIB_ARRAY_BARRIER_BIT | moderngl.SHADER_STORAGE_BARRIER_BIT
        )

    def light(self, shadows: ShadowMapPass) -> None:
        """Project and light their vertices; the uniform block `Frame` is bound."""
        shadows.plain.use(0)
        shadows.compared.use(1)
        for number, figure in enumerate(self._drawn):
            self._bind(number, figure)
            self._corners.bind_to_storage_buffer(
                CORNERS_BINDING,
                figure.first_corner * _CORNER_BYTES,
                figure.body.vertex_count * _CORNER_BYTES,
            )
            self._lighting.run(groups_of(figure.body.vertex_count, _THREADS))
        self._context.clear_samplers(0, 2)
        self._context.memory_barrier(moderngl.SHADER_STORAGE_BARRIER_BIT)

    def bind_all(self) -> None:
        """People, corners and faces of all, for the passes that follow."""
        self._uploaded[self._turn].bind_to_storage_buffer(PEOPLE_BINDING)
        self._corners.bind_to_storage_buffer(CORNERS_BINDING)
        self._faces.bind_to_storage_buffer(FACES_BINDING)

    def _bind(self, number: int, figure: GpuFigure) -> None:
        self._uploaded[self._turn].bind_to_storage_buffer(
            PEOPLE_BINDING, number * _PERSON_BYTES, _PERSON_BYTES
        )
        figure.gpu_body.lists.bind_to_storage_buffer(LISTS_BINDING)
        figure.gpu_body.numbers.bind_to_storage_buffer(NUMBERS_BINDING)
        figure.vertices.bind_to_storage_buffer(POSED_BINDING)

    def release(self) -> None:
        """Give everything back."""
        for key in list(self._bodies):
            self._forget(key)
        for program in (self._skinning, self._lighting):
            program.release()
        for buffer in (self._corners, self._faces, *self._uploaded):
            buffer.release()

    def _forget(self, key: int) -> None:
        self._bodies.pop(key).release()
        wearers = self._worn.pop(key, [])
        if any(figure in self._drawn for figure in wearers):
            self._drawn = ()
        for figure in wearers:
            figure.release()
