"""The way the GENEA Challenge 2026 renders its stimuli, as its description has it, to be compared with.

For each picture smplx computes both people in torch, a pyrender scene is put together anew and drawn off
screen, and the picture is kept. When all are there they are encoded (RGB, libx264's usual preset), and then
the sound. So memory grows with length: 20 s at 3072x1024 are 5.7 GB.
"""

from __future__ import annotations

import os
import time
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
from numpy.typing import NDArray

from avatar_server.encode.aac import AacEncoder
from avatar_server.render.contract import PictureSize
from avatar_server.render.reference_body import SmplxBody
from avatar_server.segments.film import Film

SIZE = PictureSize(3072, 1024)
"""What that tool renders."""

_SKIN = (0.7, 0.7, 0.75, 1.0)


@dataclass(frozen=True, slots=True)
class LoopTimes:
    """Seconds: drawing all, and encoding all."""

    drawing_s: float
    encoding_s: float


def export_as_genea(film: Film, size: PictureSize, target: Path) -> LoopTimes:
    """Write `film` that way; ModuleNotFoundError without pyrender, smplx and torch."""
    os.environ.setdefault("PYOPENGL_PLATFORM", "egl")
    import pyrender

    begun = time.perf_counter()
    offscreen = pyrender.OffscreenRenderer(size.width, size.height)
    bodies: dict[int, SmplxBody] = {}
    kept = [_picture(pyrender, offscreen, bodies, film, index) for index in range(film.picture_count)]
    drawn = time.perf_counter()
    with av.open(str(target), "w") as container:
        stream = container.add_stream("libx264", rate=Fraction(film.rate_hz))
        stream.width, stream.height, stream.pix_fmt = size.width, size.height, "yuv420p"
        sound = AacEncoder(container)
        for rgb in kept:
            container.mux(stream.encode(av.VideoFrame.from_ndarray(rgb, format="rgb24")))
        container.mux(stream.encode(None))
        container.mux(sound.encode(film.sound(0, film.picture_count)))
        container.mux(sound.finish())
    return LoopTimes(drawn - begun, time.perf_counter() - drawn)


def _picture(
    pyrender: Any, offscreen: Any, bodies: dict[int, SmplxBody], film: Film, index: int
) -> NDArray[np.uint8]:
    import trimesh

    snapshot = film.snapshot(index)
    scene = pyrender.Scene(bg_color=(1.0, 1.0, 1.0, 1.0), ambient_light=(0.3, 0.3, 0.3))
    for figure in snapshot.figures:
        if id(figure.body) not in bodies:
            bodies[id(figure.body)] = SmplxBody(figure.body)
        body = bodies[id(figure.body)]
        vertices = body.vertices(figure.rotations[None], figure.translation[None])[0]
        mesh = trimesh.Trimesh(vertices, figure.body.model.faces, process=False)
        paint = pyrender.MetallicRoughnessMaterial(baseColorFactor=_SKIN, metallicFactor=0.0)
        scene.add(pyrender.Mesh.from_trimesh(mesh, material=paint, smooth=True))
    pose = np.linalg.inv(snapshot.camera.view_matrix())
    aspect = offscreen.viewport_width / offscreen.viewport_height
    scene.add(
        pyrender.PerspectiveCamera(yfov=snapshot.camera.vertical_fov_rad, aspectRatio=aspect), pose=pose
    )
    scene.add(pyrender.DirectionalLight(intensity=3.0), pose=pose)
    rgb, _ = offscreen.render(scene)
    return np.asarray(rgb)
