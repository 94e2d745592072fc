"""The director of one performance: he hears who speaks, and keeps his list of cuts up to date."""

from __future__ import annotations

import bisect
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from avatar_server.audio.loudness import Loudness
from avatar_server.audio.voice_activity import known_until_s, voice_activity
from avatar_server.scene.director import CutList, cut_list
from avatar_server.scene.turn_taking import Span, utterances


class Voice(Protocol):
    """One person's sound."""

    @property
    def duration_s(self) -> float:
        """Length in seconds of all of it."""

    @property
    def loudness(self) -> Loudness:
        """What was measured of it; another value when more was."""


@dataclass(frozen=True, slots=True)
class _Made:
    heard: tuple[Loudness, ...]
    cuts: CutList
    utterances: tuple[tuple[Span, ...], ...]


class Director:
    """Cuts between one or two people by their voice activity, or by the sound of whoever has none recorded.

    Asking is safe from any thread, and costs nothing while nothing more arrives.
    """

    def __init__(self, voices: Sequence[Voice], names: Sequence[str], duration_s: float) -> None:
        """In the order in which the people stand; duration_s: of the interaction."""
        self._voices = tuple(voices)
        self._duration_s = duration_s
        self._made = self._make()
        self.notices = self._notices(names)
        """Why the cuts may be less good than they could be."""

    def cuts(self) -> CutList:
        """All that is decided; when more arrives there may be more, and nothing of it changes."""
        return self._current().cuts

    def speaking_at(self, time_s: float) -> tuple[bool, ...]:
        """Who speaks then, in the order in which they stand; a breath is no pause."""
        return tuple(_is_within(time_s, spans) for spans in self._current().utterances)

    def _current(self) -> _Made:
        if any(
            voice.loudness is not heard for voice, heard in zip(self._voices, self._made.heard, strict=True)
        ):
            self._made = self._make()
        return self._made

    def _notices(self, names: Sequence[str]) -> tuple[str, ...]:
        if not any(
            heard.spoken or voice.duration_s
            for heard, voice in zip(self._made.heard, self._voices, strict=True)
        ):
            return ("nobody is heard: the automatic director stays with the camera that shows everybody",)
        unmarked = [name for name, heard in zip(names, self._made.heard, strict=True) if not heard.spoken]
        if not unmarked:
            return ()
        of = " and ".join(unmarked)
        return (f"no voice activity of {of} is recorded; the automatic director goes by the sound",)

    def _make(self) -> _Made:
        heard = tuple(voice.loudness for voice in self._voices)
        known_s = min(
            known_until_s(loudness, voice.duration_s)
            for loudness, voice in zip(heard, self._voices, strict=True)
        )
        spoken = [voice_activity(loudness) for loudness in heard]
        said = tuple(utterances(spans, self._duration_s) for spans in spoken)
        return _Made(heard, cut_list(spoken, self._duration_s, known_s), said)


def _is_within(time_s: float, spans: Sequence[Span]) -> bool:
    """Whether one of the spans, in order and apart from each other, contains it."""
    before = bisect.bisect_right(spans, time_s, key=lambda span: span[0]) - 1
    return before >= 0 and time_s < spans[before][1]
