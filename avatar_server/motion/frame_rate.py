"""How many frames a second a recording really has.

The motion was fitted to video frames, and the files do not say at which rate the video ran: the sound does,
because both end together. Below 17 s whole frames cannot tell 29.97 from 30; either is then right to half a
frame.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction
from typing import Literal

ASSUMED_RATE_HZ = Fraction(30)
"""The rate of most recordings, taken where no sound tells."""

_NTSC = Fraction(1000, 1001)
KNOWN_RATES_HZ: tuple[Fraction, ...] = tuple(
    sorted(
        {Fraction(rate) for rate in (10, 12, 15, 20, 24, 25, 30, 48, 50, 60, 90, 100, 120, 200, 240)}
        | {rate * _NTSC for rate in (15, 24, 30, 48, 60, 120, 240)}
    )
)
"""Rates that cameras and video files have."""

SNAP_RELATIVE = 0.004
SNAP_FRAMES = 3
"""A measured rate becomes the nearest known one if the two differ by no more than either of these."""

PLAUSIBLE_RATE_HZ = (5.0, 250.0)
"""Outside of these the sound and the motion do not belong together. Six real recordings have 191-240 Hz."""

USUAL_RATE_HZ = (14.0, 121.0)


@dataclass(frozen=True, slots=True)
class FrameRate:
    """A rate and where it comes from.

    how: `known` (measured, then snapped to a rate that cameras have), `measured` (nothing known is near),
    `stated` (by the file, its format or whoever plays it) or `assumed` (nothing tells). measured_hz: N /
    sound duration, None without sound. notices: sentences for people; empty in the usual case.
    """

    rate_hz: Fraction
    how: Literal["known", "measured", "stated", "assumed"]
    measured_hz: float | None
    notices: tuple[str, ...] = ()


def find_frame_rate(frame_count: int, sound_duration_s: float | None) -> FrameRate:
    """The rate of `frame_count` (>= 1) frames that last as long as the sound; None or 0 s is no sound."""
    if not sound_duration_s or not math.isfinite(sound_duration_s) or sound_duration_s < 0:
        notice = "no sound to find the frame rate by: 30 frames/s assumed"
        return FrameRate(ASSUMED_RATE_HZ, "assumed", None, (notice,))
    measured_hz = frame_count / sound_duration_s
    low_hz, high_hz = PLAUSIBLE_RATE_HZ
    if not low_hz <= measured_hz <= high_hz:
        notice = f"{frame_count} frames do not fit {sound_duration_s:.2f} s of sound: 30 frames/s assumed"
        return FrameRate(ASSUMED_RATE_HZ, "assumed", measured_hz, (notice,))
    nearest = min(KNOWN_RATES_HZ, key=lambda rate: abs(float(rate) - measured_hz))
    frames_off = abs(float(nearest) * sound_duration_s - frame_count)
    if frames_off <= max(SNAP_FRAMES, SNAP_RELATIVE * frame_count):
        return FrameRate(nearest, "known", measured_hz, _unusual(nearest))
    exact = Fraction(frame_count) / Fraction(sound_duration_s).limit_denominator(1_000_000)
    notice = f"unknown frame rate: {measured_hz:.3f} Hz, measured from the length of the sound"
    return FrameRate(exact, "measured", measured_hz, (notice, *_unusual(exact)))


def _unusual(rate_hz: Fraction) -> tuple[str, ...]:
    low_hz, high_hz = USUAL_RATE_HZ
    if low_hz <= rate_hz <= high_hz:
        return ()
    return (f"unusual frame rate: {float(rate_hz):.2f} Hz",)
