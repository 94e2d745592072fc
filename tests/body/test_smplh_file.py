"""Licensed bodies: both NPZ layouts and the old pickles are read, everything else is refused in one line."""

from __future__ import annotations

import pickle
import subprocess
import sys
import types
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import scipy.sparse
from numpy.typing import NDArray

from avatar_server.body.model import GARMENTS, PARENTS, BodyModel
from avatar_server.body.smplh_file import read_smplh
from avatar_server.errors import InputError

COUNT = 90


def arrays_of_a_body(betas: int = 16) -> dict[str, Any]:
    rng = np.random.default_rng(5)
    weights = rng.random((COUNT, 52)) ** 8
    regressor = rng.random((52, COUNT)) * (rng.random((52, COUNT)) < 0.2)
    regressor[:, 0] += 0.1
    return {
        "v_template": rng.uniform(-1, 1, (COUNT, 3)),
        "f": rng.integers(0, COUNT, (150, 3)).astype(np.uint32),
        "shapedirs": rng.normal(0, 0.02, (COUNT, 3, betas)),
        "posedirs": rng.normal(0, 0.005, (COUNT, 3, 459)),
        "J_regressor": regressor / regressor.sum(axis=1, keepdims=True),
        "weights": weights / weights.sum(axis=1, keepdims=True),
        "kintree_table": np.stack([PARENTS % 2**32, np.arange(52)]).astype(np.uint32),
    }


def check(model: BodyModel, arrays: dict[str, Any]) -> None:
    np.testing.assert_array_equal(model.v_template, arrays["v_template"])
    np.testing.assert_array_equal(model.faces, arrays["f"])
    np.testing.assert_allclose(model.shapedirs, arrays["shapedirs"], atol=1e-8)
    np.testing.assert_allclose(model.posedirs.dense(), arrays["posedirs"], atol=1e-8)
    np.testing.assert_allclose(model.joint_regressor.dense(), arrays["J_regressor"], atol=1e-15)
    np.testing.assert_array_equal(model.weights, arrays["weights"])
    assert model.garments.shape == (COUNT, len(GARMENTS))


@pytest.mark.parametrize("betas", [10, 16])
@pytest.mark.parametrize("root", [-1, 2**32 - 1])
def test_both_npz_layouts(tmp_path: Path, betas: int, root: int) -> None:
    arrays = arrays_of_a_body(betas)
    table = arrays["kintree_table"].astype(np.int64)
    table[0, 0] = root
    arrays["kintree_table"] = table
    arrays["bs_type"] = np.array("lrotmin")
    # The published files also hold objects that nobody needs; they stay closed.
    arrays["part2num"] = np.array({"a": 1}, dtype=object)
    folder = tmp_path / "neutral"
    folder.mkdir()
    np.savez(folder / "model.npz", **arrays)
    model = read_smplh(folder / "model.npz")
    check(model, arrays)
    assert model.name == "smplh-neutral"


@pytest.fixture
def chumpy() -> Iterator[type]:
    """A stand-in for chumpy while a file is written; gone when it is read."""
    module = types.ModuleType("chumpy.ch")

    class Ch:
        def __init__(self, x: NDArray[np.float64]) -> None:
            self.x = x

    Ch.__module__, Ch.__qualname__ = "chumpy.ch", "Ch"
    module.Ch = Ch  # type: ignore[attr-defined]
    sys.modules["chumpy"], sys.modules["chumpy.ch"] = types.ModuleType("chumpy"), module
    yield Ch
    sys.modules.pop("chumpy", None)
    sys.modules.pop("chumpy.ch", None)


@pytest.mark.parametrize("protocol", [0, 2, 4])
@pytest.mark.parametrize("form", ["csc", "csr", "coo"])
def test_pickles_with_sparse_and_chumpy_objects(
    tmp_path: Path, chumpy: type, protocol: int, form: str
) -> None:
    arrays = arrays_of_a_body()
    content: dict[str, Any] = dict(arrays)
    content["J_regressor"] = getattr(scipy.sparse, f"{form}_matrix")(arrays["J_regressor"])
    content["shapedirs"] = chumpy(arrays["shapedirs"])
    content["bs_style"] = "lbs"
    path = tmp_path / "SMPLH_MALE.pkl"
    path.write_bytes(pickle.dumps(content, protocol=protocol))
    for name in ("chumpy", "chumpy.ch"):
        del sys.modules[name]
    model = read_smplh(path)
    check(model, arrays)
    assert model.name == "SMPLH_MALE"
    assert "chumpy" not in sys.modules


class Runs:
    """Unpickled by an ordinary reader, this runs a command."""

    def __init__(self, function: Any, *arguments: object) -> None:
        self.function, self.arguments = function, arguments

    def __reduce__(self) -> tuple[Any, tuple[object, ...]]:
        return self.function, self.arguments


@pytest.mark.parametrize("function", [exec, eval, subprocess.check_output, np.load, getattr, __import__])
def test_a_pickle_that_calls_something_is_refused(tmp_path: Path, function: Any) -> None:
    content: dict[str, Any] = arrays_of_a_body()
    mark = tmp_path / "ran"
    content["extra"] = Runs(function, f"open({str(mark)!r}, 'w')")
    path = tmp_path / "evil.pkl"
    path.write_bytes(pickle.dumps(content))
    with pytest.raises(InputError, match="nothing but arrays") as caught:
        read_smplh(path)
    assert function.__name__ in caught.value.came
    assert not mark.exists()


def test_an_npz_with_pickled_objects_is_refused(tmp_path: Path) -> None:
    arrays = arrays_of_a_body()
    mark = tmp_path / "ran"
    arrays["J_regressor"] = np.array(Runs(exec, f"open({str(mark)!r}, 'w')"), dtype=object)
    path = tmp_path / "evil.npz"
    np.savez(path, **arrays)
    with pytest.raises(InputError, match="pickled objects") as caught:
        read_smplh(path)
    assert "J_regressor" in caught.value.where
    assert not mark.exists()


@pytest.mark.parametrize(("joints", "came"), [(24, "SMPL file"), (55, "SMPL-X file"), (17, "17 joints")])
def test_sister_models_are_named(tmp_path: Path, joints: int, came: str) -> None:
    arrays = arrays_of_a_body()
    arrays["kintree_table"] = np.zeros((2, joints), dtype=np.int64)
    path = tmp_path / "other.npz"
    np.savez(path, **arrays)
    with pytest.raises(InputError, match=r"expected an SMPL-H file \(52 joints\)") as caught:
        read_smplh(path)
    assert came in caught.value.came


def without(key: str) -> dict[str, Any]:
    arrays = arrays_of_a_body()
    del arrays[key]
    return arrays


def changed(key: str, value: object) -> dict[str, Any]:
    return {**arrays_of_a_body(), key: value}


WRONG: dict[str, tuple[dict[str, Any], str]] = {
    "no weights": (without("weights"), "weights"),
    "flat template": (changed("v_template", np.zeros((COUNT, 2))), "v_template"),
    "correctives of SMPL": (changed("posedirs", np.zeros((COUNT, 3, 207))), "posedirs"),
    "NaN": (changed("v_template", np.full((COUNT, 3), np.nan)), "v_template"),
    "weights that do not sum to 1": (changed("weights", np.full((COUNT, 52), 0.5)), "weights"),
    "text": (changed("weights", np.full((COUNT, 52), "a")), "weights"),
    "index beyond the vertices": (changed("f", np.array([[0, 1, COUNT]])), "f"),
    "float triangles": (changed("f", np.zeros((5, 3))), "f"),
    "another tree": (changed("kintree_table", np.tile(np.arange(52), (2, 1))), "kintree_table"),
    "regressor turned": (changed("J_regressor", arrays_of_a_body()["J_regressor"].T), "J_regressor"),
}


@pytest.mark.parametrize("name", WRONG)
def test_wrong_arrays_say_which(tmp_path: Path, name: str) -> None:
    arrays, key = WRONG[name]
    path = tmp_path / "wrong.npz"
    np.savez(path, **arrays)
    with pytest.raises(InputError) as caught:
        read_smplh(path)
    message = str(caught.value)
    assert "\n" not in message
    assert str(path) in message
    assert key in message


@pytest.mark.parametrize("suffix", ["npz", "pkl"])
@pytest.mark.parametrize("kept", [0.0, 0.3, 0.9])
def test_truncated_files(tmp_path: Path, suffix: str, kept: float) -> None:
    path = tmp_path / f"body.{suffix}"
    if suffix == "npz":
        np.savez_compressed(path, **arrays_of_a_body())
    else:
        path.write_bytes(pickle.dumps(arrays_of_a_body()))
    content = path.read_bytes()
    path.write_bytes(content[: int(len(content) * kept)])
    with pytest.raises(InputError):
        read_smplh(path)


def test_a_damaged_array_inside_a_whole_archive(tmp_path: Path) -> None:
    path = tmp_path / "body.npz"
    np.savez_compressed(path, **arrays_of_a_body())
    content = bytearray(path.read_bytes())
    for place in range(2000, 60_000, 97):
        content[place] ^= 0xFF
    path.write_bytes(content)
    with pytest.raises(InputError):
        read_smplh(path)


@pytest.mark.parametrize("content", [b"", b"hello", b"\x80\x04.", pickle.dumps([1, 2]), pickle.dumps({})])
def test_something_else_under_the_name_of_a_body(tmp_path: Path, content: bytes) -> None:
    for suffix in ("npz", "pkl"):
        path = tmp_path / f"body.{suffix}"
        path.write_bytes(content)
        with pytest.raises(InputError):
            read_smplh(path)
    with pytest.raises(InputError, match="nothing there"):
        read_smplh(tmp_path / "missing.npz")


def test_a_bare_body_is_dressed(tmp_path: Path) -> None:
    """Points at the breast, the thigh, the toes, the crown, the nose and a hand get what belongs there."""
    from avatar_server.body.garments import garments_of
    from avatar_server.body.mannequin_skeleton import JOINT, REST_JOINTS

    places = {
        "top": ((0.05, 0.05, 0.10), "spine3"),
        "bottom": ((0.10, -0.55, 0.08), "left_hip"),
        "shoes": ((0.11, -1.15, 0.12), "left_foot"),
        "hair": ((0.00, 0.56, 0.02), "head"),
        "nose": ((0.00, 0.41, 0.13), "head"),
        "hand": ((0.80, 0.22, -0.04), "left_wrist"),
        "throat": ((0.00, 0.31, 0.03), "neck"),
    }
    points = np.array([place for place, _ in places.values()])
    weights = np.zeros((len(points), 52))
    for row, (_, joint) in enumerate(places.values()):
        weights[row, JOINT[joint]] = 1.0
    garments = garments_of(points, REST_JOINTS, weights)
    for row, name in enumerate(places):
        worn = [garment for column, garment in enumerate(GARMENTS) if garments[row, column] > 0]
        assert worn == ([name] if name in GARMENTS else [])
