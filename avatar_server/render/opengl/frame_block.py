"""The uniform block `Frame` of `shaders/frame.glsl`: what all passes of one picture share."""

from __future__ import annotations

import math
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from avatar_server.render.contract import PictureSize
from avatar_server.render.opengl.framing import clip_from_world, picture_rays, view_axes
from avatar_server.render.opengl.shadow_geometry import FloorPatch, LightFrame
from avatar_server.scene.snapshot import Backdrop, Camera, Lighting, Snapshot

_VECTORS = 20

BYTE_COUNT = 4 * (2 * 16 + _VECTORS * 4)


def key_share(lighting: Lighting) -> float:
    """How much of the light on the open, level floor comes from the key, 0..1 (mean over the colours)."""
    key = float(np.mean(lighting.key_colour)) * max(lighting.key_direction[1], 0.0)
    fill = float(np.mean(lighting.fill_colour)) * max(lighting.fill_direction[1], 0.0)
    total = key + fill + float(np.mean(lighting.sky_colour))
    return key / total if total > 0 else 0.0


def pack_frame(
    snapshot: Snapshot, size: PictureSize, light: LightFrame, patch: FloorPatch, patch_cells: int
) -> bytes:
    """The block's bytes (std140): matrices by columns, then vectors of four."""
    packed = _still_part(snapshot.camera, snapshot.lighting, snapshot.backdrop, size).copy()
    packed[4:8] = light.clip_from_world.T
    vectors = packed[8:]
    vectors[4, 3] = light.depth_m
    vectors[5, :2] = (light.texel_m, 1 / light.texels)
    vectors[9] = (patch.x_m, patch.z_m, patch.columns, patch.rows)
    scale = 1 / (patch.cell_m * patch_cells)
    # Half a cell from the border filtering would take in cells that nobody has drawn.
    last = ((patch.columns - 0.5) / patch_cells, (patch.rows - 0.5) / patch_cells)
    vectors[10] = (scale, patch.cell_m, *last)
    return packed.tobytes()


@lru_cache(maxsize=8)
def _still_part(
    camera: Camera, lighting: Lighting, backdrop: Backdrop, size: PictureSize
) -> NDArray[np.float32]:
    """(28, 4), without what follows from where people are; not to be changed."""
    packed = np.zeros((8 + _VECTORS, 4), dtype=np.float32)
    packed[:4] = (clip_from_world(camera, size) * [[1.0], [-1.0], [1.0], [1.0]]).T
    vectors = packed[8:]
    vectors[0, :3] = camera.eye
    vectors[1:4, :3] = picture_rays(camera, size)
    vectors[4, :3] = lighting.key_direction
    vectors[6] = (*backdrop.floor, key_share(lighting))
    vectors[7] = (*backdrop.horizon, lighting.shadow)
    vectors[8, :3] = backdrop.zenith
    np.minimum(vectors[6:9, :3], 1.0, out=vectors[6:9, :3])
    vectors[11:14, :3] = view_axes(camera)
    vectors[11, 3] = 2 * math.tan(camera.vertical_fov_rad / 2) / size.height
    vectors[14, :3] = lighting.key_colour
    vectors[15, :3] = lighting.fill_direction
    vectors[16, :3] = lighting.fill_colour
    vectors[17, :3] = lighting.sky_colour
    vectors[18, :3] = lighting.ground_colour
    vectors[19, :3] = lighting.rim_colour
    packed.flags.writeable = False
    return packed
