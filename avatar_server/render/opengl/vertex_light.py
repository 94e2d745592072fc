"""Pass 3: how much light reaches each vertex (`vertex_light.comp`).

At conversation distance a vertex covers a few pixels and shadows are soft: looking the light up once a vertex
costs the same whatever the picture's size, and one cannot see the difference.
"""

from __future__ import annotations

from collections.abc import Sequence

import moderngl
import numpy as np

from avatar_server.render.opengl.figures import PosedFigure
from avatar_server.render.opengl.programs import compute_program
from avatar_server.render.opengl.shadow_map import ShadowMapPass
from avatar_server.render.opengl.skinning import WORKGROUP

OCCLUDERS_BINDING = 1
"""Storage binding of the spheres that stand for the limbs, here and in `floor_light`."""

_MOST_OCCLUDERS = 1024


class VertexLightPass:
    """Writes the w components of posed vertices: key light arriving, share of the surroundings seen."""

    def __init__(self, context: moderngl.Context) -> None:
        self._program = compute_program(context, "vertex_light")
        self._program["shadow_depth"] = 0
        self._program["shadow_map"] = 1
        self._occluders = context.buffer(reserve=16 * _MOST_OCCLUDERS)
        self.occluder_count = 0

    def run(self, figures: Sequence[PosedFigure], shadows: ShadowMapPass) -> None:
        """Light all figures. Leaves the spheres of all of them bound for the passes that follow."""
        shadows.plain.use(0)
        shadows.compared.use(1)
        spheres = np.concatenate([figure.occluders for figure in figures])[:_MOST_OCCLUDERS]
        self.occluder_count = len(spheres)
        self._occluders.write(np.ascontiguousarray(spheres))
        self._occluders.bind_to_storage_buffer(OCCLUDERS_BINDING)
        self._program["occluder_count"] = len(spheres)
        for figure in figures:
            figure.vertices.bind_to_storage_buffer(0)
            self._program["vertex_count"] = figure.body.vertex_count
            self._program.run(-(-figure.body.vertex_count // WORKGROUP))

    def release(self) -> None:
        """Give everything back."""
        self._program.release()
        self._occluders.release()
