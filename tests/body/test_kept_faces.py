"""Faces of bodies from files in the cache: the same again, fitted anew when broken, never another body's."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import fields, replace
from pathlib import Path

import numpy as np
import pytest

from avatar_server.body import face_finding
from avatar_server.body.face_fit import FittedFace
from avatar_server.body.face_storage import face_to_arrays
from avatar_server.body.kept_faces import face_file, load_faced
from avatar_server.body.model import BodyModel


@pytest.fixture(scope="module")
def fit(blank: BodyModel) -> FittedFace:
    found = face_finding.fitted(blank)
    assert found is not None
    return found


@pytest.fixture
def fits(fit: FittedFace, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> list[int]:
    """What was fitted once, for everybody who fits; and a count of how often that was."""
    calls: list[int] = []

    def fitted(_: BodyModel) -> FittedFace:
        calls.append(1)
        return fit

    monkeypatch.setattr(face_finding, "fitted", fitted)
    monkeypatch.setenv("AVATAR_SERVER_CACHE", str(tmp_path / "cache"))
    return calls


def assert_same(one: BodyModel, other: BodyModel) -> None:
    for field in fields(BodyModel):
        if field.name not in ("name", "face", "posedirs", "joint_regressor"):
            first, second = getattr(one, field.name), getattr(other, field.name)
            assert first.dtype == second.dtype
            np.testing.assert_array_equal(first, second, err_msg=field.name)
    np.testing.assert_array_equal(one.joint_regressor.dense(), other.joint_regressor.dense())
    np.testing.assert_array_equal(one.posedirs.index(), other.posedirs.index())
    np.testing.assert_array_equal(one.posedirs.values, other.posedirs.values)
    assert one.face is not None
    assert other.face is not None
    first, second = face_to_arrays(one.face), face_to_arrays(other.face)
    assert first.keys() == second.keys()
    for name in first:
        assert first[name].dtype == second[name].dtype
        np.testing.assert_array_equal(first[name], second[name], err_msg=name)


def test_the_second_time_it_is_read(blank: BodyModel, fits: list[int]) -> None:
    first = load_faced(blank)
    second = load_faced(replace(blank, name="another name"))
    assert len(fits) == 1
    assert_same(first, second)
    assert second.name == "another name"
    assert [path.name for path in face_file(blank).parent.iterdir()] == [face_file(blank).name]


def test_another_body_has_another_file(blank: BodyModel, fits: list[int]) -> None:
    moved, held = blank.v_template.copy(), blank.weights.copy()
    moved[-1, 2] += 1e-9
    held[0, :2] = held[0, 1::-1] + 1e-9
    others = (replace(blank, v_template=moved), replace(blank, weights=held))
    assert len({face_file(body) for body in (blank, *others)}) == 3
    for body in (blank, *others):
        load_faced(body)
    assert len(fits) == 3


@pytest.mark.parametrize("damage", ["half", "flipped", "pickled"])
def test_a_broken_file_is_made_anew(blank: BodyModel, fits: list[int], damage: str) -> None:
    whole = load_faced(blank)
    path = face_file(blank)
    content = bytearray(path.read_bytes())
    if damage == "half":
        content = content[: len(content) // 2]
    elif damage == "flipped":
        content[content.index(b"face_offsets") + 250] ^= 0xFF
    else:
        content = bytearray(b"\x80\x04N.")
    path.write_bytes(content)
    assert_same(whole, load_faced(blank))
    assert len(fits) == 2
    load_faced(blank)
    assert len(fits) == 2


def test_a_folder_that_cannot_be_made_and_one_that_nobody_knows_are_no_errors(
    blank: BodyModel, fits: list[int], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "file").write_text("in the way")
    for folder in (str(tmp_path / "file" / "cache"), "~no.body/cache"):
        monkeypatch.setenv("AVATAR_SERVER_CACHE", folder)
        assert load_faced(blank).face is not None
    assert len(fits) == 2


def test_some_who_open_at_once_all_get_a_whole_face(blank: BodyModel, fits: list[int]) -> None:
    with ThreadPoolExecutor(4) as pool:
        bodies = list(pool.map(lambda _: load_faced(blank), range(4)))
    for body in bodies[1:]:
        assert_same(bodies[0], body)
    assert [path.name for path in face_file(blank).parent.iterdir()] == [face_file(blank).name]
