"""The commands as people and scripts call them do what they say."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import av
import numpy as np
import pytest
from numpy.typing import NDArray

from avatar_server.cli import main
from avatar_server.scene.cameras import CAMERAS
from avatar_server.scene.staging import STAGINGS
from avatar_server.testing.synthetic_interaction import SyntheticInteraction, synthesize

TINY = ("--size", "96x54", "--fps", "5")


@pytest.fixture(scope="module")
def flashing(tmp_path_factory: pytest.TempPathFactory) -> SyntheticInteraction:
    """People who stand still and silent but for arms thrown up, and clicks, at known times."""
    return synthesize(tmp_path_factory.mktemp("flashing"), seconds=5.0, quirks=("flash-and-click",))


@pytest.fixture
def nowhere(tmp_path: Path) -> Iterator[Path]:
    """A folder that has to be empty in the end."""
    folder = tmp_path / "out"
    folder.mkdir()
    yield folder
    assert list(folder.iterdir()) == []


def run_command(*arguments: str, **options: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run(  # type: ignore[call-overload, no-any-return]
        [sys.executable, "-m", "avatar_server", *arguments],
        capture_output=True,
        text=True,
        check=False,
        **options,
    )


@pytest.mark.opengl
@pytest.mark.parametrize(
    ("quirk", "said"), [("missing-partner", "the partner's recording is missing"), ("empty-wav", "silence")]
)
def test_what_is_missing_is_said_and_the_rest_is_played(
    quirk: str, said: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    made = synthesize(tmp_path / "data", seconds=2.0, quirks=(quirk,))
    target = tmp_path / "o.mp4"
    status = main(["render", str(made.key), "-o", str(target), "--data", str(made.data_dir), *TINY])
    assert status == 0
    printed = capsys.readouterr()
    assert said in printed.err
    assert all(line.startswith("avatar-server: note: ") for line in printed.err.splitlines())
    assert printed.out.startswith(
        f"wrote {target}: 2.00 s, 10 pictures of 96x54 at 5 a second; drawn by OpenGL"
    )
    with av.open(str(target)) as container:
        assert sum(1 for _ in container.decode(video=0)) == 10


def arms_up(path: Path) -> NDArray[np.float64]:
    """(pictures, 2): time, and how far the picture differs from the first one, 0..1."""
    rows: list[tuple[float, float]] = []
    with av.open(str(path)) as container:
        first: NDArray[np.int16] | None = None
        for frame in container.decode(video=0):
            assert frame.time is not None
            luma = frame.to_ndarray()[: frame.height, : frame.width].astype(np.int16)
            first = luma if first is None else first
            rows.append((frame.time, float(np.minimum(np.abs(luma - first), 24).sum())))
    found = np.array(rows)
    found[:, 1] /= found[:, 1].max()
    return found


def click_s(path: Path) -> NDArray[np.float64]:
    with av.open(str(path)) as container:
        sound = np.concatenate([frame.to_ndarray()[0] for frame in container.decode(audio=0)])
    loud = np.flatnonzero(np.abs(sound) > 0.5 * np.abs(sound).max())
    return np.asarray(loud[np.diff(loud, prepend=-48_000) > 24_000] / 48_000)


@pytest.mark.opengl
def test_flash_and_click_meet_in_the_file_that_people_get(
    flashing: SyntheticInteraction, tmp_path: Path
) -> None:
    """From recordings on disk through the whole command.

    The picture shows a flash as arms going up and, 0.5 s later, down. How much the picture changes with the
    angle is not known, but it is the same both ways, so the middle between rise and fall is 0.25 s after the
    flash, to far less than the time between pictures.
    """
    target = tmp_path / "flash.mp4"
    ran = run_command(
        "render", str(flashing.key), "-o", str(target), "--data", str(flashing.data_dir),
        "--size", "240x136", "--fps", "60", "--start", "0.5", "--end", "4.5",
    )  # fmt: skip
    assert ran.returncode == 0, ran.stderr
    assert "wrote" in ran.stdout
    curve = arms_up(target)
    assert len(curve) == 240
    above = curve[:, 1] > 0.5
    crossings = []
    for i in np.flatnonzero(above[1:] != above[:-1]):
        (early_s, early), (late_s, late) = curve[i], curve[i + 1]
        crossings.append(early_s + (0.5 - early) / (late - early) * (late_s - early_s))
    assert len(crossings) == 4
    flashes_s = np.array([(crossings[0] + crossings[1]) / 2, (crossings[2] + crossings[3]) / 2]) - 0.25
    clicks_s = click_s(target)
    np.testing.assert_allclose(clicks_s, np.array(flashing.flash_times_s) - 0.5, atol=0.002)
    np.testing.assert_allclose(flashes_s, clicks_s, atol=0.010)


@pytest.mark.opengl
def test_the_genea_preset_stands_people_side_by_side(flashing: SyntheticInteraction, tmp_path: Path) -> None:
    pictures = []
    for name, options in {
        "usual": ["--studio", "white"],
        "genea": ["--preset", "genea"],
        "genea-facing": ["--preset", "genea", "--staging", "face-to-face"],
    }.items():
        target = tmp_path / f"{name}.mp4"
        shared = ["--data", str(flashing.data_dir), "--end", "0.2", "--size", "160x90", "--fps", "5"]
        assert main(["render", str(flashing.key), "-o", str(target), *shared, *options]) == 0
        with av.open(str(target)) as container:
            frame = next(container.decode(video=0))
            pictures.append(frame.to_ndarray()[:90, :160].astype(float))
    usual, genea, genea_facing = pictures

    def differ(a: NDArray[np.float64], b: NDArray[np.float64]) -> float:
        return float((np.abs(a - b) > 20).mean())

    assert abs(float(np.median(genea)) - 235) < 2, "on white"
    # The presets differ in a few joints, the stagings in where everybody is.
    assert differ(genea_facing, usual) < differ(genea_facing, genea)
    assert differ(genea_facing, usual) < differ(usual, genea)


@pytest.mark.opengl
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_ending_it_leaves_nothing_behind(number: signal.Signals, nowhere: Path) -> None:
    process = subprocess.Popen(
        [
            sys.executable,
            "-m",
            "avatar_server",
            "render",
            "demo",
            "-o",
            f"{nowhere}/o.mp4",
            "--size",
            "640x360",
        ],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        while not list(nowhere.iterdir()):
            with pytest.raises(subprocess.TimeoutExpired):
                process.wait(0.01)
        process.send_signal(number)
        printed, complained = process.communicate(timeout=30)
    finally:
        process.kill()
    assert process.returncode == 128 + number
    assert printed == ""
    assert complained.splitlines()[-1] == f"avatar-server: ended by {number.name}"
    assert "Traceback" not in complained


def test_synthesize_and_inspect_work_together(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = tmp_path / "new" / "data"
    assert main(["synthesize", str(folder), "--seconds", "2.5", "--quirk", "rate-29.97", "empty-wav"]) == 0
    said = capsys.readouterr().out
    assert "V00_S0809_I00000582" in said
    assert str(folder) in said
    assert main(["inspect", "V00_S0809_I00000582", "--data", str(folder), "--json"]) == 0
    report = json.loads(capsys.readouterr().out)
    assert report["key"] == "V00_S0809_I00000582"
    assert [participant["sound"]["duration_s"] for participant in report["participants"]] == [2.5, 0.0]
    assert main(["inspect", "V00_S0809_I00000582", "--data", str(folder)]) == 0
    assert "V00_S0809_I00000582_P0947" in capsys.readouterr().out


def test_output_that_nobody_reads_is_no_traceback() -> None:
    with subprocess.Popen(
        [sys.executable, "-m", "avatar_server", "inspect", "demo", "--json"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.close()
        assert process.stderr.read() == ""
    assert process.returncode == 128 + signal.SIGPIPE


HEAVY = {"moderngl", "aiortc", "av", "scipy", "torch", "fastapi", "uvicorn", "skimage", "smplx", "pyrender"}


def test_help_is_light_and_names_what_there_is() -> None:
    program = (
        "import contextlib, sys\n"
        "from avatar_server.cli import main\n"
        "for command in ([], ['serve'], ['render'], ['inspect'], ['bench'], ['synthesize']):\n"
        "    with contextlib.suppress(SystemExit):\n"
        "        main([*command, '--help'])\n"
        "print(*sys.modules)\n"
    )
    ran = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True, env={"COLUMNS": "500"}
    )
    *help_lines, modules = ran.stdout.splitlines()
    assert not HEAVY & set(modules.split())
    text = " ".join(" ".join(help_lines).split())
    assert ", ".join(CAMERAS) in text
    assert ", ".join(STAGINGS) in text
    for option in (
        "host",
        "port",
        "data",
        "body",
        "size",
        "fps",
        "start",
        "end",
        "camera",
        "staging",
        "preset",
    ):
        assert f"--{option}" in text
