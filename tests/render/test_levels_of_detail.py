"""Coarser meshes: fewer faces, the same closed surface, no vertex moved, no hem shortened."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from avatar_server.body.model import BodyModel
from avatar_server.render.opengl.levels_of_detail import FACE_ERRORS_M, levels_of_detail
from avatar_server.testing.renderer_suite import neutral_body


def ball(rings: int = 24) -> BodyModel:
    """A sphere of radius 1 m whose poles are single vertices."""
    around = 2 * rings
    polar, turn = np.meshgrid(np.pi * np.arange(1, rings) / rings, 2 * np.pi * np.arange(around) / around)
    ring = np.stack([np.sin(polar) * np.cos(turn), np.cos(polar), -np.sin(polar) * np.sin(turn)], axis=-1)
    vertices = np.concatenate([ring.transpose(1, 0, 2).reshape(-1, 3), [[0, 1, 0], [0, -1, 0]]])
    faces = []
    top, bottom = len(vertices) - 2, len(vertices) - 1
    for i in range(around):
        j = (i + 1) % around
        faces += [(top, i, j), (bottom, (rings - 2) * around + j, (rings - 2) * around + i)]
        for row in range(rings - 2):
            a, b = row * around, (row + 1) * around
            faces += [(a + i, b + i, b + j), (a + i, b + j, a + j)]
    count = len(vertices)
    weights = np.zeros((count, 52))
    weights[:, 0] = 1.0
    return replace(
        neutral_body().model,
        v_template=vertices,
        faces=np.array(faces, dtype=np.int32),
        weights=weights,
        garments=np.ones((count, 4), dtype=np.float32),
        face=None,
    )


def edge_uses(faces: NDArray[np.int32]) -> NDArray[np.int64]:
    edges = np.sort(np.concatenate([faces[:, [0, 1]], faces[:, [1, 2]], faces[:, [2, 0]]]), axis=1)
    return np.asarray(np.unique(edges, axis=0, return_counts=True)[1])


def volume(vertices: NDArray[np.float64], faces: NDArray[np.int32]) -> float:
    a, b, c = (vertices[faces[:, i]] for i in range(3))
    return float(np.einsum("fa,fa->", a, np.cross(b, c)) / 6)


@pytest.fixture(autouse=True)
def own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A folder for each test; the mannequin is read before."""
    neutral_body()
    monkeypatch.setenv("AVATAR_SERVER_CACHE", str(tmp_path))


def test_a_ball_stays_a_ball() -> None:
    model = ball()
    levels = levels_of_detail(model)
    assert len(levels[-1].faces) < 0.15 * len(model.faces)
    for finer, coarser in pairwise(levels):
        assert len(coarser.faces) < 0.8 * len(finer.faces)
        assert coarser.error_m > finer.error_m
        assert (edge_uses(coarser.faces) == 2).all()
    assert volume(model.v_template, levels[-1].faces) == pytest.approx(4 / 3 * np.pi, rel=0.06)


def test_the_end_of_an_open_surface_stays() -> None:
    model = ball()
    upper = (model.v_template[model.faces][:, :, 1] >= -1e-9).all(axis=1)
    half = replace(model, faces=model.faces[upper])
    levels = levels_of_detail(half)
    for level in levels:
        assert (edge_uses(level.faces) == 1).sum() == 48


def test_found_again_on_disk_and_repaired(tmp_path: Path) -> None:
    first = levels_of_detail(ball())
    (path,) = tmp_path.glob("levels-*.npz")
    path.write_bytes(path.read_bytes()[:100])
    for _ in range(2):
        for again, before in zip(levels_of_detail(ball()), first, strict=True):
            np.testing.assert_array_equal(again.faces, before.faces)
            assert again.error_m == before.error_m


def test_a_face_comes_in_levels_of_its_own() -> None:
    """All of it near by, a tenth of it across the room; what it is laid on is simplified as ever."""
    model = neutral_body().model
    assert model.face is not None
    count = model.face.skin_count
    levels = levels_of_detail(model)
    own = [int((level.faces.max(axis=1) >= count).sum()) for level in levels]
    assert own[0] == int((model.face.levels[0].max(axis=1) >= count).sum())
    assert own == sorted(own, reverse=True)
    assert own[-1] < 0.15 * own[0]
    for level in levels:
        fit = sum(level.error_m >= error_m for error_m in FACE_ERRORS_M)
        np.testing.assert_array_equal(level.faces[-len(model.face.levels[fit]) :], model.face.levels[fit])
