"""An MP4 is whole or not there, and in it sound and picture meet."""

from __future__ import annotations

import errno
import os
import resource
import subprocess
import sys
import textwrap
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
from numpy.typing import NDArray

from avatar_server.errors import MachineError
from avatar_server.render.contract import Picture, PictureSize
from avatar_server.sinks.exact_file import ExactFile
from avatar_server.sinks.mp4 import Mp4File

SIZE = PictureSize(160, 90 // 2 * 2)
RATE_HZ = 48_000


def grey(y: int) -> Picture:
    i420 = np.full((SIZE.height * 3 // 2, SIZE.width), 128, np.uint8)
    i420[: SIZE.height] = y
    return Picture(SIZE, i420)


def noise(rng: np.random.Generator) -> Picture:
    return Picture(SIZE, rng.integers(16, 236, (SIZE.height * 3 // 2, SIZE.width), dtype=np.uint8))


def write(target: Path, rate_hz: Fraction, seconds: float, flashes_s: list[float]) -> None:
    """Dark pictures in silence; a white picture and a burst of noise at each of `flashes_s`."""
    rng = np.random.default_rng(0)
    count = round(seconds * rate_hz)
    sound = np.zeros((round(count / rate_hz * RATE_HZ), 2), np.float32)
    flashing = {round(flash * rate_hz) for flash in flashes_s}
    for index in flashing:
        start = round(index / rate_hz * RATE_HZ)
        sound[start : start + 480] = 0.5 * rng.choice([-1, 1], (480, 1))
    written = 0
    with Mp4File(target, SIZE, rate_hz) as file:
        for index in range(count):
            file.write_picture(grey(235 if index in flashing else 16))
            upto = round((index + 1) / rate_hz * RATE_HZ)
            file.write_sound(sound[written:upto])
            written = upto


def decoded(path: Path) -> tuple[list[float], NDArray[np.float32], float]:
    """Times of the white pictures, left channel, and the time of its first sample, as a player sees them."""
    white: list[float] = []
    pieces: list[NDArray[np.float32]] = []
    first_s = 0.0
    with av.open(str(path)) as container:
        for frame in container.decode(container.streams.video[0], container.streams.audio[0]):
            assert isinstance(frame, av.VideoFrame | av.AudioFrame)
            assert frame.time is not None
            if isinstance(frame, av.VideoFrame):
                if np.frombuffer(memoryview(frame.planes[0]), np.uint8).max() > 180:
                    white.append(frame.time)
            else:
                first_s = frame.time if not pieces else first_s
                pieces.append(frame.to_ndarray()[0].astype(np.float32))
    return white, np.concatenate(pieces), first_s


@pytest.mark.parametrize("rate", ["30", "25", "30000/1001"])
def test_flash_and_click_meet(tmp_path: Path, rate: str) -> None:
    target = tmp_path / "out.mp4"
    write(target, Fraction(rate), 4.0, [0.0, 0.9, 2.3, 3.9])
    white, sound, first_s = decoded(target)
    loud = np.flatnonzero(np.abs(sound) > 0.25)
    clicks = loud[np.diff(loud, prepend=-10_000) > 5_000] / RATE_HZ + first_s
    assert len(white) == 4
    assert np.abs(np.array(white) - clicks).max() < 0.010


def test_the_index_comes_first_and_the_length_is_right(tmp_path: Path) -> None:
    target = tmp_path / "out.mp4"
    write(target, Fraction(30000, 1001), 3.3, [1.0])
    content = target.read_bytes()
    assert 0 < content.index(b"moov") < content.index(b"mdat")
    expected_s = 99 * 1001 / 30000
    with av.open(str(target)) as container:
        video, audio = container.streams.video[0], container.streams.audio[0]
        assert video.frames == 99
        for stream in (video, audio):
            assert stream.duration is not None
            assert stream.time_base is not None
            # Stored in milliseconds.
            assert float(stream.duration * stream.time_base) == pytest.approx(expected_s, abs=0.001)
        assert audio.codec_context.name == "aac"
        assert (audio.rate, audio.channels) == (RATE_HZ, 2)
    assert [path.name for path in tmp_path.iterdir()] == ["out.mp4"]


def interrupted_in_the_midst(target: Path) -> None:
    with Mp4File(target, SIZE, Fraction(30)) as file:
        for _ in range(40):
            file.write_picture(grey(100))
            file.write_sound(np.zeros((1600, 2), np.float32))
        assert len(list(target.parent.iterdir())) == 2
        raise KeyboardInterrupt


def test_an_old_file_is_replaced_only_by_a_whole_one(tmp_path: Path) -> None:
    target = tmp_path / "out.mp4"
    target.write_bytes(b"old")
    with pytest.raises(KeyboardInterrupt):
        interrupted_in_the_midst(target)
    assert target.read_bytes() == b"old"
    assert len(list(tmp_path.iterdir())) == 1
    write(target, Fraction(30), 0.2, [])
    assert target.read_bytes() != b"old"
    assert target.stat().st_mode & 0o777 == 0o666 & ~_umask()


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask


def write_noise(target: Path) -> None:
    rng = np.random.default_rng(1)
    with Mp4File(target, SIZE, Fraction(30)) as file:
        for _ in range(30):
            file.write_picture(noise(rng))
            file.write_sound(np.zeros((1600, 2), np.float32))


@pytest.mark.parametrize("room", [0, 20_000, 300_000, 500_000])
def test_a_full_disk_is_reported_and_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, room: int
) -> None:
    """The disk is full at the first byte, in the midst, and (last) while the index is moved to the front."""
    honest = ExactFile.write
    written = 0

    def write_while_there_is_room(self: ExactFile, data: bytes) -> int:
        nonlocal written
        written += len(data)
        if written > room:
            raise OSError(errno.ENOSPC, "No space left on device")
        return honest(self, data)

    monkeypatch.setattr(ExactFile, "write", write_while_there_is_room)
    with pytest.raises(MachineError, match=r"no room left for .*out\.mp4"):
        write_noise(tmp_path / "out.mp4")
    assert list(tmp_path.iterdir()) == []


def test_a_limit_on_the_size_of_files_is_like_a_full_disk(tmp_path: Path) -> None:
    """No pretence here: the kernel refuses."""
    script = """
        import sys
        from fractions import Fraction
        from pathlib import Path
        import numpy as np
        from avatar_server.errors import MachineError
        from avatar_server.render.contract import Picture, PictureSize
        from avatar_server.sinks.mp4 import Mp4File
        size, rng = PictureSize(320, 180), np.random.default_rng(0)
        try:
            with Mp4File(Path(sys.argv[1]), size, Fraction(30)) as file:
                for _ in range(30):
                    file.write_picture(Picture(size, rng.integers(16, 236, (270, 320), dtype=np.uint8)))
        except MachineError as error:
            print(error)
    """
    result = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(script), str(tmp_path / "out.mp4")],
        capture_output=True,
        text=True,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000)),
        check=False,
    )
    assert result.stderr == ""
    assert "no room left" in result.stdout
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(MachineError, match="cannot be written"):
        write_noise(tmp_path / "no" / "out.mp4")
