"""A command that cannot do its work says why in one line, and leaves nothing half-written."""

from __future__ import annotations

import resource
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from avatar_server.cli import main
from avatar_server.testing.synthetic_interaction import synthesize

TINY = ("--size", "96x54", "--fps", "5")


@pytest.fixture
def nowhere(tmp_path: Path) -> Iterator[Path]:
    """A folder that has to be empty in the end."""
    folder = tmp_path / "out"
    folder.mkdir()
    yield folder
    assert list(folder.iterdir()) == []


def complaint(capsys: pytest.CaptureFixture[str]) -> str:
    """The one line on standard error; nothing else was printed."""
    printed = capsys.readouterr()
    assert printed.out == ""
    lines = printed.err.splitlines()
    assert len(lines) == 1, printed.err
    assert lines[0].startswith("avatar-server: ")
    return lines[0]


def run_command(*arguments: str, **options: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run(  # type: ignore[call-overload, no-any-return]
        [sys.executable, "-m", "avatar_server", *arguments],
        capture_output=True,
        text=True,
        check=False,
        **options,
    )


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["render", "demo"], "required: -o"),
        (["render", "demo", "-o", "{out}/no/o.mp4"], "folder {out}/no does not exist"),
        (["render", "demo", "-o", "/proc/o.mp4"], "/proc is not writable"),
        (["render", "demo", "-o", "{out}"], "ends in .mp4"),
        (["render", "demo", "-o", "{out}/o.avi"], "ends in .mp4"),
        (["render", "demo", "-o", "{out}/o.mp4", "--size", "641x360"], "even width and height"),
        (["render", "demo", "-o", "{out}/o.mp4", "--size", "640x361"], "even width and height"),
        (["render", "demo", "-o", "{out}/o.mp4", "--size", "big"], "such as 1280x720"),
        (["render", "demo", "-o", "{out}/o.mp4", "--size", "-640x360"], "--size: expected one argument"),
        (["render", "demo", "-o", "{out}/o.mp4", "--size", "99998x2"], "16 to 8192"),
        (["render", "demo", "-o", "{out}/o.mp4", "--fps", "fast"], "29.97 or 30000/1001, got 'fast'"),
        (["render", "demo", "-o", "{out}/o.mp4", "--fps", "1/0"], "--fps"),
        (["render", "demo", "-o", "{out}/o.mp4", "--fps", "nan"], "--fps"),
        (["render", "demo", "-o", "{out}/o.mp4", "--fps", "0"], "1 to 240"),
        (["render", "demo", "-o", "{out}/o.mp4", "--start", "soon"], "--start: expected seconds, got 'soon'"),
        (["render", "demo", "-o", "{out}/o.mp4", "--start", "-1"], "--start: expected seconds from 0"),
        (["render", "demo", "-o", "{out}/o.mp4", "--start", "nan"], "--start: expected seconds from 0"),
        (["render", "demo", "-o", "{out}/o.mp4", "--start", "4", "--end", "4"], "more than --start"),
        (["render", "demo", "-o", "{out}/o.mp4", "--start", "31"], "lasts 30.00 s, got 31"),
        (["render", "demo", "-o", "{out}/o.mp4", "--end", "30.1"], "lasts 30.00 s, got 30.1"),
        (["render", "demo", "-o", "{out}/o.mp4", "--camera", "drone"], "two-shot, left, right, over-left"),
        (["render", "demo", "-o", "{out}/o.mp4", "--staging", "sofa"], "face-to-face, side-by-side"),
        (
            ["render", "demo", "-o", "{out}/o.mp4", "--studio", "transparent"],
            "--studio: an MP4 has no alpha; write a .mov",
        ),
        (["still", "demo", "-o", "{out}/o.png", "--studio", "noon"], "dark, white, transparent, got 'noon'"),
        (
            ["still", "demo", "-o", "{out}/o.png", "--studio", "transparent", "--renderer", "reference"],
            "--studio: the renderer reference always draws a background",
        ),
        (
            ["render", "demo", "-o", "{out}/o.mp4", "--colours", "mauve"],
            "--colours: expected a palette",
        ),
        (["render", "demo", "-o", "{out}/o.mp4", "--shape", "giant"], "--shape: expected average, woman"),
        (["render", "demo", "-o", "{out}/o.mp4", "--hair", "red"], "--hair: expected one of short, bob"),
        (
            ["publish", "demo", "--to", "http://127.0.0.1:1/", "--studio", "transparent"],
            "light, dark, white, got",
        ),
        (["render", "demo", "-o", "{out}/o.mp4", "--staging", ""], "side-by-side, got ''"),
        (["render", "demo", "-o", "{out}/o.mp4", "--body", ""], "--body: no file ''"),
        (["render", "demo", "-o", "{out}/o.mp4", "--data", ""], "--data: expected a folder, got ''"),
        (["render", "demo", "-o", "{out}/" + 300 * "o" + ".mp4"], "File name too long"),
        (["render", "demo", "-o", "{out}/o.mp4", "--preset", "best"], "natural, genea, got 'best'"),
        (["render", "demo", "-o", "{out}/o.mp4", "--renderer", "pencil"], "opengl, reference, got 'pencil'"),
        (
            ["render", "demo", "-o", "{out}/o.mp4", "--body", "{out}/none.npz"],
            "no file {out}/none.npz",
        ),
        (["render", "demo", "-o", "{out}/o.mp4", "--body", __file__], "test_cli_refusals.py: expected"),
        (["render", "demo", "-o", "{out}/o.mp4", "--data", "{out}/none", "--nonsense"], "--nonsense"),
        (["render", "demo", "-o", "{out}/o.mp4", "--siz", "640x360"], "--siz"),
        (
            ["render", "V00_S0001_I00000001", "-o", "{out}/o.mp4", "--data", "{out}", "--source", "local"],
            "V00_S0001_I00000001",
        ),
        (["render", "V00_S0001_I00000001", "-o", "{out}/o.mp4", "--data", "{out}/none"], "{out}/none"),
        (["render", "hello", "-o", "{out}/o.mp4", "--data", "{out}"], "'hello'"),
        (["inspect", "V00_S0001_I00000001", "--data", "{out}", "--source", "local"], "V00_S0001_I00000001"),
        (["inspect", "one"], "'one' is no file and no folder, and no name of a recording"),
        (["inspect", "{out}/one"], "'{out}/one' is no file and no folder"),
        (["inspect", "one.xyz,two"], "'one.xyz' is no file"),
        (["inspect", "demo", "--data", "~no.body/data"], "--data: expected a folder, got '~no.body/data'"),
        (["inspect", "~no.body/left,right"], "no home folder for ~no.body (no such account)"),
        (["render", "demo", "-o", "~no.body/o.mp4"], "-o: ~no.body/o.mp4: there is no home folder"),
        (["serve", "--data", "~no.body/data"], "--data: expected a folder, got '~no.body/data'"),
        (["serve", "--settings", "~no.body/settings.toml"], "--settings: ~no.body/settings.toml"),
        (["inspect"], "INTERACTION"),
        (["serve", "--port", "http"], "--port: expected 0 to 65535, got 'http'"),
        (["serve", "--port", "70000"], "--port"),
        (["serve", "hello", "--port", "0"], "'hello'"),
        (["bench", "--seconds", "0"], "--seconds"),
        (["bench", "--size", "7x7"], "even"),
        (["synthesize", "{out}/new", "--quirk", "sideways", "purple"], "purple"),
        (["synthesize", ""], "DIR: expected a folder, got ''"),
        (["synthesize", "{out}", "--seconds", "inf"], "--seconds"),
        (["synthesize", "/proc/none/here"], "/proc/none/here cannot be made"),
        ([], "required: COMMAND"),
        (["dance"], "dance"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_a_wrong_call_is_explained_in_one_line(
    arguments: list[str], said: str, nowhere: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([argument.format(out=nowhere) for argument in arguments]) == 2
    assert said.format(out=nowhere) in complaint(capsys)


@pytest.mark.parametrize(
    "quirk", ["zero-frames", "truncated-npz", "pickled-objects", "wrong-shapes", "all-invalid"]
)
def test_a_broken_recording_is_named(
    quirk: str, tmp_path: Path, nowhere: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    made = synthesize(tmp_path / "data", seconds=2.0, quirks=(quirk,))
    status = main(["render", str(made.key), "-o", f"{nowhere}/o.mp4", "--data", str(made.data_dir)])
    assert status == 2
    line = complaint(capsys)
    assert made.recordings[1].npz.name in line
    assert "expected" in line
    assert "found" in line


def test_a_broken_sound_is_named(tmp_path: Path, nowhere: Path, capsys: pytest.CaptureFixture[str]) -> None:
    made = synthesize(tmp_path / "data", seconds=2.0).recordings[0]
    for path in (made.npz, made.wav):
        (tmp_path / path.name).write_bytes(path.read_bytes() if path == made.npz else b"no sound at all")
    assert main(["render", str(tmp_path / made.npz.stem), "-o", f"{nowhere}/o.mp4"]) == 2
    assert f"{made.wav.name}: expected a sound file, but found" in complaint(capsys)


def test_a_full_disk_is_no_traceback(nowhere: Path, tmp_path: Path) -> None:
    """Files may not grow beyond 20 kB: not even the sound can be decoded."""
    made = synthesize(tmp_path / "data", seconds=2.0)
    ran = run_command(
        "render", str(made.key), "-o", f"{nowhere}/o.mp4", "--data", str(made.data_dir), *TINY,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, 20_000)),
    )  # fmt: skip
    assert ran.returncode == 1
    assert len(ran.stderr.splitlines()) == 1
    assert "no room" in ran.stderr


def test_a_machine_without_egl_names_the_packages(nowhere: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("__EGL_VENDOR_LIBRARY_FILENAMES", "/none.json")
    ran = run_command("render", "demo", "-o", f"{nowhere}/o.mp4", *TINY)
    assert ran.returncode == 1
    assert len(ran.stderr.splitlines()) == 1, ran.stderr
    assert "libegl1" in ran.stderr


def test_a_port_that_is_taken_is_named() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        number = taken.getsockname()[1]
        ran = run_command("serve", "demo", "--port", str(number))
    assert ran.returncode == 1
    assert len(ran.stderr.splitlines()) == 1, ran.stderr
    assert str(number) in ran.stderr


def test_the_module_runs_as_the_command_does() -> None:
    ran = run_command("render", "demo")
    assert ran.returncode == 2
    assert ran.stderr.startswith("avatar-server: ")
    assert ran.stdout == ""
