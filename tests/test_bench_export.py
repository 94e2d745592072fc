"""What is measured of exports is what was done; how fast it is, is not tested."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import av
import pytest

from avatar_server.bench.case import Measured
from avatar_server.bench.export_report import ExportReport
from avatar_server.bench.film_run import FilmRun, measure_film
from avatar_server.bench.profile_export import STEPS, profile_export
from avatar_server.bench.report import Machine
from avatar_server.bench.scale import ScaleReport
from avatar_server.render.contract import PictureSize

MACHINE = Machine("Some Processor", 2, "Linux", 0.1)


def run(pictures_per_second: float, processor_ms: float, jobs: int = 2, peak_mib: float = 500.0) -> FilmRun:
    wall_s = 600 / pictures_per_second
    return FilmRun(jobs, 20.0, 600, wall_s, 0.6 * processor_ms, peak_mib)


def measured(pictures_per_second: float, processor_ms: float) -> Measured:
    return Measured(
        "r", 60, 60 / pictures_per_second, pictures_per_second, 0, 0, 0, 0, 0, 900.0, processor_ms
    )


def test_ratios_by_hand() -> None:
    report = ExportReport(
        MACHINE,
        (1280, 720),
        run(60.0, 30.0),
        (measured(100.0, 5.0), measured(140.0, 5.0)),
        measured(4.0, 300.0),
        run(20.0, 90.0),
        None,
        "needs the package smplx",
        {"bodies": 10.0, "picture": 5.5},
    )
    assert report.ratios() == {
        "to_real_time": pytest.approx(2.0),
        "to_encoder": pytest.approx(0.25),
        "to_reference": pytest.approx(15.0),
        "processor_to_reference": pytest.approx(10.0),
        "to_genea": None,
        "processor_to_genea": None,
    }
    text = report.as_text()
    for told in (
        "2.00 times real time",
        "25% of",
        "15.0 times the reference",
        "smplx",
        "15.50 ms of processor",
    ):
        assert told in text
    assert json.loads(json.dumps(report.as_json()))["ours"]["jobs"] == 2


def test_growth_by_hand() -> None:
    runs = (run(30.0, 30.0, 1), run(55.0, 31.0, 2))
    report = ScaleReport(MACHINE, (1280, 720), runs, (run(1, 1, 2, 400.0), run(1, 1, 2, 412.5)))
    assert report.growth_mib == pytest.approx(12.5)
    assert "+12 MiB from 60 s to 600 s" in report.as_text()


@pytest.mark.opengl
def test_a_film_is_measured_with_all_its_processes() -> None:
    found = measure_film(PictureSize(96, 64), 3.0, 2, rate_hz="5")
    assert (found.pictures, found.jobs) == (15, 2)
    assert found.processor_s > 0.5
    # Two that draw, and one that joins: what they share is counted once.
    assert 150 < found.peak_memory_mib < 3000


@pytest.mark.opengl
def test_every_step_takes_time() -> None:
    costs = profile_export(PictureSize(160, 96), 24)
    assert tuple(costs) == STEPS
    assert min(costs.values()) > 0


@pytest.mark.opengl
def test_the_other_loop_writes_a_film_of_both(tmp_path: Path) -> None:
    """In a process of its own: pyrender ends OpenGL for everybody."""
    program = """if True:
        import sys
        from fractions import Fraction
        from pathlib import Path
        from avatar_server.assembly import DEMO, open_interaction, open_performance
        from avatar_server.bench.genea_loop import export_as_genea
        from avatar_server.motion.presets import GENEA
        from avatar_server.render.contract import PictureSize
        from avatar_server.segments.film import Film
        target = Path(sys.argv[1])
        shown = open_performance(
            open_interaction(DEMO, target.parent), body=None, preset=GENEA, staging="side-by-side"
        )
        film = Film(shown, (1.0, 1.5), Fraction(6), shown.camera("two-shot", 3.0))
        assert export_as_genea(film, PictureSize(192, 64), target).drawing_s > 0
    """
    target = tmp_path / "out.mp4"
    subprocess.run([sys.executable, "-c", program, str(target)], check=True)
    with av.open(str(target)) as container:
        frames = [frame.to_ndarray(format="rgb24") for frame in container.decode(video=0)]
        assert len(container.streams.audio) == 1
    assert len(frames) == 3
    # Two people before white, one on each side.
    for half in (frames[0][:, :96], frames[0][:, 96:]):
        assert 0.01 < (half.min(axis=2) < 230).mean() < 0.6
