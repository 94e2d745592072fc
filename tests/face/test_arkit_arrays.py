"""Bare arrays of ARKit weights: their order, what is missing in them, and what is refused."""

from __future__ import annotations

import io
import pickle
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from avatar_server.errors import InputError
from avatar_server.face.arkit import ALPHABETICAL_NAMES, ARKIT_INDEX, ARKIT_NAMES
from avatar_server.face.arkit_arrays import face_from_columns, read_arkit_array
from avatar_server.face.clip import FaceClip
from avatar_server.face.recorded import RecordedFace
from avatar_server.testing.arkit_signals import arkit_weights
from avatar_server.testing.dialogue import plan_dialogue

RATE_HZ = 30
ORDERS = {"apple": ARKIT_NAMES, "alphabetical": ALPHABETICAL_NAMES}
JAW, SMILE = ARKIT_INDEX["jawOpen"], ARKIT_INDEX["mouthSmileLeft"]
LIDS = [ARKIT_INDEX["eyeBlinkLeft"], ARKIT_INDEX["eyeBlinkRight"]]


def in_order(weights: NDArray[np.float32], order: str, columns: int = 52) -> NDArray[np.float32]:
    return weights[:, [ARKIT_INDEX[name] for name in ORDERS[order]][:columns]].copy()


def shown(face: RecordedFace, frames: NDArray[np.intp] | range) -> NDArray[np.float32]:
    return np.array([face.weights_at(frame / RATE_HZ) for frame in frames])


@pytest.mark.parametrize("order", ORDERS)
@pytest.mark.parametrize("columns", [51, 52])
def test_the_order_of_the_columns_is_found(talking: NDArray[np.float32], order: str, columns: int) -> None:
    face = face_from_columns(in_order(talking, order, columns), RATE_HZ, where="a.npy")
    assert face.repairs.order == order
    assert "left and right move together" in face.repairs.order_why
    assert face.origin == "data"
    frames = range(0, len(talking), 97)
    np.testing.assert_allclose(shown(face, frames)[:, :51], talking[frames, :51], atol=1e-5)


@pytest.mark.parametrize("order", ORDERS)
@pytest.mark.parametrize("seed", range(3))
def test_the_order_is_found_with_other_people_and_in_noise(order: str, seed: int) -> None:
    times_s = np.arange(40 * RATE_HZ) / RATE_HZ
    silent = np.zeros(40 * 48_000, np.float32)
    weights = arkit_weights(plan_dialogue(40.0, seed), seed % 2, times_s, silent, seed)
    weights += np.random.default_rng(seed).normal(0, 0.02, weights.shape).astype(np.float32)
    assert face_from_columns(in_order(weights, order, 51), RATE_HZ, where="a.npy").repairs.order == order


@pytest.mark.parametrize("order", ORDERS)
def test_where_both_sides_tell_nothing_the_lids_do(talking: NDArray[np.float32], order: str) -> None:
    only_lids = np.full_like(talking, 0.25)
    only_lids[:, LIDS] = talking[:, LIDS]
    face = face_from_columns(in_order(only_lids, order), RATE_HZ, where="a.npy")
    assert (face.repairs.order, face.repairs.order_why[-15:]) == (order, "open as lids do")


@pytest.mark.parametrize(("columns", "usual"), [(51, "alphabetical"), (52, "apple")])
def test_where_nothing_tells_it_is_the_usual_order(columns: int, usual: str) -> None:
    face = face_from_columns(np.full((60, columns), 0.5), RATE_HZ, where="a.npy")
    assert face.repairs.order == usual
    assert "nothing tells" in face.repairs.order_why


def test_people_may_say_the_order(talking: NDArray[np.float32]) -> None:
    face = face_from_columns(in_order(talking, "apple"), RATE_HZ, "alphabetical", where="a.npy")
    assert (face.repairs.order, face.repairs.order_why) == ("alphabetical", "as was said")


def test_61_columns_are_those_of_live_link(talking: NDArray[np.float32]) -> None:
    """jawLeft and jawRight, mouthLeft and mouthRight stand the other way round than in Apple's list."""
    talking = talking.copy()
    jaw_left, jaw_right = ARKIT_INDEX["jawLeft"], ARKIT_INDEX["jawRight"]
    talking[:, jaw_left] = np.linspace(0, 1, len(talking))
    columns = talking.copy()
    columns[:, [jaw_left, jaw_right]] = talking[:, [jaw_right, jaw_left]]
    face = face_from_columns(np.hstack([columns, np.zeros((len(talking), 9))]), RATE_HZ, where="a.npy")
    assert shown(face, range(900, 901))[0, jaw_left] == pytest.approx(0.5, abs=0.01)


def test_eye_turns_stand_in_for_dead_gaze(talking: NDArray[np.float32]) -> None:
    columns = np.hstack([talking, np.zeros((len(talking), 9), np.float32)])
    columns[:, [ARKIT_INDEX[name] for name in ARKIT_NAMES if name.startswith("eyeLook")]] = 0
    turn = 0.25 * np.sin(np.arange(len(talking)) / 40)
    columns[:, [55, 58]] = turn[:, None]
    face = face_from_columns(columns, RATE_HZ, where="a.npy")
    assert face.repairs.gaze == "recorded"
    seen = shown(face, range(60, 70))
    assert (seen[:, ARKIT_INDEX["eyeLookOutLeft"]] > 0.4).all()
    assert (seen[:, ARKIT_INDEX["eyeLookInRight"]] > 0.4).all()
    assert (seen[:, ARKIT_INDEX["eyeLookOutRight"]] == 0).all()


def test_percentages_are_weights() -> None:
    values = 100 * np.random.default_rng(1).uniform(0, 1, (90, 52))
    face = face_from_columns(values, RATE_HZ, "apple", where="a.npy")
    np.testing.assert_allclose(shown(face, range(90)), values / 100, atol=1e-5)
    assert face.notices == ("face weights go up to 100: taken as percentages",)


def test_short_gaps_are_bridged_in_a_straight_line(talking: NDArray[np.float32]) -> None:
    columns = talking.copy()
    columns[300:306] = 0
    columns[500:509] = np.nan
    columns[700, 3] = np.inf
    face = face_from_columns(columns, RATE_HZ, where="a.npy")
    assert (face.repairs.bridged_frames, face.repairs.replaced_frames) == (16, 0)
    middle = shown(face, range(302, 303))[0]
    np.testing.assert_allclose(middle, talking[299] + 3 / 7 * (talking[306] - talking[299]), atol=1e-5)


def test_a_block_of_zeros_is_no_stare(talking: NDArray[np.float32]) -> None:
    """60 frames and more: it fades to a resting face that blinks, and back."""
    columns = talking.copy()
    columns[300:900] = 0
    face = face_from_columns(columns, RATE_HZ, where="a.npy")
    assert (face.repairs.bridged_frames, face.repairs.replaced_frames) == (0, 600)
    assert face.repairs.bridged_share == pytest.approx(1 / 3)
    seen = shown(face, range(290, 910))
    assert np.abs(np.diff(seen, axis=0))[:, [JAW, SMILE]].max() < 0.2, "nothing jumps"
    gap = seen[30:580]
    assert gap[:, [JAW, SMILE]].max() == 0
    blinks = np.flatnonzero(np.diff((gap[:, LIDS[0]] > 0.5).astype(int)) == 1)
    assert 3 <= len(blinks) <= 10


def test_what_only_repeats_is_a_gap_too(talking: NDArray[np.float32]) -> None:
    columns = talking.copy()
    columns[300:450] = columns[299]
    assert face_from_columns(columns, RATE_HZ, where="a.npy").repairs.replaced_frames == 150


def test_a_face_that_holds_an_expression_on_purpose_keeps_it() -> None:
    columns = np.zeros((300, 52))
    columns[:, SMILE] = 0.8
    face = face_from_columns(columns, RATE_HZ, "apple", where="a.npy")
    assert face.weights_at(4.0)[SMILE] == pytest.approx(0.8)
    assert face.repairs.sentences() == ("face columns taken in apple order: as was said",)


def test_in_gaps_and_after_the_end_another_face_takes_over(talking: NDArray[np.float32]) -> None:
    columns = talking.copy()
    columns[300:480] = 0
    grin = np.zeros((1, 52), np.float32)
    grin[:, SMILE] = 1.0
    other = FaceClip(Fraction(1), grin, "synthesised")
    face = face_from_columns(columns, RATE_HZ, where="a.npy").filled_by(other)
    assert face.weights_at(13.0)[SMILE] == pytest.approx(1.0)
    assert face.weights_at(61.0)[SMILE] == pytest.approx(1.0)
    assert face.weights_at(9.0)[SMILE] == pytest.approx(float(talking[270, SMILE]), abs=1e-5)


def test_dead_lids_and_dead_gaze_are_lent(talking: NDArray[np.float32]) -> None:
    columns = talking.copy()
    columns[:, LIDS] = 0.0
    columns[:, [ARKIT_INDEX[name] for name in ARKIT_NAMES if name.startswith("eyeLook")]] = 0.4
    face = face_from_columns(columns, RATE_HZ, where="a.npy")
    assert (face.repairs.lids, face.repairs.gaze) == ("made up", "made up")
    seen = shown(face, range(600))
    assert seen[:, LIDS[0]].max() > 0.8, "blinks"
    assert seen[:, ARKIT_INDEX["eyeLookUpLeft"]].max() == 0
    assert seen[:, SMILE].max() > 0.1
    assert face.repairs.sentences()[-1] == "blinks and gaze made up"


def test_a_dead_side_follows_the_other(talking: NDArray[np.float32]) -> None:
    columns = talking.copy()
    columns[:, SMILE] = 0.7
    face = face_from_columns(columns, RATE_HZ, where="a.npy")
    assert face.repairs.mirrored == ("mouthSmileLeft",)
    seen = shown(face, range(600))
    np.testing.assert_array_equal(seen[:, SMILE], seen[:, ARKIT_INDEX["mouthSmileRight"]])


def test_a_column_that_is_stuck_rests(talking: NDArray[np.float32]) -> None:
    columns = talking.copy()
    columns[:, ARKIT_INDEX["cheekPuff"]] = 0.6
    face = face_from_columns(columns, RATE_HZ, where="a.npy")
    assert face.repairs.still == ("cheekPuff",)
    assert face.weights_at(3.0)[ARKIT_INDEX["cheekPuff"]] == 0


@pytest.mark.parametrize(
    ("array", "said"),
    [
        (np.zeros((10, 55)), "expected 51, 52 or 61 columns of ARKit weights, but found shape (10, 55)"),
        (np.zeros(52), r"found shape (52,)"),
        (np.zeros((0, 52)), "at least one frame"),
        (np.zeros((40, 52)), "found only zeros or no numbers"),
        (np.full((40, 52), np.nan), "found only zeros or no numbers"),
        (np.full((4, 52), "smile"), "expected numbers"),
        (np.ones((4, 52), complex), "expected numbers"),
    ],
)
def test_other_arrays_are_refused(array: NDArray[Any], said: str) -> None:
    with pytest.raises(InputError) as refusal:
        face_from_columns(array, RATE_HZ, where="face.npy")
    assert said in str(refusal.value)
    assert str(refusal.value).startswith("face.npy: ")


@pytest.mark.parametrize("rate_hz", [0.0, -30.0, 1e9])
def test_impossible_rates_are_refused(rate_hz: float) -> None:
    with pytest.raises(InputError, match="frames a second"):
        face_from_columns(np.ones((4, 52)), rate_hz, where="face.npy")


class Hostile:
    """Unpickling it makes a file."""

    def __init__(self, made: Path) -> None:
        self.made = made

    def __reduce__(self) -> tuple[Any, ...]:
        return (Path.touch, (self.made,))


def test_pickled_objects_are_never_loaded(tmp_path: Path) -> None:
    made, path = tmp_path / "made", tmp_path / "face.npy"
    np.save(path, np.array([Hostile(made)], dtype=object), allow_pickle=True)
    with pytest.raises(InputError, match="pickled objects, which are never loaded"):
        read_arkit_array(path)
    path.write_bytes(pickle.dumps(Hostile(made)))
    with pytest.raises(InputError, match="numbers in NPY format"):
        read_arkit_array(path)
    assert not made.exists()


def test_files_that_are_cut_short_or_no_arrays_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "face.npy"
    buffer = io.BytesIO()
    np.save(buffer, np.ones((40, 52)))
    whole = buffer.getvalue()
    for content in (
        b"",
        b"NPY",
        whole[:40],
        whole[:-8],
        b"\x93NUMPY\x01\x00\x02\x00{)",
        whole[:8] + b"\xff" * 200,
    ):
        path.write_bytes(content)
        with pytest.raises(InputError, match=r"face\.npy: expected"):
            read_arkit_array(path)
    with pytest.raises(InputError, match="no such file"):
        read_arkit_array(tmp_path / "nothing.npy")


def test_arrays_of_every_plain_type_are_read(tmp_path: Path, talking: NDArray[np.float32]) -> None:
    path = tmp_path / "face.npy"
    for array in (
        talking.astype(np.float64),
        np.asfortranarray(talking),
        talking[:, None, :],
        talking.astype("f2"),
    ):
        np.save(path, array)
        np.testing.assert_allclose(read_arkit_array(path), talking, atol=1e-3)
