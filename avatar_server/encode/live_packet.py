"""An encoded picture or block of sound of the live stream, as it travels from stage to viewers."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Literal

CLOCK_HZ: dict[str, int] = {"video": 90_000, "audio": 48_000}
"""RTP clocks of H.264 (RFC 6184), VP8 (RFC 7741) and Opus (RFC 7587)."""

PRESENTER = "presenter"
"""The view that commands move and everybody shares; a view called like a camera stands still there."""

OWN_VIEWS = tuple(f"own-{number}" for number in range(1, 9))
"""Views that belong to one viewer each, who moves them; so many at once on a stage at most."""

VideoCodec = Literal["h264", "vp8"]


@dataclass(frozen=True, slots=True)
class Rung:
    """One rate of the ladder: bits a second, and the part of the stage's width and height that it keeps."""

    bit_rate: int
    scale: Fraction


RUNGS = (
    Rung(2_500_000, Fraction(1)),
    Rung(1_000_000, Fraction(3, 4)),
    Rung(400_000, Fraction(1, 2)),
)
"""Best first; a rung is encoded only while somebody needs it."""


@dataclass(frozen=True, slots=True)
class VideoStream:
    """One encoding of one view: what is encoded once and sent to all who take it.

    view: `PRESENTER`, one of `OWN_VIEWS`, or the name of a camera. rung: index into `RUNGS`.
    """

    view: str = PRESENTER
    codec: VideoCodec = "h264"
    rung: int = 0


@dataclass(frozen=True, slots=True)
class LivePacket:
    """`data` is one H.264 access unit (Annex B), one VP8 frame, or one Opus packet.

    pts: ticks of the kind's RTP clock since the stream began. key: a decoder can begin here.
    stream: which encoding a picture belongs to; None for sound, of which a stage has one.
    awaited: a hand is on the camera, or has just changed the view, and somebody waits to see it.
    due_s: CLOCK_MONOTONIC when it should leave for the viewers; 0 until that is decided (`stage.departures`).
    """

    kind: Literal["video", "audio"]
    pts: int
    key: bool
    data: bytes
    stream: VideoStream | None = None
    awaited: bool = False
    due_s: float = 0.0

    @property
    def clock_hz(self) -> int:
        """Ticks a second of `pts`."""
        return CLOCK_HZ[self.kind]

    @property
    def stream_s(self) -> Fraction:
        """Stream time of `pts`, exactly."""
        return Fraction(self.pts, self.clock_hz)
