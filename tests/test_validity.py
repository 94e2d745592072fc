"""What the doctor finds, in time: where the quirks of a recording are, and not elsewhere."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest

from avatar_server.dataset.recording_arrays import RecordingArrays, read_arrays
from avatar_server.testing.quirks import MISSING_BODY_S
from avatar_server.testing.synthetic_interaction import synthesize
from avatar_server.validity import InvalidSpan, invalid_ends, invalid_face, invalid_motion

RATE_HZ = Fraction(30)
SECONDS = 6


@pytest.fixture(scope="module")
def arrays(tmp_path_factory: pytest.TempPathFactory) -> RecordingArrays:
    quirks = ("missing-body", "invalid-hands-short")
    made = synthesize(tmp_path_factory.mktemp("made"), seconds=SECONDS, quirks=quirks)
    return read_arrays(made.recordings[0].npz)


def of_kind(spans: tuple[InvalidSpan, ...], kind: str) -> list[tuple[float, float]]:
    return [(span.start_s, span.end_s) for span in spans if span.kind == kind]


def test_a_missing_body_is_where_it_is_missing(arrays: RecordingArrays) -> None:
    spans = invalid_motion(arrays, RATE_HZ)
    assert of_kind(spans, "no-body") == [MISSING_BODY_S]
    (body,) = [span for span in spans if span.kind == "no-body"]
    assert body.words == "the translation says that nobody was found: bridged from the poses around"
    assert [span.start_s for span in spans] == sorted(span.start_s for span in spans)


def test_hands_are_told_one_by_one_and_not_where_there_is_no_body(arrays: RecordingArrays) -> None:
    spans = invalid_motion(arrays, RATE_HZ)
    frames = np.arange(arrays.frame_count)
    body = (frames >= MISSING_BODY_S[0] * 30) & (frames < MISSING_BODY_S[1] * 30)
    for kind in ("left-hand-lost", "right-hand-lost"):
        told = np.zeros(arrays.frame_count, bool)
        for start_s, end_s in of_kind(spans, kind):
            told[round(start_s * 30) : round(end_s * 30)] = True
        np.testing.assert_array_equal(told, ~arrays.hands_tracked & ~body)
        assert told.any()
    words = {span.words for span in spans if span.kind == "left-hand-lost"}
    assert words == {"left hand not tracked: bridged from the poses around"}


def test_the_doctors_words_for_long_gaps(arrays: RecordingArrays) -> None:
    lost = replace(arrays, hands_tracked=np.zeros(arrays.frame_count, bool), right_hand_pose=None)
    spans = invalid_motion(lost, RATE_HZ)
    assert "left hand not tracked: at rest meanwhile" in {span.words for span in spans}
    (right,) = [span for span in spans if span.kind == "right-hand-lost"]
    assert (right.start_s, right.end_s, right.words) == (0.0, SECONDS, "the right hand was not recorded")


def test_the_same_pose_again_and_again_is_no_motion(arrays: RecordingArrays) -> None:
    assert of_kind(invalid_motion(arrays, RATE_HZ), "no-motion") == []
    root, body = arrays.global_orient.copy(), arrays.body_pose.copy()
    root[10:55], body[10:55] = root[10], body[10]
    root[60:85], body[60:85] = root[60], body[60]  # Less than a second.
    frozen = replace(arrays, global_orient=root, body_pose=body)
    ((start_s, end_s),) = of_kind(invalid_motion(frozen, RATE_HZ), "no-motion")
    assert (round(start_s * 30), round(end_s * 30)) == (10, 55)


def test_blocks_without_a_face() -> None:
    lost = np.zeros(300, bool)
    lost[60:120] = lost[299] = True
    assert of_kind(invalid_face(lost, RATE_HZ), "no-face") == [(2.0, 4.0), (float(299 / RATE_HZ), 10.0)]


@pytest.mark.parametrize(
    ("motion_s", "sound_s", "told"),
    [
        (10.0, 10.05, []),
        (10.0, 12.0, [(10.0, 12.0, "no-motion", "the motion has ended: the last pose is held")]),
        (12.0, 10.0, [(10.0, 12.0, "no-sound", "the sound has ended: silence")]),
        (0.0, 3.0, [(0.0, 3.0, "no-motion", "there is no motion")]),
        (3.0, 0.0, [(0.0, 3.0, "no-sound", "there is no sound")]),
        (0.0, 0.0, []),
    ],
)
def test_who_ends_first_is_missing_from_then_on(
    motion_s: float, sound_s: float, told: list[tuple[float, float, str, str]]
) -> None:
    found = invalid_ends(motion_s, sound_s)
    assert [(span.start_s, span.end_s, span.kind, span.words) for span in found] == told
