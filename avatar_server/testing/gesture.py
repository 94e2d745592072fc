"""What hands do while people talk: a small lexicon of gestures, and when each arm makes which.

Every gesture has the phases of Kendon (1980): preparation, stroke, hold, retraction; the stroke ends on
the stressed vowel of its word (McNeill 1992), retraction follows when nothing comes next.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from avatar_server.testing.arm import ARM_WIDTH
from avatar_server.testing.dialogue import Dialogue, Word
from avatar_server.testing.hand_shapes import HAND_SHAPES
from avatar_server.testing.trajectory import Track, hump, softened, wandering

Array = NDArray[np.float64]


def _pose(
    wrist: tuple[float, float, float],
    swivel: float,
    supination: float,
    extension: float,
    shape: str,
    deviation: float = 0.0,
) -> Array:
    """An arm pose (see `arm`) followed by a hand shape: 24 numbers."""
    return np.array([*wrist, swivel, supination, extension, deviation, *HAND_SHAPES[shape]])


@dataclass(frozen=True, eq=False, slots=True)
class Gesture:
    """Where the hand gets ready and where the stroke ends; `both` hands mirror each other."""

    ready: Array
    stroke: Array
    both: bool
    stroke_s: float


GESTURES: dict[str, Gesture] = {
    "beat": Gesture(
        _pose((0.17, 0.02, 0.26), 16, 15, 5, "soft"),
        _pose((0.19, -0.07, 0.31), 14, 8, 16, "soft"),
        False,
        0.22,
    ),
    "offer": Gesture(
        _pose((0.14, -0.04, 0.23), 12, 30, 5, "soft"),
        _pose((0.22, -0.04, 0.37), 10, 72, 12, "open"),
        False,
        0.30,
    ),
    "open": Gesture(
        _pose((0.16, -0.05, 0.24), 12, 25, 5, "soft"),
        _pose((0.33, -0.02, 0.26), 10, 74, 18, "open"),
        True,
        0.34,
    ),
    "partner": Gesture(
        _pose((0.18, 0.00, 0.24), 16, 25, 5, "soft"),
        _pose((0.17, 0.05, 0.41), 16, 20, 4, "point"),
        False,
        0.26,
    ),
    "self": Gesture(
        _pose((0.18, -0.02, 0.25), 28, 8, 0, "soft"),
        _pose((0.102, 0.060, 0.190), 44, -2, -12, "flat", 14),
        False,
        0.30,
    ),
    "aside": Gesture(
        _pose((0.20, 0.00, 0.26), 18, 10, 0, "soft"),
        _pose((0.44, 0.04, 0.25), 16, 30, 10, "open"),
        False,
        0.34,
    ),
    "count1": Gesture(
        _pose((0.175, 0.07, 0.22), 14, 30, 8, "soft"),
        _pose((0.175, 0.12, 0.245), 14, 38, 14, "one", 4),
        False,
        0.24,
    ),
    "count2": Gesture(
        _pose((0.175, 0.07, 0.22), 14, 30, 8, "one"),
        _pose((0.175, 0.12, 0.245), 14, 38, 14, "two", 4),
        False,
        0.24,
    ),
    "count3": Gesture(
        _pose((0.175, 0.07, 0.22), 14, 30, 8, "two"),
        _pose((0.175, 0.12, 0.245), 14, 38, 14, "three", 4),
        False,
        0.24,
    ),
    "size": Gesture(
        _pose((0.125, -0.02, 0.30), 22, 2, 6, "cup"), _pose((0.26, 0.00, 0.32), 22, 4, 6, "cup"), True, 0.38
    ),
    "small": Gesture(
        _pose((0.17, -0.04, 0.27), 20, 8, 4, "soft"),
        _pose((0.122, 0.01, 0.30), 24, 8, 2, "pinch"),
        True,
        0.30,
    ),
    "sweep": Gesture(
        _pose((0.05, 0.01, 0.30), 26, -45, 8, "flat"),
        _pose((0.38, 0.04, 0.29), 22, -30, 12, "open"),
        False,
        0.55,
    ),
    "rise": Gesture(
        _pose((0.18, -0.12, 0.28), 12, 60, 5, "soft"),
        _pose((0.22, 0.17, 0.31), 14, 62, 14, "open"),
        False,
        0.50,
    ),
}
"""Name in the script to the gesture."""

RESTS: dict[str, tuple[Array, Array]] = {
    "hanging": (
        _pose((0.230, -0.263, 0.032), 2, -18, 2, "relaxed"),
        _pose((0.228, -0.265, 0.026), 2, -20, 4, "relaxed"),
    ),
    "joined": (
        _pose((0.105, -0.157, 0.168), 26, -12, -26, "resting"),
        _pose((0.085, -0.138, 0.228), 28, -14, -24, "relaxed"),
    ),
}
"""How (left, right) arms rest: beside the body, or hand over hand before the belly."""


@dataclass(frozen=True, slots=True)
class Manner:
    """How one person gestures.

    size: factor on the distance of strokes from the preparation. pace: factor on speed. right_handed:
    share of one-handed gestures made with the right hand. joined: share of rests with joined hands.
    """

    size: float
    pace: float
    right_handed: float
    joined: float


MANNERS: tuple[Manner, Manner] = (Manner(1.08, 0.94, 0.85, 0.3), Manner(0.95, 1.1, 0.55, 0.75))


def arms_over_time(dialogue: Dialogue, person: int, times_s: Array, seed: int) -> tuple[Array, Array]:
    """(N, 7 + 17) of the left and of the right arm: pose as in `arm`, then the hand shape."""
    random = np.random.default_rng([seed, 3, person])
    manner = MANNERS[person]
    rest = "joined" if random.random() < manner.joined else "hanging"
    tracks = (Track(RESTS[rest][0]), Track(RESTS[rest][1]))
    raised = [False, False]
    words = [word for phrase in dialogue.phrases_of(person) for word in phrase.words]
    planned = [word for word in words if word.gesture is not None]
    turn_ends_s = [end_s for _, end_s in dialogue.turns_of(person)]
    right = True
    _fidget(tracks, 0.0, planned[0].beat_s if planned else dialogue.duration_s, rest, random)
    for i, word in enumerate(planned):
        gesture = GESTURES[str(word.gesture)]
        hit_s = word.beat_s
        previous_s = planned[i - 1].beat_s if i else -10.0
        next_s = planned[i + 1].beat_s if i + 1 < len(planned) else dialogue.duration_s + 3.0
        if word.gesture not in ("count2", "count3"):
            right = bool(random.random() < manner.right_handed)
        sides = (0, 1) if gesture.both else ((1,) if right else (0,))
        for side in sides:
            _strike(tracks[side], gesture, manner, hit_s, previous_s, raised[side])
            raised[side] = True
        # The other hand comes down; when nothing follows soon, this one too.
        retracting = [side for side in (0, 1) if side not in sides and raised[side]]
        turn_goes_on = not any(hit_s < end_s < next_s for end_s in turn_ends_s)
        finished = next_s - hit_s > (2.9 if turn_goes_on else 1.7)
        if not finished and next_s - hit_s > 1.4:
            for side in sides:
                tracks[side].move(hit_s + 0.45, hit_s + 1.2, _sunk(tracks[side].target))
        if finished:
            rest = "joined" if random.random() < manner.joined else "hanging"
            retracting = [0, 1]
        for side in retracting:
            begin_s = hit_s + (random.uniform(0.45, 0.8) if side in sides else random.uniform(-0.1, 0.3))
            tracks[side].move(begin_s, begin_s + random.uniform(0.75, 0.95) / manner.pace, RESTS[rest][side])
            raised[side] = False
        if finished:
            _fidget(tracks, hit_s + 2.0, next_s, rest, random)
    left, right_arm = (_alive(track, words, manner, times_s, random) for track in tracks)
    return left, right_arm


def _sunk(held: Array) -> Array:
    """The same gesture held with less effort: a hand that waits sinks, comes closer and its fingers relax."""
    waiting = 0.5 * held + 0.5 * np.concatenate([held[:ARM_WIDTH], HAND_SHAPES["soft"]])
    waiting[:2] += [-0.02, -0.035]
    # A hand on the chest stays on it instead of sinking into it.
    waiting[2] = max(held[2] - 0.05, min(held[2], 0.20))
    waiting[4] *= 0.75
    return waiting


def _fidget(
    tracks: tuple[Track, Track], start_s: float, end_s: float, rest: str, random: np.random.Generator
) -> None:
    """Change the way of resting now and then while the other one talks for long."""
    time_s = start_s + random.uniform(2.0, 5.0)
    while time_s + 2.5 < end_s:
        rest = "hanging" if rest == "joined" else "joined"
        for side in (0, 1):
            late_s = time_s + random.uniform(0.0, 0.18)
            tracks[side].move(late_s, late_s + random.uniform(1.0, 1.35), RESTS[rest][side])
        time_s += random.uniform(6.0, 11.0)


def _strike(
    track: Track, gesture: Gesture, manner: Manner, hit_s: float, previous_s: float, raised: bool
) -> None:
    """Get ready, strike so that the stroke ends at `hit_s`; a hand that is up already needs less time."""
    stroke_s = gesture.stroke_s / manner.pace
    stroke = gesture.stroke.copy()
    stroke[:3] = gesture.ready[:3] + manner.size * (gesture.stroke[:3] - gesture.ready[:3])
    ready_s = (0.30 if raised else 0.55) / manner.pace
    begin_s = max(hit_s - stroke_s - ready_s, previous_s + 0.12)
    if begin_s > hit_s - 0.45:
        # No room to get ready: go straight to the end of the stroke.
        track.move(min(begin_s, hit_s - 0.30), hit_s, stroke)
        return
    track.move(begin_s, hit_s - stroke_s, gesture.ready)
    track.move(hit_s - stroke_s, hit_s, stroke)


def _alive(
    track: Track, words: list[Word], manner: Manner, times_s: Array, random: np.random.Generator
) -> Array:
    """Sample the track and add what keeps it from looking like a puppet: small beats, drift, loose wrists."""
    moved = track.sample(times_s, 0.035)
    up = ((moved[:, 1] + 0.16) / 0.10).clip(0.0, 1.0)
    up = up * up * (3 - 2 * up)
    beats = np.zeros(len(times_s))
    for word in words:
        if word.accented and word.gesture is None:
            beats += hump(times_s, word.beat_s + 0.02, 0.20, 0.28) - 0.45 * hump(
                times_s, word.beat_s - 0.2, 0.2, 0.2
            )
    moved[:, 1] -= 0.035 * manner.size * up * beats
    moved[:, 2] += 0.012 * up * beats
    moved[:, 5] += 9.0 * up * beats
    moved[:, :3] += (
        wandering(times_s, 0.9, random, 3) * np.array([0.006, 0.007, 0.006]) * (0.35 + 0.65 * up[:, None])
    )
    moved[:, 3:ARM_WIDTH] += (
        wandering(times_s, 0.8, random, 4) * np.array([1.5, 3.0, 2.5, 1.5]) * (0.4 + 0.6 * up[:, None])
    )
    moved[:, ARM_WIDTH:-5] += (
        wandering(times_s, 0.7, random, 12) * 1.6 + wandering(times_s, 1.1, random, 1) * 2.5
    )
    # The hand trails the forearm: wrist bends against fast vertical movement.
    if len(times_s) > 1:
        speed = np.gradient(moved[:, 1], times_s)
        moved[:, 5] -= (0.35 + 0.65 * up) * softened((22.0 * speed).clip(-22, 22)[:, None], times_s, 0.04)[
            :, 0
        ]
    return moved
