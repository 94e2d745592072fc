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
from avatar_server.face import voice_brows, voice_mouth
from avatar_server.face.arkit import WEIGHT_COUNT
from avatar_server.face.clip import AHEAD, Origin, PartnerDegrees
from avatar_server.face.voice_brows import accents_of
from avatar_server.face.voice_features import FRAME_RATE_HZ, Features
from avatar_server.face.voice_hearing import PIECE_FRAMES, Hearing, Here, Voice
from avatar_server.face.voice_mouth import mouth_of
from avatar_server.face.voice_plan import LooksPlan
from avatar_server.face.voice_talk import NOBODY, Talk, Talking
from avatar_server.face.voice_weights import put_gaze, put_looks, put_mouth
from avatar_server.face.voice_words import LipHints, lip_hints

NOTICE = "no face is recorded: it is made up from the voice"

GATE_S = 0.2
"""Voice activity is not exact: so long before and after it the sound decides."""

FARTHEST_DEGREES = 22.0
"""Eyes make up for a head that is turned away from the partner, but not for more than this."""

GIVEN_UP_DEGREES = 85.0
"""Whoever has the partner beside or behind him does not look for him with his eyes alone."""

_PAST = max(voice_mouth.PAST, voice_brows.PAST)
_FUTURE = max(voice_mouth.FUTURE, voice_brows.FUTURE)

_KEPT = 12
"""Pieces of a second."""


def face_from_voice(
    voice: Voice,
    words: Sequence[Word] = (),
    partner: Voice | None = None,
    *,
    seed: int = 0,
) -> VoiceFace:
    """The face of whom `voice` is the sound of; voices may still be arriving.

    words: what this person says, those without times do no harm. partner: the sound of who is talked to.
    seed: whoever has the same one blinks alike; of the recording's name, so that a face never changes.
    """
    return VoiceFace(
        Hearing(voice),
        Talking(voice),
        Talking(partner) if partner else None,
        lip_hints(words),
        LooksPlan(seed),
    )


@dataclass(frozen=True, eq=False, slots=True)
class _Piece:
    """A second and the first frame after it, and what it was made of.

    weights: (101, 52) but for the gaze. gaze_degrees: (101, 2), from the partner's face.
    """

    here: Here
    own: Talk
    partner: Talk
    weights: NDArray[np.float32]
    gaze_degrees: NDArray[np.float64]


class VoiceFace:
    """Keeps the contract `Face`; see `face_from_voice`. Asking is safe from any thread."""

    origin: Origin = "synthesised"
    notices: tuple[str, ...] = (NOTICE,)

    def __init__(
        self,
        hearing: Hearing,
        talking: Talking,
        partner: Talking | None,
        hints: LipHints,
        plan: LooksPlan,
    ) -> None:
        self._hearing = hearing
        self._talking = talking
        self._partner = partner
        self._hints = hints
        self._plan = plan
        self._pieces: OrderedDict[int, _Piece] = OrderedDict()
        self._lock = threading.Lock()
        # Who plays on needs the next piece soon: hearing is half of the work, and is done half way there.
        self._ahead = -1

    def saying(self, words: Sequence[Word]) -> VoiceFace:
        """The same face of somebody of whom it is known what he says; what was heard is not heard again."""
        return VoiceFace(self._hearing, self._talking, self._partner, lip_hints(words), self._plan)

    def weights_at(self, time_s: float, partner: PartnerDegrees = AHEAD) -> NDArray[np.float32]:
        """(52,) in the order of `ARKIT_NAMES`, 0..1, at any time; before 0 what is at 0."""
        place = max(time_s, 0.0) * FRAME_RATE_HZ
        index = math.floor(place / PIECE_FRAMES)
        piece = self._piece(index)
        within = place - index * PIECE_FRAMES
        frame = min(int(within), PIECE_FRAMES - 1)
        if frame >= PIECE_FRAMES // 2 and self._ahead != index:
            self._ahead = index
            self._heard_for(index + 1)
        share = within - frame
        this, following = piece.weights[frame], piece.weights[frame + 1]
        weights: NDArray[np.float32] = this + np.float32(share) * (following - this)
        yaw, pitch = piece.gaze_degrees[frame] * (1 - share) + piece.gaze_degrees[frame + 1] * share
        to_left, up = _within_reach(partner)
        put_gaze(weights, float(yaw) + to_left, float(pitch) + up)
        return weights

    def _piece(self, index: int) -> _Piece:
        first = index * PIECE_FRAMES
        here = self._hearing.here(first - _PAST, first + PIECE_FRAMES + 1 + _FUTURE)
        own = self._talking.now()
        partner = self._partner.now() if self._partner else NOBODY
        with self._lock:
            kept = self._pieces.get(index)
            if kept is not None and kept.own is own and kept.partner is partner and kept.here == here:
                return kept
        made = self._made(first, here, own, partner)
        with self._lock:
            self._pieces[index] = made
            self._pieces.move_to_end(index)
            while len(self._pieces) > _KEPT:
                self._pieces.popitem(last=False)
        return made

    def _heard_for(self, index: int) -> Features:
        first = index * PIECE_FRAMES
        return self._hearing.frames(first - _PAST, first + PIECE_FRAMES + 1 + _FUTURE)

    def _made(self, first: int, here: Here, own: Talk, partner: Talk) -> _Piece:
        count = PIECE_FRAMES + 1
        heard = self._heard_for(first // PIECE_FRAMES)
        may_speak = own.may_speak((heard.first + np.arange(len(heard))) / FRAME_RATE_HZ, GATE_S)
        wanted = slice(first - heard.first, first - heard.first + count)
        weights = np.zeros((count, WEIGHT_COUNT))
        put_mouth(weights, mouth_of(heard, own.level_dbfs, may_speak, self._hints, wanted))
        looks = self._plan.at((first + np.arange(count)) / FRAME_RATE_HZ, own, partner)
        put_looks(weights, looks, accents_of(heard, own.level_dbfs, may_speak, wanted))
        return _Piece(here, own, partner, weights.clip(0.0, 1.0).astype(np.float32), looks.gaze_degrees)


def _within_reach(partner: PartnerDegrees) -> PartnerDegrees:
    """How far the eyes turn for a partner who is there: less and less the farther, at last not at all."""
    to_left, up = partner
    share = min(1.0, max(0.0, (GIVEN_UP_DEGREES - abs(to_left)) / FARTHEST_DEGREES))
    reach = FARTHEST_DEGREES * share
    return reach * math.tanh(to_left / FARTHEST_DEGREES), 0.7 * reach * math.tanh(up / FARTHEST_DEGREES)
