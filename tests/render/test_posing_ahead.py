"""People are posed while others are drawn; no picture is another one for it."""

from __future__ import annotations

import contextlib
from dataclasses import replace
from functools import partial

import numpy as np

from avatar_server.face.arkit import WEIGHT_COUNT
from avatar_server.render.contract import PosesAhead, draw
from avatar_server.render.opengl.quality import QUICK
from avatar_server.render.opengl.renderer import OpenGLRenderer
from avatar_server.scene.snapshot import Snapshot
from avatar_server.testing.renderer_suite import SMALL, two_people


def _with_faces(time_s: float) -> Snapshot:
    snapshot = two_people(time_s)
    weights = np.random.default_rng(round(1000 * time_s)).uniform(0, 0.8, WEIGHT_COUNT).astype(np.float32)
    return replace(snapshot, figures=tuple(replace(figure, face=weights) for figure in snapshot.figures))


def test_what_was_expected_makes_no_other_picture() -> None:
    """Whether it comes then or not, with faces and without, nearer or not, and if nobody was expected."""
    nobody = replace(two_people(2.1), figures=())
    near = replace(_with_faces(1.9), camera=replace(two_people().camera, eye=(0.3, 1.5, 1.2)))
    expected: list[tuple[Snapshot, Snapshot | None]] = [
        (_with_faces(0.4), _with_faces(0.9)),
        (_with_faces(0.9), two_people(1.4)),
        (_with_faces(1.2), two_people(1.4)),
        (two_people(1.4), None),
        (two_people(1.7), near),
        (near, nobody),
        (nobody, two_people(2.5)),
        (two_people(2.5), two_people(2.5)),
    ]
    asked: list[Snapshot | None] = []

    def expect(snapshot: Snapshot | None) -> Snapshot | None:
        asked.append(snapshot)
        return snapshot

    pictures = []
    with contextlib.closing(OpenGLRenderer(SMALL, on_cpu=QUICK)) as renderer:
        assert isinstance(renderer, PosesAhead)
        for shown, following in expected:
            renderer.expect(partial(expect, following))
            pictures.append(draw(renderer, shown).i420)
    assert asked == [following for _, following in expected]
    for (shown, _), picture in zip(expected, pictures, strict=True):
        with contextlib.closing(OpenGLRenderer(SMALL, on_cpu=QUICK)) as fresh:
            np.testing.assert_array_equal(draw(fresh, shown).i420, picture)
