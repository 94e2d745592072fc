"""What has to be known of a whole recording before any frame of it can be shown, looked for piece by piece.

Some two hundred bytes a frame are kept for it, a third of what a frame has.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol, TypeVar

import numpy as np
from numpy.typing import NDArray

from avatar_server.dataset.recording_arrays import RecordingArrays
from avatar_server.motion.gaps import Mask, body_missing, hand_missing, sentinels
from avatar_server.motion.rotations import quaternion_from_axis_angle
from avatar_server.motion.uprighting import SPINE_JOINTS, spine_directions

Floats = NDArray[np.float64]
Numbers = TypeVar("Numbers", bound=np.generic)

FRAMES_AT_ONCE = 4096
"""Two minutes: large enough for numpy, and some megabytes."""

NECK, HEAD = 12, 15


class Frames(Protocol):
    """A recording; `RecordingArrays` and, for long ones, `SpooledArrays` are some."""

    @property
    def where(self) -> Path:
        """The file."""

    @property
    def frame_count(self) -> int:
        """N."""

    @property
    def notices(self) -> tuple[str, ...]:
        """What is missing or was ignored."""

    def part(self, first: int, last: int) -> RecordingArrays:
        """Frames `first` to before `last`."""


@dataclass(frozen=True, eq=False, slots=True)
class RecordingSurvey:
    """Of N frames, M of which show a body.

    missing: (N,) see `body_missing`. hands_lost: (N,) for the left and the right one, see `hand_missing`;
    None for a hand without an array. sentinel_frames: see `sentinels`. place: (N, 2) float64, sideways and
    down before the camera, or None. directions, chests: (M, 3) and (M, 4), see `spine_directions`. necks,
    heads: (M, 4) quaternions, relative to their parents.
    """

    missing: Mask
    hands_lost: tuple[Mask | None, Mask | None]
    sentinel_frames: int
    place: Floats | None
    directions: Floats
    chests: Floats
    necks: Floats
    heads: Floats


def survey(frames: Frames) -> RecordingSurvey:
    """Look at all of `frames`."""
    count = frames.frame_count
    starts = range(0, count, FRAMES_AT_ONCE)
    parts = [_look(frames.part(first, min(first + FRAMES_AT_ONCE, count))) for first in starts]

    return RecordingSurvey(
        missing=np.concatenate([part.missing for part in parts]),
        hands_lost=(
            _together([part.hands_lost[0] for part in parts]),
            _together([part.hands_lost[1] for part in parts]),
        ),
        sentinel_frames=sum(part.sentinel_frames for part in parts),
        place=_together([part.place for part in parts]),
        directions=np.concatenate([part.directions for part in parts]),
        chests=np.concatenate([part.chests for part in parts]),
        necks=np.concatenate([part.necks for part in parts]),
        heads=np.concatenate([part.heads for part in parts]),
    )


def _together(columns: Sequence[NDArray[Numbers] | None]) -> NDArray[Numbers] | None:
    known = [column for column in columns if column is not None]
    return np.concatenate(known) if known else None


def _look(arrays: RecordingArrays) -> RecordingSurvey:
    missing = body_missing(arrays)
    seen = ~missing
    left, right = (
        None if hand is None else hand_missing(arrays, hand)
        for hand in (arrays.left_hand_pose, arrays.right_hand_pose)
    )
    directions, chests = spine_directions(spine_of(arrays, seen))
    necks, heads = (quaternion_from_axis_angle(arrays.body_pose[seen, joint - 1]) for joint in (NECK, HEAD))
    translation = arrays.translation
    return RecordingSurvey(
        missing=missing,
        hands_lost=(left, right),
        sentinel_frames=int(sentinels(arrays).sum()),
        place=None if translation is None else translation[:, :2].astype(np.float64),
        directions=directions,
        chests=chests,
        necks=necks,
        heads=heads,
    )


def spine_of(arrays: RecordingArrays, seen: Mask) -> Floats:
    """(M, 4, 4) quaternions of `SPINE_JOINTS` in the M seen frames, the root in the camera's frame."""
    root = arrays.global_orient[seen, None]
    rest = arrays.body_pose[seen][:, [joint - 1 for joint in SPINE_JOINTS[1:]]]
    return quaternion_from_axis_angle(np.concatenate([root, rest], axis=1))
