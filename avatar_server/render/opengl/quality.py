"""How well people are drawn, for films and live."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction


@dataclass(frozen=True, slots=True)
class Quality:
    """How well people are drawn.

    samples: for each pixel, 2 or 4 (see `SampleGrid`). error_px: what a coarser mesh may be off by; small
    triangles cost more than their pixels. floor_cell_m: what is lit as one on the floor.
    shadow_texels: width and height of the shadow map. hasty: scale of pictures that a hand waits for.
    """

    samples: int
    error_px: float
    floor_cell_m: float
    shadow_texels: int
    hasty: Fraction = Fraction(1)


FINE = Quality(samples=4, error_px=0.7, floor_cell_m=0.02, shadow_texels=512)
"""For pictures that last: what is off is hardly to be seen."""

QUICK = Quality(samples=2, error_px=2.1, floor_cell_m=0.03, shadow_texels=384, hasty=Fraction(1, 2))
"""For pictures that are due 30 times a second: less work, where moving pictures hardly show it."""
