"""Where somebody looks while two people talk: mostly at the other, more so as a listener, with breaks.

Who speaks looks away about half of the time, most of all as he begins, and looks back as he ends, which
offers the floor; who listens looks at the speaker three quarters of the time and more (Kendon 1967, Argyle
and Cook 1976). Eyes move in jumps and rest between; on a face they go between its eyes and its mouth.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from avatar_server.face.voice_talk import Span

Array = NDArray[np.float64]

LOOKS_AT_S = {"speaks": 1.5, "listens": 4.2, "silent": 2.6}
LOOKS_AWAY_S = {"speaks": 2.1, "listens": 1.1, "silent": 1.5}
"""Means: speakers look half of the time, listeners four fifths."""

ENDS_LOOKING_S = (0.4, 1.0)
"""So long before a turn ends its speaker looks back at the latest."""

HOLDS_S = 1.1
"""And so long after it he waits for the answer."""

SACCADE_S, SACCADE_S_A_DEGREE = 0.021, 0.0022
"""Duration of a jump (Carpenter 1988)."""

SHORTEST_REST_S = 0.2
"""Nobody sees anything in less."""

_LONG_TURN_S = 1.5
_FACE_DEGREES = np.array([[1.3, 0.5], [-1.3, 0.5], [0.0, -2.6]])
"""Eyes and mouth of somebody at 1.4 m, yaw and pitch."""


@dataclass(frozen=True, eq=False, slots=True)
class Gaze:
    """Fixations in order.

    starts_s: (K,). degrees: (K, 2) yaw to the own left and pitch up, from the partner's face.
    at_partner: (K,).
    """

    starts_s: Array
    degrees: Array
    at_partner: NDArray[np.bool_]

    def degrees_at(self, times_s: Array) -> Array:
        """(N, 2) at each time; before the second fixation the first one."""
        now = (np.searchsorted(self.starts_s, times_s, side="right") - 1).clip(0)
        before = (now - 1).clip(0)
        way = self.degrees[now] - self.degrees[before]
        takes_s = SACCADE_S + SACCADE_S_A_DEGREE * np.hypot(way[:, 0], way[:, 1])
        share = ((times_s - self.starts_s[now]) / takes_s).clip(0.0, 1.0)
        share = share**3 * (10 - 15 * share + 6 * share**2)
        return np.asarray(self.degrees[before] + way * share[:, None])

    def shifts_s(self, least_degrees: float) -> Array:
        """When the eyes jump so far."""
        jumps = np.hypot(*np.diff(self.degrees, axis=0).T)
        return np.asarray(self.starts_s[1:][jumps >= least_degrees])


def plan_gaze(
    start_s: float,
    end_s: float,
    own: tuple[Span, ...],
    partner: tuple[Span, ...],
    random: np.random.Generator,
) -> Gaze:
    """Of a stretch of time, by the turns of both that touch it and a second beyond."""
    starts_s: list[float] = []
    degrees: list[tuple[float, float]] = []
    at_partner: list[bool] = []
    time_s = start_s
    looks = bool(random.random() < 0.7)
    side = 1.0 if random.random() < 0.5 else -1.0
    while time_s < end_s - SHORTEST_REST_S:
        until_s = _until(time_s, looks, own, partner, random)
        if not looks and random.random() < 0.35:
            side = -side
        middle = np.zeros(2) if looks else _away(side, _mode(time_s, own, partner), random)
        at_s = time_s
        while at_s == time_s or at_s < min(until_s, end_s) - SHORTEST_REST_S:
            if looks:
                place = _FACE_DEGREES[random.integers(3)] + random.normal(0.0, 0.35, 2)
                rests_s = random.lognormal(-0.15, 0.5)
            else:
                place = middle + random.normal(0.0, 1.6, 2)
                rests_s = random.lognormal(-0.5, 0.5)
            starts_s.append(at_s)
            degrees.append((float(place[0]), float(place[1])))
            at_partner.append(looks)
            at_s += max(SHORTEST_REST_S, rests_s)
        time_s = until_s
        looks = not looks
    return Gaze(np.array(starts_s), np.array(degrees), np.array(at_partner))


def _mode(time_s: float, own: tuple[Span, ...], partner: tuple[Span, ...]) -> str:
    if any(first_s - 0.1 <= time_s < last_s for first_s, last_s in own):
        return "speaks"
    return "listens" if any(first_s <= time_s < last_s for first_s, last_s in partner) else "silent"


def _until(
    time_s: float, looks: bool, own: tuple[Span, ...], partner: tuple[Span, ...], random: np.random.Generator
) -> float:
    """When somebody who begins to look, or to look away, at `time_s` does something else."""
    mode = _mode(time_s, own, partner)
    mean_s = (LOOKS_AT_S if looks else LOOKS_AWAY_S)[mode]
    until_s = time_s + max(0.35, mean_s * random.lognormal(-0.08, 0.4))
    leaves, returns_s = random.random() < 0.75, random.uniform(*ENDS_LOOKING_S)
    for first_s, last_s in own:
        if looks:
            if leaves and last_s - first_s > _LONG_TURN_S and time_s + 0.3 < first_s < until_s + 0.5:
                return first_s - 0.1
            if last_s - returns_s < until_s < last_s + HOLDS_S and time_s < last_s + HOLDS_S:
                until_s = last_s + HOLDS_S
        elif time_s + 0.3 < last_s - returns_s < until_s:
            return last_s - returns_s
        elif last_s - returns_s <= time_s < last_s:
            return time_s + 0.35
    if not looks:
        for first_s, _ in partner:
            if time_s < first_s + 0.3 < until_s:
                return max(first_s + 0.3, time_s + 0.35)
    return until_s


def _away(side: float, mode: str, random: np.random.Generator) -> Array:
    """Past the partner's face: to the side, a listener rather down, who thinks of words also up."""
    yaw = side * random.uniform(7.0, 17.0)
    pitch = random.normal(-1.0, 5.0) if mode == "speaks" else random.normal(-5.0, 3.0)
    return np.array([yaw, np.clip(pitch, -11.0, 8.0)])
