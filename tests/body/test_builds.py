"""Shapes and hair in words, and the bodies that come of them."""

from __future__ import annotations

import numpy as np
import pytest

from avatar_server.body.builds import HAIR, SHAPES, USUAL_BUILDS, Build, parse_builds
from avatar_server.body.cache import load_mannequin
from avatar_server.body.mannequin_hair_styles import HAIR_STYLES
from avatar_server.body.mannequin_pieces import mannequin_pieces
from avatar_server.body.model import ShapedBody, shape_body
from avatar_server.errors import UsageError
from avatar_server.wardrobe import shaped_bodies


def shaped(name: str, hair: str = "short") -> ShapedBody:
    return shape_body(load_mannequin(hair), np.array(SHAPES[name]))


def height_m(body: ShapedBody) -> float:
    return float(np.ptp(body.rest_vertices[:, 1]))


def width_m(body: ShapedBody, low_m: float, high_m: float) -> float:
    """From side to side, of what lies so high over the soles as shares of the height; arms left out."""
    y = body.rest_vertices[:, 1] - body.rest_vertices[:, 1].min()
    part = body.rest_vertices[(y > low_m * height_m(body)) & (y < high_m * height_m(body))]
    trunk = part[np.abs(part[:, 0]) < 0.26]
    return float(np.ptp(trunk[:, 0]))


def test_what_is_not_said_is_as_usual_and_no_two_are_twins() -> None:
    assert parse_builds("", "") == USUAL_BUILDS
    assert USUAL_BUILDS[0] != USUAL_BUILDS[1]
    assert parse_builds("tall", ",bun") == (Build(SHAPES["tall"], chosen=True), Build(SHAPES["woman"], "bun"))
    assert parse_builds("1/-0.5/0/2, average", "")[0].betas == (1.0, -0.5, 0.0, 2.0)
    assert tuple(HAIR_STYLES) == HAIR


@pytest.mark.parametrize(
    ("shape", "hair", "said"),
    [
        ("giant", "", "--shape: expected average, woman, .*'giant'"),
        ("1/x", "", "--shape: expected .* betas"),
        ("1/nan", "", "betas from -5 to 5"),
        ("9", "", "betas from -5 to 5"),
        ("/".join(["0"] * 17), "", "at most 16 betas, got 17"),
        ("a,b,c", "", "--shape: expected one for the left"),
        ("", "mohawk", "--hair: expected one of short, bob, long, bun, got 'mohawk'"),
    ],
)
def test_nonsense_is_refused(shape: str, hair: str, said: str) -> None:
    with pytest.raises(UsageError, match=said):
        parse_builds(shape, hair)


def test_a_body_of_a_file_takes_betas_only() -> None:
    assert parse_builds("", "", mannequin=False) == (Build(), Build())
    assert parse_builds("1/2", "", mannequin=False)[0].betas == (1.0, 2.0)
    assert [build.betas for build in parse_builds("average,average", "", mannequin=False)] == [(), ()]
    with pytest.raises(UsageError, match="--shape: tall is a shape of the mannequin"):
        parse_builds("tall", "", mannequin=False)
    with pytest.raises(UsageError, match="--hair: only the mannequin"):
        parse_builds("", "bob", mannequin=False)


def test_shapes_are_what_they_are_called() -> None:
    average = shaped("average")
    assert height_m(shaped("tall")) > height_m(average) + 0.06
    assert height_m(shaped("short")) < height_m(average) - 0.06
    waist, hips = (0.58, 0.64), (0.49, 0.53)
    assert width_m(shaped("heavy"), *waist) > 1.15 * width_m(average, *waist)
    assert width_m(shaped("slim"), *waist) < 0.92 * width_m(average, *waist)
    woman = shaped("woman")
    assert width_m(woman, *waist) / width_m(woman, *hips) < 0.95 * (
        width_m(average, *waist) / width_m(average, *hips)
    )
    assert shaped("broad").rest_joints[16, 0] > average.rest_joints[16, 0] + 0.008
    for name in SHAPES:
        assert np.isfinite(shaped(name).rest_vertices).all()


def hair_of(name: str) -> np.ndarray:
    """(N, 3): its surface, without the body, which takes long to make."""
    vertices, _ = next(piece for piece in mannequin_pieces(name) if piece.name == "hair").surface()
    return vertices


def test_hair_falls_as_far_as_it_should_and_leaves_the_face_free() -> None:
    lowest = {name: float(hair_of(name)[:, 1].min()) for name in HAIR}
    assert lowest["long"] < 0.20 < lowest["bob"] < 0.36 < lowest["short"]
    assert hair_of("bun")[:, 2].min() < hair_of("short")[:, 2].min() - 0.02
    for name in HAIR:
        hair = hair_of(name)
        before_face = (np.abs(hair[:, 0]) < 0.05) & (hair[:, 1] > 0.355) & (hair[:, 1] < 0.43)
        assert hair[before_face, 2].max(initial=-1.0) < 0.06, name


def test_the_same_is_given_while_nothing_changes() -> None:
    first, second = shaped_bodies(None, USUAL_BUILDS), shaped_bodies(None, USUAL_BUILDS)
    assert first[0] is second[0]
    assert first[1] is second[1]
    alike = shaped_bodies(None, (Build(), Build()))
    assert alike[0] is alike[1], "who is built alike shares what the renderer keeps"
