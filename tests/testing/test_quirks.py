"""Every quirk is visible in the files, and only where it was asked for."""

from __future__ import annotations

import json
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.io import wavfile
from scipy.spatial.transform import Rotation

from avatar_server.errors import InputError, UsageError
from avatar_server.testing.quirks import QUIRKS
from avatar_server.testing.synthetic_interaction import SyntheticInteraction, synthesize

SECONDS = 6.0
Arrays = dict[str, NDArray[Any]]
Write = Callable[..., SyntheticInteraction]


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory) -> SyntheticInteraction:
    return synthesize(tmp_path_factory.mktemp("plain"), seconds=SECONDS)


@pytest.fixture
def write(tmp_path: Path) -> Write:
    def written(*quirks: str, seconds: float = SECONDS) -> SyntheticInteraction:
        return synthesize(tmp_path, seconds=seconds, quirks=quirks)

    return written


def _load(interaction: SyntheticInteraction, person: int) -> Arrays:
    with np.load(interaction.recordings[person].npz, allow_pickle=False) as stored:
        return {key: stored[key] for key in stored.files}


def _voice(interaction: SyntheticInteraction, person: int) -> NDArray[np.float32]:
    return np.asarray(wavfile.read(interaction.recordings[person].wav)[1])


def test_unknown_quirks_are_refused_with_the_known_ones_named(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"unknown quirk upside-up; .*rate-29\.97.*wrong-shapes"):
        synthesize(tmp_path, quirks=["rate-29.97", "upside-up"])
    assert not list(tmp_path.iterdir())


def test_every_quirk_has_a_test() -> None:
    source = Path(__file__).read_text(encoding="utf-8")
    assert [name for name in QUIRKS if f'"{name}"' not in source] == []


def test_rates(write: Write) -> None:
    written = write("rate-29.97", "partner-rate-25", seconds=30.0)
    assert [len(_load(written, person)["smplh:is_valid"]) for person in (0, 1)] == [899, 750]
    assert [recording.rate_hz for recording in written.recordings] == [Fraction(30000, 1001), Fraction(25)]
    assert [len(_voice(written, person)) for person in (0, 1)] == [30 * 48_000] * 2


@pytest.mark.parametrize(("longest", "share"), [(6, 0.25), (60, 0.34)])
def test_hands_lost_for_short_and_for_long(write: Write, longest: int, share: float) -> None:
    written = write("invalid-hands-short") if longest == 6 else write("invalid-hands-long")
    arrays = _load(written, 0)
    lost = ~arrays["smplh:is_valid"]
    runs = np.diff(np.flatnonzero(np.diff(np.concatenate([[0], lost.astype(int), [0]]))))[::2]
    assert runs.max() == pytest.approx(longest, abs=1)
    assert share / 4 < lost.mean() <= share + 0.02
    frozen = np.abs(np.diff(arrays["smplh:left_hand_pose"], axis=0)).max(axis=(1, 2)) == 0
    assert frozen[lost[1:]].all()
    body_moves = np.abs(np.diff(arrays["smplh:body_pose"], axis=0)).max(axis=(1, 2)) > 0
    assert body_moves.all()


def test_missing_body(write: Write) -> None:
    arrays = _load(write("missing-body"), 0)
    gone = np.zeros(180, dtype=bool)
    gone[90:120] = True
    size = np.abs(arrays["smplh:translation"]).max(axis=1)
    np.testing.assert_array_equal(size > 1e3, gone)
    assert size[gone].min() >= 1e12
    assert size[gone].max() <= 1e14
    np.testing.assert_array_equal((arrays["boxes_and_keypoints:box"] == 0).all(axis=1), gone)
    np.testing.assert_array_equal(arrays["boxes_and_keypoints:is_valid_box"], ~gone)


def test_movement_zero_blocks(write: Write) -> None:
    arrays = _load(write("movement-zero-blocks"), 0)
    zero = arrays["movement:is_valid"][:, 0] == 0
    np.testing.assert_array_equal(np.flatnonzero(np.diff(zero.astype(int))), [59, 119])
    for key, array in arrays.items():
        if key.startswith("movement:") and len(array) == 180:
            np.testing.assert_array_equal(array[zero], 0, err_msg=key)
    assert arrays["smplh:is_valid"].mean() > 0.9


def test_sideways(write: Write, plain: SyntheticInteraction) -> None:
    arrays, upright = _load(write("sideways"), 1), _load(plain, 1)
    np.testing.assert_array_equal(arrays["smplh:body_pose"], upright["smplh:body_pose"])

    def head_below_feet_px(points: NDArray[Any]) -> NDArray[Any]:
        return np.asarray(np.median(points[:, 0, :2] - points[:, 15:17, :2].mean(axis=1), axis=0))

    before = head_below_feet_px(upright["boxes_and_keypoints:keypoints"])
    after = head_below_feet_px(arrays["boxes_and_keypoints:keypoints"])
    assert abs(before[1]) > 5 * abs(before[0])
    assert abs(after[0]) > 5 * abs(after[1])


def test_seated(write: Write, plain: SyntheticInteraction) -> None:
    arrays, standing = _load(write("seated"), 1), _load(plain, 1)
    legs = [0, 1, 3, 4, 6, 7]
    above = [joint for joint in range(21) if joint not in legs]
    np.testing.assert_array_equal(arrays["smplh:body_pose"][:, above], standing["smplh:body_pose"][:, above])
    hips, knees = arrays["smplh:body_pose"][:, :2], arrays["smplh:body_pose"][:, 3:5]
    assert np.degrees(hips[..., 0]).max() < -80
    assert np.degrees(knees[..., 0]).min() > 80

    def knee_below_hip_px(points: NDArray[Any]) -> float:
        return float(np.median(points[:, 13:15, 1] - points[:, 11:13, 1]))

    before = knee_below_hip_px(standing["boxes_and_keypoints:keypoints"])
    assert knee_below_hip_px(arrays["boxes_and_keypoints:keypoints"]) < 0.5 * before


def test_stretched(write: Write) -> None:
    written = write("stretched")
    assert str(written.key) == "V01_S0809_I00000582"
    assert [recording.id.vendor for recording in written.recordings] == [1, 1]
    for person in (0, 1):
        box = np.median(_load(written, person)["boxes_and_keypoints:box"], axis=0)
        assert (box[0] + box[2]) / 2 == pytest.approx(1080, abs=120)
        assert box[3] > 1920


def test_unequal_lengths(write: Write) -> None:
    written = write("unequal-lengths")
    assert [len(_load(written, person)["smplh:is_valid"]) for person in (0, 1)] == [180, 129]
    assert [len(_voice(written, person)) for person in (0, 1)] == [288_000, 206_400]


def test_empty_wav(write: Write) -> None:
    written = write("empty-wav")
    assert written.recordings[1].wav.stat().st_size == 58
    assert written.recordings[1].wav.read_bytes()[-8:] == b"data\0\0\0\0"
    assert written.recordings[0].wav.stat().st_size == 58 + 4 * 288_000


def test_missing_partner(write: Write) -> None:
    written = write("missing-partner")
    assert len(written.recordings) == 1
    assert {path.stem for path in written.data_dir.rglob("*.*")} == {"V00_S0809_I00000582_P0947"}


def test_missing_groups(write: Write) -> None:
    for person in (0, 1):
        keys = _load(write("no-movement", "no-boxes"), person).keys()
        assert {key.partition(":")[0] for key in keys} == {"smplh"}


def test_zero_frames(write: Write) -> None:
    written = write("zero-frames")
    assert {len(array) for array in _load(written, 1).values()} == {0}
    assert len(_load(written, 0)["smplh:is_valid"]) == 180


def test_float64_and_flattened(write: Write, plain: SyntheticInteraction) -> None:
    arrays = _load(write("float64", "flattened"), 1)
    assert {array.dtype for array in arrays.values()} == {np.dtype(np.float64), np.dtype(np.bool_)}
    assert arrays["smplh:body_pose"].shape == (180, 63)
    assert arrays["smplh:left_hand_pose"].shape == arrays["smplh:right_hand_pose"].shape == (180, 45)
    np.testing.assert_array_equal(
        arrays["smplh:body_pose"].reshape(180, 21, 3), _load(plain, 1)["smplh:body_pose"]
    )


def test_null_word_times(write: Write) -> None:
    content = json.loads(write("null-word-times").recordings[0].json.read_text(encoding="utf-8"))
    words = [word for segment in content["metadata:transcript"] for word in segment["words"]]
    untimed = [word["start"] is None and word["end"] is None for word in words]
    assert untimed == [i % 3 == 2 for i in range(len(words))]
    assert sum(untimed) >= 2


def test_quiet_voice(write: Write, plain: SyntheticInteraction) -> None:
    quiet, usual = _voice(write("quiet-voice"), 0), _voice(plain, 0)
    np.testing.assert_allclose(quiet, usual / 10, rtol=1e-5, atol=1e-9)


def test_pickled_objects_cannot_be_read_without_pickle(write: Write) -> None:
    with (
        np.load(write("pickled-objects").recordings[1].npz, allow_pickle=False) as stored,
        pytest.raises(ValueError, match="allow_pickle"),
    ):
        stored["smplh:body_pose"]


@pytest.mark.parametrize("quirk", ["zero-frames", "pickled-objects", "truncated-npz", "wrong-shapes"])
def test_our_reader_refuses_what_is_broken(write: Write, quirk: str) -> None:
    from avatar_server.dataset.recording_arrays import read_arrays

    written = write(quirk)
    with pytest.raises(InputError, match="P1275A"):
        read_arrays(written.recordings[1].npz)
    assert read_arrays(written.recordings[0].npz).frame_count == 180


def test_truncated_npz(write: Write, plain: SyntheticInteraction) -> None:
    size = write("truncated-npz").recordings[1].npz.stat().st_size
    assert size == pytest.approx(plain.recordings[1].npz.stat().st_size * 2 / 3, rel=0.02)


def test_all_invalid(write: Write) -> None:
    arrays = _load(write("all-invalid"), 1)
    assert np.abs(arrays["smplh:translation"]).max(axis=1).min() > 1e3
    assert not arrays["smplh:is_valid"].any()


def test_wrong_shapes(write: Write) -> None:
    assert _load(write("wrong-shapes"), 1)["smplh:body_pose"].shape == (180, 20, 3)


@pytest.mark.parametrize("rates", [(), ("rate-29.97", "partner-rate-25")])
def test_flash_and_click_meet(tmp_path: Path, rates: tuple[str, ...]) -> None:
    written = synthesize(tmp_path, seconds=SECONDS, quirks=["flash-and-click", *rates])
    assert written.flash_times_s == (1.0, 3.0, 5.0)
    for person in (0, 1):
        voice = _voice(written, person)
        loud = np.flatnonzero(np.abs(voice) > 0.1)
        onsets_s = loud[np.concatenate([[True], np.diff(loud) > 24_000])] / 48_000
        np.testing.assert_allclose(onsets_s, written.flash_times_s, atol=1e-4)
        rate_hz = float(written.recordings[person].rate_hz)
        shoulder = Rotation.from_rotvec(_load(written, person)["smplh:body_pose"][:, 15])
        upper_arm = shoulder.apply([1.0, 0.0, 0.0])
        # 0 hanging, 75 pointing forward, 150 raised: half-way is zero.
        raised = np.degrees(np.arctan2(upper_arm[:, 2], -upper_arm[:, 1])) - 75
        rising = np.flatnonzero((raised[:-1] < 0) & (raised[1:] >= 0))
        share = -raised[rising] / (raised[rising + 1] - raised[rising])
        np.testing.assert_allclose((rising + share) / rate_hz, written.flash_times_s, atol=0.002)
        assert (raised[rising - 1] < -60).all()
        assert (raised[rising + 2] > 60).all()
