"""The renderer of compute shaders draws what the rasteriser draws when it leaves no detail out."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from avatar_server.body.model import shape_body
from avatar_server.body.smplh_file import read_smplh
from avatar_server.face.arkit import WEIGHT_COUNT
from avatar_server.render.contract import Picture, PictureSize, Renderer, draw
from avatar_server.render.gpu import bindings
from avatar_server.render.gpu.choice import VARIABLE, open_opengl
from avatar_server.render.gpu.renderer import GpuRenderer
from avatar_server.render.gpu.trial import draws_alike, try_it
from avatar_server.render.opengl import programs
from avatar_server.render.opengl.context import open_context
from avatar_server.render.opengl.quality import FINE
from avatar_server.render.opengl.renderer import OpenGLRenderer
from avatar_server.render.still import read_png
from avatar_server.render.yuv import picture_to_rgb
from avatar_server.scene.snapshot import Backdrop, Camera
from avatar_server.testing.renderer_suite import RendererSuite, neutral_body, two_people
from avatar_server.testing.smplh_body import random_smplh_arrays, with_hands

pytestmark = pytest.mark.opengl

SIZE = PictureSize(640, 360)
WHOLE = replace(FINE, error_px=0.0)
"""Nothing coarser than the body is."""

CAMERAS = {
    "both": two_people().camera,
    "face": Camera((0.55, 1.55, 0.75), (-0.68, 1.42, 0.0), math.radians(26)),
    "behind": Camera((-1.9, 1.6, 1.0), (0.4, 1.1, 0.0), math.radians(34)),
    "through a shoulder": Camera((-0.68, 1.42, 0.16), (0.4, 1.1, 0.0), math.radians(50)),
}


class TestGpuRenderer(RendererSuite):
    def open_renderer(self, size: PictureSize) -> Renderer:
        return GpuRenderer(size)


@pytest.fixture(scope="module")
def both() -> Iterator[tuple[GpuRenderer, OpenGLRenderer]]:
    ours, theirs = GpuRenderer(SIZE), OpenGLRenderer(SIZE, on_cpu=WHOLE, on_gpu=WHOLE)
    yield ours, theirs
    ours.close()
    theirs.close()


def steps_apart(one: Picture, other: Picture) -> NDArray[np.int64]:
    return np.asarray(np.abs(one.i420.astype(np.int64) - other.i420))


def agree(one: Picture, other: Picture, share: float = 1e-4) -> bool:
    """But for edges that pass a sample's middle nearer than both tell, and for rounding.

    GPUs may be off by a tenth of a step when they round what a fragment shader gives.
    """
    apart = steps_apart(one, other)
    return bool(np.mean(apart) < 0.15 and np.mean(apart > 2) < share)


@pytest.mark.parametrize("camera", ["both", "face", "behind"])
def test_it_draws_what_the_rasteriser_draws(both: tuple[GpuRenderer, OpenGLRenderer], camera: str) -> None:
    snapshot = replace(two_people(1.0), camera=CAMERAS[camera])
    ours, theirs = (draw(renderer, snapshot) for renderer in both)
    assert agree(ours, theirs)


def test_faces_move_and_shadows_follow(both: tuple[GpuRenderer, OpenGLRenderer]) -> None:
    weights = np.random.default_rng(3).uniform(0, 0.8, WEIGHT_COUNT).astype(np.float32)
    snapshot = replace(two_people(1.0), camera=CAMERAS["face"])
    figures = tuple(replace(figure, face=weights) for figure in snapshot.figures)
    moved = replace(snapshot, figures=figures)
    ours = draw(both[0], moved)
    assert np.mean(steps_apart(ours, draw(both[0], snapshot)) > 8) > 0.002
    assert agree(ours, draw(both[1], moved))


def test_transparent_pictures_agree(both: tuple[GpuRenderer, OpenGLRenderer]) -> None:
    snapshot = two_people(1.0)
    backdrop = Backdrop((1, 1, 1), (1, 1, 1), (1, 1, 1), transparent=True)
    ours, theirs = (draw(renderer, replace(snapshot, backdrop=backdrop)) for renderer in both)
    assert ours.alpha is not None
    assert theirs.alpha is not None
    assert np.mean(np.abs(ours.alpha.astype(int) - theirs.alpha) > 8) < 0.01
    assert ours.alpha.min() == 0
    assert ours.alpha.max() == 255
    assert draw(both[0], snapshot).alpha is None


def test_a_camera_inside_somebody_is_no_trouble(both: tuple[GpuRenderer, OpenGLRenderer]) -> None:
    inside = draw(both[0], replace(two_people(1.0), camera=CAMERAS["through a shoulder"]))
    assert np.ptp(inside.planes()[0]) > 30
    # Nothing of it is left in the next picture.
    with_trace, fresh = draw(both[0], two_people(1.0)), draw(both[0], two_people(1.0))
    assert np.array_equal(with_trace.i420, fresh.i420)


def test_announced_pictures_are_the_same(both: tuple[GpuRenderer, OpenGLRenderer]) -> None:
    snapshots = [two_people(0.1 * index) for index in range(3)]
    alone = [draw(both[0], replace(snapshot)).i420 for snapshot in snapshots]
    both[0].look_ahead(snapshots)
    assert all(
        np.array_equal(draw(both[0], one).i420, other) for one, other in zip(snapshots, alone, strict=True)
    )


def test_many_bodies_come_and_go() -> None:
    """More than are kept, and the first again; an announced one makes room for itself, too."""
    model = neutral_body().model
    with closing(GpuRenderer(PictureSize(64, 36))) as renderer:
        figure = two_people().figures[0]
        worn = [
            replace(two_people(), figures=(replace(figure, body=shape_body(model, np.array([beta]))),))
            for beta in np.linspace(-2, 2, 10)
        ]
        first = draw(renderer, worn[0]).i420
        renderer.look_ahead(worn[1:])
        assert np.array_equal(draw(renderer, worn[0]).i420, first)
        pictures = [draw(renderer, one).i420 for one in worn]
        assert np.array_equal(pictures[0], first)
        assert not np.array_equal(pictures[0], pictures[-1])


@pytest.mark.parametrize("view", ["both", "face", "behind"])
def test_it_looks_as_when_somebody_last_looked(both: tuple[GpuRenderer, OpenGLRenderer], view: str) -> None:
    """Golden pictures are drawn with coarser meshes: edges differ, nothing else."""
    now = picture_to_rgb(draw(both[0], replace(two_people(1.0), camera=CAMERAS[view])))
    difference = np.abs(now.astype(int) - read_png(Path(__file__).parent / "golden" / f"{view}.png"))
    assert np.mean(difference) < 1.0
    assert np.mean(difference.max(axis=2) > 24) < 0.008


def test_bodies_with_borders_inside_faces_agree(tmp_path: Path) -> None:
    """SMPL-H bodies have correctives everywhere, many influences, and garments that end within faces.

    Random ones have faces as large as people; small pictures, because llvmpipe ends loops after 65,535
    rounds.
    """
    path = tmp_path / "SMPLH_NEUTRAL.npz"
    np.savez(path, **with_hands(random_smplh_arrays(23, betas=10)))  # type: ignore[arg-type]
    body = shape_body(read_smplh(path))
    first, second = two_people(0.7).figures
    pair = (replace(first, body=body), replace(second, body=body))
    snapshot = replace(two_people(0.7), figures=pair)
    size = PictureSize(256, 144)
    with (
        closing(GpuRenderer(size)) as ours,
        closing(OpenGLRenderer(size, on_cpu=WHOLE, on_gpu=WHOLE)) as theirs,
    ):
        vertices = zip(*(one.skinned_vertices(snapshot) for one in (ours, theirs)), strict=True)
        assert all(np.abs(mine - exact).max() < 1e-4 for mine, exact in vertices)
        assert agree(draw(ours, snapshot), draw(theirs, snapshot), share=2e-3)


def test_the_rasteriser_draws_where_a_cpu_does(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VARIABLE, "1")
    with closing(open_opengl(PictureSize(64, 36))) as renderer:
        draws_by_compute_shaders = isinstance(renderer, GpuRenderer)
        assert draws_by_compute_shaders == ("NVIDIA" in renderer.name)


def test_the_rasteriser_draws_where_nobody_asks_for_compute_shaders(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(VARIABLE, raising=False)
    with closing(open_opengl(PictureSize(64, 36))) as renderer:
        assert isinstance(renderer, OpenGLRenderer)


def test_they_are_tried_once_for_a_driver(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AVATAR_SERVER_CACHE", str(tmp_path))
    context = open_context()
    try:
        assert draws_alike(context, None)
        (kept,) = tmp_path.glob("gpu-*.json")
        kept.write_text(json.dumps({"alike": False}))
        assert not draws_alike(context, None)
        kept.write_text("no JSON")
        assert draws_alike(context, None)
    finally:
        context.release()


@pytest.mark.parametrize(
    ("right", "wrong"),
    [
        ("Sums sums = Sums(", "Sums sums = Zums("),
        ("openness(position.xyz, normal.xyz, normal.w));", "0.0);"),
        ("atomicMin(depths[place], steps)", "atomicMax(depths[place], steps)"),
    ],
    ids=["does not compile", "leaves light out", "forgets what is near"],
)
def test_what_a_driver_gets_wrong_is_seen(monkeypatch: pytest.MonkeyPatch, right: str, wrong: str) -> None:
    source = programs.shader_source

    def changed(name: str, constants: Mapping[str, str] | None = None) -> str:
        return source(name, constants).replace(right, wrong)

    monkeypatch.setattr(bindings, "shader_source", changed)
    assert not try_it(None)
