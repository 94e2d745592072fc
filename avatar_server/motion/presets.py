"""Named ways to turn a recording into motion."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Legs = Literal["still", "raw"]


@dataclass(frozen=True, slots=True)
class MotionPreset:
    """How much of the fit to believe.

    convention: `natural` repairs (gaps, lean, offsets) and keeps all that moves; `genea` does exactly what
    the renders of the GENEA Challenge 2026 do, so that they compare, and nothing else. legs: `still` holds
    the eight leg joints in one standing pose (in `genea`: straight), `raw` keeps the fit's. smoothing_s:
    width of the filter against the fit's jitter, see `motion.smoothing`; 0 leaves it out.
    """

    name: str
    convention: Literal["natural", "genea"]
    legs: Legs
    smoothing_s: float


NATURAL = MotionPreset("natural", "natural", "still", smoothing_s=0.04)
GENEA = MotionPreset("genea", "genea", "still", smoothing_s=0.0)

PRESETS: dict[str, MotionPreset] = {preset.name: preset for preset in (NATURAL, GENEA)}
