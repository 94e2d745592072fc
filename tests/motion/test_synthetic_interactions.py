"""From files written as the data set writes them back to the movements they were made of."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from avatar_server.dataset.local_tree import find_interaction
from avatar_server.dataset.recording_arrays import read_arrays
from avatar_server.errors import InputError
from avatar_server.motion.clip import MotionClip
from avatar_server.motion.presets import NATURAL
from avatar_server.motion.rest_poses import LEG_JOINTS, RELAXED_LEFT_HAND
from avatar_server.motion.rotations import quaternion_from_axis_angle
from avatar_server.motion.seamless import motion_from_recording
from avatar_server.testing.body_motion import BodyMotion, move
from avatar_server.testing.quirks import MISSING_BODY_S
from avatar_server.testing.synthetic_interaction import SyntheticInteraction, synthesize

Floats = NDArray[np.float64]

ROOT, NECK, HEAD = 0, 12, 15
LIMBS = [joint for joint in range(22) if joint not in (ROOT, NECK, HEAD, *LEG_JOINTS)]
HANDS = list(range(22, 52))
SECONDS = 8.0


def clips_of(made: SyntheticInteraction) -> list[MotionClip]:
    """Found, read and turned into motion the way a player does it."""
    found = find_interaction(made.data_dir, str(made.key))
    assert [files.id for files in found.recordings] == [recording.id for recording in made.recordings]
    return [
        motion_from_recording(read_arrays(files.npz), recording.duration_s, NATURAL)
        for files, recording in zip(found.recordings, made.recordings, strict=True)
    ]


def acted(made: SyntheticInteraction, person: int, clip: MotionClip) -> BodyMotion:
    """What the person did, before a camera saw it."""
    return move(made.dialogue, person, np.arange(clip.frame_count) / float(clip.rate_hz), 0)


def error_deg(clip: MotionClip, joints: Floats) -> Floats:
    """(N, 52) angle between what was acted, (N, 52, 3) axis-angle, and what came back."""
    dots = np.abs(np.einsum("tji,tji->tj", quaternion_from_axis_angle(joints), clip.rotations))
    return np.asarray(np.degrees(2 * np.arccos(np.clip(dots, 0, 1))))


@pytest.mark.parametrize(
    ("seconds", "quirks"),
    [
        (SECONDS, ()),
        # Long enough to tell 29.97 from 30.
        (20.0, ("rate-29.97", "sideways", "unequal-lengths", "float64", "flattened")),
        (SECONDS, ("partner-rate-25", "no-boxes", "no-movement", "invalid-hands-short")),
    ],
)
def test_what_people_did_comes_back_from_their_recordings(
    tmp_path: Path, seconds: float, quirks: tuple[str, ...]
) -> None:
    made = synthesize(tmp_path, seconds=seconds, quirks=quirks)
    for person, (clip, recording) in enumerate(zip(clips_of(made), made.recordings, strict=True)):
        assert clip.rate_hz == recording.rate_hz
        assert clip.duration_s == pytest.approx(recording.duration_s, abs=1 / 25)
        motion = acted(made, person, clip)
        error = error_deg(clip, motion.joints)
        assert np.median(error[:, LIMBS], axis=0).max() < 0.2
        # Gestures are not blunted: the worst moments of the fastest joints included.
        assert np.percentile(error[:, LIMBS], 99) < 1.0
        assert np.percentile(error[:, HANDS], 95) < 1.0
        # Posture is what is left of people's own mean lean and gaze: a few degrees, but no camera in it.
        assert error[:, ROOT].max() < 3.0
        assert error[:, [NECK, HEAD]].max() < 6.0
        assert np.abs(clip.sway[:, 0] - (motion.sway_m[:, 0] - np.median(motion.sway_m[:, 0]))).max() < 0.005


def test_hands_lost_for_long_come_to_rest_and_only_there(tmp_path: Path) -> None:
    made = synthesize(tmp_path, seconds=SECONDS, quirks=("invalid-hands-long",))
    clip = clips_of(made)[0]
    error = error_deg(clip, acted(made, 0, clip).joints)
    middle, early = clip.frame_count // 2, clip.frame_count // 5
    np.testing.assert_allclose(clip.rotations[middle][22:37], RELAXED_LEFT_HAND, atol=1e-6)
    assert np.median(error[:early, HANDS]) < 0.5
    assert np.median(error[:, LIMBS]) < 0.2
    rotations = np.asarray(clip.rotations)
    step = np.abs(np.einsum("tji,tji->tj", rotations[1:], rotations[:-1]))
    assert np.degrees(2 * np.arccos(np.clip(step, 0, 1)))[:, HANDS].max() < 25


def test_a_body_that_was_away_for_a_second_does_not_jump(tmp_path: Path) -> None:
    made = synthesize(tmp_path, seconds=SECONDS, quirks=("missing-body",))
    clip = clips_of(made)[0]
    first, last = (round(float(time_s * clip.rate_hz)) for time_s in MISSING_BODY_S)
    rotations = np.asarray(clip.rotations)
    step = np.abs(np.einsum("tji,tji->tj", rotations[1:], rotations[:-1]))
    turned = np.degrees(2 * np.arccos(np.clip(step, 0, 1)))[first - 3 : last + 3, LIMBS]
    assert turned.max() < 8
    assert np.abs(clip.sway).max() < 0.2
    assert any("no body" in notice for notice in clip.notices)


@pytest.mark.parametrize(
    ("quirk", "said"),
    [
        ("zero-frames", "zero frames"),
        ("pickled-objects", "pickled objects"),
        ("truncated-npz", "cut short"),
        ("all-invalid", "all invalid"),
        ("wrong-shapes", r"shape \(N, 21, 3\), but found \(60, 20, 3\)"),
    ],
)
def test_recordings_that_cannot_be_played_are_refused_by_name(tmp_path: Path, quirk: str, said: str) -> None:
    made = synthesize(tmp_path, seconds=2.0, quirks=(quirk,))
    with pytest.raises(InputError, match=said) as caught:
        clips_of(made)
    assert str(made.recordings[1].id) in caught.value.where


def test_a_missing_partner_leaves_one_person_who_plays(tmp_path: Path) -> None:
    made = synthesize(tmp_path, seconds=2.0, quirks=("missing-partner",))
    assert len(clips_of(made)) == 1
