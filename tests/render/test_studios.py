"""What is behind people is exactly what was asked for, and what is transparent can be laid over anything."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray

from avatar_server.errors import UsageError
from avatar_server.render.contract import Picture, PictureSize, draw
from avatar_server.render.opengl.renderer import OpenGLRenderer
from avatar_server.render.yuv import picture_to_rgb
from avatar_server.scene.snapshot import Snapshot
from avatar_server.scene.studios import OPAQUE_STUDIOS, STUDIOS, TRANSPARENT, studio, usual_studio
from avatar_server.testing.renderer_suite import two_people

pytestmark = pytest.mark.opengl

SIZE = PictureSize(480, 270)


@pytest.fixture(scope="module")
def renderer() -> Iterator[OpenGLRenderer]:
    opened = OpenGLRenderer(SIZE)
    yield opened
    opened.close()


def seen_in(name: str, time_s: float = 1.0) -> Snapshot:
    found = studio(name)
    return replace(two_people(time_s), lighting=found.lighting, backdrop=found.backdrop)


def grown(inside: NDArray[np.bool_], by: int) -> NDArray[np.bool_]:
    for _ in range(by):
        inside = inside | np.roll(inside, 1, 0) | np.roll(inside, -1, 0)
        inside = inside | np.roll(inside, 1, 1) | np.roll(inside, -1, 1)
    return inside


def nowhere_near_people(renderer: OpenGLRenderer, snapshot: Snapshot) -> NDArray[np.bool_]:
    """Above the floor, and clear of everybody."""
    away = ~grown(renderer.silhouette(snapshot) > 0, 3)
    away[SIZE.height // 2 :] = False
    return away


def test_names() -> None:
    assert (*OPAQUE_STUDIOS, TRANSPARENT) == STUDIOS
    assert usual_studio("natural") == "light"
    assert usual_studio("genea") == "white"
    with pytest.raises(UsageError, match="'green': expected one of light, dark, white, transparent"):
        studio("green")


@pytest.mark.parametrize("name", ["light", "dark"])
def test_walls_run_from_the_horizon_to_the_zenith(renderer: OpenGLRenderer, name: str) -> None:
    """Nothing is lighter or darker than the two colours that were asked for, but for rounding and dither."""
    empty = picture_to_rgb(draw(renderer, replace(seen_in(name), figures=()))).astype(int)
    backdrop = studio(name).backdrop
    low, high = (
        np.array([1.055 * part ** (1 / 2.4) - 0.055 for part in colour]) * 255
        for colour in (backdrop.zenith, backdrop.horizon)
    )
    wall = empty[: SIZE.height // 3]
    assert (wall >= np.minimum(low, high) - 3).all()
    assert (wall <= np.maximum(low, high) + 3).all()


def test_white_is_white_everywhere_but_people_and_shadows(renderer: OpenGLRenderer) -> None:
    snapshot = seen_in("white")
    luma, blue, red = draw(renderer, replace(snapshot, figures=())).planes()
    # GPUs may round as if a fragment shader's result were a tenth of a step off, and dither takes half a
    # step.
    white = {235} if "llvmpipe" in renderer.name else {234, 235}
    assert set(np.unique(luma)) <= white
    assert set(np.unique(blue)) | set(np.unique(red)) == {128}
    luma, blue, red = draw(renderer, snapshot).planes()
    away = nowhere_near_people(renderer, snapshot)
    assert set(np.unique(luma[away])) <= white
    outside = renderer.silhouette(snapshot) == 0
    shaded = outside & ~grown(~outside, 2) & (luma < 225)
    assert shaded[SIZE.height // 2 :].sum() > 200, "there is a shadow"
    assert luma[outside & ~grown(~outside, 2)].min() > 120, "and it is a pale one"


def over(picture: Picture, ground: NDArray[np.float64]) -> NDArray[np.float64]:
    """Laid over a ground of one colour, R'G'B' 0..255, as any program does it."""
    assert picture.alpha is not None
    return picture_to_rgb(picture) + (1 - picture.alpha[..., None] / 255.0) * ground


def test_alpha_is_the_silhouette_and_the_shadows(renderer: OpenGLRenderer) -> None:
    snapshot = seen_in(TRANSPARENT)
    picture = draw(renderer, snapshot)
    assert picture.alpha is not None
    inside = renderer.silhouette(snapshot) > 0
    assert (picture.alpha[inside & ~grown(~inside, 1)] == 255).mean() > 0.999, "but for slits"
    assert (picture.alpha[nowhere_near_people(renderer, snapshot)] == 0).all()
    shadow = ~grown(inside, 2) & (picture.alpha > 20)
    assert shadow.sum() > 200
    assert (picture.planes()[0][shadow] <= 17).all(), "shadows are black"
    assert draw(renderer, seen_in("light")).alpha is None


def test_on_white_it_is_the_white_studio(renderer: OpenGLRenderer) -> None:
    for time_s in (1.0, 1.7):
        laid = over(draw(renderer, seen_in(TRANSPARENT, time_s)), np.full(3, 255.0))
        white = picture_to_rgb(draw(renderer, seen_in("white", time_s))).astype(float)
        assert np.abs(laid - white).mean() < 0.5
        # At edges the one blends display values as programs do, the other light.
        assert (np.abs(laid - white).max(axis=2) > 40).mean() < 0.004


def test_people_stand_out_from_the_dark(renderer: OpenGLRenderer) -> None:
    """A rim of light all round: what is just inside an outline is lighter than what is just outside."""
    snapshot = seen_in("dark")
    luma = draw(renderer, snapshot).planes()[0].astype(float)
    inside = renderer.silhouette(snapshot) > 0
    inner, outer = inside & ~grown(~inside, 1) & grown(~inside, 3), ~grown(inside, 1) & grown(inside, 3)
    upper = slice(0, SIZE.height // 2)
    assert luma[upper][outer[upper]].mean() < 45
    assert np.percentile(luma[upper][inner[upper]], 5) > luma[upper][outer[upper]].mean() + 4


def test_studios_take_turns(renderer: OpenGLRenderer) -> None:
    """Whatever was drawn before, a studio is what it is alone."""
    alone = {name: draw(renderer, seen_in(name)).i420.copy() for name in STUDIOS}
    for name in (*STUDIOS, *reversed(STUDIOS)):
        np.testing.assert_array_equal(draw(renderer, seen_in(name)).i420, alone[name])
