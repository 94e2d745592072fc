from __future__ import annotations

import json
from pathlib import Path

import pytest

from avatar_server.dataset.doctor_report import InteractionReport
from avatar_server.dataset.local_tree import find_interaction
from avatar_server.inspection import inspect_interaction
from avatar_server.testing.synthetic_interaction import synthesize


def report_of(folder: Path, *quirks: str, seconds: float = 4.0) -> InteractionReport:
    made = synthesize(folder, seconds=seconds, quirks=quirks)
    return inspect_interaction(find_interaction(made.data_dir, str(made.key)))


def test_a_recording_without_surprises(tmp_path: Path) -> None:
    report = report_of(tmp_path)
    assert (report.key, report.label, report.split) == ("V00_S0809_I00000582", "improvised", "dev")
    assert report.duration_s == 4.0
    for participant in report.participants:
        motion = participant.motion
        assert motion is not None
        assert participant.problem == ""
        assert participant.notices == ()
        assert (motion.frame_count, motion.rate, motion.rate_found) == (120, "30", "known")
        assert motion.groups == ("boxes_and_keypoints", "movement", "smplh")
        assert motion.lean_deg == pytest.approx(-13, abs=3)
        assert not motion.sideways
        assert participant.sound.duration_s == 4.0
        # Within four seconds only one of them gets to speak.
        assert (participant.sound.level_dbfs is None) == (participant.speech.words == 0)
    assert sum(participant.speech.words for participant in report.participants) > 0


def test_oddities_are_measured_and_said(tmp_path: Path) -> None:
    quirks = (
        "partner-rate-25",
        "quiet-voice",
        "sideways",
        "invalid-hands-long",
        "missing-body",
        "movement-zero-blocks",
        "no-boxes",
    )
    first, second = report_of(tmp_path, *quirks, seconds=6.0).participants
    assert first.motion is not None
    assert second.motion is not None
    assert (first.motion.rate, second.motion.rate) == ("30", "25")
    assert first.sound.level_dbfs is not None
    assert first.sound.level_dbfs == pytest.approx(-43, abs=4)
    assert first.motion.body_lost_frames == 30
    assert first.motion.body_lost_longest_s == pytest.approx(1.0, abs=0.01)
    # The middle third and the second without a body, which overlap.
    assert first.motion.hands_lost_longest_s == pytest.approx(2.0, abs=0.1)
    assert first.motion.face_lost_share == pytest.approx(60 / 180, abs=0.01)
    assert second.motion.face_lost_share == 0.0
    assert (first.motion.sideways, second.motion.sideways) == (False, True)
    assert "boxes_and_keypoints" not in first.motion.groups


def test_unequal_partners_and_a_wav_without_sound(tmp_path: Path) -> None:
    report = report_of(tmp_path, "unequal-lengths", "empty-wav")
    second = report.participants[1]
    assert report.duration_s == 4.0
    assert second.sound.duration_s == 0.0
    assert second.sound.level_dbfs is None
    assert second.motion is not None
    assert second.motion.rate_found == "assumed"
    assert second.motion.duration_s == pytest.approx(2.3)
    assert any("no sound" in notice for notice in second.notices)


@pytest.mark.parametrize(
    "quirk", ["zero-frames", "truncated-npz", "pickled-objects", "wrong-shapes", "all-invalid"]
)
def test_what_cannot_be_played_is_a_problem_in_the_report(tmp_path: Path, quirk: str) -> None:
    first, second = report_of(tmp_path, quirk, seconds=2.0).participants
    assert first.problem == ""
    assert str(second.id) in second.problem
    assert "cannot be played" in report_text(tmp_path)


def report_text(folder: Path) -> str:
    return inspect_interaction(find_interaction(folder, "V00_S0809_I00000582")).as_text()


def test_the_report_is_text_for_people_and_strict_json_for_scripts(tmp_path: Path) -> None:
    report = report_of(tmp_path, "missing-partner", "null-word-times", seconds=2.0)
    document = json.loads(json.dumps(report.as_json(), allow_nan=False))
    assert document["participants"][0]["motion"]["rate_hz"] == 30.0
    assert document["notices"] == list(report.notices)
    text = report.as_text()
    assert "the partner's recording is missing" in text
    assert "60 frames at 30 Hz (known, measured 30.0000)" in text
