"""Pictures of the OpenGL renderer, looked at for what they must show."""

from __future__ import annotations

import gc
import math
import os
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from avatar_server.body.joint_regressor import JointRegressor
from avatar_server.body.model import BodyModel, shape_body
from avatar_server.body.pose_directions import PoseDirections
from avatar_server.body.skinning import skin
from avatar_server.errors import MachineError
from avatar_server.render.contract import PictureSize, Renderer, draw
from avatar_server.render.display import display_curve
from avatar_server.render.opengl.context import DEVICE_VARIABLE
from avatar_server.render.opengl.framing import projected
from avatar_server.render.opengl.quality import FINE, QUICK, Quality
from avatar_server.render.opengl.renderer import OpenGLRenderer
from avatar_server.render.yuv import rgb_to_yuv
from avatar_server.scene.snapshot import Backdrop, Camera, Figure, Snapshot
from avatar_server.testing.renderer_suite import RendererSuite, neutral_body, standing_figure, two_people

pytestmark = pytest.mark.opengl

SIZE = PictureSize(320, 180)


class TestOpenGLRenderer(RendererSuite):
    def open_renderer(self, size: PictureSize) -> Renderer:
        return OpenGLRenderer(size)


class TestQuickOpenGLRenderer(RendererSuite):
    def open_renderer(self, size: PictureSize) -> Renderer:
        return OpenGLRenderer(size, on_cpu=QUICK, on_gpu=QUICK)

    def test_in_haste_it_is_half_as_wide_and_high(self) -> None:
        with self.opened(PictureSize(322, 178)) as renderer:
            assert draw(renderer, two_people(), hasty=True).size == PictureSize(160, 88)


@pytest.fixture(scope="module")
def renderer() -> Iterator[OpenGLRenderer]:
    with closing(OpenGLRenderer(SIZE)) as opened:
        yield opened


def luma(renderer: OpenGLRenderer, snapshot: Snapshot) -> NDArray[np.float64]:
    return draw(renderer, snapshot).planes()[0].astype(np.float64)


def random_rotations(seed: int, angle_rad: float) -> NDArray[np.float64]:
    """(52, 3, 3) by Rodrigues' formula."""
    axes = np.random.default_rng(seed).normal(size=(52, 3))
    axes /= np.linalg.norm(axes, axis=1, keepdims=True)
    cross = np.zeros((52, 3, 3))
    cross[:, 0, 1], cross[:, 0, 2], cross[:, 1, 2] = -axes[:, 2], axes[:, 1], -axes[:, 0]
    cross -= cross.transpose(0, 2, 1)
    return np.asarray(np.eye(3) + math.sin(angle_rad) * cross + (1 - math.cos(angle_rad)) * cross @ cross)


def blob(influences: int, count: int = 300) -> BodyModel:
    """A body in SMPL-H layout of random numbers, every vertex moved by so many joints."""
    rng = np.random.default_rng(influences)
    weights = np.zeros((count, 52))
    for row in weights:
        row[rng.choice(52, influences, replace=False)] = rng.uniform(0.1, 1.0, influences)
    regressor = rng.uniform(0, 1, (52, count))
    return BodyModel(
        name="blob",
        v_template=rng.normal(scale=0.4, size=(count, 3)),
        faces=rng.integers(0, count, (200, 3)).astype(np.int32),
        shapedirs=rng.normal(scale=0.01, size=(count, 3, 4)).astype(np.float32),
        posedirs=PoseDirections.of(rng.normal(scale=0.001, size=(count, 3, 459)).astype(np.float32)),
        joint_regressor=JointRegressor.of(regressor / regressor.sum(axis=1, keepdims=True)),
        weights=weights / weights.sum(axis=1, keepdims=True),
        garments=rng.normal(size=(count, 4)).astype(np.float32),
    )


@pytest.mark.parametrize("influences", [1, 4, 7, 12, 20])
def test_skinning_equals_the_exact_one(renderer: OpenGLRenderer, influences: int) -> None:
    body = shape_body(blob(influences), np.array([1.0, -2.0, 0.5]))
    place = np.array([0.4, 1.0, -0.3])
    appearance = standing_figure().appearance
    for seed in range(3):
        figure = Figure(body, random_rotations(seed, 0.8), place, appearance)
        (vertices,) = renderer.skinned_vertices(replace(two_people(), figures=(figure,)))
        assert np.abs(vertices - skin(body, figure.rotations, place)).max() < 1e-5


def test_the_mannequin_is_skinned_exactly(renderer: OpenGLRenderer) -> None:
    figures = (replace(standing_figure(), rotations=random_rotations(5, 0.5)), standing_figure(1.0))
    skinned = renderer.skinned_vertices(replace(two_people(), figures=figures))
    for figure, vertices in zip(figures, skinned, strict=True):
        assert np.abs(vertices - skin(figure.body, figure.rotations, figure.translation)).max() < 1e-5


@pytest.mark.parametrize("colour", [(0.0, 0.0, 0.0), (0.5, 0.1, 0.02), (0.02, 0.3, 0.9), (4.0, 1.0, 0.62)])
def test_flat_colours_are_those_of_the_formula(
    renderer: OpenGLRenderer, colour: tuple[float, float, float]
) -> None:
    flat = Backdrop(floor=colour, horizon=colour, zenith=colour)
    planes = draw(renderer, replace(two_people(), figures=(), backdrop=flat)).planes()
    for plane, level in zip(planes, rgb_to_yuv(display_curve(np.minimum(colour, 1.0))), strict=True):
        assert np.abs(plane - level).max() < 1.01


def test_a_point_of_the_world_lands_on_its_pixel() -> None:
    """By hand: 45 degrees to each side fill the picture, so (1, 1, -4) is a quarter off."""
    camera = Camera((0.0, 0.0, 0.0), (0.0, 0.0, -1.0), math.radians(90))
    ((x, y, depth_m),) = projected(np.array([[1.0, 1.0, -4.0]]), camera, PictureSize(800, 800))
    assert (x, y, depth_m) == pytest.approx((500.0, 300.0, 4.0))


def test_a_hand_is_seen_where_it_is(renderer: OpenGLRenderer) -> None:
    figure = standing_figure(lift_rad=0.0)
    snapshot = replace(two_people(), figures=(figure,))
    vertices = skin(figure.body, figure.rotations, figure.translation)
    seen = projected(vertices, snapshot.camera, SIZE)
    columns = np.flatnonzero((renderer.silhouette(snapshot) == 1).any(axis=0))
    assert abs(columns[0] - seen[:, 0].min()) < 1.5  # pixel centres lie half a pixel further right
    assert abs(columns[-1] + 1 - seen[:, 0].max()) < 1.5
    rows = np.flatnonzero((renderer.silhouette(snapshot) == 1).any(axis=1))
    assert abs(rows[0] - seen[:, 1].min()) < 1.5


def test_shadows_fall_away_from_the_light(renderer: OpenGLRenderer) -> None:
    snapshot = replace(two_people(), figures=(standing_figure(),))
    for side in (-1.0, 1.0):
        direction = np.array([side, 1.2, 0.3]) / np.linalg.norm([side, 1.2, 0.3])
        lit = replace(snapshot.lighting, key_direction=tuple(direction))
        with_person, without = replace(snapshot, lighting=lit), replace(snapshot, lighting=lit, figures=())
        darker = luma(renderer, without) - luma(renderer, with_person)
        darker[renderer.silhouette(with_person) > 0] = 0.0
        left, right = darker[110:, :140].sum(), darker[110:, 180:].sum()
        shaded, open_side = (right, left) if side < 0 else (left, right)
        assert shaded > 2000.0
        assert shaded > 8 * abs(open_side)


def test_nobody_casts_no_shadow(renderer: OpenGLRenderer) -> None:
    """Gradients are smooth everywhere: no step beyond the dither."""
    empty = luma(renderer, replace(two_people(), figures=()))
    assert np.abs(np.diff(empty, axis=1)).max() <= 3
    assert np.abs(np.diff(empty, axis=0)).max() <= 4


def black_before_white(level: float) -> Snapshot:
    """Somebody whom no light reaches, in a room that is all light, as much as `level`."""
    white, black = (level, level, level), (0.0, 0.0, 0.0)
    base = two_people()
    dark = replace(base.lighting, key_colour=black, fill_colour=black, sky_colour=black, ground_colour=black)
    dark = replace(dark, shadow=0.0)
    backdrop = Backdrop(floor=white, horizon=white, zenith=white)
    return replace(base, lighting=dark, backdrop=backdrop, figures=(standing_figure(),))


def test_edges_are_antialiased(renderer: OpenGLRenderer) -> None:
    """Black before white: along the outline there are quarter steps, elsewhere hardly any grey."""
    snapshot = black_before_white(2.0)
    picture = luma(renderer, snapshot)
    low, high = 16.0, float(picture.max())
    grey = (picture > low + 8) & (picture < high - 8)
    inside = renderer.silhouette(snapshot) > 0
    outline = np.zeros_like(inside)
    for axis in (0, 1):
        for shift in (-1, 1):
            outline |= inside != np.roll(inside, shift, axis=axis)
    assert not (grey & ~outline).sum() > 0.02 * grey.sum() + 4
    assert (grey & outline).sum() > 0.3 * outline.sum() / 2
    assert len(np.unique(np.round(picture[grey] / 4))) >= 3


def test_several_views_of_one_moment_do_not_disturb_each_other(renderer: OpenGLRenderer) -> None:
    """More cameras than are remembered take turns, near ones after far ones; all see what each alone sees."""
    eyes = [(3.0 * math.sin(turn), 1.5, 3.0 * math.cos(turn)) for turn in range(9)] + [(-0.6, 1.5, 0.9)]
    moments = [two_people(time_s) for time_s in (0.5, 0.6, 0.6, 1.1)]
    views = [replace(moment, camera=Camera(eye, (-0.3, 1.2, 0.0), 0.6)) for moment in moments for eye in eyes]
    together = [draw(renderer, view).i420 for view in views]
    for number, eye in enumerate(eyes):
        with closing(OpenGLRenderer(SIZE)) as alone:
            for view, picture in list(zip(views, together, strict=True))[number :: len(eyes)]:
                assert view.camera.eye == eye
                np.testing.assert_array_equal(draw(alone, view).i420, picture)


@pytest.mark.parametrize("quality", [FINE, QUICK])
def test_nobody_is_cut_off(quality: Quality) -> None:
    """Whoever is in a pixel's middle is in the picture, however he is turned and from wherever he is seen."""
    rng = np.random.default_rng(11)
    size = PictureSize(640, 360)
    with closing(OpenGLRenderer(size, on_cpu=quality)) as opened:
        for seed in range(12):
            base = black_before_white(2.0)
            figure = replace(base.figures[0], rotations=random_rotations(seed, 0.1 + 0.05 * seed))
            eye = rng.uniform((-2, 0.3, -3), (2, 2, 3))
            camera = Camera(tuple(eye), tuple(rng.uniform((-1, 0.5, -0.3), (0.3, 1.5, 0.3))), 0.9)
            snapshot = replace(base, camera=camera, figures=(figure,))
            inside = opened.silhouette(snapshot) > 0
            for axis in (0, 1):  # a coarser mesh may be a little narrower
                inside &= np.roll(inside, 2, axis=axis) & np.roll(inside, -2, axis=axis)
            missing = luma(opened, snapshot)[inside] > 24
            assert missing.size > 1000
            assert missing.sum() < 10  # pinholes between limbs that pass through each other


def outline_levels(quality: Quality) -> set[int]:
    """Shades between black and white of its edges: in coarse steps, so that dithering does not count."""
    with closing(OpenGLRenderer(SIZE, on_cpu=quality, on_gpu=quality)) as renderer:
        # Feet, and the floor that they shade, are in the lower half.
        picture = luma(renderer, black_before_white(0.6))[: SIZE.height // 2]
    steps, counts = np.unique(np.round(picture / 6), return_counts=True)
    return {
        int(step) for step, count in zip(steps, counts, strict=True) if count > 5 and 3 < step < steps[-1]
    }


def test_four_samples_make_three_shades_between_and_two_make_one() -> None:
    assert len(outline_levels(FINE)) == 3
    assert len(outline_levels(QUICK)) == 1


def test_open_and_close_leaks_nothing() -> None:
    def descriptors() -> int:
        return len(list(Path("/proc/self/fd").iterdir()))

    def resident_bytes() -> int:
        pages = int(Path("/proc/self/statm").read_text().split()[1])
        return pages * os.sysconf("SC_PAGE_SIZE")

    def once() -> None:
        opened = OpenGLRenderer(SIZE)
        draw(opened, two_people())
        opened.close()
        gc.collect()

    for _ in range(3):
        once()
    before, memory = descriptors(), resident_bytes()
    for _ in range(6):
        once()
    assert descriptors() <= before
    assert resident_bytes() - memory < 60_000_000


def test_bodies_long_unused_are_forgotten(renderer: OpenGLRenderer) -> None:
    base = two_people()
    expected = draw(renderer, base).i420
    for index in range(12):
        body = shape_body(blob(2 + index % 3))
        figure = replace(base.figures[0], body=body)
        draw(renderer, replace(base, figures=(figure,)))
    np.testing.assert_array_equal(draw(renderer, base).i420, expected)
    assert neutral_body() is base.figures[0].body


def test_wrong_device_is_a_machine_error(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(MachineError, match="libegl1"):
        OpenGLRenderer(SIZE, device=99)
    monkeypatch.setenv(DEVICE_VARIABLE, "first")
    with pytest.raises(MachineError, match=DEVICE_VARIABLE):
        OpenGLRenderer(SIZE)


@pytest.mark.parametrize("transparent", [False, True])
def test_reading_ahead_gives_the_same_pictures(transparent: bool) -> None:
    """By way of a buffer, three under way: what GPUs do while they draw."""
    pictures = []
    for read_ahead in (False, True):
        with closing(OpenGLRenderer(SIZE, read_ahead=read_ahead)) as renderer:
            both = two_people()
            both = replace(both, backdrop=replace(both.backdrop, transparent=transparent))
            one = replace(both, figures=both.figures[:1])
            nobody = replace(both, figures=())
            shown = [both, one, nobody, both]
            found = []
            for snapshot in shown[: renderer.capacity]:
                renderer.submit(snapshot)
            for snapshot in shown[renderer.capacity :]:
                found.append(renderer.collect())
                renderer.submit(snapshot)
            found += [renderer.collect() for _ in range(renderer.capacity)]
            assert renderer.capacity == (3 if read_ahead else 2)
            pictures.append(found)
    for plain, ahead in zip(*pictures, strict=True):
        np.testing.assert_array_equal(plain.i420, ahead.i420)
        assert (plain.alpha is None) == (ahead.alpha is None) == (not transparent)
        if plain.alpha is not None and ahead.alpha is not None:
            np.testing.assert_array_equal(plain.alpha, ahead.alpha)
