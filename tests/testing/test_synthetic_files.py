"""The files: names, shapes, types and values of the Seamless Interaction data set."""

from __future__ import annotations

import hashlib
import io
import json
import struct
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.io import wavfile
from scipy.spatial.transform import Rotation

from avatar_server.dataset.local_tree import find_interaction
from avatar_server.dataset.recording_arrays import read_arrays
from avatar_server.errors import UsageError
from avatar_server.testing.skeleton import REST_JOINTS, joint_positions
from avatar_server.testing.synthetic_interaction import IDS, SyntheticInteraction, synthesize

SECONDS = 12.0
N = 360

SHAPES: dict[str, tuple[int, ...]] = {
    "smplh:global_orient": (N, 3),
    "smplh:body_pose": (N, 21, 3),
    "smplh:left_hand_pose": (N, 15, 3),
    "smplh:right_hand_pose": (N, 15, 3),
    "smplh:translation": (N, 3),
    "smplh:is_valid": (N,),
    "boxes_and_keypoints:box": (N, 4),
    "boxes_and_keypoints:is_valid_box": (N,),
    "boxes_and_keypoints:keypoints": (N, 133, 3),
    "movement:FAUValue": (N, 24),
    "movement:emotion_scores": (N, 8),
    "movement:emotion_valence": (N, 1),
    "movement:emotion_arousal": (N, 1),
    "movement:gaze_encodings": (N, 2),
    "movement:head_encodings": (N, 3),
    "movement:alignment_head_rotation": (N, 3),
    "movement:alignment_translation": (N, 2, 3),
    "movement:expression": (N, 128),
    "movement:frame_latent": (N, 64),
    "movement:hypernet_features": (N // 15, 5120),
    "movement:EmotionArousalToken": (N, 1),
    "movement:EmotionValenceToken": (N, 1),
    "movement:FAUToken": (N, 1),
    "movement:is_valid": (N, 1),
}


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> SyntheticInteraction:
    return synthesize(tmp_path_factory.mktemp("data"), seconds=SECONDS)


@pytest.fixture(scope="module", params=[0, 1], ids=["P0947", "P1275A"])
def arrays(written: SyntheticInteraction, request: pytest.FixtureRequest) -> dict[str, NDArray[Any]]:
    with np.load(written.recordings[request.param].npz, allow_pickle=False) as stored:
        return {key: stored[key] for key in stored.files}


def test_the_tree_is_that_of_the_data_set(written: SyntheticInteraction) -> None:
    files = {str(path.relative_to(written.data_dir)) for path in written.data_dir.rglob("*.*")}
    left = "improvised/dev/0000/0003/V00_S0809_I00000582_P0947"
    right = "improvised/dev/0000/0011/V00_S0809_I00000582_P1275A"
    assert files == {f"{stem}.{kind}" for stem in (left, right) for kind in ("wav", "npz", "json")}
    found = find_interaction(written.data_dir, "V00_S0809_I00000582")
    assert [files.npz for files in found.recordings] == [recording.npz for recording in written.recordings]
    assert (found.label, found.split, found.notices) == ("improvised", "dev", ())


def test_every_array_has_its_shape_and_type(arrays: dict[str, NDArray[Any]]) -> None:
    assert {key: array.shape for key, array in arrays.items()} == SHAPES
    masks = {"smplh:is_valid", "boxes_and_keypoints:is_valid_box"}
    for key, array in arrays.items():
        assert array.dtype == (np.bool_ if key in masks else np.float32), key
        assert np.isfinite(array).all(), key


def test_poses_are_in_camera_space(arrays: dict[str, NDArray[Any]]) -> None:
    root = arrays["smplh:global_orient"].astype(np.float64)
    assert np.median(np.abs(root[:, 0] - np.pi)) < 0.4
    assert np.abs(np.median(root[:, 1:], axis=0)).max() < 0.2
    norms = np.linalg.norm(root, axis=1)
    assert norms.max() < 4.7
    assert np.abs(np.diff(root, axis=0)).max() > 5.0, "some root is named the other way round"
    translation = arrays["smplh:translation"]
    assert 37 < np.median(translation[:, 2]) < 41
    assert np.abs(translation[:, :2]).max() < 0.5
    knees = np.degrees(arrays["smplh:body_pose"][:, 3:5, 0])
    assert np.abs(np.median(knees, axis=0) - 59).max() < 3
    joints = np.zeros((N, 52, 3))
    joints[:, 0], joints[:, 1:22] = root, arrays["smplh:body_pose"]
    places = joint_positions(joints, 16)
    spine = np.median(places[:, 12] - places[:, 0], axis=0)
    rest = REST_JOINTS[12] - REST_JOINTS[0]
    lean_deg = np.degrees(np.arctan2(spine[2], -spine[1]) - np.arctan2(-rest[2], rest[1]))
    assert -17 < lean_deg < -9, "seen from above: the neck is nearer to the camera than the pelvis"


def test_neck_and_head_carry_an_offset(arrays: dict[str, NDArray[Any]]) -> None:
    neck, head = (Rotation.from_rotvec(arrays["smplh:body_pose"][:, joint - 1]) for joint in (12, 15))
    pitch_deg = (neck * head).as_euler("YXZ", degrees=True)[:, 1]
    assert 10 < np.median(pitch_deg) < 20


def test_hands_are_frozen_where_they_are_not_valid(arrays: dict[str, NDArray[Any]]) -> None:
    valid = arrays["smplh:is_valid"]
    assert 0.9 < valid.mean() < 1.0
    for side in ("left", "right"):
        hand = arrays[f"smplh:{side}_hand_pose"]
        moved = np.abs(np.diff(hand, axis=0)).max(axis=(1, 2)) > 0
        np.testing.assert_array_equal(moved[~valid[1:]], False)
        assert moved[valid[1:]].mean() > 0.98


def test_points_and_boxes_fit_the_picture(arrays: dict[str, NDArray[Any]]) -> None:
    points, box = arrays["boxes_and_keypoints:keypoints"], arrays["boxes_and_keypoints:box"]
    assert (box[:, 2:] > box[:, :2] + 200).all()
    assert (box >= 0).all()
    assert (box <= [1080, 1920, 1080, 1920]).all()
    inside = (points[:, :, :2] >= box[:, None, :2]) & (points[:, :, :2] <= box[:, None, 2:])
    assert inside.all()
    assert (points[..., 2] >= 0).all()
    assert (points[..., 2] <= 1).all()
    height_px = points[:, 15:17, 1].mean() - points[:, 0, 1].mean()
    assert 900 < height_px < 1700, "a standing person fills most of a portrait picture"
    # Somebody who faces the camera has the own left at the right of the picture.
    assert (points[:, 5, 0] > points[:, 6, 0] + 100).all()


def test_faces_keep_to_their_ranges(arrays: dict[str, NDArray[Any]]) -> None:
    units = arrays["movement:FAUValue"]
    assert units.min() >= 0
    assert 1.0 < units.max() <= 2.0
    np.testing.assert_array_equal(units[:, [16, 17, 18]], 0)
    assert units[:, [i for i in range(24) if i not in (16, 17, 18)]].max(axis=0).min() > 0
    for key in ("movement:emotion_valence", "movement:emotion_arousal"):
        assert np.abs(arrays[key]).max() <= 1
        assert np.ptp(arrays[key]) > 0.1
    np.testing.assert_array_equal(arrays["movement:is_valid"], 1.0)


def test_our_own_reader_takes_it(written: SyntheticInteraction) -> None:
    for recording in written.recordings:
        read = read_arrays(recording.npz)
        assert read.frame_count == N
        assert read.notices == ()


@pytest.mark.parametrize("person", [0, 1])
def test_transcript_and_voice_activity(written: SyntheticInteraction, person: int) -> None:
    recording = written.recordings[person]
    content = json.loads(recording.json.read_text(encoding="utf-8"))
    assert content.keys() == {"id", "metadata:transcript", "metadata:vad"}
    assert content["id"] == str(recording.id) == recording.npz.stem
    assert len(content["metadata:transcript"]) >= 3
    for segment in content["metadata:transcript"]:
        assert segment.keys() == {"words", "start", "end", "transcript"}
        words = segment["words"]
        assert " ".join(word["word"] for word in words) == segment["transcript"]
        assert segment["start"] == words[0]["start"] < words[-1]["end"] == segment["end"]
        assert all(word.keys() == {"word", "start", "end", "score"} for word in words)
    spans = content["metadata:vad"]
    for segment in content["metadata:transcript"]:
        assert any(s["start"] <= segment["start"] and segment["end"] <= s["end"] for s in spans)
    assert all(s["start"] < s["end"] for s in spans)


def test_sound_is_48_khz_mono_float(written: SyntheticInteraction) -> None:
    for recording in written.recordings:
        raw = recording.wav.read_bytes()
        riff_size, kind, channels, rate_hz = struct.unpack("<4xI12xHHI", raw[:28])
        assert (riff_size, kind, channels, rate_hz) == (len(raw) - 8, 3, 1, 48_000)
        rate_hz, samples = wavfile.read(io.BytesIO(raw))
        assert (rate_hz, samples.dtype, samples.shape) == (48_000, np.float32, (round(SECONDS * 48_000),))


def test_the_seed_decides_every_byte_of_content(written: SyntheticInteraction, tmp_path: Path) -> None:
    again = synthesize(tmp_path / "again", seconds=SECONDS)
    other = synthesize(tmp_path / "other", seconds=SECONDS, seed=1)
    for first, second, third in zip(written.recordings, again.recordings, other.recordings, strict=True):
        assert _content(first.npz) == _content(second.npz) != _content(third.npz)
        assert first.wav.read_bytes() == second.wav.read_bytes() != third.wav.read_bytes()
        assert first.json.read_bytes() == second.json.read_bytes() != third.json.read_bytes()


def _content(npz: Path) -> str:
    """Zip files carry the time of writing: compare what is inside."""
    digest = hashlib.sha256()
    with np.load(npz) as stored:
        for key in sorted(stored.files):
            digest.update(key.encode() + stored[key].tobytes())
    return digest.hexdigest()


def test_what_fails_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(path: Path, *_: object) -> None:
        if path.name == f"{IDS[1]}.json":  # The very last file.
            raise KeyboardInterrupt
        path.write_text("{}")

    monkeypatch.setattr("avatar_server.testing.synthetic_interaction.write_json", fail)
    with pytest.raises(KeyboardInterrupt):
        synthesize(tmp_path / "data", seconds=2.0)
    assert list((tmp_path / "data").iterdir()) == []


@pytest.mark.parametrize("seconds", [1.0, -3.0, float("nan"), float("inf")])
def test_too_short_is_refused(tmp_path: Path, seconds: float) -> None:
    with pytest.raises(UsageError, match="at least 2 s"):
        synthesize(tmp_path, seconds=seconds)
    assert not list(tmp_path.iterdir())
