"""The benchmark measures what it says; how fast it is, is not tested."""

from __future__ import annotations

import dataclasses
import json
import math
from pathlib import Path

import av
import pytest

from avatar_server.assembly import open_interaction
from avatar_server.bench.case import Case, Measured
from avatar_server.bench.live import measure_live
from avatar_server.bench.material import write_long_interaction
from avatar_server.bench.report import BenchReport, Machine, Memory, measure_in_own_process, measure_memory
from avatar_server.errors import MachineError


def measured(renderer: str, pictures_per_second: float) -> Measured:
    return Measured(
        renderer, 300, 300 / pictures_per_second, pictures_per_second, 1.0, 9.0, 2.0, 0.5, 6.0, 250.0
    )


REPORT = BenchReport(
    machine=Machine("Some Processor", 2, "Linux", 0.1),
    size=(1280, 720),
    opengl=measured("OpenGL 4.5, somewhere", 60.0),
    encoder=measured("none: drawn beforehand", 150.0),
    reference=measured("pyrender", 10.0),
    reference_missing="",
    memory=Memory(20.0, 600.0, 300.0, 330.0),
    live=None,
    live_missing="needs a browser",
)


def test_ratios_by_hand() -> None:
    report = REPORT.as_json()
    assert report["ratios"] == {
        "opengl_to_reference": pytest.approx(6.0),
        "opengl_to_encoder": pytest.approx(0.4),
        "memory_long_to_short": pytest.approx(1.1),
    }
    assert json.loads(json.dumps(report))["opengl"]["pictures_per_second"] == 60.0


def test_the_table_is_aligned_and_says_what_is_missing() -> None:
    lines = REPORT.as_text().splitlines()
    table = [line for line in lines if "|" in line]
    assert len(table) == 4
    assert {tuple(i for i, letter in enumerate(line) if letter == "|") for line in table} == {
        tuple(i for i, letter in enumerate(table[0]) if letter == "|")
    }
    assert "6.0 times the reference renderer" in lines
    assert "40% of the encoder's limit" in lines
    assert "live: not measured, needs a browser" in lines
    without = dataclasses.replace(REPORT, reference=None, reference_missing="needs the package smplx")
    assert without.to_reference is None
    assert "needs the package smplx" in without.as_text()
    assert without.as_json()["ratios"]["opengl_to_reference"] is None


@pytest.mark.opengl
def test_each_case_runs_in_a_process_of_its_own() -> None:
    drawn = measure_in_own_process(Case("opengl", 64, 36, 1.0, rate_hz="5"))
    encoded = measure_in_own_process(Case("encoder", 64, 36, 4.0, rate_hz="5"))
    assert (drawn.picture_count, encoded.picture_count) == (5, 20)
    assert drawn.renderer.startswith("OpenGL")
    assert drawn.pictures_per_second == pytest.approx(5 / drawn.seconds)
    # The parts of the drawing thread add up to no more than the whole, and to most of it.
    parts_ms = drawn.motion_ms + drawn.submit_ms + drawn.readback_ms + drawn.wait_ms
    assert 0.5 * 1000 * drawn.seconds / 5 < parts_ms <= 1000 * drawn.seconds / 5
    assert encoded.submit_ms == 0
    assert 50 < drawn.peak_memory_mib < 4000


@pytest.mark.browser
@pytest.mark.opengl
def test_the_live_stage_is_watched_in_a_browser() -> None:
    live = measure_live(1.0, openings=2, changes=2, drags=2, with_lip_sync=False)
    assert 0 < live.shown_per_second < 40
    assert 0 < live.alone_per_second < 40
    # Every change was seen: what is never seen counts as infinitely late.
    assert math.isfinite(live.seek_ms)
    assert math.isfinite(live.camera_ms)
    assert 0 < live.drag_ms < 5000
    assert 0 < live.join_ms / 1000 < live.first_picture_s
    assert live.first_picture_s > 0
    assert min(live.server_cores, live.stage_cores, live.browser_cores) > 0
    assert "pictures a second shown" in live.as_text()


def test_without_a_browser_the_live_stage_is_not_measured(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CHROMIUM", "/none")
    with pytest.raises(MachineError, match="chromium"):
        measure_live(1.0)


def test_a_case_that_cannot_run_says_why(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("__EGL_VENDOR_LIBRARY_FILENAMES", "/none.json")
    with pytest.raises(MachineError, match="libegl1"):
        measure_in_own_process(Case("opengl", 64, 36, 1.0))


def test_long_material_repeats_the_demo(tmp_path: Path) -> None:
    key = write_long_interaction(tmp_path, 70.0)
    interaction = open_interaction(key, tmp_path)
    from avatar_server.dataset.interaction import Interaction
    from avatar_server.inspection import inspect_interaction

    assert isinstance(interaction, Interaction)
    assert len(interaction.recordings) == 2
    report = inspect_interaction(interaction)
    assert report.duration_s == pytest.approx(70.0)
    for participant in report.participants:
        assert participant.motion is not None
        assert participant.motion.frame_count == 2100
    wav = interaction.recordings[0].wav
    assert wav is not None
    with av.open(str(wav)) as container:
        assert sum(frame.samples for frame in container.decode(audio=0)) == 70 * 48_000


@pytest.mark.opengl
@pytest.mark.timeout(300)
def test_ten_minutes_take_hardly_more_memory_than_twenty_seconds() -> None:
    memory = measure_memory(lambda sentence: None, rate_hz="1/4")
    assert (memory.short_s, memory.long_s) == (20, 600)
    assert memory.ratio <= 1.2
