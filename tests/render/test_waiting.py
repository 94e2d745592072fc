"""Who waits for a picture does not keep the interpreter from others."""

from __future__ import annotations

import sys
import threading
from collections.abc import Iterator
from types import SimpleNamespace

import moderngl
import pytest

from avatar_server.render.opengl.context import is_software, open_context
from avatar_server.render.opengl.waiting import waiter

pytestmark = pytest.mark.opengl

CORNERS = """#version 430
void main() { gl_Position = vec4(vec2(gl_VertexID & 1, gl_VertexID >> 1) * 4.0 - 1.0, 0.0, 1.0); }
"""
HARD_WORK = """#version 430
out float value;
void main() {
    value = gl_FragCoord.x;
    for (int i = 0; i < 500; i++) value = sin(value + gl_FragCoord.y);
}
"""


@pytest.fixture
def context() -> Iterator[moderngl.Context]:
    context = open_context()
    yield context
    context.release()


def test_others_go_on_while_a_cpu_draws(context: moderngl.Context) -> None:
    if not is_software(context):
        pytest.skip("a GPU draws here, and nobody waits for it")
    program = context.program(vertex_shader=CORNERS, fragment_shader=HARD_WORK)
    target = context.framebuffer([context.texture((1024, 1024), 1, dtype="f4")])
    wait = waiter(context)
    target.use()
    # From now on no thread is interrupted: another one runs when this one lets it.
    usual_s = sys.getswitchinterval()
    ran, draws = threading.Event(), threading.Event()

    def run() -> None:
        draws.wait()
        ran.set()

    other = threading.Thread(target=run)
    other.start()
    sys.setswitchinterval(60)
    try:
        context.vertex_array(program, []).render(vertices=3)
        draws.set()
        assert not ran.is_set(), "this thread has the interpreter"
        wait()
        assert ran.is_set()
    finally:
        sys.setswitchinterval(usual_s)
        other.join()


def test_a_gpu_is_not_waited_for() -> None:
    waiter(SimpleNamespace(info={"GL_RENDERER": "NVIDIA H100"}))()  # type: ignore[arg-type]
