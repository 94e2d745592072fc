"""Which way is up, what a unit is, and how long a frame lasts: found in the data, once for both people.

Each comes with a `Decision` that says what was taken and by what it was seen; whoever plays the file may say
otherwise (`ReadingChoices`).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from fractions import Fraction

import numpy as np

from avatar_server.dataset.decision import Decision
from avatar_server.dataset.reading_choices import AXES, UNITS_M, ReadingChoices, nearest_known
from avatar_server.motion.foreign.person_arrays import Floats, PersonArrays
from avatar_server.motion.frame_rate import FrameRate, find_frame_rate
from avatar_server.motion.rotations import quaternion_from_axis_angle, rotate

CLEAR_WITHIN_DEG = 40.0
"""The mean direction out of the pelvis is an axis if it is as near as this; 45 would be between two."""

STEADY = 0.5
"""Length of the mean of unit vectors: below this people lie and tumble, and their pelvis tells nothing."""

PELVIS_HEIGHT_M = (0.25, 2.2)
"""Of somebody between sitting on the floor and standing on a low stage; the floor is often the zero."""

HURRIED_M_S = 6.0
"""The 95th percentile of anybody's speed is below this: sprinters reach twice as much, for seconds."""

WIDEST_M = 30.0
"""No capture volume is wider."""

RATES_APART = 0.02
"""Relative; beyond this the length of the sound speaks against a file's rate, which is said."""

_LOOKED_AT = 3000
"""Frames, evenly spread; a median needs no more."""


def decide_up(people: Sequence[PersonArrays], choices: ReadingChoices) -> tuple[str, Decision]:
    """One of `AXES`: where the pelvis of the rest pose points to, in the file's world, on average."""
    if choices.up is not None:
        return choices.up, Decision("up axis", choices.up, "as was said with --up")
    usual = people[0].usual_up
    mean = np.mean([_pelvis_up(person) for person in people], axis=0)
    steady = float(np.linalg.norm(mean))
    index = int(np.argmax(np.abs(mean)))
    off_deg = math.degrees(math.acos(min(1.0, abs(float(mean[index])) / max(steady, 1e-9))))
    if steady < STEADY or off_deg > CLEAR_WITHIN_DEG:
        why = f"people lie or tumble, so their pelvis does not tell: the usual axis of {people[0].format}"
        return usual, Decision("up axis", usual, why)
    axis = AXES[index + (3 if mean[index] < 0 else 0)]
    against = "" if axis == usual else f", although {people[0].format} usually has {usual}"
    return axis, Decision(
        "up axis",
        axis,
        f"people stand along it: their pelvis is {off_deg:.0f} degrees off on average{against}",
    )


def _pelvis_up(person: PersonArrays) -> Floats:
    step = max(1, person.frame_count // _LOOKED_AT)
    roots = person.joints[::step, 0]
    roots = roots[np.isfinite(roots).all(axis=1)]
    if not len(roots):
        return np.zeros(3)
    return np.asarray(rotate(quaternion_from_axis_angle(roots), [0.0, 1.0, 0.0]).mean(axis=0))


def decide_units(
    people: Sequence[PersonArrays], up: str, rate_hz: float, choices: ReadingChoices
) -> tuple[float, Decision]:
    """Metres a unit: by how high the pelvis is, or else by how far and how fast people go."""
    if choices.units is not None:
        return UNITS_M[choices.units], Decision("units", choices.units, "as was said with --units")
    paths = [_finite(person.trans) for person in people if person.trans is not None]
    paths = [path for path in paths if len(path)]
    if not paths:
        return 1.0, Decision("units", "metres", "there is no translation")
    sign, index = (-1.0, "xyz".index(up[1])) if up.startswith("-") else (1.0, "xyz".index(up))
    height = float(np.median([sign * np.median(path[:, index]) for path in paths]))
    # Translations are of the body model's origin, whose pelvis rests a little elsewhere, in metres.
    rest = sign * float(people[0].rest_pelvis[index])
    low, high = PELVIS_HEIGHT_M
    extent = max(float(np.ptp(path, axis=0).max()) for path in paths)
    speed = max(_speed(path, rate_hz) for path in paths)
    for name in ("metres", "centimetres", "millimetres"):
        unit = UNITS_M[name]
        above = height * unit + rest
        if low <= above <= high and extent * unit <= WIDEST_M:
            return unit, Decision("units", name, f"the pelvis is {above:.2f} m above the file's zero")
    for name in ("metres", "centimetres", "millimetres"):
        unit = UNITS_M[name]
        if extent * unit <= WIDEST_M and speed * unit <= HURRIED_M_S:
            why = f"people get {extent * unit:.2f} m far, at up to {speed * unit:.2f} m/s"
            return unit, Decision("units", name, why)
    why = f"nothing fits people who get {extent:.3g} units far at {speed:.3g} units/s: say --units"
    return 1.0, Decision("units", "metres", why)


def _finite(path: Floats | None) -> Floats:
    assert path is not None
    return path[np.isfinite(path).all(axis=1)]


def _speed(path: Floats, rate_hz: float) -> float:
    if len(path) < 2:
        return 0.0
    return float(np.percentile(np.linalg.norm(np.diff(path, axis=0), axis=1), 95) * rate_hz)


def decide_rates(
    people: Sequence[PersonArrays], sounds_s: Sequence[float | None], choices: ReadingChoices
) -> tuple[tuple[FrameRate, ...], Decision]:
    """The rate of each: as the file states it, or as its format has it, or by the length of the sound.

    Two people without a stated rate have the same one. sounds_s: length of each person's sound, or None.
    """
    if choices.rate_hz is not None:
        said = FrameRate(choices.rate_hz, "stated", None)
        return tuple(said for _ in people), Decision("rate", _shown(said), "as was said with --rate")
    found = [_rate(person, sound_s) for person, sound_s in zip(people, sounds_s, strict=True)]
    known = next((one for one in found if one is not None), None)
    if known is None:
        by_sound = [
            find_frame_rate(person.frame_count, sound_s)
            for person, sound_s in zip(people, sounds_s, strict=True)
        ]
        best = next((rate for rate in by_sound if rate.how != "assumed"), by_sound[0])
        why = "by the length of the sound" if best.how != "assumed" else "nothing tells: say --rate"
        return tuple(best for _ in people), Decision("rate", _shown(best), why)
    rates = tuple((one or known)[0] for one in found)
    whys = dict.fromkeys((one or known)[1] for one in found)
    shown = " and ".join(dict.fromkeys(_shown(rate) for rate in rates))
    doubts = _doubts(people, rates, sounds_s)
    return rates, Decision("rate", shown, "; ".join((*whys, *doubts)))


def _rate(person: PersonArrays, sound_s: float | None) -> tuple[FrameRate, str] | None:
    measured_hz = person.frame_count / sound_s if sound_s else None
    if person.stated_rate_hz is not None:
        return FrameRate(exact_rate(person.stated_rate_hz), "stated", measured_hz), "as the file states it"
    if person.usual_rate_hz is not None:
        return FrameRate(person.usual_rate_hz, "stated", measured_hz), person.usual_rate_why
    return None


def _doubts(
    people: Sequence[PersonArrays], rates: Sequence[FrameRate], sounds_s: Sequence[float | None]
) -> list[str]:
    doubts = []
    for person, rate, sound_s in zip(people, rates, sounds_s, strict=True):
        lasts_s = person.frame_count / float(rate.rate_hz)
        if sound_s and abs(lasts_s / sound_s - 1) > RATES_APART:
            doubts.append(f"{lasts_s:.2f} s of motion go with {sound_s:.2f} s of sound")
    return list(dict.fromkeys(doubts))


def exact_rate(rate_hz: float) -> Fraction:
    """What a file means by a rounded number: 59.94 is 60000/1001."""
    return nearest_known(rate_hz) or Fraction(rate_hz).limit_denominator(1001)


def _shown(rate: FrameRate) -> str:
    hz = rate.rate_hz
    return str(hz) if hz.denominator == 1 else f"{hz} ({float(hz):.3f})"
