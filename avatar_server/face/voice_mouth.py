"""Jaw and lips from what is heard: opening, rounding, spreading, hissing, and closed lips.

The louder the band above the murmur and the higher the first resonance, the wider the jaw; a low second
resonance rounds the lips and a high one spreads them (Fant 1960). A dip of that band is a consonant; it
closes the lips where the spelling tells of p, b or m or, where nobody wrote the words down, where the sound
glides into it as into a labial. Everything is smoothed about its own instant, so that lips neither lead nor
lag the sound in pictures, each of which is seen until the next one comes.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from avatar_server.face.voice_features import FRAME_RATE_HZ, Features
from avatar_server.face.voice_words import LipHints

Array = NDArray[np.float64]

PAST, FUTURE = 350, 40
"""Frames before and after those wanted that have a say: three seconds for the noise, the rest for dips."""

ATTACK_S, RELEASE_S = 0.04, 0.08

LEAD_FRAMES = 1
"""The face is ahead of the sound by a third of a picture's time: a picture stays until the next one comes."""

_CLOSED_DB, _OPEN_DB = -25.0, -3.0
"""The middle band against the level of speech: from where the mouth opens, and where it is open."""

_NOISE_S = 3.0
_LOUDEST_NOISE_DB = -14.0
"""Against the level of speech: what is louder is no noise, however long it lasts."""

_JAW_HZ = (290.0, 670.0)
_UNVOICED_JAW = 0.15
"""Hiss and breath come through teeth that are nearly closed, however loud."""

_SPREAD_HZ = (1600.0, 2350.0)

_DIP_FRAMES = 13
"""A consonant between two vowels is no longer than twice that."""

_LABIAL_HZ = (1750.0, 1350.0)
_HALF_CLOSURE = 10
_MURMUR_BELOW_DB = 13.0
"""An m behind silence is no dip of it: what is so much below the vowel still belongs to the closure."""

_HINT_FRAMES = 11
"""The spelling is trusted to be right to a tenth of a second."""


@dataclass(frozen=True, eq=False, slots=True)
class Mouth:
    """N frames, each (N,), 0..1. closed: lips pressed together; tucked: the lower one at the teeth."""

    jaw: Array
    rounded: Array
    spread: Array
    hiss: Array
    closed: Array
    tucked: Array


def mouth_of(
    heard: Features, level_dbfs: float, may_speak: NDArray[np.bool_], hints: LipHints, wanted: slice
) -> Mouth:
    """The frames `wanted` of those heard, of which PAST before and FUTURE after them must be there.

    level_dbfs: of this person's speech. may_speak: (N,), for every frame heard.
    """
    middle_db = heard.middle_db - level_dbfs
    low_db, high_db = heard.low_db - level_dbfs, heard.high_db - level_dbfs
    floor_db = np.minimum(_quietest_db(middle_db), _LOUDEST_NOISE_DB)
    clear = _ramp(middle_db - floor_db, 6.0, 14.0) * may_speak
    voiced = _ramp(low_db - middle_db, -18.0, -12.0)
    lowered = _ramp(heard.jaw_hz, *_JAW_HZ)
    loud = _ramp(middle_db, _CLOSED_DB, _OPEN_DB) * clear
    present = _ramp(np.maximum(middle_db, low_db), -26.0, -14.0) * clear * voiced
    tongue_hz = heard.tongue_hz
    rounded = _ramp(1560.0 - 0.6 * heard.jaw_hz - tongue_hz, 0.0, 250.0) * present
    spread = _ramp(tongue_hz, *_SPREAD_HZ) * present
    hiss = _ramp(high_db, -34.0, -22.0) * _ramp(high_db - low_db, -6.0, 6.0) * may_speak
    jaw = loud * ((0.30 + 0.70 * lowered) * voiced + _UNVOICED_JAW * (1.0 - voiced))
    closed, tucked = _lips(heard, middle_db, hiss, hints)
    wanted = slice(wanted.start + LEAD_FRAMES, wanted.stop + LEAD_FRAMES)
    smooth = _LIP_KERNEL
    return Mouth(
        _smoothed(jaw, _KERNEL)[wanted],
        _smoothed(rounded, _KERNEL)[wanted],
        _smoothed(spread, _KERNEL)[wanted],
        _smoothed(hiss, _KERNEL)[wanted],
        _smoothed(closed * may_speak, smooth)[wanted],
        _smoothed(tucked * may_speak, smooth)[wanted],
    )


def _ramp(values: Array, zero: float, one: float) -> Array:
    """0 up to `zero`, 1 from `one` on, without a corner between."""
    share = ((values - zero) / (one - zero)).clip(0.0, 1.0)
    return np.asarray(share * share * (3 - 2 * share))


def _kernel(ahead_s: float, behind_s: float) -> Array:
    """Weights that rise for `ahead_s` and fall for `behind_s`, the middle one at the instant itself."""
    ahead, behind = round(ahead_s * FRAME_RATE_HZ), round(behind_s * FRAME_RATE_HZ)
    rise = 0.5 - 0.5 * np.cos(np.pi * np.arange(1, ahead + 1) / (ahead + 1))
    fall = 0.5 + 0.5 * np.cos(np.pi * np.arange(1, behind + 1) / (behind + 1))
    half = max(ahead, behind)
    weights = np.concatenate([np.zeros(half - ahead), rise, [1.0], fall, np.zeros(half - behind)])
    return np.asarray(weights / weights.sum())


_KERNEL = _kernel(ATTACK_S, RELEASE_S)
_LIP_KERNEL = _kernel(0.03, 0.03)


def _smoothed(track: Array, kernel: Array) -> Array:
    """The track spread in time by the kernel, whose first half reaches ahead of the sound."""
    return np.asarray(np.convolve(track, kernel, mode="same"))


def _quietest_db(level_db: Array) -> Array:
    """(N,) quietest tenth of a second of the last three; Martin (2001) tells noise from speech like that."""
    block = FRAME_RATE_HZ // 10
    means = level_db[: len(level_db) // block * block].reshape(-1, block).mean(axis=1)
    width = round(_NOISE_S * 10)
    padded = np.concatenate([np.full(width - 1, np.inf), means])
    least = sliding_window_view(padded, width).min(axis=1)
    at = (np.arange(len(level_db)) - (block - 1) / 2) / block
    return np.asarray(np.interp(at, np.arange(len(least)), least))


def _lips(heard: Features, middle_db: Array, hiss: Array, hints: LipHints) -> tuple[Array, Array]:
    """(N,) how far the lips are closed, and how far the lower one is at the teeth."""
    labial = _labial(heard, middle_db)
    before, after = _peaks(middle_db)
    dip = _ramp(np.minimum(before, after) - middle_db, 8.0, 16.0) * _ramp(-middle_db, 8.0, 16.0)
    closed, tucked = dip * labial, np.zeros(len(dip))
    # Of two dips near a letter the one that sounds like it counts, even if the other is deeper.
    unlike_db = 14.0 * hiss + 6.0 * (1.0 - labial)
    start_s = heard.first / FRAME_RATE_HZ
    end_s = start_s + len(heard) / FRAME_RATE_HZ
    for first_s, last_s in hints.told_within(start_s, end_s):
        told = slice(*(max(0, round((at_s - start_s) * FRAME_RATE_HZ)) for at_s in (first_s, last_s)))
        closed[told] *= 0.15
    for moment in hints.moments_within(start_s, end_s):
        about = round((moment.time_s - start_s) * FRAME_RATE_HZ)
        if moment.closes:
            _close_at_dip(closed, middle_db, unlike_db, about)
        else:
            _close_at_dip(tucked, middle_db, np.zeros(len(dip)), about)
    return closed, tucked


def _labial(heard: Features, middle_db: Array) -> Array:
    """(N,) how much what is around each frame sounds like closing lips, 0..1."""
    # The sound as it fades and comes back: what is quieter tells of the noise, what is louder of the vowel.
    telling = np.exp(-(((middle_db + 18.0) / 7.0) ** 2)) + 1e-6
    around = np.ones(_DIP_FRAMES)
    tongue_hz = np.convolve(telling * heard.tongue_hz, around, "same") / np.convolve(telling, around, "same")
    return _ramp(tongue_hz, *_LABIAL_HZ)


def _peaks(level_db: Array) -> tuple[Array, Array]:
    """(N,) loudest of the frames before and of those after each."""
    padded = np.pad(level_db, _DIP_FRAMES, mode="edge")
    loudest = sliding_window_view(padded, _DIP_FRAMES).max(axis=1)
    return loudest[: len(level_db)], loudest[_DIP_FRAMES + 1 :][: len(level_db)]


def _close_at_dip(track: Array, middle_db: Array, unlike_db: Array, about: int) -> None:
    """Raise `track`, in place, in the deepest dip near frame `about`; unlike_db: what speaks against each."""
    first, last = max(about - _HINT_FRAMES, 0), min(about + _HINT_FRAMES + 1, len(middle_db))
    if last - first < 3:
        return
    away = np.abs(np.arange(first, last) - about) / _HINT_FRAMES
    bottom = first + int(np.argmin((middle_db + unlike_db)[first:last] + 8.0 * away**2))
    before = middle_db[max(bottom - _DIP_FRAMES, 0) : bottom + 1][::-1]
    after = middle_db[bottom : bottom + _DIP_FRAMES + 1]
    depth_db = float(max(before.max(), after.max()) - middle_db[bottom])
    if depth_db < 4.0:
        return
    begin, end = bottom - _closed_frames(before) + 1, bottom + _closed_frames(after)
    track[begin:end] = np.maximum(track[begin:end], min(1.0, (depth_db - 4.0) / 8.0 + 0.4))


def _closed_frames(rising_db: Array) -> int:
    """How many frames from the bottom of a dip on, at least one, belong to the closure."""
    loudest_db = float(rising_db.max())
    depth_db = loudest_db - float(rising_db[0])
    is_open = rising_db >= max(loudest_db - 0.5 * depth_db, loudest_db - _MURMUR_BELOW_DB)
    return max(1, min(int(is_open.argmax()), _HALF_CLOSURE))
