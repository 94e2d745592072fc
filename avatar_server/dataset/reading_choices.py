"""What whoever plays a motion file may say about it, where the file or its format says something else."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from avatar_server.errors import UsageError

UNITS_M = {"metres": 1.0, "centimetres": 0.01, "millimetres": 0.001, "inches": 0.0254}
"""Names of units and what they are in metres."""

_SHORT = {"m": "metres", "cm": "centimetres", "mm": "millimetres", "in": "inches"}

AXES = ("x", "y", "z", "-x", "-y", "-z")
"""Which way is up."""

_SLOWEST_HZ, _FASTEST_HZ = 1, 1000


@dataclass(frozen=True, slots=True)
class ReadingChoices:
    """None is what the data say.

    units: a name in `UNITS_M`. up: one of `AXES`. rate_hz: frames a second. rest_frame: of a BVH file, the
    frame, from 0, in which the skeleton stands as a T.
    """

    units: str | None = None
    up: str | None = None
    rate_hz: Fraction | None = None
    rest_frame: int | None = None


@dataclass(frozen=True, slots=True)
class ReadingWords:
    """The same as people type it, in values that travel to another process; empty is what the data say.

    sound: one or two sound files with a comma between, instead of those called as the motion.
    """

    units: str = ""
    up: str = ""
    rate: str = ""
    sound: str = ""
    rest_frame: str = ""

    def read(self) -> ReadingChoices:
        """What is meant; UsageError names the option."""
        units = _SHORT.get(self.units, self.units)
        if units and units not in UNITS_M:
            known = f"{', '.join(UNITS_M)} (m, cm, mm, in)"
            raise UsageError(f"--units: expected one of {known}, got {self.units!r}")
        if self.up and self.up not in AXES:
            raise UsageError(f"--up: expected one of {', '.join(AXES)}, got {self.up!r}")
        return ReadingChoices(
            units=units or None,
            up=self.up or None,
            rate_hz=_rate(self.rate) if self.rate else None,
            rest_frame=_rest_frame(self.rest_frame) if self.rest_frame else None,
        )

    @property
    def sounds(self) -> tuple[str, ...]:
        """Names of the sound files."""
        return tuple(part.strip() for part in self.sound.split(",")) if self.sound else ()


NOTHING_SAID = ReadingWords()


def _rate(text: str) -> Fraction:
    try:
        rate_hz = Fraction(text)
    except (ValueError, ZeroDivisionError):
        raise UsageError(
            f"--rate: expected frames a second such as 120 or 60000/1001, got {text!r}"
        ) from None
    if not _SLOWEST_HZ <= rate_hz <= _FASTEST_HZ:
        raise UsageError(f"--rate: expected {_SLOWEST_HZ} to {_FASTEST_HZ} frames a second, got {text}")
    return nearest_known(float(rate_hz)) or rate_hz


def _rest_frame(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) < 9):
        raise UsageError(f"--rest-frame: expected the number of a frame, counted from 0, got {text!r}")
    return int(text)


def nearest_known(rate_hz: float) -> Fraction | None:
    """The rate that `rate_hz` means as files round it: a whole number, or one / 1.001; None if neither."""
    for known in (Fraction(round(rate_hz)), Fraction(round(rate_hz * 1.001) * 1000, 1001)):
        # 59.94 is 59.9401, 29.97 is 29.9700: rounded to two places, or to float32.
        if known and abs(float(known) - rate_hz) < 0.006 and abs(float(known) / rate_hz - 1) < 2.5e-4:
            return known
    return None
