"""Synthetic ARKit weights: those of the synthetic action units, a little different on each side, and gaze."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from avatar_server.face.action_units import weights_of_action_units
from avatar_server.face.arkit import ARKIT_INDEX, LEFT_AND_RIGHT
from avatar_server.testing.dialogue import Dialogue
from avatar_server.testing.face_signals import action_units
from avatar_server.testing.trajectory import wandering

_SIDES_DIFFER_BY = 0.04
_LEAST = 0.002
"""A tracker never says exactly zero."""


def arkit_weights(
    dialogue: Dialogue, person: int, times_s: NDArray[np.float64], voice: NDArray[np.float32], seed: int
) -> NDArray[np.float32]:
    """(N, 52) in Apple's order, 0..1."""
    random = np.random.default_rng([seed, 11, person])
    units = action_units(dialogue, person, times_s, voice, seed).astype(np.float32)
    weights = weights_of_action_units(units)
    for left, right in LEFT_AND_RIGHT:
        apart = _SIDES_DIFFER_BY * np.abs(wandering(times_s, 0.8, random)[:, 0])
        weights[:, ARKIT_INDEX[left]] *= 1 - apart
        weights[:, ARKIT_INDEX[right]] *= 1 + apart
    yaw, pitch = (0.25 * wandering(times_s, 1.2, random, 2)).T
    for name, value in {
        "eyeLookOutLeft": yaw,
        "eyeLookInRight": yaw,
        "eyeLookInLeft": -yaw,
        "eyeLookOutRight": -yaw,
        "eyeLookUpLeft": pitch,
        "eyeLookUpRight": pitch,
        "eyeLookDownLeft": -pitch,
        "eyeLookDownRight": -pitch,
    }.items():
        weights[:, ARKIT_INDEX[name]] = value
    weights[:, ARKIT_INDEX["tongueOut"]] = 0.0
    return np.asarray((weights + _LEAST).clip(0, 1), np.float32)
