"""What every renderer must do, written once: a renderer's tests inherit `RendererSuite`."""

from __future__ import annotations

import math
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from avatar_server.body.cache import load_mannequin
from avatar_server.body.model import ShapedBody, shape_body
from avatar_server.encode.picture_frame import video_frame
from avatar_server.render.contract import Picture, PictureSize, Renderer, draw
from avatar_server.scene.appearance import PALETTES
from avatar_server.scene.lighting import STUDIO_BACKDROP, STUDIO_LIGHT
from avatar_server.scene.snapshot import Camera, Figure, Snapshot

SMALL = PictureSize(96, 54)
_bodies: list[ShapedBody] = []


def neutral_body() -> ShapedBody:
    """The mannequin, the same object each time, as a performance keeps it."""
    if not _bodies:
        _bodies.append(shape_body(load_mannequin()))
    return _bodies[0]


def standing_figure(x_m: float = 0.0, yaw_rad: float = 0.0, lift_rad: float = 1.2, side: int = 0) -> Figure:
    """The mannequin on the floor at x, its arms `lift_rad` below the horizontal."""
    rotations = np.tile(np.eye(3), (52, 1, 1))
    for joint, angle in ((16, -lift_rad), (17, lift_rad)):
        rotations[joint, :2, :2] = _turn(angle)
    rotations[0][np.ix_([2, 0], [2, 0])] = _turn(yaw_rad)
    body = neutral_body()
    lowest = float(body.rest_vertices[:, 1].min())
    return Figure(body, rotations, np.array([x_m, -lowest, 0.0]), PALETTES[side])


def _turn(angle_rad: float) -> NDArray[np.float64]:
    """(2, 2), from the first axis towards the second."""
    cosine, sine = math.cos(angle_rad), math.sin(angle_rad)
    return np.array([[cosine, -sine], [sine, cosine]])


def two_people(time_s: float = 0.0) -> Snapshot:
    """Two people face to face, their arms moving with time, both in full in the picture."""
    figures = (
        standing_figure(-0.7, math.pi / 2, 1.0 + 0.4 * math.sin(time_s), 0),
        standing_figure(0.7, -math.pi / 2, 1.1 + 0.3 * math.cos(time_s), 1),
    )
    camera = Camera((0.0, 1.2, 4.2), (0.0, 0.85, 0.0), math.radians(32))
    return Snapshot(time_s, figures, camera, STUDIO_LIGHT, STUDIO_BACKDROP)


class RendererSuite:
    """Inherit, name the subclass `Test...`, and say how to open the renderer."""

    draws_people = True
    """False for a renderer that shows something else."""

    def open_renderer(self, size: PictureSize) -> Renderer:
        """A new renderer of pictures of `size`."""
        raise NotImplementedError

    @contextmanager
    def opened(self, size: PictureSize = SMALL) -> Iterator[Renderer]:
        """A renderer for one test, closed twice, as the contract allows."""
        renderer = self.open_renderer(size)
        try:
            yield renderer
        finally:
            renderer.close()
            renderer.close()

    def test_says_what_it_is(self) -> None:
        """Name, size and capacity."""
        with self.opened() as renderer:
            assert renderer.name
            assert renderer.size == SMALL
            assert renderer.capacity >= 1

    def test_draws_any_even_size(self) -> None:
        """Widths and heights that 4 or 8 do not divide, too, down to one cell of chroma."""
        for size in (PictureSize(2, 2), PictureSize(6, 10), PictureSize(98, 54), PictureSize(130, 22)):
            with self.opened(size) as renderer:
                picture = draw(renderer, two_people())
                _check_shape(picture, size)
                assert renderer.silhouette(two_people()).shape == (size.height, size.width)

    def test_pictures_come_in_order_and_stay(self) -> None:
        """As many under way as allowed: each is what it is alone, whatever is drawn later."""
        snapshots = [two_people(time_s) for time_s in (0.0, 0.9, 1.8, 2.7, 3.6)]
        with self.opened() as renderer:
            alone = [draw(renderer, snapshot).i420.copy() for snapshot in snapshots]
            assert any((alone[0] != other).any() for other in alone[1:])
            pictures: list[Picture] = []
            under_way = 0
            for snapshot in snapshots:
                if under_way == renderer.capacity:
                    pictures.append(renderer.collect())
                    under_way -= 1
                renderer.submit(snapshot)
                under_way += 1
            pictures += [renderer.collect() for _ in range(under_way)]
            for picture, expected in zip(pictures, alone, strict=True):
                np.testing.assert_array_equal(picture.i420, expected)

    def test_remembers_nothing_of_other_pictures(self) -> None:
        """People who move, go and come, and a camera that turns leave no traces."""
        first = two_people(0.4)
        turned = replace(first, camera=Camera((3.0, 1.4, 2.6), (0.0, 0.9, 0.0), math.radians(32)))
        history = [
            first,
            two_people(1.5),
            replace(first, figures=()),
            replace(first, figures=first.figures[1:]),
            turned,
            replace(turned, figures=turned.figures[:1]),
            two_people(2.5),
        ]
        with self.opened() as renderer:
            later = [draw(renderer, snapshot).i420 for snapshot in history]
        for snapshot, picture in zip(history, later, strict=True):
            with self.opened() as fresh:
                np.testing.assert_array_equal(draw(fresh, snapshot).i420, picture)

    def test_what_was_prepared_for_one_camera_serves_another(self) -> None:
        """Also one that comes much nearer, where meshes are finer."""
        snapshot = two_people(0.4)
        near = replace(snapshot, camera=Camera((0.4, 1.5, 0.9), (-0.6, 1.4, 0.0), math.radians(40)))
        with self.opened() as renderer:
            draw(renderer, two_people(0.1))
            renderer.prepare(snapshot)
            prepared = draw(renderer, near)
        with self.opened() as renderer:
            alone = draw(renderer, near)
        assert np.array_equal(prepared.i420, alone.i420)

    def test_a_picture_in_haste_shows_the_same(self) -> None:
        """It may be smaller; others are what they are without it, also those under way at the same time."""
        snapshot = two_people(0.4)
        with self.opened() as renderer:
            alone = draw(renderer, snapshot)
            hasty = draw(renderer, snapshot, hasty=True)
            again = draw(renderer, snapshot)
        np.testing.assert_array_equal(again.i420, alone.i420)
        assert abs(hasty.size.width / hasty.size.height / (SMALL.width / SMALL.height) - 1) < 0.05
        frame = video_frame(hasty).reformat(SMALL.width, SMALL.height)
        luma = frame.to_ndarray()[: SMALL.height].astype(int)
        assert np.abs(luma - alone.planes()[0]).mean() < 4

    def test_silhouettes_name_the_figures(self) -> None:
        """0 nobody, then the figures in their order: the first stands at the left."""
        with self.opened() as renderer:
            labels = renderer.silhouette(two_people())
            nobody = renderer.silhouette(replace(two_people(), figures=()))
        assert labels.dtype == np.uint8
        assert labels.shape == (SMALL.height, SMALL.width)
        assert not nobody.any()
        if self.draws_people:
            assert set(np.unique(labels)) == {0, 1, 2}
            assert (np.nonzero(labels == 1)[1] < SMALL.width / 2).all()
            assert (np.nonzero(labels == 2)[1] >= SMALL.width / 2).all()

    def test_survives_odd_views(self) -> None:
        """Nobody in view, people behind the eye, an eye inside a body."""
        snapshot = two_people()
        views = [
            Camera((0.0, 1.2, 4.2), (0.0, 1.2, 9.0), math.radians(32)),
            Camera((0.0, 1.2, 0.0), (1.0, 1.2, 0.1), math.radians(60)),
            Camera((-0.7, 1.2, 0.0), (0.7, 1.2, 0.1), math.radians(60)),
            Camera((0.0, 0.06, 3.0), (0.0, 4.0, 0.0), math.radians(30)),
        ]
        with self.opened() as renderer:
            for camera in views:
                _check_shape(draw(renderer, replace(snapshot, camera=camera)), SMALL)
            away = replace(snapshot, camera=views[0])
            assert not renderer.silhouette(away).any()

    def test_two_at_once_do_not_disturb_each_other(self) -> None:
        """Two renderers in one process, used in turns."""
        with self.opened() as one, self.opened(PictureSize(64, 64)) as other:
            expected = draw(one, two_people()).i420
            one.submit(two_people())
            draw(other, two_people(1.0))
            np.testing.assert_array_equal(one.collect().i420, expected)


def _check_shape(picture: Picture, size: PictureSize) -> None:
    assert picture.size == size
    assert picture.i420.shape == (size.height * 3 // 2, size.width)
    assert picture.i420.dtype == np.uint8
    assert picture.i420.flags.c_contiguous
    luma, u, v = picture.planes()
    assert luma.shape == (size.height, size.width)
    assert u.shape == v.shape == (size.height // 2, size.width // 2)
