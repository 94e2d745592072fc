"""What a face does that no sound decides, stretch by stretch: any is known without those before it."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from avatar_server.face.voice_blinks import SHIFT_DEGREES, Blink, lids_at, plan_blinks
from avatar_server.face.voice_gaze import Gaze, plan_gaze
from avatar_server.face.voice_mien import KNOT_S, Expression, idle_knots, plan_expressions
from avatar_server.face.voice_talk import Talk

Array = NDArray[np.float64]

STRETCH_S = 20.0
_KNOTS = round(STRETCH_S / KNOT_S)
_SEEN_S = 2.0
"""What is said so long before and after a stretch has a say in it."""

_KEPT = 8


@dataclass(frozen=True, eq=False, slots=True)
class Stretch:
    """Plans for STRETCH_S; knots: (channels, N) of the idle movement."""

    gaze: Gaze
    blinks: tuple[Blink, ...]
    expressions: tuple[Expression, ...]
    knots: Array


@dataclass(frozen=True, eq=False, slots=True)
class Looks:
    """At N times: (N,) lids, smile and brows, 0..1; (N, 2) gaze in degrees; (N, channels) idle weights."""

    lids: tuple[Array, Array]
    gaze_degrees: Array
    smile: Array
    brows: Array
    idle: Array


class LooksPlan:
    """Plans made when they are asked for; other seeds, other people."""

    def __init__(self, seed: int) -> None:
        self._seed = seed
        self._stretches: OrderedDict[int, tuple[object, Stretch]] = OrderedDict()
        self._lock = threading.Lock()

    def at(self, times_s: Array, own: Talk, partner: Talk) -> Looks:
        """For times in order, within one second."""
        index = int(times_s[0] // STRETCH_S)
        plans = [self._stretch(place, own, partner) for place in (index - 1, index, index + 1)]
        gaze = Gaze(
            np.concatenate([plan.gaze.starts_s for plan in plans]),
            np.concatenate([plan.gaze.degrees for plan in plans]),
            np.concatenate([plan.gaze.at_partner for plan in plans]),
        )
        smile, brows = np.zeros(len(times_s)), np.zeros(len(times_s))
        for expression in (one for plan in plans for one in plan.expressions):
            share = expression.at(times_s)
            smile = np.maximum(smile, expression.smile * share)
            brows = np.maximum(brows, expression.brows * share)
        blinks = [blink for plan in plans for blink in plan.blinks]
        return Looks(
            lids_at(blinks, times_s), gaze.degrees_at(times_s), smile, brows, _idle(plans, index, times_s)
        )

    def stretch(self, index: int, own: Talk, partner: Talk) -> Stretch:
        """All that is planned for one stretch."""
        return self._stretch(index, own, partner)

    def _stretch(self, index: int, own: Talk, partner: Talk) -> Stretch:
        start_s, end_s = index * STRETCH_S, (index + 1) * STRETCH_S
        said = own.near(start_s - _SEEN_S, end_s + _SEEN_S)
        answered = partner.near(start_s - _SEEN_S, end_s + _SEEN_S)
        with self._lock:
            kept = self._stretches.get(index)
            if kept is not None and kept[0] == (said, answered):
                self._stretches.move_to_end(index)
                return kept[1]
        (utterances, turns), (_, partner_turns) = said, answered
        gaze = plan_gaze(start_s, end_s, turns, partner_turns, self._random(index, 0))
        pauses_s = [last_s for _, last_s in utterances if start_s <= last_s < end_s]
        made = Stretch(
            gaze,
            plan_blinks(start_s, end_s, pauses_s, list(gaze.shifts_s(SHIFT_DEGREES)), self._random(index, 1)),
            plan_expressions(start_s, end_s, utterances, turns, partner_turns, self._random(index, 2)),
            idle_knots(self._random(index, 3), _KNOTS),
        )
        with self._lock:
            self._stretches[index] = (said, answered), made
            while len(self._stretches) > _KEPT:
                self._stretches.popitem(last=False)
        return made

    def _random(self, index: int, what: int) -> np.random.Generator:
        return np.random.default_rng([self._seed & 0xFFFFFFFF, index & 0xFFFFFFFF, what])


def _idle(plans: Sequence[Stretch], index: int, times_s: Array) -> Array:
    """(N, channels): smoothly from knot to knot of the stretches around number `index`."""
    knots = np.concatenate([plan.knots for plan in plans], axis=1)
    place = times_s / KNOT_S - (index - 1) * _KNOTS
    first = np.floor(place).astype(int)
    share = place - first
    share = share * share * (3 - 2 * share)
    return np.asarray((knots[:, first] * (1 - share) + knots[:, first + 1] * share).T)
