"""The mannequin on disk: the same body again, rebuilt when broken, no trouble when the folder is closed."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from avatar_server.body import cache, mannequin
from avatar_server.body.joint_regressor import JointRegressor
from avatar_server.body.model import BodyModel
from avatar_server.body.pose_directions import PoseDirections


@pytest.fixture
def built(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> list[int]:
    """A small body instead of the mannequin, and a count of how often it was built."""
    calls: list[int] = []

    def build(hair: str) -> BodyModel:
        calls.append(1)
        posedirs = np.zeros((4, 3, 459), dtype=np.float32)
        posedirs[2, 1, 300] = 0.25
        return BodyModel(
            name="mannequin",
            v_template=np.arange(12.0).reshape(4, 3),
            faces=np.array([[0, 1, 2], [0, 2, 3]], dtype=np.int32),
            shapedirs=np.ones((4, 3, 16), dtype=np.float32),
            posedirs=PoseDirections.of(posedirs),
            joint_regressor=JointRegressor.of(np.full((52, 4), 0.25)),
            weights=np.full((4, 52), 1 / 52),
            garments=np.ones((4, 4), dtype=np.float32),
        )

    monkeypatch.setattr(mannequin, "build_mannequin", build)
    monkeypatch.setenv("AVATAR_SERVER_CACHE", str(tmp_path / "cache"))
    return calls


def assert_same(a: BodyModel, b: BodyModel) -> None:
    assert a.name == b.name
    np.testing.assert_array_equal(a.posedirs.dense(), b.posedirs.dense())
    np.testing.assert_array_equal(a.joint_regressor.dense(), b.joint_regressor.dense())
    for name in ("v_template", "faces", "shapedirs", "weights", "garments"):
        first, second = getattr(a, name), getattr(b, name)
        assert first.dtype == second.dtype
        np.testing.assert_array_equal(first, second)


def test_second_load_reads_what_the_first_wrote(built: list[int]) -> None:
    first = cache.load_mannequin()
    second = cache.load_mannequin()
    assert len(built) == 1
    assert_same(first, second)
    assert [path.name for path in cache.mannequin_file().parent.iterdir()] == [cache.mannequin_file().name]


@pytest.mark.parametrize("damage", ["empty", "half", "flipped", "text"])
def test_a_broken_file_is_built_anew(built: list[int], damage: str) -> None:
    whole = cache.load_mannequin()
    path = cache.mannequin_file()
    content = bytearray(path.read_bytes())
    if damage == "empty":
        content = bytearray()
    elif damage == "half":
        content = content[: len(content) // 2]
    elif damage == "flipped":
        # Inside the first array's numbers: the archive's checksum no longer fits.
        content[content.index(b"v_template") + 250] ^= 0xFF
    else:
        content = bytearray(b"not an archive")
    path.write_bytes(content)
    again = cache.load_mannequin()
    assert len(built) == 2
    assert_same(whole, again)
    cache.load_mannequin()
    assert len(built) == 2


def test_a_folder_that_cannot_be_made_is_no_error(
    built: list[int], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "file").write_text("in the way")
    monkeypatch.setenv("AVATAR_SERVER_CACHE", str(tmp_path / "file" / "cache"))
    assert cache.load_mannequin().name == "mannequin"
    assert cache.load_mannequin().name == "mannequin"
    assert len(built) == 2


def test_two_that_load_at_once_both_get_a_whole_body(built: list[int]) -> None:
    with ThreadPoolExecutor(4) as pool:
        bodies = list(pool.map(lambda _: cache.load_mannequin(), range(8)))
    for body in bodies[1:]:
        assert_same(bodies[0], body)
    assert [path.name for path in cache.mannequin_file().parent.iterdir()] == [cache.mannequin_file().name]
    count = len(built)
    assert_same(bodies[0], cache.load_mannequin())
    assert len(built) == count
