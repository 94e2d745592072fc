"""Pass 3: soft shadows and contact on the floor (`floor_*.frag`), once a floor cell and not once a pixel.

Blockers found in the shadow map are sorted by height into three layers, each blurred as widely as a light of
that size would: shadows are sharp at the feet and soft at the head, without noise.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import moderngl
import numpy as np
from numpy.typing import NDArray

from avatar_server.render.opengl.programs import OCCLUDERS_BINDING, raster_program, vector
from avatar_server.render.opengl.shadow_geometry import FloorPatch, LightFrame
from avatar_server.render.opengl.shadow_map import TAN_LIGHT_RADIUS, ShadowMapPass

CELLS = 224
"""Width and height of the floor textures; a patch uses their first columns and rows."""

_LAYER_HEIGHTS_M = (0.12, 0.75, 1.7)
_SHARPEST_M = 0.012
_FADE_M = 0.2
"""Shadows fade out this far from the border of their patch."""

_MOST_OCCLUDERS = 64


@dataclass(frozen=True, eq=False, slots=True)
class LitFloor:
    """What people darken.

    light: (rows, columns) uint8, how much arrives in each cell of the patch, as the shader finds it; None
    where it was not read, because drawing it all again is cheaper than waiting for it.
    """

    patch: FloorPatch
    light: NDArray[np.uint8] | None

    def everywhere(self) -> NDArray[np.bool_]:
        """(rows, columns): all cells, marked."""
        return np.ones((self.patch.rows, self.patch.columns), dtype=bool)


class FloorLightPass:
    """Owns `texture`: red is how much of the light of the open floor arrives."""

    def __init__(self, context: moderngl.Context, cell_m: float) -> None:
        """cell_m: how wide cells are; shadows are never sharper."""
        self._context = context
        self._open = context.texture((CELLS // 2, CELLS // 2), 1)
        self._masks = context.texture((CELLS, CELLS), 4)
        self._blurred = context.texture((CELLS, CELLS), 4)
        self.texture = context.texture((CELLS, CELLS), 4)
        self._textures = (self._open, self._masks, self._blurred, self.texture)
        for texture in self._textures:
            texture.repeat_x = texture.repeat_y = False
        self._targets = [context.framebuffer([texture]) for texture in self._textures]
        self._targets[3].clear(1.0, 1.0, 1.0, 1.0)
        sigmas = [
            math.hypot(_SHARPEST_M, height * TAN_LIGHT_RADIUS * 0.75) / cell_m for height in _LAYER_HEIGHTS_M
        ]
        heights = dict(zip(("LOW_M", "MIDDLE_M", "HIGH_M"), map(str, _LAYER_HEIGHTS_M), strict=True))
        blur = {
            "REACH": str(math.ceil(2.0 * max(sigmas))),
            "FALLOFF": vector([math.log2(math.e) / (2 * sigma * sigma) for sigma in sigmas]),
            "CELLS": str(CELLS),
        }
        last = {"LAST": "1", "FADE_M": str(_FADE_M)}
        self._programs = [
            raster_program(context, "floor", "floor_open", {"OCCLUDERS": str(_MOST_OCCLUDERS)}),
            raster_program(context, "floor", "floor_masks", heights),
            raster_program(context, "floor", "floor_blur", {**blur, "ALONG": "ivec2(1, 0)"}),
            raster_program(
                context,
                "floor",
                "floor_blur",
                {**blur, "ALONG": "ivec2(0, 1)", **last},
            ),
        ]
        self._programs[3]["openness"] = 1
        self._arrays = [context.vertex_array(program, []) for program in self._programs]
        self._occluders = context.buffer(reserve=16 * _MOST_OCCLUDERS)

    def begin(self, legs: Sequence[NDArray[np.float32]], patch: FloorPatch) -> None:
        """Light from everywhere, in the cells of `patch`: what needs no shadow map.

        legs: (L, 4) spheres of each figure, see `Occluders`.
        """
        spheres = np.concatenate(legs)[:_MOST_OCCLUDERS]
        self._occluders.write(np.ascontiguousarray(spheres))
        self._occluders.bind_to_uniform_block(OCCLUDERS_BINDING)
        self._programs[0]["occluder_count"] = len(spheres)
        self._context.enable_only(moderngl.NOTHING)
        # Filters look a little beyond the patch, where nothing may be left from other pictures.
        self._targets[0].clear(red=1.0)
        self._draw(0, patch.columns // 2, patch.rows // 2)

    def finish(self, patch: FloorPatch, light: LightFrame, shadows: ShadowMapPass) -> None:
        """Light the same cells, now that the shadow map is drawn."""
        half_cell = 0.25 * patch.cell_m / (light.texel_m * light.texels)
        self._programs[1]["half_cell"] = (half_cell, half_cell)
        self._programs[1]["depth_m"] = light.depth_m
        self._context.enable_only(moderngl.NOTHING)
        self._targets[1].clear()
        self._targets[2].clear()
        shadows.plain.use(0)
        self._draw(1, patch.columns, patch.rows)
        self._context.clear_samplers(0, 1)
        self._masks.use(0)
        self._draw(2, patch.columns, patch.rows)
        self._blurred.use(0)
        self._open.use(1)
        self._draw(3, patch.columns, patch.rows)

    def read(self, patch: FloorPatch) -> NDArray[np.uint8]:
        """(rows, columns): how much light arrives in the cells of `patch`; waits for it."""
        viewport = (0, 0, patch.columns, patch.rows)
        red = self._targets[3].read(viewport=viewport, components=1, alignment=1)
        return np.frombuffer(red, dtype=np.uint8).reshape(patch.rows, patch.columns)

    def _draw(self, step: int, columns: int, rows: int) -> None:
        target = self._targets[step]
        target.use()
        target.viewport = (0, 0, columns, rows)
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
        self._occluders.release()
