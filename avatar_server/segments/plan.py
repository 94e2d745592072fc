"""Where a film is cut."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from avatar_server.encode.h264_segment import GROUP_S, pictures_per_group


@dataclass(frozen=True, slots=True)
class Segment:
    """Pictures `first` to `first + count - 1` of a film; `first` is a key frame."""

    index: int
    first: int
    count: int


def plan_segments(picture_count: int, rate_hz: Fraction, seconds: float = GROUP_S) -> tuple[Segment, ...]:
    """Cut `picture_count` pictures into segments of about `seconds`: whole groups of 2 s, at least one.

    The last one may be shorter. How long they are changes nothing about the joined film.
    """
    if picture_count < 1:
        raise ValueError(f"plan_segments: expected at least one picture, got {picture_count}")
    length = pictures_per_group(rate_hz) * max(1, round(seconds / GROUP_S))
    return tuple(
        Segment(index, first, min(length, picture_count - first))
        for index, first in enumerate(range(0, picture_count, length))
    )
