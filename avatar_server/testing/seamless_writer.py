"""Writes one recording's files as the official tools leave them: WAV, NPZ and JSON side by side."""

from __future__ import annotations

import json
import struct
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from avatar_server.settings import SAMPLE_RATE_HZ
from avatar_server.testing.dialogue import Dialogue, Phrase, Word

_IEEE_FLOAT = 3


def write_wav(path: Path, voice: NDArray[np.float32]) -> None:
    """48 kHz mono 32-bit float. The header has 58 bytes (`fmt ` with extension size, `fact`, `data`)."""
    data = np.ascontiguousarray(voice, dtype="<f4").tobytes()
    path.write_bytes(
        b"RIFF"
        + struct.pack("<I", 50 + len(data))
        + b"WAVEfmt "
        + struct.pack("<IHHIIHHH", 18, _IEEE_FLOAT, 1, SAMPLE_RATE_HZ, 4 * SAMPLE_RATE_HZ, 4, 32, 0)
        + b"fact"
        + struct.pack("<II", 4, len(voice))
        + b"data"
        + struct.pack("<I", len(data))
        + data
    )


def write_npz(path: Path, arrays: dict[str, NDArray[Any]]) -> None:
    """A deflated NPZ; keys hold a colon, which `numpy.savez_compressed` passes through."""
    np.savez_compressed(path, **arrays)  # type: ignore[arg-type]


def write_json(path: Path, recording_id: str, dialogue: Dialogue, person: int, drop_word_times: bool) -> None:
    """Transcript and voice activity of one person in the data set's schema."""
    phrases = dialogue.phrases_of(person)
    transcript = []
    number = 0
    for phrase in phrases:
        words = []
        for word in phrase.words:
            words.append(_word_entry(word, drop_word_times and number % 3 == 2))
            number += 1
        transcript.append(
            {
                "words": words,
                "start": _ms(phrase.start_s),
                "end": _ms(phrase.end_s),
                "transcript": phrase.text,
            }
        )
    activity = [{"start": _ms(start_s), "end": _ms(end_s)} for start_s, end_s in voice_activity(phrases)]
    content = {"id": recording_id, "metadata:transcript": transcript, "metadata:vad": activity}
    path.write_text(json.dumps(content), encoding="utf-8")


def voice_activity(phrases: tuple[Phrase, ...], join_s: float = 0.25) -> list[tuple[float, float]]:
    """(start, end) in seconds of uninterrupted speech; pauses shorter than `join_s` do not interrupt it."""
    spans: list[tuple[float, float]] = []
    for phrase in phrases:
        if spans and phrase.start_s - spans[-1][1] < join_s:
            spans[-1] = (spans[-1][0], max(spans[-1][1], phrase.end_s))
        else:
            spans.append((phrase.start_s, phrase.end_s))
    return spans


def _word_entry(word: Word, without_times: bool) -> dict[str, Any]:
    if without_times:
        return {"word": word.text, "start": None, "end": None}
    return {"word": word.text, "start": _ms(word.start_s), "end": _ms(word.end_s), "score": 0.95}


def _ms(seconds: float) -> float:
    return round(seconds, 3)
