"""Which of the two renderers of OpenGL draws here."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import moderngl

from avatar_server.render.contract import PictureSize
from avatar_server.render.opengl.context import is_software, open_context
from avatar_server.render.opengl.quality import FINE, Quality
from avatar_server.render.opengl.renderer import OpenGLRenderer

if TYPE_CHECKING:
    from avatar_server.render.gpu.renderer import GpuRenderer

VARIABLE = "AVATAR_SERVER_COMPUTE"
"""With `1`, compute shaders draw where a GPU of NVIDIA does: they have been compared with the rasteriser on a
CPU only, and nobody has looked at what they do on a GPU yet.
"""


def open_opengl(
    size: PictureSize, device: int | None = None, on_cpu: Quality = FINE
) -> OpenGLRenderer | GpuRenderer:
    """The rasteriser; compute shaders where they are asked for by `VARIABLE`, a GPU of NVIDIA draws, and they
    draw the same. `MachineError` without OpenGL.

    device: as in `open_context`. on_cpu: how well people are drawn where the CPU does.
    """
    context = open_context(device)
    if os.environ.get(VARIABLE) == "1" and _is_nvidias(context):
        # Only who asks for them waits until they are read.
        from avatar_server.render.gpu.renderer import GpuRenderer, can_compute
        from avatar_server.render.gpu.trial import draws_alike

        if can_compute(context) and draws_alike(context, device):
            return GpuRenderer(size, device, context)
    return OpenGLRenderer(size, device, on_cpu, context=context)


def _is_nvidias(context: moderngl.Context) -> bool:
    """Drivers of others have not been thought of."""
    return not is_software(context) and "NVIDIA" in context.info["GL_VENDOR"]
