"""Pictures are counted that were drawn and read back, whichever process drew them."""

from __future__ import annotations

import pytest

from avatar_server.bench.throughput import measure_throughput
from avatar_server.errors import MachineError
from avatar_server.render.contract import PictureSize

pytestmark = pytest.mark.opengl


def test_two_processes_draw_both_ways() -> None:
    given, made = measure_throughput(PictureSize(64, 36), 2, 0.2)
    assert (given.given, made.given) == (True, False)
    for found in (given, made):
        assert found.renderer.startswith("OpenGL")
        assert found.processes == 2
        assert found.pictures_per_second > 1
        assert found.processor_ms > 0.1


def test_a_process_that_fails_is_told_of(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AVATAR_SERVER_EGL_DEVICE", "99")
    with pytest.raises(MachineError, match="a process that draws ended"):
        measure_throughput(PictureSize(64, 36), 1, 0.2)
