"""A face of which more becomes known while it is shown: what is said, and at last the recorded face.

From what was shown before to what is known now it fades within a third of a second of media time, as a motion
that arrives passes over to its new clip.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from avatar_server.dataset.annotations import Word
from avatar_server.face.arkit import WEIGHT_COUNT
from avatar_server.face.clip import AHEAD, Face, PartnerDegrees
from avatar_server.face.recorded import RecordedFace
from avatar_server.face.voice_face import VoiceFace

FADE_S = 0.3
"""How long it takes from the old face to the new one: as long as an expression takes to come."""


@dataclass(frozen=True, eq=False, slots=True)
class _Shown:
    """now: the face as it is known. before: what is faded from, since `fading_from_s`; None if it is not."""

    now: Face | None
    before: Face | None = None
    fading_from_s: float | None = None


class GrowingFace:
    """The face that is made from the voice, until a recorded one is here. Asking is safe from any thread."""

    def __init__(self, made: VoiceFace | None) -> None:
        """made: None where faces are shown only if they were recorded."""
        self._made = made
        self._recorded: RecordedFace | None = None
        self._changing = threading.Lock()
        self._shown = _Shown(made)
        self._asked_s: float | None = None

    @property
    def now(self) -> Face | None:
        """The face as it is known now; None is one at rest."""
        return self._shown.now

    def take(self, recorded: RecordedFace) -> None:
        """The recorded one is here."""
        self._recorded = recorded
        self._change()

    def hear(self, words: Sequence[Word]) -> None:
        """What this person says is here."""
        if self._made is None:
            return
        self._made = self._made.saying(words)
        # Whoever draws need not wait for the lips of the second that is shown.
        self._made.weights_at(self._asked_s or 0.0)
        self._change()

    def weights_at(self, time_s: float, partner: PartnerDegrees = AHEAD) -> NDArray[np.float32] | None:
        """(52,) in the order of `ARKIT_NAMES`; None for a face at rest."""
        shown, self._asked_s = self._shown, time_s
        weights = None if shown.now is None else shown.now.weights_at(time_s, partner)
        if weights is None or shown.fading_from_s is None:
            return weights
        passed = (time_s - shown.fading_from_s) / FADE_S
        if not 0.0 <= passed < 1.0:
            with self._changing:
                if self._shown is shown:
                    self._shown = _Shown(shown.now)
            return weights
        old = np.zeros(WEIGHT_COUNT, np.float32)
        if shown.before is not None:
            old = shown.before.weights_at(time_s, partner)
        faded: NDArray[np.float32] = old + np.float32(passed * passed * (3 - 2 * passed)) * (weights - old)
        return faded

    def _change(self) -> None:
        """Show what is known now; who was not seen yet has no face to fade from."""
        now: Face | None = self._made
        if self._recorded is not None:
            now = self._recorded if self._made is None else self._recorded.filled_by(self._made)
        with self._changing:
            before = None if self._asked_s is None else self._shown.now
            self._shown = _Shown(now, before, self._asked_s)
