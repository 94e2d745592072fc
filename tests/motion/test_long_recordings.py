"""Motion that is made a stretch at a time is that of the whole recording, bit for bit, in little memory."""

from __future__ import annotations

import tracemalloc
from collections.abc import Callable

import numpy as np
import pytest

from avatar_server.dataset.recording_arrays import RecordingArrays
from avatar_server.motion import filling, recording_survey, seamless
from avatar_server.motion.clip import MotionClip
from avatar_server.motion.presets import GENEA, NATURAL, MotionPreset
from avatar_server.motion.seamless import motion_from_recording

MakeArrays = Callable[..., RecordingArrays]

COUNT = 400


def somebody(make_arrays: MakeArrays, count: int) -> RecordingArrays:
    """Moves, and is lost again and again, for moments and for seconds."""
    rng = np.random.default_rng(8)
    steps = rng.normal(scale=0.05, size=(count, 52, 3))
    # Beyond half a turn: the signs of quaternions change on the way.
    pose = (np.cumsum(steps, axis=0) + rng.normal(size=(52, 3)) * 2).astype(np.float32)
    made = make_arrays(
        count,
        global_orient=pose[:, 0],
        body_pose=pose[:, 1:22],
        left_hand_pose=pose[:, 22:37],
        right_hand_pose=pose[:, 37:],
        translation=(np.array([0.1, -0.2, 39.0]) + rng.normal(scale=0.1, size=(count, 3))).astype(np.float32),
    )
    assert made.translation is not None
    for length, mask in ((5, made.translation), (50, made.translation)):
        for start in rng.integers(0, count, 3):
            mask[start : start + length] = 1e13
    for length in (3, 12, 60, 200):
        start = rng.integers(0, count)
        made.hands_tracked[start : start + length] = False
    made.body_pose[count // 3, 4] = np.nan
    made.translation[: count // 50] = made.translation[-count // 50 :] = 1e13
    return made


def same(one: MotionClip, other: MotionClip) -> bool:
    return (
        np.asarray(one.rotations).tobytes() == np.asarray(other.rotations).tobytes()
        and one.sway.tobytes() == other.sway.tobytes()
        and (one.present == other.present).all()
        and (one.notices, one.repairs) == (other.notices, other.repairs)
    )


@pytest.mark.parametrize("preset", [NATURAL, GENEA])
def test_it_does_not_matter_how_long_stretches_are(
    make_arrays: MakeArrays, monkeypatch: pytest.MonkeyPatch, preset: MotionPreset
) -> None:
    arrays = somebody(make_arrays, COUNT)
    together = motion_from_recording(arrays, COUNT / 30, preset)
    for length in (11, 150, COUNT - 1):
        for module in (filling, recording_survey, seamless):
            monkeypatch.setattr(module, "FRAMES_AT_ONCE", length)
        assert same(motion_from_recording(arrays, COUNT / 30, preset), together)


class Endless:
    """Somebody who does the same again and again, and is nowhere in memory as a whole."""

    def __init__(self, arrays: RecordingArrays, frame_count: int) -> None:
        self._arrays = arrays
        self.where = arrays.where
        self.notices = arrays.notices
        self.frame_count = frame_count

    def part(self, first: int, last: int) -> RecordingArrays:
        """A stretch of it: every one begins anew."""
        return self._arrays.part(0, last - first)


def test_half_an_hour_takes_little_memory(make_arrays: MakeArrays) -> None:
    """A frame of what was recorded has 640 bytes, and one of the motion 832."""
    half_an_hour, short = 54_000, 18_000
    arrays = somebody(make_arrays, recording_survey.FRAMES_AT_ONCE + 50)
    peaks = []
    for count in (short, half_an_hour):
        tracemalloc.start()
        clip = motion_from_recording(Endless(arrays, count), count / 30, NATURAL)
        peaks.append(tracemalloc.get_traced_memory()[1])
        kept = tracemalloc.get_traced_memory()[0]
        tracemalloc.stop()
        assert kept < 16 * count + 1_000_000
        assert clip.frame_count == count
    assert (peaks[1] - peaks[0]) / (half_an_hour - short) < 400
