"""A face for whom none was recorded: the mouth follows the voice, the rest follows the conversation.

In: a person's sound, the partner's, and the words if there are any. Out: `VoiceFace`, a `Face`. It is a
function of those and of a seed: asked in any order it says the same, and of a sound that is still arriving
it says, once it has arrived, what it says of a whole one.
"""

from __future__ import annotations

import math
import threading
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from avatar_server.dataset.annotations import Word
from avatar_server.face.arkit import ARKIT_INDEX, WEIGHT_COUNT
from avatar_server.face.clip import Origin
from avatar_server.face.voice_features import FRAME_RATE_HZ
from avatar_server.face.voice_hearing import PIECE_FRAMES, Hearing, Here, Voice
from avatar_server.face.voice_mouth import FUTURE, PAST, Mouth, mouth_of
from avatar_server.face.voice_talk import NOBODY, Talk, Talking
from avatar_server.face.voice_words import LipHints, lip_hints

NOTICE = "no face is recorded: it is made up from the voice"

GATE_S = 0.2
"""Voice activity is not exact: so long before and after it the sound decides."""

_KEPT = 12
"""Pieces of half a second."""


def face_from_voice(
    voice: Voice, words: Sequence[Word] = (), partner: Voice | None = None, *, seed: int = 0
) -> VoiceFace:
    """The face of whom `voice` is the sound of; voices may still be arriving.

    words: what this person says, those without times do no harm. partner: the sound of who is talked to.
    seed: whoever has the same one blinks alike; of the recording's name, so that a face never changes.
    """
    return VoiceFace(Hearing(voice), Talking(voice), Talking(partner) if partner else None, lip_hints(words))


@dataclass(frozen=True, eq=False, slots=True)
class _Piece:
    """Weights at the frames of half a second and at the first one after it, and what they were made of."""

    here: Here
    own: Talk
    partner: Talk
    weights: NDArray[np.float32]


class VoiceFace:
    """Keeps the contract `Face`; see `face_from_voice`. Asking is safe from any thread."""

    origin: Origin = "synthesised"
    notices: tuple[str, ...] = (NOTICE,)

    def __init__(self, hearing: Hearing, talking: Talking, partner: Talking | None, hints: LipHints) -> None:
        self._hearing = hearing
        self._talking = talking
        self._partner = partner
        self._hints = hints
        self._pieces: OrderedDict[int, _Piece] = OrderedDict()
        self._lock = threading.Lock()

    def weights_at(self, time_s: float) -> NDArray[np.float32]:
        """(52,) in the order of `ARKIT_NAMES`, 0..1, at any time."""
        place = max(time_s, 0.0) * FRAME_RATE_HZ
        index = math.floor(place / PIECE_FRAMES)
        weights = self._piece(index).weights
        within = place - index * PIECE_FRAMES
        frame = min(int(within), PIECE_FRAMES - 1)
        share = np.float32(within - frame)
        between: NDArray[np.float32] = weights[frame] + share * (weights[frame + 1] - weights[frame])
        return between

    def _piece(self, index: int) -> _Piece:
        first = index * PIECE_FRAMES
        begin, end = first - PAST, first + PIECE_FRAMES + 1 + FUTURE
        here = self._hearing.here(begin, end)
        own = self._talking.now()
        partner = self._partner.now() if self._partner else NOBODY
        with self._lock:
            kept = self._pieces.get(index)
            if kept is not None and (kept.here, kept.own, kept.partner) == (here, own, partner):
                return kept
        made = _Piece(here, own, partner, self._weights(first, own))
        with self._lock:
            self._pieces[index] = made
            self._pieces.move_to_end(index)
            while len(self._pieces) > _KEPT:
                self._pieces.popitem(last=False)
        return made

    def _weights(self, first: int, own: Talk) -> NDArray[np.float32]:
        heard = self._hearing.frames(first - PAST, first + PIECE_FRAMES + 1 + FUTURE)
        times_s = (heard.first + np.arange(len(heard))) / FRAME_RATE_HZ
        wanted = slice(first - heard.first, first - heard.first + PIECE_FRAMES + 1)
        mouth = mouth_of(heard, own.level_dbfs, own.may_speak(times_s, GATE_S), self._hints, wanted)
        weights = np.zeros((PIECE_FRAMES + 1, WEIGHT_COUNT))
        _put_mouth(weights, mouth)
        return weights.clip(0.0, 1.0).astype(np.float32)


def _put_mouth(weights: NDArray[np.float64], mouth: Mouth) -> None:
    """What of ARKit's weights says the same."""

    def put(name: str, value: NDArray[np.float64]) -> None:
        weights[:, ARKIT_INDEX[name]] += value

    apart = 1.0 - mouth.closed
    jaw = mouth.jaw * (1.0 - 0.8 * mouth.closed) * (1.0 - 0.5 * mouth.tucked)
    jaw = np.maximum(jaw, 0.07 * mouth.hiss * apart)
    put("jawOpen", 0.8 * jaw)
    put("mouthClose", 0.8 * jaw * mouth.closed)
    put("mouthFunnel", 0.55 * mouth.rounded * (0.3 + 0.7 * jaw) * apart)
    put("mouthPucker", 0.75 * mouth.rounded * (1.0 - 0.6 * jaw) * apart)
    put("mouthRollLower", 0.25 * mouth.closed + 0.55 * mouth.tucked)
    put("mouthRollUpper", 0.20 * mouth.closed)
    for side, share in (("Left", 1.0), ("Right", 0.94)):
        put(f"mouthPress{side}", 0.45 * share * mouth.closed)
        put(f"mouthSmile{side}", 0.16 * share * mouth.spread * apart)
        put(f"mouthStretch{side}", share * (0.30 * mouth.spread + 0.20 * mouth.hiss) * apart)
        put(f"mouthUpperUp{side}", share * (0.22 * jaw + 0.18 * mouth.hiss + 0.2 * mouth.tucked) * apart)
        put(f"mouthLowerDown{side}", share * (0.35 * jaw + 0.28 * mouth.hiss) * apart * (1 - mouth.tucked))
