"""What a face's weights do is seen in pictures, where it should be and nowhere else."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np
import pytest
from numpy.typing import NDArray

from avatar_server.body.mannequin_head import FACE
from avatar_server.body.skinning import skin
from avatar_server.face.arkit import ARKIT_NAMES
from avatar_server.render.contract import PictureSize, draw
from avatar_server.render.opengl.framing import projected
from avatar_server.render.opengl.renderer import OpenGLRenderer
from avatar_server.render.yuv import picture_to_rgb
from avatar_server.testing.face_views import close_up, face_weights, in_the_world
from avatar_server.testing.renderer_suite import neutral_body, two_people

pytestmark = pytest.mark.opengl

SIZE = PictureSize(320, 352)
CHANGED = 9
"""Levels of luma by which a pixel must differ."""

LEAST_PIXELS = 40
"""Of 320x352: what changes in less is not seen."""

# Boxes in millimetres: x from and to, the person's left positive, then y from and to over the feature.
EYE, BROW, MOUTH, LIPS, CHEEK, JAW, NOSE = "eye", "brow", "mouth", "lips", "cheek", "jaw", "nose"
BOXES: dict[str, tuple[tuple[float, float], tuple[float, float], tuple[float, float]]] = {
    EYE: (FACE.eye, (-29, 29), (-26, 24)),
    BROW: (FACE.eye, (-40, 40), (-9, 58)),
    CHEEK: (FACE.eye, (-30, 36), (-44, 16)),
    NOSE: ((0.0, FACE.nose[0]), (-12, 42), (-28, 64)),
    MOUTH: ((0.0, FACE.mouth[0]), (-13, 62), (-40, 42)),
    LIPS: ((0.0, FACE.mouth[0]), (-64, 64), (-50, 34)),
    JAW: ((0.0, FACE.mouth[0]), (-80, 80), (-110, 36)),
}
WHERE = {
    "eyeSquint": (EYE, BROW, CHEEK),
    "eyeWide": (EYE, BROW),
    "eye": (EYE,),
    "brow": (BROW,),
    "cheekSquint": (CHEEK, EYE),
    "cheekPuff": (LIPS,),
    "noseSneer": (NOSE, MOUTH),
    "mouthSmile": (MOUTH, CHEEK, EYE),
    "mouthClose": (LIPS,),
    "mouthFunnel": (LIPS,),
    "mouthPucker": (LIPS,),
    "mouthRoll": (LIPS,),
    "mouthShrug": (LIPS,),
    "mouthLeft": (LIPS,),
    "mouthRight": (LIPS,),
    "mouth": (MOUTH,),
    "jaw": (JAW,),
    "tongueOut": (JAW,),
}
"""Of a weight, or of all whose names begin so; the first that fits."""


@dataclass(frozen=True, eq=False, slots=True)
class Views:
    """Close-ups from the front: (352, 320) luma or (352, 320, 3) colours, 0..255."""

    renderer: OpenGLRenderer
    rest: NDArray[np.float64]

    def colours(self, **weights: float) -> NDArray[np.float64]:
        seen = close_up(neutral_body(), face_weights(**weights))
        return picture_to_rgb(draw(self.renderer, seen)).astype(np.float64)

    def luma(self, **weights: float) -> NDArray[np.float64]:
        return np.asarray(self.colours(**weights) @ [0.2126, 0.7152, 0.0722])

    def box(self, region: str, side: int = 1) -> tuple[slice, slice]:
        """Rows and columns of a region at the person's left (1) or right (-1)."""
        (x, y), across, upwards = BOXES[region]
        ends = np.array(
            [[side * (x + 1e-3 * aside), y + 1e-3 * up, FACE.mouth[1]] for aside in across for up in upwards]
        )
        places = projected(in_the_world(ends), close_up(neutral_body()).camera, SIZE)
        low = np.maximum(np.floor(places[:, :2].min(axis=0)).astype(int), 0)
        high = np.ceil(places[:, :2].max(axis=0)).astype(int)
        return slice(low[1], high[1]), slice(low[0], high[0])


@pytest.fixture(scope="module")
def views() -> Iterator[Views]:
    with contextlib.closing(OpenGLRenderer(SIZE)) as renderer:
        views = Views(renderer, np.zeros(0))
        yield replace(views, rest=views.luma())


@pytest.mark.parametrize("name", ARKIT_NAMES)
def test_each_weight_alone_is_seen_and_only_where_it_should(views: Views, name: str) -> None:
    changed = np.abs(views.luma(**{name: 1.0}) - views.rest) > CHANGED
    assert changed.sum() > LEAST_PIXELS
    regions = next(regions for start, regions in WHERE.items() if name.startswith(start))
    sides = (1,) if name.endswith("Left") else (-1,) if name.endswith("Right") else (1, -1)
    if name in ("mouthLeft", "mouthRight", "jawLeft", "jawRight"):
        sides = (1, -1)
    inside = changed.copy()
    for region in regions:
        for side in sides:
            inside[views.box(region, side)] = False
    assert inside.sum() <= 0.02 * changed.sum(), f"{int(inside.sum())} of {int(changed.sum())} pixels"


def test_a_blink_hides_white_and_iris(views: Views) -> None:
    """Skin is red; what is grey or blue in the eye's box is the eye."""

    def eye_pixels(side: int, **weights: float) -> int:
        red, _, blue = np.moveaxis(views.colours(**weights)[views.box(EYE, side)], -1, 0)
        return int(((red - blue < 30) & (red + blue > 120)).sum())

    open_eye = eye_pixels(1)
    assert open_eye > 150
    assert eye_pixels(1, eyeBlinkLeft=1.0) < 0.05 * open_eye
    assert 0.3 * open_eye < eye_pixels(1, eyeBlinkLeft=0.4) < 0.85 * open_eye
    assert eye_pixels(-1, eyeBlinkLeft=1.0) > 0.95 * eye_pixels(-1)
    assert eye_pixels(1, eyeWideLeft=1.0) > 1.1 * open_eye


def test_the_iris_goes_where_the_eye_looks(views: Views) -> None:
    def iris(**weights: float) -> NDArray[np.float64]:
        red, _, blue = np.moveaxis(views.colours(**weights)[views.box(EYE)], -1, 0)
        rows, columns = np.nonzero(blue - red > 12)
        return np.array([columns.mean(), rows.mean()])

    ahead = iris()
    assert iris(eyeLookOutLeft=0.5)[0] > ahead[0] + 4
    assert iris(eyeLookInLeft=0.5)[0] < ahead[0] - 4
    assert iris(eyeLookUpLeft=0.5)[1] < ahead[1] - 1
    assert iris(eyeLookDownLeft=0.5)[1] > ahead[1] + 1.5


def test_a_smile_lifts_the_corners_of_the_mouth(views: Views) -> None:
    """Lips are redder than skin: at both ends of them the red goes up, in the middle it does not."""

    def lips(**weights: float) -> tuple[float, float]:
        rows, columns = views.box(LIPS)
        red, green, _ = np.moveaxis(views.colours(**weights)[rows, columns], -1, 0)
        reddest = (red - green > 50) & (np.arange(red.shape[0]) > 0.2 * red.shape[0])[:, None]
        down, across = np.nonzero(reddest)
        low, high = np.quantile(across, [0.06, 0.94])
        ends = (across < low) | (across > high)
        middle = np.abs(across - across.mean()) < 8
        return float(down[ends].mean()), float(down[middle].mean())

    (ends, middle), (lifted, stayed) = lips(), lips(mouthSmile=0.8)
    assert ends - lifted > 5
    assert abs(stayed - middle) < 0.5 * (ends - lifted)
    sunk, _ = lips(mouthFrown=0.8)
    assert sunk - ends > 4


def test_an_open_jaw_shows_the_dark_inside_of_the_mouth(views: Views) -> None:
    def dark(**weights: float) -> int:
        return int((views.luma(**weights)[views.box(JAW)] < 60).sum())

    openings = [dark(jawOpen=share) for share in (0.0, 0.15, 0.5, 1.0)]
    assert openings[0] < 30
    assert all(after > before + 60 for before, after in pairwise(openings))
    assert dark(jawOpen=1.0, mouthClose=1.0) < 0.12 * openings[-1]


def test_teeth_are_seen_in_a_broad_smile(views: Views) -> None:
    def white(**weights: float) -> int:
        red, _, blue = np.moveaxis(views.colours(**weights)[views.box(LIPS)], -1, 0)
        return int(((blue > 120) & (red - blue < 30)).sum())

    assert white(mouthSmile=1.0, mouthUpperUp=0.6, jawOpen=0.15) > white() + 60


def test_brows_go_up_and_down(views: Views) -> None:
    def brow(**weights: float) -> float:
        luma = views.luma(**weights)[views.box(BROW)]
        luma = luma[:, luma.shape[1] // 4 : -luma.shape[1] // 4]
        rows = np.arange(len(luma))[:, None] + 0 * luma
        # Neither the hair above and beside it nor the eye below.
        upper = (luma < 110) & (rows < 0.62 * len(luma)) & (rows > 0.18 * len(luma))
        return float(rows[upper].mean())

    rest = brow()
    assert rest - brow(browOuterUpLeft=1.0, browInnerUp=1.0) > 6
    assert brow(browDownLeft=1.0) - rest > 4


def test_the_open_mouth_is_seen_from_the_side(views: Views) -> None:
    """As in the two-shot: the jaw's outline drops, and the mouth opens in it."""
    shut, open_ = (
        picture_to_rgb(draw(views.renderer, close_up(neutral_body(), weights, azimuth_deg=-90))).astype(float)
        for weights in (None, face_weights(jawOpen=0.6))
    )
    dark = (open_.max(axis=2) < 110) & (shut.max(axis=2) > 130)
    assert dark.sum() > 250
    assert (np.abs(open_ - shut).max(axis=2) > 40).sum() > 1500


@pytest.mark.parametrize("level", [0, 3])
def test_the_graphics_card_moves_the_same_vertices(views: Views, level: int) -> None:
    """With a pose and a face the vertices read back are those reckoned on the CPU; then at rest again."""
    rng = np.random.default_rng(level)
    snapshot = two_people(0.7)
    faces = [rng.random(52).astype(np.float32), None]
    figures = tuple(replace(figure, face=face) for figure, face in zip(snapshot.figures, faces, strict=True))
    for shown in (replace(snapshot, figures=figures), snapshot):
        found = views.renderer.skinned_vertices(shown)
        for vertices, figure in zip(found, shown.figures, strict=True):
            exact = skin(figure.body, figure.rotations, figure.translation, figure.face)
            assert np.abs(vertices - exact).max() < 2e-4
