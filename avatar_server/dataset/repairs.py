"""What the player changes in a recording so that it can be shown, in numbers and in words.

The same record stands in the doctor's report and in the metadata of every export: it holds no file names.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from avatar_server.dataset.face_repairs import FaceRepairs

FaceShown = Literal["data", "synthesised", "none"]
"""Where a face comes from: recorded, made from the voice, or nowhere (at rest, or not shown)."""

_WORTH_SAYING_DEG = 1.0
_WORTH_SAYING_DB = 0.5


@dataclass(frozen=True, slots=True)
class MotionRepairs:
    """What was done to the body and hands of one recording.

    rate: frames a second, exact, as text; rate_found: `known`, `measured`, `stated` or `assumed`
    (see `FrameRate`).
    sentinel_frames: translations beyond any place a person can be; their frames count as without a body.
    body_bridged_frames, hands_bridged_frames: short gaps, filled from the frames around them.
    body_held_frames: long gaps of the body, in which the person is not present and holds still.
    hands_relaxed_frames: long gaps of either hand, in which it rests. turned_deg: by how much a picture
    stored on its side was turned upright. lean_deg, roll_deg, turn_deg: constant angles of the camera that
    were taken away. legs_held: standing legs instead of the fit's.
    """

    rate: str
    rate_found: str
    sentinel_frames: int = 0
    body_bridged_frames: int = 0
    body_held_frames: int = 0
    hands_bridged_frames: int = 0
    hands_relaxed_frames: int = 0
    turned_deg: int = 0
    lean_deg: float = 0.0
    roll_deg: float = 0.0
    turn_deg: float = 0.0
    legs_held: bool = False

    def sentences(self) -> tuple[str, ...]:
        """For people; what is too small to be seen is left out."""
        frames = {
            "sentinels left out": self.sentinel_frames,
            "body bridged": self.body_bridged_frames,
            "body held still": self.body_held_frames,
            "hands bridged": self.hands_bridged_frames,
            "hands relaxed": self.hands_relaxed_frames,
        }
        angles = {"lean": self.lean_deg, "roll": self.roll_deg, "turn": self.turn_deg}
        removed = [f"{name} {deg:+.1f}" for name, deg in angles.items() if abs(deg) >= _WORTH_SAYING_DEG]
        said = []
        if self.rate_found != "known" or self.rate != "30":
            how = {"known": "found by the sound", "measured": "measured by the sound", "stated": "as stated"}
            said.append(f"rate {self.rate} Hz {how.get(self.rate_found, 'assumed')}")
        said += [f"{what} in {count} frames" for what, count in frames.items() if count]
        if self.turned_deg:
            said.append(f"picture turned upright by {self.turned_deg} degrees")
        if removed:
            said.append(f"camera's {', '.join(removed)} degrees removed")
        return (*said, "legs held standing") if self.legs_held else tuple(said)


@dataclass(frozen=True, slots=True)
class RecordingRepairs:
    """What was done to one recording.

    id: of the recording. convention: `natural` or `genea` (see `MotionPreset`). motion: None if there is
    none that can be played. gain_db: what the voice was raised (or lowered, negative) by, 0 where there is a
    sound but no speech; None without a sound. face: where it comes from; face_repairs: None unless recorded.
    """

    id: str
    convention: Literal["natural", "genea"]
    motion: MotionRepairs | None
    gain_db: float | None
    face: FaceShown = "none"
    face_repairs: FaceRepairs | None = None

    def sentences(self) -> tuple[str, ...]:
        """For people."""
        said = self.motion.sentences() if self.motion else ()
        if self.gain_db is not None and abs(self.gain_db) >= _WORTH_SAYING_DB:
            way = "raised" if self.gain_db > 0 else "lowered"
            said = (*said, f"voice {way} by {abs(self.gain_db):.1f} dB")
        if self.face == "synthesised":
            return (*said, "face synthesised from the voice")
        return (*said, *self.face_repairs.sentences()) if self.face_repairs else said
