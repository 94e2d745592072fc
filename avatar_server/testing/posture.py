"""Trunk, head and legs: breathing, shifting of weight, leaning, nodding, looking.

Angles are made in degrees in the upright frame (y up, facing +z): pitch about x (positive bends forward),
yaw about y (positive turns to the own left), roll about z (positive leans to the own right).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from avatar_server.testing.dialogue import Dialogue
from avatar_server.testing.trajectory import Track, hump, minimum_jerk, softened, wandering

Array = NDArray[np.float64]


@dataclass(frozen=True, eq=False, slots=True)
class Posture:
    """Per frame, degrees unless said: (N, 3) pitch, yaw, roll of each joint; `sway_m` (N, 2) right-left, up.

    gaze: (N, 2) yaw and pitch of the eyes relative to the head, degrees.
    """

    root: Array
    spine: Array
    neck: Array
    head: Array
    collars: tuple[Array, Array]
    hips: tuple[Array, Array]
    sway_m: Array
    gaze: Array


@dataclass(frozen=True, slots=True)
class Bearing:
    """How one person stands: breaths a second, head movement and sway as factors."""

    breath_hz: float
    head: float
    sway: float
    tilt: float


BEARINGS: tuple[Bearing, Bearing] = (Bearing(0.23, 0.85, 1.1, -1.5), Bearing(0.27, 1.15, 0.85, 2.5))


def posture_over_time(dialogue: Dialogue, person: int, times_s: Array, seed: int) -> Posture:
    """Everything but arms and hands."""
    random = np.random.default_rng([seed, 4, person])
    bearing = BEARINGS[person]
    count = len(times_s)
    weight = _weight(dialogue, person, times_s, seed, bearing)
    breath = np.sin(2 * np.pi * bearing.breath_hz * times_s + 0.7 * wandering(times_s, 6.0, random)[:, 0])
    engaged = _engagement(dialogue, person, times_s)
    drift = wandering(times_s, 3.0, random, 3) * np.array([0.8, 1.6, 0.7])
    root = np.stack([0.3 * drift[:, 0], 1.2 * weight + 0.5 * drift[:, 1], 1.6 * weight], axis=1)
    spine = np.stack(
        [
            0.45 * breath * -1 + 1.3 * engaged + drift[:, 0],
            -0.8 * weight + drift[:, 1],
            -2.2 * weight + drift[:, 2],
        ],
        axis=1,
    )
    accents = np.zeros(count)
    shrugs = np.zeros(count)
    for phrase in dialogue.phrases_of(person):
        for word in phrase.words:
            if word.accented:
                accents += random.uniform(0.6, 1.2) * hump(times_s, word.beat_s + 0.06, 0.20, 0.34)
            if word.gesture == "open":
                shrugs += hump(times_s, word.beat_s, 0.35, 0.9)
    spine[:, 0] += 0.6 * accents
    nods = _nods(dialogue, person, times_s, random)
    look = _looking(dialogue, person, times_s, random)
    tilt = bearing.tilt * _listening(dialogue, person, times_s) + 0.9 * wandering(times_s, 2.2, random)[:, 0]
    wobble = wandering(times_s, 0.55, random, 3) * _speaking(dialogue, person, times_s)[:, None]
    head_pitch = bearing.head * (3.6 * accents + nods) + look[:, 1] - 0.6 * spine[:, 0] + 0.9 * wobble[:, 0]
    head_yaw = look[:, 0] - spine[:, 1] - root[:, 1] + bearing.head * 1.3 * wobble[:, 1]
    head_roll = tilt - 0.7 * (spine[:, 2] + root[:, 2]) + 0.8 * wobble[:, 2] + 3.0 * shrugs
    turning = np.stack([head_pitch, head_yaw, head_roll], axis=1)
    lift = 0.9 * breath + 9.0 * shrugs
    collars = (np.zeros((count, 3)), np.zeros((count, 3)))
    collars[0][:, 2], collars[1][:, 2] = lift, -lift
    hips = (
        np.stack([0 * weight, 0 * weight, -1.6 * weight], 1),
        np.stack([0 * weight, 0 * weight, -1.6 * weight], 1),
    )
    sway = np.stack(
        [0.028 * weight + 0.004 * wandering(times_s, 1.7, random)[:, 0], -0.004 * np.abs(weight)], axis=1
    )
    eyes = 0.35 * look + wandering(times_s, 0.4, random, 2) * 0.8
    return Posture(root, spine, 0.4 * turning, 0.6 * turning, collars, hips, sway, eyes)


def _weight(dialogue: Dialogue, person: int, times_s: Array, seed: int, bearing: Bearing) -> Array:
    """-1..1: on which leg the weight is. A third of it follows the partner a second later."""
    own = _shifts(times_s, dialogue.duration_s, np.random.default_rng([seed, 5, person]))
    other = _shifts(times_s - 1.0, dialogue.duration_s, np.random.default_rng([seed, 5, 1 - person]))
    # They stand face to face, so the mirror image of the partner's left is the own right.
    return bearing.sway * (0.75 * own - 0.3 * other)


def _shifts(times_s: Array, duration_s: float, random: np.random.Generator) -> Array:
    track = Track(np.array([random.uniform(-0.6, 0.6)]))
    time_s = random.uniform(1.0, 3.0)
    while time_s < duration_s:
        side = -np.sign(track.target[0]) * random.uniform(0.3, 1.0)
        length_s = random.uniform(1.0, 1.9)
        track.move(time_s, time_s + length_s, np.array([side]))
        time_s += length_s + random.uniform(2.0, 7.0)
    return track.sample(times_s, 0.10)[:, 0] + 0.12 * wandering(np.abs(times_s), 1.3, random)[:, 0]


def _speaking(dialogue: Dialogue, person: int, times_s: Array) -> Array:
    """0..1 with soft edges."""
    speaking = np.zeros(len(times_s))
    for start_s, end_s in dialogue.turns_of(person):
        rise = minimum_jerk((times_s - start_s + 0.3) / 0.4)
        fall = minimum_jerk((times_s - end_s) / 0.5)
        speaking = np.maximum(speaking, rise * (1 - fall))
    return speaking


def _listening(dialogue: Dialogue, person: int, times_s: Array) -> Array:
    return _speaking(dialogue, 1 - person, times_s) * (1 - _speaking(dialogue, person, times_s))


def _engagement(dialogue: Dialogue, person: int, times_s: Array) -> Array:
    """Lean towards the partner a little while speaking, more slowly back afterwards."""
    return softened(_speaking(dialogue, person, times_s)[:, None], times_s, 0.5)[:, 0]


def _nods(dialogue: Dialogue, person: int, times_s: Array, random: np.random.Generator) -> Array:
    """Degrees of pitch: each nod a damped swing, the first one the deepest."""
    pitch = np.zeros(len(times_s))
    moments = [(nod.time_s, nod.count) for nod in dialogue.nods if nod.listener == person]
    moments += [
        (phrase.start_s - 0.05, 2) for phrase in dialogue.phrases_of(person) if phrase.kind == "backchannel"
    ]
    moments.sort()
    free_s = -1.0
    for time_s, count in moments:
        if time_s < free_s:
            continue
        depth, period_s = random.uniform(7.0, 10.0), random.uniform(0.42, 0.55)
        for cycle in range(count):
            peak_s = time_s + (cycle + 0.5) * period_s
            pitch += depth * 0.62**cycle * hump(times_s, peak_s, 0.5 * period_s, 0.55 * period_s)
        free_s = time_s + (count + 0.5) * period_s
    return pitch


def _looking(dialogue: Dialogue, person: int, times_s: Array, random: np.random.Generator) -> Array:
    """(N, 2) yaw and pitch of the look: at the partner (0, 0), away while thinking of what to say.

    Speakers look away when a turn begins and back before it ends; listeners only glance aside (Kendon 1967).
    """
    track = Track(np.zeros(2))
    time_s = 0.0
    turns = dialogue.turns_of(person)
    for start_s, end_s in turns:
        while time_s + 5.0 < start_s:
            time_s += random.uniform(3.0, 5.5)
            if time_s + 1.6 < start_s:
                track.move(time_s, time_s + 0.4, _aside(random, 0.7))
                track.move(time_s + random.uniform(0.8, 1.2), time_s + 1.6, np.zeros(2))
        length_s = end_s - start_s
        away_s = start_s + random.uniform(-0.15, 0.1)
        if length_s > 1.2 and away_s > track.busy_until_s:
            back_s = away_s + min(random.uniform(0.8, 1.5), 0.6 * length_s)
            track.move(away_s, away_s + 0.38, _aside(random, 1.0))
            track.move(back_s, back_s + 0.4, np.zeros(2))
            again_s = back_s + random.uniform(1.6, 2.6)
            if again_s + 1.6 < end_s:
                track.move(again_s, again_s + 0.35, _aside(random, 0.8))
                track.move(again_s + 0.9, again_s + 1.3, np.zeros(2))
        time_s = end_s
    return track.sample(times_s, 0.05)


def _aside(random: np.random.Generator, size: float) -> Array:
    side = random.choice([-1.0, 1.0])
    return size * np.array([side * random.uniform(11.0, 21.0), random.uniform(-4.0, 7.0)])
