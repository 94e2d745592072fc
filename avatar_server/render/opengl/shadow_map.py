"""Pass 2: what the key light sees first (`shadow_map.vert`), as depth along the light."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import moderngl

from avatar_server.render.opengl.programs import raster_program

TAN_LIGHT_RADIUS = 0.075
"""The key light is a disc this wide at a distance of one: four degrees to each side."""

_ERROR_M = 0.006
"""A coarser mesh is good enough for shadows: less than the bias that keeps a surface from shading itself."""


class HasLevels(Protocol):
    """A body with levels of detail."""

    def level_for(self, error_m: float) -> int:
        """The coarsest level that is at most `error_m` off."""


class Caster(Protocol):
    """Somebody who is posed and casts a shadow."""

    @property
    def body(self) -> HasLevels:
        """What is kept of the body."""

    def render(self, program: moderngl.Program, level: int) -> None:
        """Draw the surface at a level of detail."""


class ShadowMapPass:
    """Owns the shadow map: `texture` is a square depth texture; `compared` and `plain` sample it."""

    def __init__(self, context: moderngl.Context, texels: int) -> None:
        self._context = context
        self.texels = texels
        self.texture = context.depth_texture((texels, texels))
        self._target = context.framebuffer(depth_attachment=self.texture)
        self._program = raster_program(context, "shadow_map", "shadow_map")
        linear, nearest = (moderngl.LINEAR, moderngl.LINEAR), (moderngl.NEAREST, moderngl.NEAREST)
        self.compared = context.sampler(texture=self.texture, filter=linear, compare_func="<=")
        self.plain = context.sampler(texture=self.texture, filter=nearest, compare_func="")
        for sampler in (self.compared, self.plain):
            sampler.repeat_x = sampler.repeat_y = False

    def run(self, figures: Sequence[Caster]) -> None:
        """Draw all figures as the light sees them; without figures everything is far away."""
        self._target.use()
        self._target.clear()
        self._context.enable_only(moderngl.DEPTH_TEST | moderngl.CULL_FACE)
        self._context.front_face = "ccw"
        for figure in figures:
            figure.render(self._program, self.level_of(figure))

    def level_of(self, figure: Caster) -> int:
        """The level of detail that it draws."""
        return figure.body.level_for(_ERROR_M)

    def release(self) -> None:
        """Give everything back."""
        for part in (self.compared, self.plain, self._target, self.texture, self._program):
            part.release()
