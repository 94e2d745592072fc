"""From sounds in time to the tracks that drive a synthesiser: resonances, excitation, melody.

All tracks are sampled every `FRAME_S` from the beginning of the phrase. Targets are held over their part
of a sound and then smoothed; smoothing resonances over about 60 ms is what coarticulation sounds like.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import convolve1d

from avatar_server.testing.dialogue import Phrase
from avatar_server.testing.phonemes import PHONEMES, Formants

Array = NDArray[np.float64]

FRAME_S = 0.0025
"""Step of all tracks."""

MARGIN_S = 0.12
"""Tracks begin this much before the phrase and end as much after it, so that everything fades."""


@dataclass(frozen=True, slots=True)
class Speaker:
    """What makes a voice: its pitch, the length of its vocal tract, its breath.

    tract_scale: 1 is the adult male mean; resonances are multiplied by it.
    """

    pitch_hz: float
    pitch_span: float
    tract_scale: float
    breathiness: float
    open_quotient: float
    upper_formants_hz: tuple[float, float]


SPEAKERS: tuple[Speaker, Speaker] = (
    Speaker(110.0, 0.85, 0.97, 0.030, 0.58, (3350.0, 4200.0)),
    Speaker(204.0, 1.0, 1.16, 0.075, 0.68, (4050.0, 4900.0)),
)
"""Person 0: lower, larger. Person 1: higher, shorter, a little more breath."""


@dataclass(frozen=True, eq=False, slots=True)
class Tracks:
    """K frames. Resonances and bandwidths (K, 3) Hz; the rest (K,): strengths 0..1, pitch and noise in Hz."""

    start_s: float
    formants_hz: Array
    bandwidths_hz: Array
    voicing: Array
    aspiration: Array
    noise: Array
    noise_centre_hz: Array
    noise_width_hz: Array
    nasality: Array
    pitch_hz: Array


@dataclass(slots=True)
class _Step:
    """One piece of a sound with constant targets."""

    end_s: float
    formants: Formants
    voicing: float = 0.0
    aspiration: float = 0.0
    noise: float = 0.0
    centre_hz: float = 4000.0
    width_hz: float = 3000.0
    nasality: float = 0.0


def articulate(phrase: Phrase, speaker: Speaker, random: np.random.Generator) -> Tracks:
    """The tracks of one phrase as `speaker` says it."""
    steps = _steps(phrase)
    start_s = phrase.start_s - MARGIN_S
    count = int(np.ceil((phrase.end_s + MARGIN_S - start_s) / FRAME_S)) + 1
    times_s: Array = np.asarray(start_s + FRAME_S * np.arange(count), dtype=np.float64)
    index = np.searchsorted([step.end_s for step in steps], times_s, side="right").clip(0, len(steps) - 1)

    def held(values: list[float]) -> Array:
        return np.asarray(np.asarray(values, dtype=float)[index])

    formants: Array = np.array([step.formants for step in steps], dtype=float)[index] * speaker.tract_scale
    formants = np.exp(_smooth(np.log(formants), 0.060))
    # The voice gives way over the last fifth of a second, as breath runs out.
    fading = 1 - 0.6 * ((times_s - (phrase.end_s - 0.20)) / 0.20).clip(0.0, 1.0) ** 1.5
    voicing = _smooth(held([step.voicing for step in steps]), 0.022) * fading
    nasality = _smooth(held([step.nasality for step in steps]), 0.045)
    bandwidths = np.stack(
        [60 + 0.03 * formants[:, 0], 70 + 0.018 * formants[:, 1], 100 + 0.02 * formants[:, 2]], 1
    )
    bandwidths *= (1 + 1.2 * nasality)[:, None]
    return Tracks(
        start_s,
        formants,
        bandwidths,
        voicing,
        _smooth(held([step.aspiration for step in steps]), 0.020),
        _smooth(held([step.noise for step in steps]), 0.012),
        _smooth(held([step.centre_hz for step in steps]), 0.020) * speaker.tract_scale**0.5,
        _smooth(held([step.width_hz for step in steps]), 0.020),
        nasality,
        _melody(phrase, speaker, times_s, random),
    )


def _steps(phrase: Phrase) -> list[_Step]:
    phones = [phone for word in phrase.words for phone in word.phones]
    steps = [_Step(phrase.start_s, PHONEMES[phones[0].symbol].onset)]
    for i, phone in enumerate(phones):
        sound = PHONEMES[phone.symbol]
        length_s = phone.end_s - phone.start_s
        if sound.kind in ("vowel", "glide", "nasal"):
            strength = sound.voicing * (1.0 if phone.stress == 1 or sound.kind != "vowel" else 0.78)
            nasality = 1.0 if sound.kind == "nasal" else 0.0
            middle_s = phone.start_s + 0.5 * length_s
            steps.append(_Step(middle_s, sound.onset, strength, nasality=nasality))
            steps.append(_Step(phone.end_s, sound.offset, strength, nasality=nasality))
        elif sound.kind == "fricative":
            steps.append(
                _Step(phone.end_s, sound.onset, sound.voicing, 0.0, sound.noise, sound.noise_centre_hz,
                      sound.noise_width_hz)
            )  # fmt: skip
        elif sound.kind == "breath":
            following = PHONEMES[phones[i + 1].symbol].onset if i + 1 < len(phones) else sound.onset
            steps.append(_Step(phone.end_s, following, sound.voicing, sound.noise))
        else:
            steps += _stop_steps(phones[i].symbol, phone.start_s, length_s, _next_formants(phrase, i))
    steps.append(_Step(phrase.end_s + 1.0, PHONEMES[phones[-1].symbol].offset))
    return steps


def _next_formants(phrase: Phrase, i: int) -> Formants | None:
    phones = [phone for word in phrase.words for phone in word.phones]
    if i + 1 < len(phones) and PHONEMES[phones[i + 1].symbol].kind in ("vowel", "glide"):
        return PHONEMES[phones[i + 1].symbol].onset
    return None


def _stop_steps(symbol: str, start_s: float, length_s: float, following: Formants | None) -> list[_Step]:
    """Closure (with a voice bar if voiced), burst, and breath until the voice of the next sound sets in."""
    sound = PHONEMES[symbol]
    if sound.kind == "affricate":
        closed_s, noisy_s, breath_s = 0.40 * length_s, 0.60 * length_s, 0.0
    else:
        breath_s = min(sound.aspiration_s, 0.4 * length_s) if following else 0.0
        noisy_s = min(0.014, 0.3 * length_s)
        closed_s = length_s - noisy_s - breath_s
    end_s = start_s + closed_s
    steps = [_Step(end_s, sound.onset, sound.voicing)]
    end_s += noisy_s
    strength = sound.noise if following else 0.5 * sound.noise
    steps.append(
        _Step(end_s, sound.onset, sound.voicing, 0.1, strength, sound.noise_centre_hz, sound.noise_width_hz)
    )
    if breath_s:
        blend = tuple(0.5 * (a + b) for a, b in zip(sound.onset, following or sound.onset, strict=True))
        steps.append(_Step(end_s + breath_s, (blend[0], blend[1], blend[2]), 0.0, 0.55))
    return steps


def _melody(phrase: Phrase, speaker: Speaker, times_s: Array, random: np.random.Generator) -> Array:
    """Pitch: a falling line, a hump on each accent, and an end that falls, rises or hangs on.

    The form is the one of Fujisaki (phrase and accent commands on log frequency) with smooth humps.
    """
    length_s = phrase.end_s - phrase.start_s
    x = ((times_s - phrase.start_s) / length_s).clip(0.0, 1.0)
    start, end = (0.13, -0.17) if phrase.opens_turn else (0.08, -0.19)
    log_pitch = start + (end - start) * x
    for word in phrase.words:
        if not word.accented:
            continue
        height = random.uniform(0.16, 0.26)
        peak_s, rise_s, fall_s = word.beat_s + 0.085, 0.11, 0.16
        away = (times_s - peak_s) / np.where(times_s < peak_s, rise_s, fall_s)
        log_pitch += height * np.exp(-(away**2))
    tail = 1 / (1 + np.exp(-(times_s - (phrase.end_s - 0.16)) / 0.045))
    log_pitch += {"falls": -0.20, "rises": 0.42, "continues": 0.12}[phrase.melody] * tail
    knots_s = np.arange(times_s[0], times_s[-1] + 0.2, 0.09)
    log_pitch += 0.018 * np.interp(times_s, knots_s, random.standard_normal(len(knots_s)))
    if phrase.smiling:
        log_pitch += 0.07
    return speaker.pitch_hz * np.exp(speaker.pitch_span * log_pitch)


def _smooth(values: Array, width_s: float) -> Array:
    """Convolve along time with a Hann window `width_s` wide (a moving target followed by a slow tongue)."""
    half = max(1, round(width_s / FRAME_S / 2))
    window = np.hanning(2 * half + 3)[1:-1]
    return np.asarray(convolve1d(values, window / window.sum(), axis=0, mode="nearest"))
