"""A recording for measuring whether sound and picture meet: arms thrown up and a click at known times.

The arms swing forward and up over two frames, half-way (and pointing at the partner) exactly at the flash
time, and down again likewise: filters without phase, interpolation between frames and any other frame rate
leave that moment where it is, and so does the centre of all change in the pictures around it. The click is
a tone that begins at full strength.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.spatial.transform import Rotation

from avatar_server.settings import SAMPLE_RATE_HZ
from avatar_server.testing.body_motion import BodyMotion
from avatar_server.testing.voice import room_tone

FLASH_PERIOD_S = 2.0
FIRST_FLASH_S = 1.0
ARMS_UP_S = 0.5
CLICK_HZ = 1000.0
CLICK_S = 0.08
CLICK_PEAK = 0.5

RAISED_DEG = 150.0
"""How far the arms swing, from hanging down through pointing forward."""

_ARM_HANGS_DEG = 72.0


def flash_times(duration_s: float) -> tuple[float, ...]:
    """Every two seconds from 1 s on, as long as the arms come down again before the end."""
    count = int(max(0.0, (duration_s - FIRST_FLASH_S - ARMS_UP_S - 0.1) // FLASH_PERIOD_S + 1))
    return tuple(FIRST_FLASH_S + FLASH_PERIOD_S * i for i in range(count))


def flash_motion(times_s: NDArray[np.float64], flashes_s: tuple[float, ...], rate_hz: float) -> BodyMotion:
    """Standing still, arms down; up for `ARMS_UP_S` from each flash on."""
    raised = np.zeros(len(times_s))
    for flash_s in flashes_s:
        up = ((times_s - flash_s) * rate_hz / 2 + 0.5).clip(0.0, 1.0)
        down = ((times_s - flash_s - ARMS_UP_S) * rate_hz / 2 + 0.5).clip(0.0, 1.0)
        raised += up - down
    joints = np.zeros((len(times_s), 52, 3))
    swing = Rotation.from_euler("x", -RAISED_DEG * raised[:, None], degrees=True)
    for shoulder, side in ((16, -1), (17, 1)):
        hanging = Rotation.from_euler("z", side * _ARM_HANGS_DEG, degrees=True)
        joints[:, shoulder] = (swing * hanging).as_rotvec()
    still = np.zeros((len(times_s), 2))
    return BodyMotion(joints, still, still)


def click_voice(
    duration_s: float, flashes_s: tuple[float, ...], random: np.random.Generator
) -> NDArray[np.float32]:
    """Room tone with a click at each flash; (duration * 48,000,) float32."""
    voice = room_tone(round(duration_s * SAMPLE_RATE_HZ), random)
    at_s = np.arange(round(CLICK_S * SAMPLE_RATE_HZ)) / SAMPLE_RATE_HZ
    click = CLICK_PEAK * np.cos(2 * np.pi * CLICK_HZ * at_s) * (1 - at_s / CLICK_S)
    for flash_s in flashes_s:
        begin = round(flash_s * SAMPLE_RATE_HZ)
        part = voice[begin : begin + len(click)]
        part += click[: len(part)].astype(np.float32)
    return voice
