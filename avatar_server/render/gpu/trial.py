"""Whether compute shaders draw here what the rasteriser draws: tried once for each driver, and remembered.

Drivers compile shaders themselves, and there are many. Before the first picture two people made of random
triangles are drawn both ways; where that fails, or looks different, the rasteriser draws, and nobody notices.
"""

from __future__ import annotations

import hashlib
import json
import logging
import math
from contextlib import closing, suppress
from pathlib import Path

import moderngl
import numpy as np
from numpy.typing import NDArray

from avatar_server.body.joint_regressor import JointRegressor
from avatar_server.body.model import BodyModel, ShapedBody, shape_body
from avatar_server.body.pose_directions import PoseDirections
from avatar_server.errors import MachineError
from avatar_server.motion.pose import JOINT_COUNT
from avatar_server.render.contract import PictureSize, draw
from avatar_server.render.gpu.renderer import GpuRenderer
from avatar_server.render.opengl.renderer import OpenGLRenderer
from avatar_server.scene.appearance import PALETTES
from avatar_server.scene.lighting import STUDIO_BACKDROP, STUDIO_LIGHT
from avatar_server.scene.snapshot import Camera, Figure, Snapshot
from avatar_server.settings import cache_dir, resource_dir, whole_cache_file

_SIZE = PictureSize(256, 144)
_TRIANGLES = 240
_MEAN_STEPS, _FAR_STEPS, _FAR_SHARE = 0.25, 16, 0.005
"""How far apart the two may be: in the mean, and of so many bytes by more than so many steps. On llvmpipe
they are 0.01 and 0.0001 apart: where triangles cross, and at edges.
"""

_log = logging.getLogger(__name__)


def draws_alike(context: moderngl.Context, device: int | None) -> bool:
    """Whether it does, with this driver. device: as in `open_context`."""
    path = cache_dir() / f"gpu-{_fingerprint(context)}.json"
    with suppress(OSError, ValueError, KeyError):
        return bool(json.loads(path.read_text())["alike"])
    alike = try_it(device)
    with suppress(OSError), whole_cache_file(path) as file:
        file.write(json.dumps({"alike": alike, "driver": context.info["GL_RENDERER"]}).encode())
    return alike


def try_it(device: int | None) -> bool:
    """Draw both ways, and compare."""
    snapshot = _snapshot()
    try:
        with closing(GpuRenderer(_SIZE, device)) as ours:
            mine = draw(ours, snapshot)
        with closing(OpenGLRenderer(_SIZE, device)) as theirs:
            exact = draw(theirs, snapshot)
    except (moderngl.Error, MachineError, ValueError, KeyError) as error:
        _log.info("compute shaders do not draw here: %s", error)
        return False
    apart = np.abs(mine.i420.astype(np.int64) - exact.i420)
    mean, far = float(np.mean(apart)), float(np.mean(apart > _FAR_STEPS))
    alike = mean < _MEAN_STEPS and far < _FAR_SHARE
    _log.info("compute shaders against the rasteriser: mean %.3f, %.4f far apart", mean, far)
    return alike


def _fingerprint(context: moderngl.Context) -> str:
    """Of the driver, and of everything that decides what is drawn."""
    digest = hashlib.sha256()
    for name in ("GL_VENDOR", "GL_RENDERER", "GL_VERSION"):
        digest.update(str(context.info[name]).encode())
    sources = [*resource_dir("shaders").iterdir(), *Path(__file__).parent.glob("*.py")]
    for source in sorted(sources):
        digest.update(source.name.encode() + source.read_bytes())
    return digest.hexdigest()[:16]


def _snapshot() -> Snapshot:
    """Two people near enough that no mesh is drawn more coarsely."""
    rng = np.random.default_rng(7)
    figures = []
    for side, solid, palette in ((-0.55, True, PALETTES[0]), (0.55, False, PALETTES[1])):
        turned = rng.normal(scale=0.3, size=(JOINT_COUNT, 3))
        place = np.array([side, 1.0, 0.0])
        figures.append(Figure(_shards(rng, solid), _turns(turned), place, palette))
    camera = Camera((0.2, 1.4, 2.6), (0.0, 0.9, 0.0), math.radians(45))
    return Snapshot(0.0, tuple(figures), camera, STUDIO_LIGHT, STUDIO_BACKDROP)


def _turns(vectors: NDArray[np.float64]) -> NDArray[np.float64]:
    """Rotation matrices of rotation vectors (Rodrigues)."""
    angle = np.linalg.norm(vectors, axis=1)[:, None, None]
    axis = vectors / angle[:, :, 0]
    cross = np.zeros((len(vectors), 3, 3))
    cross[:, 0, 1], cross[:, 0, 2], cross[:, 1, 2] = -axis[:, 2], axis[:, 1], -axis[:, 0]
    cross -= cross.swapaxes(1, 2)
    return np.asarray(np.eye(3) + np.sin(angle) * cross + (1 - np.cos(angle)) * cross @ cross)


def _shards(rng: np.random.Generator, solid: bool) -> ShapedBody:
    """A body of triangles that share no corner, which cannot be made coarser; each moves with three joints.

    solid: each is of one material; otherwise garments end within them.
    """
    count = 3 * _TRIANGLES
    middles = rng.normal(scale=(0.25, 0.5, 0.25), size=(_TRIANGLES, 1, 3))
    corners = (middles + rng.normal(scale=0.08, size=(_TRIANGLES, 3, 3))).reshape(count, 3)
    weights = np.zeros((count, JOINT_COUNT))
    for row in weights:
        row[rng.choice(JOINT_COUNT, 3, replace=False)] = rng.dirichlet(np.ones(3))
    posedirs = rng.normal(scale=0.004, size=(count, 3, 9 * (JOINT_COUNT - 1)))
    posedirs[rng.random(count) < 0.5] = 0.0
    garments = rng.normal(scale=0.05, size=(count, 4))
    if solid:
        garments = np.repeat(np.where(garments[::3] > 0, 0.1, -0.1), 3, axis=0)
    regressor = rng.random((JOINT_COUNT, count))
    return shape_body(
        BodyModel(
            name="shards",
            v_template=corners,
            faces=np.arange(count, dtype=np.int32).reshape(-1, 3),
            shapedirs=np.zeros((count, 3, 1), dtype=np.float32),
            posedirs=PoseDirections.of(posedirs.astype(np.float32)),
            joint_regressor=JointRegressor.of(regressor / regressor.sum(axis=1, keepdims=True)),
            weights=weights,
            garments=garments.astype(np.float32),
        )
    )
