"""Which of the two renderers of OpenGL draws here."""

from __future__ import annotations

from avatar_server.render.contract import PictureSize
from avatar_server.render.gpu.renderer import GpuRenderer, can_compute
from avatar_server.render.opengl.context import is_software, open_context
from avatar_server.render.opengl.renderer import FINE, OpenGLRenderer, Quality


def open_opengl(
    size: PictureSize, device: int | None = None, on_cpu: Quality = FINE
) -> OpenGLRenderer | GpuRenderer:
    """Compute shaders where a GPU draws, the rasteriser where the CPU does; `MachineError` without OpenGL 4.3.

    device: as in `open_context`. on_cpu: how well people are drawn where the CPU does.
    """
    context = open_context(device)
    if is_software(context) or not can_compute(context):
        return OpenGLRenderer(size, device, on_cpu, context=context)
    return GpuRenderer(size, device, context)
