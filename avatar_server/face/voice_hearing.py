"""A voice by frames, asked in any order, while its file may still be arriving.

A second of features is kept as long as nothing more of the sound they heard has come.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from typing import Protocol, runtime_checkable

from avatar_server.audio.loudness import Loudness
from avatar_server.audio.mixing import SoundSource
from avatar_server.face.voice_features import FRAME_RATE_HZ, HOP, MARGIN, Features, features_of, joined
from avatar_server.settings import SAMPLE_RATE_HZ

PIECE_FRAMES = 100

_KEPT = 32
"""Pieces, half a minute: memory does not grow with the sound."""

Here = tuple[tuple[float, float], ...]
"""Which of a stretch of sound is here, in seconds; empty for a sound that does not arrive."""


class Voice(SoundSource, Protocol):
    """One person's sound; `SoundClip` is one."""

    @property
    def duration_s(self) -> float:
        """Length in seconds of all of it."""

    @property
    def loudness(self) -> Loudness:
        """What was measured of it; another value when more was."""


@runtime_checkable
class Arriving(Protocol):
    """What a sound has that is still arriving; `GrowingSound` is one."""

    def spans_s(self) -> Here:
        """Stretches of time that are here."""


class Hearing:
    """The features of one voice. Asking is safe from any thread."""

    def __init__(self, voice: SoundSource) -> None:
        self._voice = voice
        self._arriving = voice if isinstance(voice, Arriving) else None
        self._pieces: OrderedDict[int, tuple[Here, Features]] = OrderedDict()
        self._lock = threading.Lock()

    def here(self, first: int, last: int) -> Here:
        """What there is of the sound that frames `first` to before `last` hear; changes when more comes."""
        if self._arriving is None:
            return ()
        margin_s = MARGIN / SAMPLE_RATE_HZ
        start_s, end_s = first / FRAME_RATE_HZ - margin_s, last / FRAME_RATE_HZ + margin_s
        within = ((max(start_s, one), min(end_s, other)) for one, other in self._arriving.spans_s())
        return tuple(span for span in within if span[0] < span[1])

    def frames(self, first: int, last: int) -> Features:
        """At least frames `first` to before `last`, whole pieces."""
        return joined(
            [self._piece(index) for index in range(first // PIECE_FRAMES, -(-last // PIECE_FRAMES))]
        )

    def _piece(self, index: int) -> Features:
        first = index * PIECE_FRAMES
        here = self.here(first, first + PIECE_FRAMES)
        with self._lock:
            kept = self._pieces.get(index)
            if kept is not None and kept[0] == here:
                self._pieces.move_to_end(index)
                return kept[1]
        samples = self._voice.block_at(first * HOP - MARGIN, (PIECE_FRAMES - 1) * HOP + 2 * MARGIN)
        features = features_of(samples, first)
        with self._lock:
            self._pieces[index] = here, features
            self._pieces.move_to_end(index)
            while len(self._pieces) > _KEPT:
                self._pieces.popitem(last=False)
        return features
