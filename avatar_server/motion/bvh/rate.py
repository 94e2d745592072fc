"""Which rate a BVH file runs at: its Frame Time, unless that is impossible or the sound knows better.

Frame times are written with few digits (`.0083333`, `0.033`), so every rate that cameras have and whose frame
time begins with these digits is meant by them.
"""

from __future__ import annotations

import re
from fractions import Fraction

from avatar_server.dataset.decision import Decision
from avatar_server.motion.frame_rate import ASSUMED_RATE_HZ, KNOWN_RATES_HZ, FrameRate, find_frame_rate

POSSIBLE_RATE_HZ = (1.0, 1000.0)
"""Of motion capture; a frame time that says anything else is a mistake."""

CONTRADICTION = 1.5
"""If the sound makes the rate so many times higher or lower, the frame time is wrong, not the sound cut."""

_NUMBER = re.compile(r"\+?(\d*)\.?(\d*)(?:e([+-]?\d{1,2}))?", re.ASCII | re.IGNORECASE)


def stated_rate(frame_time: str) -> Fraction | None:
    """Frames a second that a frame time in seconds, as it is written, means; None if it means none."""
    found = _NUMBER.fullmatch(frame_time.strip())
    if found is None or not (found[1] or found[2]) or len(frame_time) > 32:
        return None
    seconds = Fraction(int((found[1] or "0") + found[2]), 10 ** len(found[2]))
    ulp = Fraction(1, 10 ** len(found[2]))
    exponent = int(found[3] or 0)
    scale = Fraction(10**exponent) if exponent >= 0 else Fraction(1, 10**-exponent)
    seconds, ulp = seconds * scale, ulp * scale
    low_hz, high_hz = POSSIBLE_RATE_HZ
    if seconds <= 0 or not low_hz <= 1 / seconds <= high_hz:
        return None
    # Some writers round, others cut off: both are less than one unit of the last digit away.
    meant = [rate for rate in KNOWN_RATES_HZ if abs(1 / rate - seconds) < ulp]
    if meant:
        rounded = [rate for rate in meant if abs(1 / rate - seconds) <= ulp / 2]
        nearest: Fraction = min(rounded or meant, key=lambda rate: abs(float(rate * seconds) - 1))
        return nearest
    exact: Fraction = (1 / seconds).limit_denominator(1001)
    return exact


def find_bvh_rate(
    frame_time: str, frame_count: int, sound_duration_s: float | None, wanted_hz: Fraction | None = None
) -> tuple[FrameRate, Decision]:
    """The rate of `frame_count` (>= 1) frames, and why.

    frame_time: as written in the file, empty if it is not there. sound_duration_s: of the sound that goes
    with it; None or 0 without one. wanted_hz: what somebody says it is.
    """
    if wanted_hz is not None:
        measured_hz = frame_count / sound_duration_s if sound_duration_s else None
        return _decided(FrameRate(wanted_hz, "stated", measured_hz), "as was said with --rate")
    by_sound = find_frame_rate(frame_count, sound_duration_s)
    stated_hz = stated_rate(frame_time)
    if stated_hz is None:
        said = f"the frame time is {frame_time!r}" if frame_time else "the file has no frame time"
        if by_sound.how == "assumed":
            notice = f"{said}, and no sound tells the rate: {ASSUMED_RATE_HZ} frames/s assumed"
            return _decided(
                FrameRate(by_sound.rate_hz, "assumed", by_sound.measured_hz, (notice,)), f"{said}; assumed"
            )
        return _decided(by_sound, f"{said}; by the length of the sound")
    if not sound_duration_s or by_sound.measured_hz is None:
        return _decided(FrameRate(stated_hz, "stated", None), f"frame time {frame_time}")
    ratio = by_sound.measured_hz / float(stated_hz)
    if by_sound.how == "known" and max(ratio, 1 / ratio) >= CONTRADICTION:
        why = (
            f"the frame time {frame_time} makes {float(frame_count / stated_hz):.1f} s of it, "
            f"but the sound has {sound_duration_s:.1f} s"
        )
        notice = f"{why}: {float(by_sound.rate_hz):g} frames/s"
        found = FrameRate(by_sound.rate_hz, "known", by_sound.measured_hz, (notice, *by_sound.notices))
        return _decided(found, why)
    off_s = float(frame_count / stated_hz) - sound_duration_s
    notices: tuple[str, ...] = ()
    if abs(off_s) > max(1.0, 0.01 * sound_duration_s):
        notices = (f"the motion is {abs(off_s):.1f} s {'longer' if off_s > 0 else 'shorter'} than the sound",)
    return _decided(FrameRate(stated_hz, "stated", by_sound.measured_hz, notices), f"frame time {frame_time}")


def _decided(rate: FrameRate, why: str) -> tuple[FrameRate, Decision]:
    return rate, Decision("rate", f"{float(rate.rate_hz):g} frames/s", why)
