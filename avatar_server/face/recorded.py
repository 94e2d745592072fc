"""A recorded face as it is shown: nobody stares where the recording has nothing.

Short gaps are bridged in a straight line. In long ones, and after the end, the face is somebody else's: the
one made from the voice if there is one, else one that rests and blinks; it fades over on both sides. Weights
that a recording lacks altogether (lids, gaze) are that other face's all the time.
"""

from __future__ import annotations

import zlib
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Self

import numpy as np
from numpy.typing import NDArray

from avatar_server.dataset.face_repairs import FaceRepairs
from avatar_server.errors import InputError
from avatar_server.face.arkit import (
    ARKIT_INDEX,
    ARKIT_NAMES,
    GAZE_NAMES,
    LEFT_AND_RIGHT,
    LID_NAMES,
    WEIGHT_COUNT,
)
from avatar_server.face.clip import AHEAD, Face, FaceClip, Origin, PartnerDegrees
from avatar_server.face.column_order import ALIVE
from avatar_server.face.resting import RestingFace
from avatar_server.face.track import FaceTrack
from avatar_server.motion.gaps import longest_run, runs

BRIDGE_S = 0.4
"""Longest gap that is bridged: as long as a slow syllable; what the lips did in a longer one is not known."""

EASE_S = 0.25
"""How long it takes to fade to the other face, and back."""

JUDGED_FROM_S = 1.0
"""A column of a shorter recording may rest without being dead."""

CLEARLY_ALIVE = 0.05
"""A side that moves by more than this lends its weight to a dead one on the other side."""

STUCK_FROM = 0.05
"""A weight that never moves and is higher than this is a fault of the tracker, and rests."""

_MOSTLY = 0.5


@dataclass(frozen=True, eq=False, slots=True)
class RecordedFace:
    """One person's recorded face; keeps the contract `Face`.

    base: gaps bridged; held in the long ones. away: (N,) float32, 0..1: how much of `other` is seen.
    lent: (52,) bool, weights that are always the other's. repairs: what was found and done.
    """

    base: FaceClip
    away: NDArray[np.float32]
    lent: NDArray[np.bool_]
    other: Face
    repairs: FaceRepairs

    @property
    def origin(self) -> Origin:
        """It was recorded, all but its gaps."""
        return "data"

    @property
    def notices(self) -> tuple[str, ...]:
        """What people should know."""
        return self.base.notices

    def filled_by(self, other: Face) -> Self:
        """The same face with another one in its gaps."""
        return replace(self, other=other)

    def weights_at(self, time_s: float, partner: PartnerDegrees = AHEAD) -> NDArray[np.float32]:
        """(52,) at any time; after the end it is the other face."""
        weights = self.base.weights_at(time_s)
        away = self._away_at(time_s)
        if away == 0 and not self.lent.any():
            return weights
        share = np.where(self.lent, np.float32(1), np.float32(away))
        mixed: NDArray[np.float32] = weights + share * (self.other.weights_at(time_s, partner) - weights)
        return mixed

    def _away_at(self, time_s: float) -> float:
        last = len(self.away) - 1
        place = time_s * float(self.base.rate_hz)
        held = min(max(place, 0.0), float(last))
        frame = int(held)
        before, after = self.away[frame], self.away[min(frame + 1, last)]
        over_s = time_s - self.base.duration_s
        ended = _eased(over_s / EASE_S) if over_s > 0 else 0.0
        return max(float(before + (held - frame) * (after - before)), ended)


def recorded_face(track: FaceTrack, where: str | Path) -> RecordedFace:
    """What is shown of `track`; InputError if nobody is in any frame. where: the file, for people."""
    if not len(track.weights):
        raise InputError(expected="at least one frame of a face", came="none", where=where)
    known = np.isfinite(track.weights)
    if not known.any():
        raise InputError(
            expected="at least one frame of a face", came="only zeros or no numbers", where=where
        )
    alive = _alive(track, known)
    missing = np.asarray(~known[:, alive].all(axis=1) if alive.any() else ~known.any(axis=1))
    if missing.all():
        raise InputError(expected="a frame in which every weight is a number", came="none", where=where)
    weights = np.nan_to_num(track.weights, nan=0.0).clip(0.0, 1.0)
    # A face that nobody moves is shown as it is, and so are the small offsets that trackers have.
    stuck = ~alive & (weights.max(axis=0, where=known, initial=0.0) > STUCK_FROM) & alive.any()
    weights[:, stuck] = 0.0
    mirrored = _mirror(weights, alive)
    away, bridged, replaced = _fill(weights, missing, float(track.rate_hz))
    moves = alive | mirrored
    lent = np.zeros(WEIGHT_COUNT, bool)
    for names in (LID_NAMES, GAZE_NAMES):
        places = [ARKIT_INDEX[name] for name in names]
        if alive.any() and not moves[places].any():
            lent[places] = True
    repairs = FaceRepairs(
        source=track.source,
        rate=str(track.rate_hz),
        frame_count=len(weights),
        order=track.order,
        order_why=track.order_why,
        bridged_frames=bridged,
        replaced_frames=replaced,
        still=_named(stuck & ~mirrored & ~lent),
        mirrored=_named(mirrored),
        lids="made up" if lent[ARKIT_INDEX[LID_NAMES[0]]] else "recorded",
        gaze="made up"
        if lent[ARKIT_INDEX[GAZE_NAMES[0]]]
        else "recorded"
        if track.is_gaze_calibrated
        else "uncalibrated",
    )
    notices = track.notices
    if replaced:
        longest_s = longest_run(missing) / float(track.rate_hz)
        share = f"{100 * missing.mean():.1f} % of the frames, for {longest_s:.1f} s at the longest"
        notices = (*notices, f"no face in {share}: made up there")
    base = FaceClip(track.rate_hz, weights, "data", notices)
    return RecordedFace(base, away, lent, RestingFace(zlib.crc32(Path(where).name.encode())), repairs)


def _alive(track: FaceTrack, known: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """(52,): columns with a number in most of the frames that have any, and not always the same one."""
    somebody = known.any(axis=1)
    there: NDArray[np.bool_] = known[somebody].mean(axis=0) > _MOSTLY
    if somebody.sum() < JUDGED_FROM_S * track.rate_hz:
        return there
    low = np.where(known, track.weights, np.inf).min(axis=0)
    high = np.where(known, track.weights, -np.inf).max(axis=0)
    moves = there & (high - low > ALIVE)
    return moves if moves.any() else there


def _mirror(weights: NDArray[np.float32], alive: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Let dead sides follow living ones, in place; (52,): which do."""
    mirrored = np.zeros(WEIGHT_COUNT, bool)
    for left, right in LEFT_AND_RIGHT:
        for dead, living in ((left, right), (right, left)):
            to, of = ARKIT_INDEX[dead], ARKIT_INDEX[living]
            if alive[of] and not alive[to] and np.ptp(weights[:, of]) > CLEARLY_ALIVE:
                weights[:, to] = weights[:, of]
                mirrored[to] = True
    return mirrored


def _fill(
    weights: NDArray[np.float32], missing: NDArray[np.bool_], rate_hz: float
) -> tuple[NDArray[np.float32], int, int]:
    """Fill gaps in place; how far the other face is seen (N,), and frames bridged and replaced."""
    count = len(weights)
    away = np.zeros(count, np.float32)
    bridged = replaced = 0
    for start, stop in runs(missing):
        frames = np.arange(start, stop)
        before = start - 1 if start > 0 else stop
        after = stop if stop < count else start - 1
        share = (frames - before) / (after - before) if before != after else np.zeros(len(frames))
        if stop - start > BRIDGE_S * rate_hz:
            replaced += stop - start
            ease = min(EASE_S * rate_hz, (stop - start) / 2)
            leaving = (frames - (start - 1)) / ease if start > 0 else np.ones(len(frames))
            coming = (stop - frames) / ease if stop < count else np.ones(len(frames))
            away[start:stop] = [_eased(x) for x in np.minimum(leaving, coming)]
            share = np.round(share)
        else:
            bridged += stop - start
        held = share.astype(np.float32)[:, None]
        weights[start:stop] = weights[before] + held * (weights[after] - weights[before])
    return away, bridged, replaced


def _eased(share: float) -> float:
    x = min(max(share, 0.0), 1.0)
    return x * x * (3 - 2 * x)


def _named(which: NDArray[np.bool_]) -> tuple[str, ...]:
    return tuple(name for name, one in zip(ARKIT_NAMES, which, strict=True) if one)
