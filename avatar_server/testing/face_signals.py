"""Face action units, emotion and gaze over time: the mouth follows the sounds, the rest the conversation.

Columns and value ranges as in the `movement` group of the recordings; three action units are dead there
(always zero) and so they are here.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter1d

from avatar_server.dataset.face_features import DEAD_COLUMNS, EMOTION_NAMES, FAU_NAMES
from avatar_server.settings import SAMPLE_RATE_HZ
from avatar_server.testing.body_motion import BodyMotion
from avatar_server.testing.dialogue import Dialogue
from avatar_server.testing.phonemes import BILABIAL, PHONEMES
from avatar_server.testing.trajectory import hump, minimum_jerk, wandering

Array = NDArray[np.float64]


def action_units(
    dialogue: Dialogue, person: int, times_s: Array, voice: NDArray[np.float32], seed: int
) -> Array:
    """(N, 24), 0..2."""
    random = np.random.default_rng([seed, 7, person])
    units = 0.03 + 0.03 * np.abs(wandering(times_s, 1.5, random, 24))
    opening, rounding, spreading, closed = _mouth(dialogue, person, times_s)
    loud = loudness(voice, times_s)
    smile = _smile(dialogue, person, times_s)
    brows = np.zeros(len(times_s))
    for phrase in dialogue.phrases_of(person):
        for word in phrase.words:
            if word.accented:
                brows += 0.55 * random.uniform(0.5, 1.2) * hump(times_s, word.beat_s, 0.25, 0.45)
        if phrase.melody == "rises":
            brows += 0.6 * hump(times_s, phrase.end_s, 0.6, 0.7)
    jaw = opening * (0.35 + 0.65 * loud)
    units[:, FAU_NAMES.index("JawDrop")] += 1.45 * jaw
    units[:, FAU_NAMES.index("LipsParts")] += 1.5 * np.sqrt(np.maximum(jaw, 0)) * (1 - closed)
    units[:, FAU_NAMES.index("LipPuckerer")] += 1.2 * rounding
    units[:, FAU_NAMES.index("LipStretcher")] += 0.7 * spreading
    units[:, FAU_NAMES.index("LowerLipDepressor")] += 0.6 * jaw
    units[:, FAU_NAMES.index("ChinRaiser")] += 0.4 * closed
    units[:, FAU_NAMES.index("LipCornerPuller")] += 1.3 * smile
    units[:, FAU_NAMES.index("CheekRaiser")] += 0.9 * smile
    units[:, FAU_NAMES.index("InnerBrowRaiser")] += brows
    units[:, FAU_NAMES.index("OuterBrowRaiser")] += 0.8 * brows
    units[:, FAU_NAMES.index("EyesClosed")] += 1.9 * _blinks(dialogue.duration_s, times_s, random)
    units[:, DEAD_COLUMNS] = 0.0
    return np.clip(units, 0.0, 2.0)


def emotions(dialogue: Dialogue, person: int, times_s: Array, seed: int) -> tuple[Array, Array, Array]:
    """Scores (N, 8) as unnormalised logits, valence (N, 1) and arousal (N, 1), about -1..1."""
    random = np.random.default_rng([seed, 8, person])
    smile = _smile(dialogue, person, times_s)
    speaking = np.zeros(len(times_s))
    for start_s, end_s in dialogue.turns_of(person):
        speaking += minimum_jerk((times_s - start_s) / 0.5) * (1 - minimum_jerk((times_s - end_s) / 0.8))
    scores = -1.5 + 0.3 * wandering(times_s, 2.0, random, 8)
    scores[:, EMOTION_NAMES.index("Neutral")] += 3.0 - 2.0 * smile
    scores[:, EMOTION_NAMES.index("Happiness")] += 1.2 + 3.0 * smile
    valence = 0.15 + 0.5 * smile + 0.08 * wandering(times_s, 3.0, random)[:, 0]
    arousal = -0.1 + 0.35 * speaking + 0.2 * smile + 0.08 * wandering(times_s, 3.0, random)[:, 0]
    return scores, valence.clip(-1, 1)[:, None], arousal.clip(-1, 1)[:, None]


def gaze_codes(motion: BodyMotion) -> Array:
    """(N, 2): the corpus gives these without calibration; here they are radians, yaw and pitch."""
    return np.radians(motion.gaze)


def loudness(voice: NDArray[np.float32], times_s: Array) -> Array:
    """0..1: RMS of the sound around each time, against its loudest passages."""
    # Energy in steps of 5 ms first: ten minutes at 48 kHz in double precision would be a lot to carry about.
    step = SAMPLE_RATE_HZ // 200
    whole = voice[: len(voice) // step * step].reshape(-1, step)
    power = np.concatenate([[0.0], np.cumsum(np.einsum("ij,ij->i", whole, whole), dtype=np.float64)])
    centre = np.round(times_s * 200).astype(int)
    first, last = (centre - 5).clip(0, len(whole)), (centre + 5).clip(0, len(whole))
    level = np.sqrt((power[last] - power[first]) / np.maximum(last - first, 1))
    loudest = np.percentile(level, 97) if len(level) else 1.0
    return np.asarray((level / max(float(loudest), 1e-9)).clip(0.0, 1.0))


def _mouth(dialogue: Dialogue, person: int, times_s: Array) -> tuple[Array, Array, Array, Array]:
    """Opening, rounding, spreading and closed lips, each 0..1, as lips and jaw can follow."""
    step_s = 0.005
    count = int(dialogue.duration_s / step_s) + 2
    tracks = np.zeros((count, 4))
    for phrase in dialogue.phrases_of(person):
        for word in phrase.words:
            for phone in word.phones:
                sound = PHONEMES[phone.symbol]
                part = slice(round(phone.start_s / step_s), round(phone.end_s / step_s))
                spread = 1.0 if phone.symbol in ("IY", "EY", "IH", "S", "Z") else 0.0
                tracks[part] = (sound.mouth_opening, sound.rounding, spread, float(phone.symbol in BILABIAL))
    tracks = gaussian_filter1d(tracks, 0.022 / step_s, axis=0)
    at = np.arange(count) * step_s
    opening, rounding, spreading, closed = (np.interp(times_s, at, tracks[:, i]) for i in range(4))
    return opening, rounding, spreading, closed


def _smile(dialogue: Dialogue, person: int, times_s: Array) -> Array:
    """0..1: own smiles, and a smaller answer to the partner's."""
    smile = np.full(len(times_s), 0.12)
    for phrase in dialogue.phrases:
        if phrase.smiling:
            size, delay_s = (0.85, 0.0) if phrase.speaker == person else (0.55, 0.35)
            smile = np.maximum(smile, size * hump(times_s, phrase.end_s + delay_s, 1.0, 1.6))
    return smile


def _blinks(duration_s: float, times_s: Array, random: np.random.Generator) -> Array:
    """0..1: lids close in 80 ms and open in 140, every 2 to 6 s, now and then twice."""
    closed = np.zeros(len(times_s))
    time_s = random.uniform(0.8, 2.5)
    while time_s < duration_s:
        closed = np.maximum(closed, hump(times_s, time_s, 0.09, 0.16))
        time_s += 0.35 if random.random() < 0.12 else random.uniform(1.8, 5.5)
    return closed
