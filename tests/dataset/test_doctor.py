"""What the doctor finds, and what he makes of it: through the library and through the command."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest

from avatar_server.assembly import open_performance
from avatar_server.dataset.doctor_report import InteractionReport, ParticipantReport
from avatar_server.dataset.local_tree import find_interaction
from avatar_server.errors import InputError
from avatar_server.inspection import inspect_interaction
from avatar_server.motion.presets import NATURAL
from avatar_server.testing.seamless_writer import write_wav
from avatar_server.testing.synthetic_interaction import SyntheticInteraction, synthesize

SECONDS = 4.0


def inspected(made: SyntheticInteraction) -> InteractionReport:
    return inspect_interaction(find_interaction(made.data_dir, str(made.key)))


def first_of(made: SyntheticInteraction) -> ParticipantReport:
    return inspected(made).participants[0]


@pytest.mark.parametrize(
    ("quirks", "first", "second"),
    [
        ((), ("good", ""), ("good", "")),
        (("quiet-voice", "sideways", "null-word-times", "float64"), ("good", ""), ("good", "")),
        (("no-movement", "no-boxes", "flattened", "seated"), ("good", ""), ("good", "")),
        (
            ("invalid-hands-long", "empty-wav"),
            ("usable", "hands at rest"),
            ("usable", "sound file holds no sound"),
        ),
        (
            ("movement-zero-blocks", "all-invalid"),
            ("usable", "no face in 50%"),
            ("broken", "no frame has a body"),
        ),
        (("stretched", "zero-frames"), ("usable", "stretched picture"), ("broken", "zero frames")),
    ],
)
def test_a_verdict_and_its_reasons(
    tmp_path: Path, quirks: tuple[str, ...], first: tuple[str, str], second: tuple[str, str]
) -> None:
    report = inspected(synthesize(tmp_path, seconds=SECONDS, quirks=quirks))
    for (verdict, reason), participant in zip((first, second), report.participants, strict=True):
        assert participant.verdict == verdict, participant.reasons
        assert bool(participant.reasons) == (verdict != "good")
        assert reason in " ".join(participant.reasons)
        assert (participant.problem != "") == (participant.repairs is None) == (verdict == "broken")
    assert report.verdict == max(first[0], second[0], key=("good", "usable", "broken").index)


def test_a_person_alone_is_usable(tmp_path: Path) -> None:
    report = inspected(synthesize(tmp_path, seconds=SECONDS, quirks=["missing-partner"]))
    assert (report.verdict, report.participants[0].verdict) == ("usable", "good")


def test_sentinels_and_long_absence(tmp_path: Path) -> None:
    made = synthesize(tmp_path, seconds=6.0, quirks=["missing-body"])
    participant = first_of(made)
    assert participant.motion is not None
    assert (participant.motion.sentinel_frames, participant.motion.body_lost_frames) == (30, 30)
    assert participant.repairs is not None
    assert participant.repairs.motion is not None
    assert participant.repairs.motion.body_bridged_frames == 30
    change_arrays(made, lambda arrays: arrays["smplh:translation"][20:120].fill(1e12))
    absent = first_of(made)
    assert absent.verdict == "broken"
    assert "nobody is there in 56% of the frames" in absent.reasons


def change_arrays(made: SyntheticInteraction, change: Any, packed: bool = True) -> None:
    npz = made.recordings[0].npz
    with np.load(npz) as stored:
        arrays = dict(stored)
    change(arrays)
    (np.savez_compressed if packed else np.savez)(npz, **arrays)


@pytest.mark.parametrize(
    ("amplitude", "state", "marked", "reason"),
    [
        (0.0, "silent", True, "nothing is heard where"),
        (0.0, "silent", False, "nothing is heard in 20.0 s, and no speech is marked"),
        (0.01, "heard", True, "keeps one level"),
        (0.01, "heard", False, "keeps one level"),
    ],
)
def test_sound_without_a_voice(
    tmp_path: Path, amplitude: float, state: str, marked: bool, reason: str
) -> None:
    made = synthesize(tmp_path, seconds=SECONDS)
    if not marked:
        made.recordings[0].json.unlink()
    hiss = amplitude * np.random.default_rng(1).standard_normal((4 if marked else 20) * 48_000)
    write_wav(made.recordings[0].wav, hiss.astype(np.float32))
    participant = first_of(made)
    assert (participant.sound.state, participant.verdict) == (state, "usable")
    assert any(reason in said for said in participant.reasons), participant.reasons
    if amplitude:
        assert participant.sound.mean_dbfs == pytest.approx(-40, abs=0.1)
        assert participant.sound.peak_dbfs == pytest.approx(-27, abs=2)
    else:
        assert (participant.sound.mean_dbfs, participant.sound.peak_dbfs) == (None, None)


def test_what_the_doctor_calls_broken_the_player_refuses(tmp_path: Path) -> None:
    made = synthesize(tmp_path, seconds=2.0)
    made.recordings[0].wav.write_bytes(b"RIFF, and then nothing that makes sense")
    participant = first_of(made)
    assert (participant.verdict, participant.sound.state) == ("broken", "unreadable")
    with pytest.raises(InputError) as refused:
        open_performance(
            find_interaction(made.data_dir, str(made.key)), body=None, preset=NATURAL, staging="face-to-face"
        )
    assert str(refused.value) == participant.problem


def write_video(path: Path, size: tuple[int, int], pixel_aspect: Fraction, rate_hz: int = 30) -> None:
    with av.open(str(path), "w") as container:
        stream = container.add_stream("mpeg4", rate=rate_hz)
        stream.width, stream.height = size
        stream.pix_fmt = "yuv420p"
        stream.codec_context.sample_aspect_ratio = pixel_aspect
        for _ in range(3):
            picture = av.VideoFrame(*size, "yuv420p")
            container.mux(stream.encode(picture))
        container.mux(stream.encode(None))


@pytest.mark.parametrize(
    ("quirks", "size", "pixel_aspect", "stretched"),
    [
        ((), (90, 160), Fraction(1), False),
        (("stretched",), (90, 160), Fraction(1), False),
        (("stretched",), (160, 160), Fraction(9, 16), True),
        (("stretched",), (2160, 2160), Fraction(1), True),
    ],
)
def test_the_video_tells_whether_it_is_stretched(
    tmp_path: Path, quirks: tuple[str, ...], size: tuple[int, int], pixel_aspect: Fraction, stretched: bool
) -> None:
    """And it is believed more than what the key points suggest."""
    made = synthesize(tmp_path, seconds=2.0, quirks=quirks)
    write_video(made.recordings[0].npz.with_suffix(".mp4"), size, pixel_aspect)
    participant = first_of(made)
    assert participant.video is not None
    assert (participant.video.width, participant.video.height) == size
    assert participant.video.rate_hz == pytest.approx(30)
    assert participant.video.duration_s == pytest.approx(0.1)
    assert participant.anamorphic is stretched
    assert f"{size[0]}x{size[1]}" in participant.anamorphic_by
    assert participant.verdict == ("usable" if stretched else "good")


def test_videos_that_do_not_fit_or_are_none(tmp_path: Path) -> None:
    made = synthesize(tmp_path, seconds=2.0)
    mp4 = made.recordings[0].npz.with_suffix(".mp4")
    write_video(mp4, (90, 160), Fraction(1), rate_hz=25)
    assert first_of(made).reasons == ("the video runs at 25.000 Hz, the motion at 30.000",)
    mp4.write_bytes(b"no video")
    participant = first_of(made)
    assert (participant.video, participant.verdict) == (None, "good")
    assert any(f"{mp4.name}: not readable as video" in notice for notice in participant.notices)


def test_odd_arrays_load_and_are_listed(tmp_path: Path) -> None:
    """Stored without packing, float64, groups without a row, and a second version of the face's group."""
    made = synthesize(tmp_path, seconds=SECONDS)

    def make_odd(arrays: dict[str, Any]) -> None:
        for key in [key for key in arrays if key.startswith("movement:")]:
            arrays[key.replace("movement:", "movement_v4:")] = arrays.pop(key)
        arrays["movement_v4:is_valid"] = arrays["movement_v4:is_valid"].astype(np.float64)
        arrays["movement_v4:is_valid"][30:50] = 0
        arrays["movement_v4:pred_vertices"] = np.zeros((0, 778, 3), np.float32)
        arrays["smplh:body_pose"] = arrays["smplh:body_pose"].astype(np.float64)
        arrays["smplh:left_hand_pose"] = np.zeros((0, 15, 3), np.float32)
        arrays["boxes_and_keypoints:box"] = np.zeros(0)

    change_arrays(made, make_odd, packed=False)
    participant = first_of(made)
    assert participant.motion is not None
    assert participant.motion.face_group == "movement_v4"
    assert participant.motion.face_lost_share == pytest.approx(20 / 120)
    assert participant.motion.face_lost_runs == 1
    assert participant.motion.face_lost_longest_s == pytest.approx(20 / 30)
    arrays = {header.key: (header.shape, header.dtype) for header in participant.arrays}
    assert arrays["smplh:body_pose"] == ((120, 21, 3), "float64")
    assert arrays["movement_v4:pred_vertices"] == ((0, 778, 3), "float32")
    assert arrays["smplh:is_valid"] == ((120,), "bool")
    assert {"smplh:left_hand_pose is empty", "boxes_and_keypoints:box is empty"} <= set(participant.notices)
    # A hand without a row is a hand that rests all the time.
    assert participant.reasons == ("hands at rest, as nobody saw them, in 100% of the frames",)
    open_performance(
        find_interaction(made.data_dir, str(made.key)), body=None, preset=NATURAL, staging="face-to-face"
    )


def test_coverage_by_voice_activity_and_transcript(tmp_path: Path) -> None:
    made = synthesize(tmp_path, seconds=SECONDS, quirks=["null-word-times"])
    path = made.recordings[0].json
    words = [{"word": "one", "start": 1.0, "end": 1.2}, {"word": "two", "start": None, "end": None}]
    content: dict[str, list[dict[str, Any]]] = {
        "metadata:vad": [{"start": 0.0, "end": 2.0}, {"start": 1.5, "end": 3.0}],
        "metadata:transcript": [{"words": words, "start": 1.0, "end": 2.0, "transcript": "one two"}],
    }
    path.write_text(json.dumps(content))
    participant = first_of(made)
    speech = participant.speech
    assert (speech.speech_s, speech.transcript_s, speech.words, speech.untimed_words) == (3.0, 1.0, 2, 1)
    assert (speech.speech_share, speech.transcript_share) == (0.75, 0.25)
    assert speech.transcribed_share == pytest.approx(1 / 3)
    assert participant.reasons == ("the transcript covers 33% of the speech",)
    path.write_text("\n".join(json.dumps(span) for span in content["metadata:vad"]))
    assert first_of(made).speech.speech_s == 3.0


def command(*arguments: str, status: int = 0) -> str:
    ran = subprocess.run(
        [sys.executable, "-m", "avatar_server", *arguments], capture_output=True, text=True, check=False
    )
    assert ran.returncode == status, ran.stderr
    return ran.stdout


def test_a_pair_fits_on_a_screen() -> None:
    """The demo by the real command: everything asked for is said, aligned, within 45 lines of 108 columns."""
    lines = command("inspect", "demo").splitlines()
    assert len(lines) <= 45
    assert max(map(len, lines)) <= 108
    assert lines[0].endswith("30.00 s, 2 participants, good")
    assert lines[1] == "  format    Seamless Interaction"
    assert [line.split(":")[0].split()[:2] for line in lines[2:6]] == [
        ["up", "axis"],
        ["units", "metres"],
        ["rate", "30"],
        ["world", "each"],
    ]
    for name in (
        "sound",
        "speech",
        "motion",
        "body",
        "hands",
        "face",
        "camera",
        "picture",
        "arrays",
        "repaired",
    ):
        starts = [line for line in lines if line.startswith(f"  {name} ")]
        assert len(starts) == 2, name
        assert all(line[11] == " " and line[12] != " " for line in starts)


BEFORE = {
    "motion": "frame_count rate rate_hz rate_found measured_rate_hz duration_s hands_lost_share "
    "hands_lost_runs hands_lost_longest_s body_lost_frames body_lost_longest_s lean_deg roll_deg turn_deg "
    "sideways face_lost_share groups",
    "sound": "duration_s level_dbfs",
    "speech": "words speech_s speech_share annotations",
}
"""Keys that programs have read since the first release."""


def test_json_keeps_its_keys_and_is_strict(tmp_path: Path) -> None:
    made = synthesize(tmp_path / "data", seconds=SECONDS, quirks=["all-invalid", "empty-wav"])
    text = command("inspect", str(made.key), "--data", str(made.data_dir), "--json", status=2)
    report = json.loads(text, parse_constant=lambda name: pytest.fail(f"{name} is no JSON"))
    assert {"key", "label", "split", "duration_s", "participants", "notices", "verdict"} <= report.keys()
    assert report["format"] == "Seamless Interaction"
    (rate,) = (decision for decision in report["decisions"] if decision["what"] == "rate")
    assert rate["value"] == "30"
    assert rate["why"].endswith("; nothing tells"), "one of the two has an empty sound"
    for participant in report["participants"]:
        assert {"id", "motion", "sound", "speech", "problem", "notices", "reasons"} <= participant.keys()
        for part, keys in BEFORE.items():
            assert set(keys.split()) <= participant[part].keys()
    arrays = report["participants"][0]["arrays"]
    assert {"key": "smplh:body_pose", "shape": [120, 21, 3], "dtype": "float32"} in arrays
    assert report["participants"][1]["verdict"] == report["verdict"] == "broken"
    shutil.rmtree(made.data_dir)
