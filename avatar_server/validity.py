"""What the doctor finds, in time: from when to when a recording does not show what happened, and why.

`inspection` counts the same things; here each has its place, so that it can be drawn beside the playhead.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from avatar_server.dataset.recording_arrays import RecordingArrays
from avatar_server.motion.gaps import (
    BODY_BRIDGE_S,
    HAND_BRIDGE_S,
    body_missing,
    hand_missing,
    runs,
    sentinels,
)

InvalidKind = Literal["no-motion", "no-body", "left-hand-lost", "right-hand-lost", "no-face", "no-sound"]

APART_S = 0.1
"""Sound and motion that end closer to each other than this end together: three frames."""

STILL_S = 1.0
"""Nobody holds every joint exactly for so long: the same numbers were written again and again."""


@dataclass(frozen=True, slots=True)
class InvalidSpan:
    """From `start_s` to before `end_s`, seconds. words: for people."""

    start_s: float
    end_s: float
    kind: InvalidKind
    words: str


def invalid_motion(arrays: RecordingArrays, rate_hz: Fraction) -> tuple[InvalidSpan, ...]:
    """Where the body, a hand, or any movement is missing, in the order of time."""
    lost = body_missing(arrays)
    by_number = sentinels(arrays)
    spans = [
        _span(first, stop, rate_hz, "no-body", _no_body(by_number[first:stop], first, stop, rate_hz))
        for first, stop in runs(lost)
    ]
    spans += [
        _span(first, stop, rate_hz, "no-motion", "the same pose in every frame: nothing was measured")
        for first, stop in still_runs(arrays, STILL_S * rate_hz)
    ]
    hands: tuple[tuple[InvalidKind, str, NDArray[np.float32] | None], ...] = (
        ("left-hand-lost", "left hand", arrays.left_hand_pose),
        ("right-hand-lost", "right hand", arrays.right_hand_pose),
    )
    for kind, name, pose in hands:
        if pose is None:
            spans.append(_span(0, arrays.frame_count, rate_hz, kind, f"the {name} was not recorded"))
            continue
        spans += [
            _span(first, stop, rate_hz, kind, _no_hand(name, first, stop, rate_hz))
            for first, stop in runs(hand_missing(arrays, pose) & ~lost)
        ]
    return tuple(sorted(spans, key=lambda span: (span.start_s, span.kind)))


def invalid_face(lost: NDArray[np.bool_], rate_hz: Fraction) -> tuple[InvalidSpan, ...]:
    """Blocks where the arrays of the face are zero. lost: (N,)."""
    return tuple(
        _span(first, stop, rate_hz, "no-face", "no face was found: its features are zero here")
        for first, stop in runs(lost)
    )


def invalid_ends(motion_s: float, sound_s: float) -> tuple[InvalidSpan, ...]:
    """Where one of the two has ended and the other goes on; 0 for one that is not there at all."""
    if abs(motion_s - sound_s) <= APART_S:
        return ()
    if motion_s < sound_s:
        words = "the motion has ended: the last pose is held" if motion_s else "there is no motion"
        return (InvalidSpan(motion_s, sound_s, "no-motion", words),)
    words = "the sound has ended: silence" if sound_s else "there is no sound"
    return (InvalidSpan(sound_s, motion_s, "no-sound", words),)


def still_runs(arrays: RecordingArrays, longest: Fraction | float) -> list[tuple[int, int]]:
    """Stretches of more than `longest` frames with a body in which no joint of it moves at all."""
    rows = np.column_stack([arrays.global_orient, arrays.body_pose.reshape(arrays.frame_count, -1)])
    same = np.zeros(arrays.frame_count, bool)
    same[1:] = (rows[1:] == rows[:-1]).all(axis=1)
    same &= ~body_missing(arrays)
    return [(first - 1, stop) for first, stop in runs(same) if stop - first + 1 > longest]


def _span(first: int, stop: int, rate_hz: Fraction, kind: InvalidKind, words: str) -> InvalidSpan:
    return InvalidSpan(float(first / rate_hz), float(stop / rate_hz), kind, words)


def _no_body(by_number: NDArray[np.bool_], first: int, stop: int, rate_hz: Fraction) -> str:
    how = "the translation says that nobody was found" if by_number.all() else "no body was found"
    held = stop - first > BODY_BRIDGE_S * rate_hz
    return f"{how}: {'the avatar holds still' if held else 'bridged from the poses around'}"


def _no_hand(name: str, first: int, stop: int, rate_hz: Fraction) -> str:
    rests = stop - first > HAND_BRIDGE_S * rate_hz
    return f"{name} not tracked: {'at rest meanwhile' if rests else 'bridged from the poses around'}"
