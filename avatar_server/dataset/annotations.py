"""What was said and when: the JSON beside a recording.

Nothing here is needed to play, so a part that is missing or broken becomes a notice and the rest is kept.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path, PurePath
from typing import TypeVar

from avatar_server.dataset.json_lines import parse_lines, under_their_names

_Part = TypeVar("_Part")
MAX_BYTES = 64 << 20
_ITEM_KEYS = {"start", "end", "start_ts", "words", "annotation"}


@dataclass(frozen=True, slots=True)
class Word:
    """One word; aligners leave the times of some words open (None). score: the aligner's confidence, 0..1."""

    text: str
    start_s: float | None
    end_s: float | None
    score: float | None


@dataclass(frozen=True, slots=True)
class Utterance:
    """One segment of the transcript."""

    text: str
    start_s: float
    end_s: float
    words: tuple[Word, ...]


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of time in which a voice was active."""

    start_s: float
    end_s: float


@dataclass(frozen=True, slots=True)
class Annotation:
    """What a person wrote about a stretch of the recording; `kind` is 1P-IS, 1P-R, 3P-IS, 3P-R or 3P-V."""

    kind: str
    text: str
    start_s: float
    end_s: float


@dataclass(frozen=True, slots=True)
class Annotations:
    """The contents of one JSON file, each part in order of time, times in seconds from the common zero."""

    transcript: tuple[Utterance, ...] = ()
    voice_activity: tuple[Span, ...] = ()
    annotations: tuple[Annotation, ...] = ()
    notices: tuple[str, ...] = ()

    @property
    def words(self) -> tuple[Word, ...]:
        """All of the transcript."""
        return tuple(word for utterance in self.transcript for word in utterance.words)

    @property
    def word_count(self) -> int:
        """Words in the transcript."""
        return len(self.words)

    @property
    def speech_s(self) -> float:
        """Seconds with voice; overlapping spans count once."""
        return covered_s((span.start_s, span.end_s) for span in self.voice_activity)

    @property
    def transcript_s(self) -> float:
        """Seconds within segments of the transcript; overlapping ones count once."""
        return covered_s((utterance.start_s, utterance.end_s) for utterance in self.transcript)

    @property
    def transcribed_speech_s(self) -> float:
        """Seconds with voice that lie within segments of the transcript."""
        spoken = [(span.start_s, span.end_s) for span in self.voice_activity]
        written = [(utterance.start_s, utterance.end_s) for utterance in self.transcript]
        everything = sorted(spoken + written)
        return max(0.0, self.speech_s + self.transcript_s - covered_s(everything))

    @property
    def untimed_word_count(self) -> int:
        """Words of the transcript of which the aligner left the beginning or the end open."""
        return sum(word.start_s is None or word.end_s is None for word in self.words)


def covered_s(spans: Iterable[tuple[float, float]]) -> float:
    """Seconds within any of `spans`, (start, end), which come in the order of their starts."""
    total, reached = 0.0, -math.inf
    for start_s, end_s in spans:
        total += max(0.0, end_s - max(start_s, reached))
        reached = max(reached, end_s)
    return total


def read_annotations(path: Path | None) -> Annotations:
    """Read the JSON at `path`; without one, or if it cannot be read, all is empty and a notice says why.

    A file of JSON Lines (see `json_lines`) is taken as well.
    """
    if path is None:
        return Annotations(notices=("no JSON: no transcript and no voice activity",))
    try:
        if path.stat().st_size > MAX_BYTES:
            return Annotations(notices=(f"{path.name}: larger than {MAX_BYTES >> 20} MiB, not read",))
        data = path.read_bytes()
    except OSError as error:
        return _unreadable(path, error)
    return parse_annotations(data, path)


def parse_annotations(data: bytes, path: PurePath) -> Annotations:
    """As `read_annotations`, from bytes that are here. path: where they are from, or will go to."""
    try:
        document = _parse(data, path)
    except (ValueError, RecursionError) as error:
        return _unreadable(path, error)
    if not isinstance(document, dict):
        return Annotations(notices=(f"{path.name}: expected a JSON object, found {_kind_of(document)}",))
    notices = _Notices(path.name)
    transcript = [_utterance(item) for item in notices.items(document, "metadata:transcript")]
    voice_activity = [_span(item) for item in notices.items(document, "metadata:vad")]
    annotations = [
        _annotation(key.removeprefix("annotations:"), item)
        for key in sorted(document)
        if key.startswith("annotations:")
        for item in notices.items(document, key)
    ]
    return Annotations(
        transcript=tuple(sorted(notices.sound(transcript, "transcript segments"), key=_start)),
        voice_activity=tuple(sorted(notices.sound(voice_activity, "voice activity spans"), key=_start)),
        annotations=tuple(sorted(notices.sound(annotations, "annotations"), key=_start)),
        notices=notices.all,
    )


def _unreadable(path: PurePath, error: Exception) -> Annotations:
    return Annotations(notices=(f"{path.name}: not readable as JSON ({' '.join(str(error).split())})",))


def _parse(data: bytes, path: PurePath) -> object:
    """The document, or its lines in the shape of one."""
    try:
        document = json.loads(data)
    except json.JSONDecodeError as error:
        # A second document after the first whole one is how JSON Lines look to a reader of JSON.
        if not error.msg.startswith("Extra data"):
            raise
        return under_their_names(parse_lines(data.decode(json.detect_encoding(data))), path)
    # A file of a single line: a segment, a span or an annotation, and not a recording's whole JSON.
    if (
        isinstance(document, dict)
        and not any(":" in key for key in document)
        and document.keys() & _ITEM_KEYS
    ):
        return under_their_names([document], path)
    return document


class _Notices:
    """Collects what is wrong in one file."""

    def __init__(self, file_name: str) -> None:
        self._file_name = file_name
        self._sentences: list[str] = []

    @property
    def all(self) -> tuple[str, ...]:
        return tuple(self._sentences)

    def items(self, document: dict[str, object], key: str) -> Iterator[object]:
        value = document.get(key)
        if isinstance(value, list):
            yield from value
        elif key not in document:
            self._sentences.append(f"{self._file_name}: no {key}")
        elif value is not None:
            self._sentences.append(f"{self._file_name}: {key} is {_kind_of(value)} and not a list")

    def sound(self, parsed: list[_Part | None], what: str) -> list[_Part]:
        kept = [item for item in parsed if item is not None]
        if len(kept) < len(parsed):
            malformed = len(parsed) - len(kept)
            self._sentences.append(
                f"{self._file_name}: {malformed} of {len(parsed)} {what} are malformed and left out"
            )
        return kept


def _utterance(item: object) -> Utterance | None:
    span = _span(item)
    if span is None or not isinstance(item, dict):
        return None
    words = item.get("words")
    parsed = [_word(word) for word in words] if isinstance(words, list) else []
    kept = tuple(word for word in parsed if word is not None)
    text = item.get("transcript")
    if not isinstance(text, str):
        text = " ".join(word.text for word in kept)
    return Utterance(text.strip(), span.start_s, span.end_s, kept)


def _word(item: object) -> Word | None:
    if not isinstance(item, dict) or not isinstance(item.get("word"), str):
        return None
    return Word(
        item["word"].strip(), _number(item.get("start")), _number(item.get("end")), _number(item.get("score"))
    )


def _span(item: object) -> Span | None:
    if not isinstance(item, dict):
        return None
    start_s, end_s = _number(item.get("start")), _number(item.get("end"))
    return Span(start_s, end_s) if start_s is not None and end_s is not None and start_s <= end_s else None


def _annotation(kind: str, item: object) -> Annotation | None:
    if not isinstance(item, dict) or not isinstance(item.get("annotation"), str):
        return None
    start_s, end_s = _number(item.get("start_ts")), _number(item.get("end_ts"))
    if start_s is None or end_s is None or start_s > end_s:
        return None
    return Annotation(kind, item["annotation"].strip(), start_s, end_s)


def _number(value: object) -> float | None:
    """A finite number of seconds (or a score); JSON readers also let true, NaN and Infinity through."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    try:
        number = float(value)
    except OverflowError:
        return None
    return number if math.isfinite(number) else None


def _start(item: Utterance | Span | Annotation) -> float:
    return item.start_s


def _kind_of(value: object) -> str:
    names = {dict: "an object", list: "a list", str: "a text", bool: "true or false", type(None): "null"}
    return names.get(type(value), "a number")
