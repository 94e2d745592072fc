"""Source and filter: a glottal pulse train and noise, shaped by a vocal tract that moves.

The filtering is done on overlapping short pieces: each piece of the excitation (Hann, half overlapped, so
they add up to the excitation itself) is convolved with the response the tract has at that moment. That is
a time-varying filter without feedback, so it vectorises and never clicks. Sources: Klatt and Klatt (1990)
for the glottal pulse (KLGLOTT88) and the amount of breath; Klatt (1980) for the resonators.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.signal import lfilter, oaconvolve, resample_poly

from avatar_server.settings import SAMPLE_RATE_HZ
from avatar_server.testing.articulation import FRAME_S, SPEAKERS, Speaker, Tracks, articulate
from avatar_server.testing.dialogue import Dialogue

Array = NDArray[np.float64]

TRACT_RATE_HZ = 24_000
"""The tract is computed at this rate: speech has little above 12 kHz."""

SPEECH_DBFS = -22.0
"""RMS level while somebody speaks."""

ROOM_TONE_DBFS = -65.0

_HOP = 120
_WINDOW = 2 * _HOP
_TRANSFORM = 1024
_FRAMES_A_HOP = round(_HOP / TRACT_RATE_HZ / FRAME_S)


def speak(dialogue: Dialogue, person: int, seed: int) -> NDArray[np.float32]:
    """Everything `person` says, with the room around it: (duration * 48,000,) float32."""
    random = np.random.default_rng([seed, 2, person])
    speaker = SPEAKERS[person]
    voice = np.zeros(round(dialogue.duration_s * SAMPLE_RATE_HZ), dtype=np.float32)
    room = _room(random)
    energy, spoken_s = 0.0, 0.0
    for phrase in dialogue.phrases_of(person):
        tracks = articulate(phrase, speaker, random)
        sound = say(tracks, speaker, random)
        if phrase.kind == "backchannel":
            sound *= 0.6
        energy += float(np.sum(sound**2))
        spoken_s += phrase.end_s - phrase.start_s
        _add(voice, oaconvolve(sound, room), round(tracks.start_s * SAMPLE_RATE_HZ))
    if energy:
        voice *= np.float32(10 ** (SPEECH_DBFS / 20) / np.sqrt(energy / (spoken_s * SAMPLE_RATE_HZ)))
        _limit(voice)
    voice += room_tone(len(voice), random)
    return voice


def say(tracks: Tracks, speaker: Speaker, random: np.random.Generator) -> Array:
    """One phrase at 48 kHz; the level is arbitrary but the same for all phrases."""
    count = len(tracks.pitch_hz) // _FRAMES_A_HOP * _HOP
    voiced, opening = _glottis(tracks, speaker, count, random)
    white = random.standard_normal(count)
    breath = white * (
        _at_samples(tracks.aspiration, count)
        + speaker.breathiness * _at_samples(tracks.voicing, count) * (0.3 + 1.4 * opening)
    )
    source = voiced + 0.11 * _brightened(breath)
    friction = 0.16 * random.standard_normal(count) * _at_samples(tracks.noise, count)
    sampled = slice(0, None, _FRAMES_A_HOP)
    shaped = _through(source, _tract_response(tracks, speaker, sampled))
    shaped += _through(friction, _noise_response(tracks, sampled))
    return np.asarray(resample_poly(shaped, SAMPLE_RATE_HZ // TRACT_RATE_HZ, 1))


def room_tone(count: int, random: np.random.Generator) -> NDArray[np.float32]:
    """`count` samples of the hush of a quiet room."""
    white = random.standard_normal(count, dtype=np.float32)
    smoothing = np.float32(0.97)
    # The variance of this filter's output is 1 / (1 - 0.97^2).
    gain = np.float32(10 ** (ROOM_TONE_DBFS / 20) * np.sqrt(1 - 0.97**2))
    return np.asarray(lfilter([gain], np.array([1.0, -smoothing], dtype=np.float32), white), dtype=np.float32)


def _glottis(
    tracks: Tracks, speaker: Speaker, count: int, random: np.random.Generator
) -> tuple[Array, Array]:
    """Derivative of the glottal flow, and how open the glottis is (0..1), at the tract's rate.

    Computed at twice that rate, because the abrupt closure would alias. Jitter 0.6 %, shimmer 3 %.
    """
    fine = 2 * count
    pitch = _at_samples(tracks.pitch_hz, fine)
    wobble = np.repeat(random.standard_normal(fine // 300 + 2), 300)[:fine]
    turns = np.cumsum(pitch * (1 + 0.006 * wobble)) / (2 * TRACT_RATE_HZ)
    cycle = turns.astype(int)
    x = (turns - cycle) / speaker.open_quotient
    x = np.where(x < 1, x, 0.0)
    shimmer = 1 + 0.03 * random.standard_normal(cycle[-1] + 1)
    flow_slope = (2 * x - 3 * x**2) * shimmer[cycle]
    flow = 6.75 * (x**2 - x**3)
    closing = lfilter([0.55], [1.0, -0.45], flow_slope)
    voiced = resample_poly(closing, 1, 2)[:count] * _at_samples(tracks.voicing, count)
    return voiced, flow[::2]


def _tract_response(tracks: Tracks, speaker: Speaker, sampled: slice) -> NDArray[np.complex128]:
    """(frames, bins) response of the cascade of resonators, nasal pole and zero included."""
    turn = np.exp(-2j * np.pi * np.arange(_TRANSFORM // 2 + 1) / _TRANSFORM)
    response = np.ones((len(tracks.pitch_hz[sampled]), len(turn)), dtype=complex)
    for i in range(3):
        response *= _resonator(tracks.formants_hz[sampled, i], tracks.bandwidths_hz[sampled, i], turn)
    fixed = np.ones(len(turn), dtype=complex)
    last_hz = speaker.upper_formants_hz[1]
    higher = [
        *speaker.upper_formants_hz,
        *np.arange(last_hz + 1000 * speaker.tract_scale, 11_500, 1000 * speaker.tract_scale),
    ]
    for i, centre_hz in enumerate(higher):
        fixed *= _resonator(np.array([centre_hz]), np.array([180.0 + 90 * i]), turn)[0]
    nasality = tracks.nasality[sampled]
    scale = speaker.tract_scale
    zero_hz = (280 + 620 * nasality) * scale
    pole = _resonator(np.full(len(nasality), 280 * scale), np.full(len(nasality), 110.0), turn)
    return response * fixed * pole / _resonator(zero_hz, 110 + 60 * nasality, turn)


def _resonator(centre_hz: Array, width_hz: Array, turn: NDArray[np.complex128]) -> NDArray[np.complex128]:
    """Klatt's two-pole resonator, unit gain at 0 Hz: (frames, bins)."""
    radius = np.exp(-np.pi * width_hz / TRACT_RATE_HZ)[:, None]
    b = 2 * radius * np.cos(2 * np.pi * centre_hz / TRACT_RATE_HZ)[:, None]
    c = -(radius**2)
    return np.asarray((1 - b - c) / (1 - b * turn - c * turn**2))


def _noise_response(tracks: Tracks, sampled: slice) -> NDArray[np.complex128]:
    """(frames, bins) band of the friction noise: a smooth hill on a logarithmic flank."""
    frequency_hz = np.arange(_TRANSFORM // 2 + 1) * TRACT_RATE_HZ / _TRANSFORM
    away = (frequency_hz - tracks.noise_centre_hz[sampled, None]) / tracks.noise_width_hz[sampled, None]
    # Linear phase centred in the piece keeps the noise from leaking ahead of its place.
    return (1 / (1 + (2 * away) ** 4)).astype(complex)


def _through(excitation: Array, responses: NDArray[np.complex128]) -> Array:
    """Filter `excitation`, piece k with `responses[k]`; the same length comes out."""
    pieces = len(excitation) // _HOP - 1
    window = np.hanning(_WINDOW + 1)[:-1]
    cut = np.lib.stride_tricks.sliding_window_view(excitation, _WINDOW)[::_HOP][:pieces] * window
    spectra = np.fft.rfft(cut, _TRANSFORM) * responses[1 : pieces + 1]
    filtered = np.fft.irfft(spectra, _TRANSFORM)
    out = np.zeros((pieces + _TRANSFORM // _HOP + 1) * _HOP)
    padded = np.zeros((pieces, (_TRANSFORM // _HOP + 1) * _HOP))
    padded[:, :_TRANSFORM] = filtered
    for part in range(padded.shape[1] // _HOP):
        out[part * _HOP : (part + pieces) * _HOP] += padded[:, part * _HOP : (part + 1) * _HOP].ravel()
    return out[: len(excitation)]


def _at_samples(track: Array, count: int) -> Array:
    """A track from its frames to `count` samples over the same time."""
    return np.interp(np.linspace(0, len(track) - 1, count), np.arange(len(track)), track)


def _brightened(noise: Array) -> Array:
    """Breath noise has no energy at the bottom."""
    return np.asarray(lfilter([1.0, -0.75], [1.0], noise))


def _limit(voice: NDArray[np.float32]) -> None:
    """Round off the few peaks above -6 dBFS, in place, so that nothing can clip."""
    knee = 0.5
    over = np.flatnonzero(np.abs(voice) > knee)
    beyond = (np.abs(voice[over]) - knee) / (1 - knee)
    voice[over] = np.sign(voice[over]) * (knee + (1 - knee) * 0.9 * np.tanh(beyond))


def _room(random: np.random.Generator) -> Array:
    """Response of a small furnished room: 25 dB softer than the voice, dying away over 0.15 s."""
    length = round(0.18 * SAMPLE_RATE_HZ)
    decay = np.exp(-6.9 * np.arange(length) / (0.15 * SAMPLE_RATE_HZ))
    tail = lfilter([0.6], [1.0, -0.4], random.standard_normal(length)) * decay
    tail[: round(0.004 * SAMPLE_RATE_HZ)] = 0.0
    tail *= 10 ** (-25 / 20) / np.sqrt(np.sum(tail**2))
    tail[0] = 1.0
    return np.asarray(tail)


def _add(voice: NDArray[np.float32], sound: Array, begin: int) -> None:
    """Mix `sound` into `voice` at sample `begin`, cut off at both ends."""
    skip = max(0, -begin)
    end = min(len(voice), begin + len(sound))
    if end > begin + skip:
        voice[begin + skip : end] += sound[skip : end - begin].astype(np.float32)
