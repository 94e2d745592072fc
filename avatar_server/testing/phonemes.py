"""The sounds of English as a formant synthesiser needs them: where the resonances lie, what excites them.

Formant frequencies of vowels are the adult male means of Peterson and Barney (1952), rounded; consonant
loci, noise spectra and durations follow the tables of Klatt (1980, "Software for a cascade/parallel
formant synthesizer") and Klatt (1976, segmental duration), both simplified. Symbols are ARPAbet, the
schwa is AX.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Formants = tuple[float, float, float]
"""First three resonances in Hz for a vocal tract of 17.5 cm."""

Kind = Literal["vowel", "glide", "nasal", "fricative", "stop", "affricate", "breath", "silence"]


@dataclass(frozen=True, slots=True)
class Phoneme:
    """One sound.

    duration_s: length when stressed and in the middle of a phrase.
    onset, offset: resonances at the beginning and the end; equal but for diphthongs.
    voicing: strength of the glottal source, 0..1; during the closure of a stop, the voice bar.
    noise: strength of friction (of the burst, for stops), 0..1.
    noise_centre_hz, noise_width_hz: where the friction lies.
    aspiration_s: how long breath follows the burst of a stop.
    mouth_opening: 0 closed .. 1 wide; rounding: 0 spread .. 1 rounded lips.
    """

    kind: Kind
    duration_s: float
    onset: Formants
    offset: Formants
    voicing: float = 1.0
    noise: float = 0.0
    noise_centre_hz: float = 4000.0
    noise_width_hz: float = 3000.0
    aspiration_s: float = 0.0
    mouth_opening: float = 0.2
    rounding: float = 0.0


def _vowel(
    duration_s: float,
    onset: Formants,
    offset: Formants | None = None,
    opening: float = 0.5,
    rounding: float = 0.0,
) -> Phoneme:
    return Phoneme("vowel", duration_s, onset, offset or onset, mouth_opening=opening, rounding=rounding)


def _stop(place: Formants, voiced: bool, centre_hz: float, width_hz: float, opening: float) -> Phoneme:
    return Phoneme(
        "stop",
        0.072 if voiced else 0.105,
        place,
        place,
        voicing=0.22 if voiced else 0.0,
        noise=0.35 if voiced else 0.6,
        noise_centre_hz=centre_hz,
        noise_width_hz=width_hz,
        aspiration_s=0.0 if voiced else 0.038,
        mouth_opening=opening,
    )


def _fricative(
    place: Formants, voiced: bool, noise: float, centre_hz: float, width_hz: float, opening: float
) -> Phoneme:
    return Phoneme(
        "fricative",
        0.070 if voiced else 0.100,
        place,
        place,
        voicing=0.45 if voiced else 0.0,
        noise=noise * (0.6 if voiced else 1.0),
        noise_centre_hz=centre_hz,
        noise_width_hz=width_hz,
        mouth_opening=opening,
    )


def _voiced(
    kind: Kind, duration_s: float, place: Formants, voicing: float, opening: float, rounding: float = 0.0
) -> Phoneme:
    return Phoneme(kind, duration_s, place, place, voicing=voicing, mouth_opening=opening, rounding=rounding)


_LABIAL: Formants = (290, 880, 2200)
_DENTAL: Formants = (310, 1350, 2600)
_ALVEOLAR: Formants = (300, 1720, 2600)
_PALATAL: Formants = (300, 1900, 2500)
_VELAR: Formants = (300, 1900, 2350)

PHONEMES: dict[str, Phoneme] = {
    "IY": _vowel(0.125, (300, 2150, 2950), (275, 2270, 3000), 0.25),
    "IH": _vowel(0.095, (400, 1950, 2550), opening=0.35),
    "EH": _vowel(0.110, (540, 1800, 2490), opening=0.60),
    "AE": _vowel(0.150, (670, 1700, 2420), opening=0.85),
    "AA": _vowel(0.150, (720, 1100, 2450), opening=1.00),
    "AO": _vowel(0.150, (580, 860, 2420), opening=0.75, rounding=0.5),
    "AH": _vowel(0.100, (630, 1200, 2400), opening=0.60),
    "UH": _vowel(0.095, (440, 1030, 2250), opening=0.35, rounding=0.6),
    "UW": _vowel(0.130, (330, 950, 2240), (305, 850, 2240), 0.25, 1.0),
    "ER": _vowel(0.130, (480, 1330, 1690), opening=0.40, rounding=0.3),
    "AX": _vowel(0.060, (490, 1400, 2450), opening=0.35),
    "EY": _vowel(0.150, (490, 1880, 2550), (330, 2200, 2750), 0.45),
    "AY": _vowel(0.175, (720, 1180, 2500), (380, 2050, 2600), 0.80),
    "OW": _vowel(0.155, (540, 960, 2400), (380, 800, 2300), 0.55, 0.8),
    "AW": _vowel(0.175, (720, 1280, 2500), (420, 900, 2300), 0.85, 0.4),
    "OY": _vowel(0.180, (540, 860, 2400), (360, 1980, 2550), 0.60, 0.5),
    "W": _voiced("glide", 0.065, (300, 640, 2200), 0.7, 0.20, 1.0),
    "Y": _voiced("glide", 0.060, (270, 2250, 3000), 0.7, 0.20),
    "R": _voiced("glide", 0.065, (330, 1150, 1520), 0.75, 0.30, 0.4),
    "L": _voiced("glide", 0.065, (350, 1080, 2750), 0.7, 0.35),
    "M": _voiced("nasal", 0.070, (270, 1000, 2150), 0.55, 0.00),
    "N": _voiced("nasal", 0.065, (270, 1600, 2550), 0.55, 0.20),
    "NG": _voiced("nasal", 0.075, (270, 2000, 2650), 0.55, 0.25),
    "S": _fricative(_ALVEOLAR, False, 0.55, 7000, 3200, 0.12),
    "Z": _fricative(_ALVEOLAR, True, 0.50, 7000, 3200, 0.12),
    "SH": _fricative(_PALATAL, False, 0.70, 3600, 2400, 0.15),
    "ZH": _fricative(_PALATAL, True, 0.60, 3600, 2400, 0.15),
    "F": _fricative(_LABIAL, False, 0.20, 7500, 7000, 0.08),
    "V": _fricative(_LABIAL, True, 0.16, 7500, 7000, 0.08),
    "TH": _fricative(_DENTAL, False, 0.18, 7000, 6000, 0.18),
    "DH": _fricative(_DENTAL, True, 0.12, 6500, 6000, 0.18),
    "HH": Phoneme(
        "breath", 0.060, (500, 1400, 2450), (500, 1400, 2450), voicing=0.08, noise=0.5, mouth_opening=0.4
    ),
    "P": _stop(_LABIAL, False, 1200, 2200, 0.0),
    "B": _stop(_LABIAL, True, 1000, 1800, 0.0),
    "T": _stop(_ALVEOLAR, False, 4600, 3400, 0.15),
    "D": _stop(_ALVEOLAR, True, 4400, 3200, 0.15),
    "K": _stop(_VELAR, False, 2300, 1500, 0.25),
    "G": _stop(_VELAR, True, 2200, 1500, 0.25),
    "CH": Phoneme(
        "affricate",
        0.135,
        _PALATAL,
        _PALATAL,
        voicing=0.0,
        noise=0.65,
        noise_centre_hz=3700,
        noise_width_hz=2400,
        mouth_opening=0.15,
    ),
    "JH": Phoneme(
        "affricate",
        0.110,
        _PALATAL,
        _PALATAL,
        voicing=0.22,
        noise=0.45,
        noise_centre_hz=3600,
        noise_width_hz=2400,
        mouth_opening=0.15,
    ),
}
"""Every sound the synthesiser knows; vowels carry a stress digit in pronunciations, not here."""

BILABIAL = frozenset({"M", "B", "P"})
"""Sounds made with closed lips."""
