"""An encoded picture or block of sound of the live stream, as it travels from stage to viewers."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Literal

CLOCK_HZ: dict[str, int] = {"video": 90_000, "audio": 48_000}
"""RTP clocks of H.264 (RFC 6184) and Opus (RFC 7587)."""


@dataclass(frozen=True, slots=True)
class LivePacket:
    """`data` is one H.264 access unit (Annex B) or one Opus packet.

    pts: ticks of the kind's RTP clock since the stream began. key: a decoder can begin here.
    """

    kind: Literal["video", "audio"]
    pts: int
    key: bool
    data: bytes

    @property
    def clock_hz(self) -> int:
        """Ticks a second of `pts`."""
        return CLOCK_HZ[self.kind]

    @property
    def stream_s(self) -> Fraction:
        """Stream time of `pts`, exactly."""
        return Fraction(self.pts, self.clock_hz)
