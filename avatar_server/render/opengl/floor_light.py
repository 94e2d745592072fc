"""Pass 4: soft shadows and contact on the floor (`floor_*.frag`), once a floor cell and not once a pixel.

Blockers found in the shadow map are sorted by height into three layers, each blurred as widely as a light of
that size would: shadows are sharp at the feet and soft at the head, without noise.
"""

from __future__ import annotations

import math

import moderngl

from avatar_server.render.opengl.framing import FloorPatch
from avatar_server.render.opengl.programs import raster_program
from avatar_server.render.opengl.shadow_map import ShadowMapPass

TEXELS = 320
"""Width and height of the floor textures; a patch uses their lower left part."""

_LAYER_HEIGHTS_M = (0.12, 0.75, 1.7)
_TAN_LIGHT_RADIUS = 0.075
_SHARPEST_M = 0.008


class FloorLightPass:
    """Owns `texture`: red is how much of the key arrives at the floor, green how much of the rest."""

    def __init__(self, context: moderngl.Context) -> None:
        self._context = context
        size = (TEXELS, TEXELS)
        self._masks = context.texture(size, 4)
        self._blurred = context.texture(size, 4)
        self.texture = context.texture(size, 2, dtype="f2")
        self.texture.repeat_x = self.texture.repeat_y = False
        self._textures = (self._masks, self._blurred, self.texture)
        self._targets = [context.framebuffer([texture]) for texture in self._textures]
        self._programs = [
            raster_program(context, "floor_light", name)
            for name in ("floor_masks", "floor_blur", "floor_light")
        ]
        self._arrays = [context.vertex_array(program, []) for program in self._programs]
        self._programs[0]["layer_heights"] = _LAYER_HEIGHTS_M
        self._programs[1]["direction"] = (1, 0)

    def run(self, patch: FloorPatch, shadows: ShadowMapPass, occluder_count: int) -> None:
        """Light the cells of `patch`; the spheres of the limbs are bound already."""
        sigmas = [
            math.hypot(_SHARPEST_M, height * _TAN_LIGHT_RADIUS * 0.75) / patch.cell_m
            for height in _LAYER_HEIGHTS_M
        ]
        falloff = tuple(math.log2(math.e) / (2 * sigma * sigma) for sigma in sigmas)
        for program in self._programs[1:]:
            program["falloff"] = falloff
            program["in_use"] = (patch.columns, patch.rows)
            program["reach"] = math.ceil(2.2 * max(sigmas))
        self._programs[2]["occluder_count"] = occluder_count
        self._context.enable_only(moderngl.NOTHING)
        shadows.plain.use(0)
        self._draw(0, patch)
        self._context.clear_samplers(0, 1)
        self._masks.use(0)
        self._draw(1, patch)
        self._blurred.use(0)
        self._draw(2, patch)

    def _draw(self, step: int, patch: FloorPatch) -> None:
        target = self._targets[step]
        target.use()
        target.viewport = (0, 0, patch.columns, patch.rows)
        self._arrays[step].render(moderngl.TRIANGLES, vertices=3)

    def release(self) -> None:
        """Give everything back."""
        for array in self._arrays:
            array.release()
        for program in self._programs:
            program.release()
        for target in self._targets:
            target.release()
        for texture in self._textures:
            texture.release()
