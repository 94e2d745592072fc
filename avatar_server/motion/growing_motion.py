"""The motion of a recording that is still arriving.

A fit is made upright and calm by what the whole recording has in common: the camera's lean, the median
place, the offset of the head. Of a recording that arrives only a part is known, so a clip is made of what is
here and made again when there is more; from the old one to the new one the pose passes over within a second
of media time. When all is here the clip is the one that a whole file gives.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from avatar_server.dataset.cache.byte_spans import ByteSpans
from avatar_server.dataset.recording_arrays import RecordingArrays
from avatar_server.dataset.repairs import MotionRepairs
from avatar_server.motion.clip import MotionClip
from avatar_server.motion.frame_rate import FrameRate, find_frame_rate
from avatar_server.motion.gaps import body_missing
from avatar_server.motion.pose import Pose
from avatar_server.motion.presets import MotionPreset
from avatar_server.motion.rotations import matrix_from_quaternion, slerp
from avatar_server.motion.seamless import motion_from_recording

PASSING_S = 1.0
"""How long the pose takes from the old clip to the new one."""

TAIL_S = 0.25
"""The last frames of a clip that goes on are smoothed without what follows; they are not shown."""

GROWTH = 1.5
"""A clip is made again when there is so many times more: all the work is then three times the last one's."""

HURRY_S = 2.0
"""When the playhead is so near the end of the clip, it is made again for anything that came."""


class Frames(Protocol):
    """Frames that arrive; `ArrivingArrays` is one."""

    @property
    def frame_count(self) -> int | None:
        """Of the whole recording, if that is known yet."""

    def frames_here(self) -> ByteSpans:
        """Stretches of frames that are here."""

    def read(self, first: int, last: int) -> RecordingArrays:
        """Frames that are here."""


@dataclass(frozen=True, eq=False, slots=True)
class ClipPart:
    """A clip of frames `first` to before `last` of a recording."""

    clip: MotionClip
    first: int
    last: int

    def turns_at(self, time_s: float) -> tuple[NDArray[np.float64], NDArray[np.float64], bool]:
        """As the clip's, by the recording's time."""
        return self.clip.turns_at(time_s - self.first / float(self.clip.rate_hz))


def stretch_to_make(
    made: tuple[int, int] | None, here: ByteSpans, playhead: int, count: int, rate_hz: float
) -> tuple[int, int] | None:
    """Which frames a clip should now be made of; None if the one that is made will do.

    made: the stretch of the present clip. here: frames that are here. playhead: the frame that is shown.
    """
    found = next(((a, b) for a, b in here if a <= playhead < b), None)
    if found is None:
        # Behind the last frame the last pose is held; before a part that lacks, what was made is as good.
        found = here.spans[-1] if here.spans and playhead >= count and here.spans[-1][1] == count else None
    if found is None or found == made:
        return None
    if made is None or not made[0] <= playhead < made[1]:
        return found
    if found == (0, count):
        return found
    enough = found[1] - found[0] >= GROWTH * (made[1] - made[0])
    near_end = found[1] > made[1] and playhead + HURRY_S * rate_hz >= made[1]
    return found if enough or near_end else None


class GrowingMotion:
    """Keeps the contract `Motion` of a performance, from the first second that is here."""

    def __init__(
        self, frames: Frames, sound_duration_s: float | None, preset: MotionPreset, where: Path
    ) -> None:
        """sound_duration_s: of the whole sound, None without; the number of frames must be known."""
        count = frames.frame_count
        if count is None:
            raise ValueError(f"{where}: the number of frames is not known yet")
        self._frames = frames
        self._preset = preset
        self.where = str(where)
        self.frame_count = count
        self.frame_rate: FrameRate = find_frame_rate(count, sound_duration_s)
        self._making = threading.Lock()
        self._part: ClipPart | None = None
        self._before: ClipPart | None = None
        self._passing_from_s = 0.0
        self._shown_s = 0.0

    @property
    def rate_hz(self) -> float:
        """Frames a second."""
        return float(self.frame_rate.rate_hz)

    @property
    def duration_s(self) -> float:
        """Of the whole recording."""
        return float(self.frame_count / self.frame_rate.rate_hz)

    @property
    def notices(self) -> tuple[str, ...]:
        """Of what is here."""
        return self.frame_rate.notices if self._part is None else self._part.clip.notices

    @property
    def is_whole(self) -> bool:
        """Whether the clip is the whole recording's."""
        part = self._part
        return part is not None and (part.first, part.last) == (0, self.frame_count)

    @property
    def repairs(self) -> MotionRepairs | None:
        """Of the whole recording; None before it is here."""
        part = self._part
        return part.clip.repairs if part is not None and self.is_whole else None

    @property
    def span_s(self) -> tuple[float, float]:
        """From when to when poses can be shown; to infinity behind the end of the recording."""
        part = self._part
        if part is None:
            return 0.0, 0.0
        if part.last == self.frame_count:
            return part.first / self.rate_hz, float("inf")
        return part.first / self.rate_hz, max(part.first, part.last - TAIL_S * self.rate_hz) / self.rate_hz

    def grow(self, media_s: float) -> bool:
        """Make the clip anew if there is enough more round the playhead; says whether it did.

        Takes a while. Raises InputError for frames that are no motion.
        """
        with self._making:
            made = None if self._part is None else (self._part.first, self._part.last)
            frame = int(max(0.0, media_s) * self.rate_hz)
            stretch = stretch_to_make(made, self._frames.frames_here(), frame, self.frame_count, self.rate_hz)
            if stretch is None:
                return False
            arrays = self._frames.read(*stretch)
            if stretch != (0, self.frame_count) and body_missing(arrays).all():
                return False  # Nobody was seen yet; of a whole recording that is an error.
            clip = motion_from_recording(arrays, None, self._preset, rate=self.frame_rate)
            old, self._part = self._part, ClipPart(clip, *stretch)
            if old is not None and old.first <= self._shown_s * self.rate_hz < old.last:
                self._before, self._passing_from_s = old, self._shown_s
            return True

    def pose_at(self, time_s: float) -> Pose:
        """The pose at any time within `span_s`; elsewhere the nearest that is known."""
        part, before, self._shown_s = self._part, self._before, time_s
        if part is None:
            raise ValueError(f"{self.where}: no motion is here yet")
        turns, sway, seen = part.turns_at(time_s)
        if before is not None:
            passed = (time_s - self._passing_from_s) / PASSING_S
            if 0.0 <= passed < 1.0:
                weight = passed * passed * (3 - 2 * passed)
                old_turns, old_sway, _ = before.turns_at(time_s)
                turns, sway = slerp(old_turns, turns, weight), old_sway + weight * (sway - old_sway)
            else:
                self._before = None
        return Pose(matrix_from_quaternion(turns), sway, seen)
