"""Pass 4: skin, cloth and hair, lit and antialiased (`bodies.vert`, `bodies.frag`).

How much light arrives is found once a vertex, in the vertex shader: shadows on people are soft, and vertices
are dense, so one cannot see the difference, and it costs the same whatever the picture's size.
"""

from __future__ import annotations

from collections.abc import Sequence

import moderngl

from avatar_server.render.contract import PictureSize
from avatar_server.render.opengl.figures import LIMB_COUNT, PosedFigure
from avatar_server.render.opengl.framing import Rectangle
from avatar_server.render.opengl.programs import raster_program, vector
from avatar_server.render.opengl.rectangle_batch import RectangleBatch
from avatar_server.render.opengl.shadow_map import TAN_LIGHT_RADIUS, ShadowMapPass
from avatar_server.scene.snapshot import Appearance, Lighting, Snapshot

FINENESS = 2
"""Samples a pixel, across and down."""

_KEPT_PROGRAMS = 16

_ERROR_PX = 0.7
"""A mesh may be off by this: it is hardly to be seen, and small triangles cost more than their pixels."""


class BodiesPass:
    """Owns `texture`: light (`light_code.glsl`) and coverage, cleared only where people are.

    Four samples a pixel, as a target of twice the width and height: where a CPU draws and triangles hardly
    exceed pixels that is as quick as multisampling, and it smooths garments and highlights, too.
    """

    def __init__(self, context: moderngl.Context, size: PictureSize) -> None:
        self._context = context
        self._size = size
        self._size = size
        dimensions = (FINENESS * size.width, FINENESS * size.height)
        self.texture = context.texture(dimensions, 4)
        self._depth = context.depth_renderbuffer(dimensions)
        self._target = context.framebuffer([self.texture], self._depth)
        self._empty = raster_program(context, "rectangles", "empty")
        self._rectangles = RectangleBatch(context, size, [self._empty])
        self._programs: dict[tuple[Lighting, Appearance], moderngl.Program] = {}

    def run(
        self,
        snapshot: Snapshot,
        figures: Sequence[PosedFigure],
        rectangles: Sequence[Rectangle],
        shadows: ShadowMapPass,
    ) -> None:
        """Draw all figures, which can be seen in `rectangles` only."""
        self._target.use()
        self._context.enable_only(moderngl.DEPTH_TEST)
        self._context.depth_func = "1"
        self._rectangles.load(rectangles)
        self._rectangles.draw()
        self._context.depth_func = "<"
        self._context.enable_only(moderngl.DEPTH_TEST | moderngl.CULL_FACE)
        self._context.front_face = "cw"  # y points down
        shadows.plain.use(0)
        shadows.compared.use(1)
        for figure, posed in zip(snapshot.figures, figures, strict=True):
            program = self._program(snapshot.lighting, figure.appearance, figures)
            posed.render(program, _ERROR_PX * posed.pixel_m(snapshot.camera, self._size))
        self._context.clear_samplers(0, 2)

    def _program(
        self, lighting: Lighting, appearance: Appearance, figures: Sequence[PosedFigure]
    ) -> moderngl.Program:
        key = (lighting, appearance)
        if key in self._programs:
            return self._programs[key]
        if len(self._programs) == _KEPT_PROGRAMS:
            oldest = self._programs.pop(next(iter(self._programs)))
            for figure in figures:
                figure.forget(oldest.glo)
            oldest.release()
        constants = {
            "LIMBS": str(LIMB_COUNT),
            "TAN_LIGHT_RADIUS": str(TAN_LIGHT_RADIUS),
            "KEY_DIRECTION": vector(lighting.key_direction),
            "KEY_COLOUR": vector(lighting.key_colour),
            "FILL_DIRECTION": vector(lighting.fill_direction),
            "FILL_COLOUR": vector(lighting.fill_colour),
            "SKY": vector(lighting.sky_colour),
            "GROUND": vector(lighting.ground_colour),
            "SKIN": vector(appearance.skin),
            "TOP": vector(appearance.top),
            "BOTTOM": vector(appearance.bottom),
            "SHOES": vector(appearance.shoes),
            "HAIR": vector(appearance.hair),
        }
        program = self._programs[key] = raster_program(self._context, "bodies", "bodies", constants)
        for unit, sampler in enumerate(("shadow_depth", "shadow_map")):
            if sampler in program:  # without a key light the compiler drops them
                program[sampler] = unit
        return program

    def release(self) -> None:
        """Give everything back."""
        for program in self._programs.values():
            program.release()
        for part in (self._rectangles, self._empty, self._target, self.texture, self._depth):
            part.release()
