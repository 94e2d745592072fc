"""Pass 5: skin, cloth and hair, shaded and antialiased (`bodies.vert`, `bodies.frag`)."""

from __future__ import annotations

from collections.abc import Sequence

import moderngl

from avatar_server.render.contract import PictureSize
from avatar_server.render.opengl.figures import PosedFigure
from avatar_server.render.opengl.framing import Rectangle
from avatar_server.render.opengl.programs import raster_program
from avatar_server.scene.snapshot import Appearance

SAMPLES = 4


class BodiesPass:
    """Owns `texture`: display values and coverage, four samples a pixel, cleared only where people are."""

    def __init__(self, context: moderngl.Context, size: PictureSize) -> None:
        self._context = context
        self._size = size
        dimensions = (size.width, size.height)
        self.texture = context.texture(dimensions, 4, samples=SAMPLES)
        self._depth = context.depth_renderbuffer(dimensions, samples=SAMPLES)
        self._target = context.framebuffer([self.texture], self._depth)
        self._program = raster_program(context, "bodies", "bodies")

    def run(
        self,
        figures: Sequence[PosedFigure],
        appearances: Sequence[Appearance],
        boxes: Sequence[Rectangle],
    ) -> None:
        """Draw all figures; `boxes` are the parts of the picture they can be seen in, in the same order."""
        self._target.use()
        self._context.enable_only(moderngl.DEPTH_TEST | moderngl.CULL_FACE)
        seen = [box for box in boxes if not box.is_empty]
        for box in seen:
            bottom = self._size.height - box.bottom
            self._target.clear(viewport=(box.left, bottom, box.right - box.left, box.bottom - box.top))
        for figure, appearance, box in zip(figures, appearances, boxes, strict=True):
            if box.is_empty:
                continue
            self._program["skin_colour"] = appearance.skin
            self._program["garment_colours"] = [
                appearance.top,
                appearance.bottom,
                appearance.shoes,
                appearance.hair,
            ]
            figure.render(self._program)

    def release(self) -> None:
        """Give everything back."""
        for part in (self._target, self.texture, self._depth, self._program):
            part.release()
