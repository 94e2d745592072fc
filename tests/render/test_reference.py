"""The reference renderer draws what smplx computes, from the camera of the snapshot, in its colours."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy import ndimage
from scipy.spatial.transform import Rotation

from avatar_server.body.cache import load_mannequin
from avatar_server.body.model import ShapedBody, shape_body
from avatar_server.body.skinning import skin
from avatar_server.motion.pose import Pose
from avatar_server.render.contract import PictureSize, draw
from avatar_server.render.reference import ReferenceRenderer
from avatar_server.render.reference_body import SmplxBody
from avatar_server.render.yuv import picture_to_rgb
from avatar_server.scene.appearance import PALETTES
from avatar_server.scene.cameras import Orbit
from avatar_server.scene.grounding import Footing
from avatar_server.scene.lighting import STUDIO_BACKDROP, STUDIO_LIGHT
from avatar_server.scene.snapshot import Figure, Snapshot

SIZE = PictureSize(320, 240)
pytestmark = pytest.mark.opengl


@pytest.fixture(scope="module")
def body() -> ShapedBody:
    return shape_body(load_mannequin())


@pytest.fixture(scope="module")
def renderer() -> Iterator[ReferenceRenderer]:
    opened = ReferenceRenderer(SIZE)
    yield opened
    opened.close()


def random_rotations(seed: int, spread_rad: float) -> NDArray[np.float64]:
    turns = np.random.default_rng(seed).normal(0, spread_rad, (52, 3))
    rotations: NDArray[np.float64] = Rotation.from_rotvec(turns).as_matrix()
    return rotations


def standing(body: ShapedBody, x_m: float = 0.0, person: int = 0) -> Figure:
    rotations = np.repeat(np.eye(3)[None], 52, axis=0)
    rotations[16:18] = Rotation.from_euler("z", [[-75], [75]], degrees=True).as_matrix()  # arms down
    stand = Footing.of(body).plant(Pose(rotations, np.zeros(3)))
    place = stand.pelvis - body.rest_joints[0]
    place[0] += x_m
    return Figure(body, stand.rotations, place, PALETTES[person])


def snapshot(*figures: Figure) -> Snapshot:
    camera = Orbit((0.0, 0.9, 0.0), 0.0, 0.05, 4.0).camera()
    return Snapshot(0.0, figures, camera, STUDIO_LIGHT, STUDIO_BACKDROP)


def test_smplx_is_fed_rightly(body: ShapedBody) -> None:
    rotations = np.stack([random_rotations(seed, 0.4) for seed in range(3)])
    translations = np.array([[0.3, -0.2, 1.0], [0.0, 0.0, 0.0], [-0.7, 0.9, 0.1]])
    posed = SmplxBody(body).vertices(rotations, translations)
    for index in range(3):
        ours = skin(body, rotations[index], translations[index])
        assert np.abs(posed[index] - ours).max() < 2e-5


def test_vertices_land_on_the_pixels_the_camera_says(renderer: ReferenceRenderer, body: ShapedBody) -> None:
    """The silhouette's box is the box of the projected vertices, to the pixel."""
    figure = standing(body)
    scene = snapshot(figure)
    mask = renderer.silhouette(scene) == 1
    aspect = SIZE.width / SIZE.height
    matrix = scene.camera.projection_matrix(aspect) @ scene.camera.view_matrix()
    vertices = skin(body, figure.rotations, figure.translation)
    clip = np.column_stack([vertices, np.ones(len(vertices))]) @ matrix.T
    x = (clip[:, 0] / clip[:, 3] + 1) / 2 * SIZE.width
    y = (1 - clip[:, 1] / clip[:, 3]) / 2 * SIZE.height
    rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    assert [rows[0], rows[-1] + 1] == pytest.approx([y.min(), y.max()], abs=1.01)
    assert [columns[0], columns[-1] + 1] == pytest.approx([x.min(), x.max()], abs=1.01)


def test_the_nearer_one_hides_the_further_one(renderer: ReferenceRenderer, body: ShapedBody) -> None:
    behind, before = standing(body), standing(body)
    before.translation[2] += 1.0
    both = renderer.silhouette(snapshot(behind, before))
    assert (both == 2).sum() > 3 * (both == 1).sum()
    assert set(np.unique(both)) <= {0, 1, 2}


def test_people_wear_their_colours_in_a_light_studio(renderer: ReferenceRenderer, body: ShapedBody) -> None:
    scene = snapshot(standing(body, -0.8, 0), standing(body, 0.8, 1))
    rgb = picture_to_rgb(draw(renderer, scene)).astype(int)
    masks = renderer.silhouette(scene)
    assert rgb[masks == 0].mean() > 150
    assert rgb[:20].min() > 180, "the wall behind is light"
    for person, (strong, weak) in enumerate([(2, 0), (0, 2)]):
        rows, columns = np.nonzero(masks == person + 1)
        chest = (rows > np.quantile(rows, 0.25)) & (rows < np.quantile(rows, 0.45))
        red_green_blue = np.median(rgb[rows[chest], columns[chest]], axis=0)
        assert red_green_blue[strong] > red_green_blue[weak] + 30


def test_feet_cast_a_shadow_on_the_floor(renderer: ReferenceRenderer, body: ShapedBody) -> None:
    """The key light comes from the left: it is darker on the floor right of the feet than left of them."""
    scene = snapshot(standing(body))
    brightness = picture_to_rgb(draw(renderer, scene)).mean(axis=2)
    people = renderer.silhouette(scene)
    rows, _ = np.nonzero(people)
    # Away from people by two pixels, whose edges are mixed with theirs.
    free = ~ndimage.binary_dilation(people > 0, iterations=2)
    floor = np.where(free, brightness, np.nan)[rows.max() - 40 : rows.max()]
    # 28 pixels are a quarter of a metre here: the feet are between.
    left, right = floor[:, : SIZE.width // 2 - 28], floor[:, SIZE.width // 2 + 28 :]
    assert np.nanmin(right) < np.nanmin(left) - 30
    assert 20 < (right < np.nanmin(left) - 30).sum() < right.size / 2


def test_the_same_snapshot_gives_the_same_picture_whatever_came_before(
    renderer: ReferenceRenderer, body: ShapedBody
) -> None:
    first = draw(renderer, snapshot(standing(body))).i420
    draw(renderer, snapshot(standing(body, 0.5, 1), standing(body, -0.5)))
    draw(renderer, snapshot())
    assert np.array_equal(draw(renderer, snapshot(standing(body))).i420, first)


def test_other_contexts_of_the_process_live_on(body: ShapedBody) -> None:
    """Closing one must not take the display away from the others, and the environment is as it was."""
    before = os.environ.get("PYOPENGL_PLATFORM")
    first, second = ReferenceRenderer(SIZE), ReferenceRenderer(PictureSize(160, 120))
    expected = draw(second, snapshot(standing(body))).i420
    first.close()
    first.close()
    assert np.array_equal(draw(second, snapshot(standing(body))).i420, expected)
    second.close()
    assert os.environ.get("PYOPENGL_PLATFORM") == before


@pytest.mark.parametrize("package", ["pyrender", "smplx"])
def test_a_missing_extra_is_named(package: str) -> None:
    program = (
        f"import sys; sys.modules[{package!r}] = None\n"
        "from avatar_server.errors import MachineError\n"
        "from avatar_server.render.contract import PictureSize\n"
        "from avatar_server.render.reference import ReferenceRenderer\n"
        "try: ReferenceRenderer(PictureSize(64, 64))\n"
        "except MachineError as error: print(error)\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60)
    assert "pip install 'avatar-server[reference]'" in done.stdout, done.stderr
    assert package in done.stdout
