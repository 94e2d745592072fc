"""The uniform block `Frame` of `shaders/frame.glsl`: what all passes of one picture share."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from avatar_server.render.contract import PictureSize
from avatar_server.render.opengl.framing import FloorPatch, LightFrame, picture_rays
from avatar_server.scene.snapshot import Lighting, Snapshot

BYTE_COUNT = 4 * (2 * 16 + 15 * 4)


def key_share(lighting: Lighting) -> float:
    """How much of the light on the open, level floor comes from the key, 0..1 (mean over the colours)."""
    key = float(np.mean(lighting.key_colour)) * max(lighting.key_direction[1], 0.0)
    fill = float(np.mean(lighting.fill_colour)) * max(lighting.fill_direction[1], 0.0)
    total = key + fill + float(np.mean(lighting.sky_colour))
    return key / total if total > 0 else 0.0


def pack_frame(
    snapshot: Snapshot, size: PictureSize, light: LightFrame, patch: FloorPatch, patch_texels: int
) -> bytes:
    """The block's bytes (std140): matrices by columns, then fifteen vectors of four."""
    camera, lighting, backdrop = snapshot.camera, snapshot.lighting, snapshot.backdrop
    clip_from_world = camera.projection_matrix(size.width / size.height) @ camera.view_matrix()
    vectors: NDArray[np.float32] = np.zeros((15, 4), dtype=np.float32)
    vectors[0, :3] = camera.eye
    vectors[1:4, :3] = picture_rays(camera, size)
    vectors[4] = (*lighting.key_direction, light.depth_m)
    vectors[5] = (*lighting.key_colour, light.texel_m)
    vectors[6, :3] = lighting.fill_direction
    vectors[7, :3] = lighting.fill_colour
    vectors[8, :3] = lighting.sky_colour
    vectors[9, :3] = lighting.ground_colour
    vectors[10] = (*backdrop.floor, key_share(lighting))
    vectors[11, :3] = backdrop.horizon
    vectors[12, :3] = backdrop.zenith
    width_m = patch.cell_m * patch_texels
    vectors[13] = (patch.x_m, patch.z_m, 1 / width_m, 1 / width_m)
    vectors[14, :3] = (patch.columns, patch.rows, patch.cell_m)
    matrices = [clip_from_world.T, light.clip_from_world.T]
    return b"".join(
        [*(np.ascontiguousarray(m, dtype=np.float32).tobytes() for m in matrices), vectors.tobytes()]
    )
