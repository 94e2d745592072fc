"""How many samples of a body a pixel is made of, and where they lie (`sample_grid.glsl`)."""

from __future__ import annotations

import math
from dataclasses import dataclass

from avatar_server.render.contract import PictureSize
from avatar_server.render.opengl.programs import vector


@dataclass(frozen=True, slots=True)
class SampleGrid:
    """Four samples in a square, or two on a grid turned by 45 degrees.

    Two make upright and level edges, which show most, as smooth as four, and slanted ones less so. Where a
    CPU draws they save about a tenth of a picture's time.
    """

    size: PictureSize
    samples: int

    def __post_init__(self) -> None:
        if self.samples not in (2, 4):
            raise ValueError(f"samples: expected 2 or 4, got {self.samples}")

    @property
    def target(self) -> tuple[int, int]:
        """Width and height of the target that bodies are drawn into."""
        if self.samples == 4:
            return 2 * self.size.width, 2 * self.size.height
        side = self.size.width + self.size.height + 1
        return side, side

    @property
    def constants(self) -> dict[str, str]:
        """What shaders that include `sample_grid.glsl` have to know; SAMPLE is a sample's width in pixels."""
        side = self.target[0]
        return {
            "SAMPLES": str(self.samples),
            "SAMPLE": str(math.sqrt(1 / self.samples)),
            "PIXEL": vector((self.size.width / side, self.size.height / side, 1 / side)),
            "WIDTH": str(self.size.width),
        }
