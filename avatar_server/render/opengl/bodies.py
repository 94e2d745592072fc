"""Pass 4: skin, cloth and hair, not yet lit (`bodies.vert`, `bodies.frag`).

How much light arrives is found once a vertex, in the vertex shader: shadows on people are soft, and vertices
are dense, so one cannot see the difference, and it costs the same whatever the picture's size. How that light
is sent to the camera is found once a pixel, in the next pass (`body_light.glsl`): triangles are small, and
what is reckoned for their samples is reckoned many times over.
"""

from __future__ import annotations

from collections.abc import Sequence

import moderngl
import numpy as np
from numpy.typing import NDArray

from avatar_server.body.face_pieces import PAINTS
from avatar_server.render.face_colours import paint_colours
from avatar_server.render.opengl.body_tables import LIMB_COUNT
from avatar_server.render.opengl.figures import PosedFigure
from avatar_server.render.opengl.framing import Sight
from avatar_server.render.opengl.programs import raster_program, vector
from avatar_server.render.opengl.rectangle_batch import RectangleBatch
from avatar_server.render.opengl.sample_grid import SampleGrid
from avatar_server.render.opengl.shadow_map import TAN_LIGHT_RADIUS, ShadowMapPass
from avatar_server.scene.snapshot import Appearance, Rgb, Snapshot

_KEPT_PROGRAMS = 16

_WET = ("white", "limbus", "iris", "iris_light", "pupil")
_MATERIALS = {
    **dict.fromkeys(_WET, "WET"),
    "lash": "HAIR",
    "brow": "HAIR",
    "mouth": "CLOTH",
    "teeth": "CLOTH",
    "lip_inside": "CLOTH",
}
"""How paints are lit that are not lit as skin is."""

_CODES = {"SKIN": 7.0, "CLOTH": 4.0, "HAIR": 1.0, "WET": 0.0}
"""As in `body_code.glsl`."""


class BodiesPass:
    """Owns `texture`: samples as in `body_code.glsl`, cleared only where people are.

    Not multisampled: where a CPU draws and triangles hardly exceed pixels, a larger target is quicker.
    """

    def __init__(self, context: moderngl.Context, grid: SampleGrid, error_px: float) -> None:
        self._context = context
        self.error_px = error_px
        self._constants = grid.constants
        self.texture = context.texture(grid.target, 2, dtype="u4")
        self._depth = context.depth_renderbuffer(grid.target)
        self._target = context.framebuffer([self.texture], self._depth)
        self._empty = raster_program(context, "body_rectangles", "empty", self._constants)
        self._rectangles = RectangleBatch(context, grid.size, [self._empty])
        self._programs: dict[tuple[Appearance, bool], moderngl.Program] = {}

    def run(
        self,
        snapshot: Snapshot,
        figures: Sequence[PosedFigure],
        sights: Sequence[Sight],
        rectangles: NDArray[np.float32],
        shadows: ShadowMapPass,
    ) -> None:
        """Draw what can be seen of the figures, which is in `rectangles` only."""
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
        for figure, posed, seen in zip(snapshot.figures, figures, sights, strict=True):
            if not seen.is_empty:
                program = self._program(figure.appearance, posed.body.solid, figures)
                parts = None if seen.faces is None else posed.body.parts_of(seen.faces)
                posed.render(program, self.level_of(posed, seen), parts)
        self._context.clear_samplers(0, 2)

    def level_of(self, figure: PosedFigure, seen: Sight) -> int:
        """The level of detail that it draws of a figure."""
        return figure.body.visible_level_for(self.error_px * seen.pixel_m)

    def _program(
        self, appearance: Appearance, solid: bool, figures: Sequence[PosedFigure]
    ) -> moderngl.Program:
        key = (appearance, solid)
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
            **self._constants,
            "PAINT_LIST": _paint_list(appearance),
            "TOP": _root(appearance.top),
            "BOTTOM": _root(appearance.bottom),
            "SHOES": _root(appearance.shoes),
            "HAIR": _root(appearance.hair),
        }
        if solid:
            constants["SOLID"] = "1"
        program = self._programs[key] = raster_program(self._context, "bodies", "bodies", constants)
        for unit, sampler in enumerate(("shadow_depth", "shadow_map")):
            program[sampler] = unit
        return program

    def release(self) -> None:
        """Give everything back."""
        for program in self._programs.values():
            program.release()
        for part in (self._rectangles, self._empty, self._target, self.texture, self._depth):
            part.release()


def paint_codes(appearance: Appearance) -> list[tuple[float, float, float, float]]:
    """Square roots of the colours of `PAINTS`, and numbers of their materials."""
    colours = paint_colours(appearance)
    return [(*root_colour(colours[name]), _CODES[_MATERIALS.get(name, "SKIN")]) for name in PAINTS]


def _paint_list(appearance: Appearance) -> str:
    """The colours and materials of `PAINTS`, for the shader."""
    return ", ".join(vector(code) for code in paint_codes(appearance))


def root_colour(colour: Rgb) -> Rgb:
    """Square roots: in eight bits, they keep the steps of dark tones small."""
    red, green, blue = (min(max(part, 0.0), 1.0) ** 0.5 for part in colour)
    return red, green, blue


def _root(colour: Rgb) -> str:
    """Square roots as a GLSL constant."""
    return vector(root_colour(colour))
