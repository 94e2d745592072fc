"""Drawing and encoding overlap, meet in time, and stop together."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
from numpy.typing import NDArray

from avatar_server.errors import MachineError, UsageError
from avatar_server.export import Progress, export
from avatar_server.render.contract import Picture, PictureSize
from avatar_server.scene.lighting import STUDIO_BACKDROP, STUDIO_LIGHT
from avatar_server.scene.snapshot import Camera, Snapshot
from avatar_server.segments.film import Film, picture_count

CAMERA = Camera((0.0, 1.0, 4.0), (0.0, 1.0, 0.0), 0.5)
SIZE = PictureSize(96, 64)
EVENT_S = (1.0, 2.5)
"""When the programme below flashes and clicks."""


class FlashingProgramme:
    """Silent and dark, but for 0.1 s from each of `EVENT_S` on."""

    tags: Mapping[str, str] = {"title": "flashes"}

    def snapshot_at(self, time_s: float, camera: Camera) -> Snapshot:
        return Snapshot(time_s, (), camera, STUDIO_LIGHT, STUDIO_BACKDROP)

    def sound_block(self, start_sample: int, count: int) -> NDArray[np.float32]:
        at = np.arange(start_sample, start_sample + count)
        loud = np.zeros(count, bool)
        for event_s in EVENT_S:
            loud |= (at >= event_s * 48_000) & (at < (event_s + 0.1) * 48_000)
        wave = np.where(loud, 0.5 * np.cos(at * 2 * np.pi * 1000 / 48_000), 0.0).astype(np.float32)
        return np.repeat(wave[:, np.newaxis], 2, axis=1)


class FlashingRenderer:
    """White while the programme flashes, dark otherwise; keeps what happened in which thread."""

    def __init__(self, capacity: int, size: PictureSize = SIZE) -> None:
        self._capacity, self._size = capacity, size
        self._waiting: list[float] = []
        self.threads: set[int] = set()
        self.deepest = 0
        self.drawn: list[float] = []

    @property
    def name(self) -> str:
        return "flashes"

    @property
    def size(self) -> PictureSize:
        return self._size

    @property
    def capacity(self) -> int:
        return self._capacity

    def prepare(self, snapshot: Snapshot) -> None:
        pytest.fail("exports need no picture in a hurry")

    def submit(self, snapshot: Snapshot, *, hasty: bool = False) -> None:
        self.threads.add(threading.get_ident())
        self._waiting.append(snapshot.time_s)
        self.deepest = max(self.deepest, len(self._waiting))
        self.drawn.append(snapshot.time_s)

    def collect(self) -> Picture:
        self.threads.add(threading.get_ident())
        time_s = self._waiting.pop(0)
        white = any(event <= time_s + 1e-9 < event + 0.1 for event in EVENT_S)
        i420 = np.full((self._size.height * 3 // 2, self._size.width), 128, np.uint8)
        i420[: self._size.height] = 235 if white else 16
        return Picture(self._size, i420)

    def silhouette(self, snapshot: Snapshot) -> NDArray[np.uint8]:
        return np.zeros((self._size.height, self._size.width), np.uint8)

    def depth(self, snapshot: Snapshot) -> NDArray[np.float32]:
        return np.zeros((self._size.height, self._size.width), np.float32)

    def close(self) -> None:
        self._waiting.clear()


def onsets_s(path: Path) -> tuple[list[float], list[float], int]:
    """Times at which pictures turn white and at which sound sets in, and the number of pictures."""
    white: list[tuple[float, bool]] = []
    pieces: list[NDArray[np.float32]] = []
    with av.open(str(path)) as container:
        for frame in container.decode(container.streams.video[0], container.streams.audio[0]):
            assert isinstance(frame, av.VideoFrame | av.AudioFrame)
            assert frame.time is not None
            if isinstance(frame, av.VideoFrame):
                white.append((frame.time, np.frombuffer(memoryview(frame.planes[0]), np.uint8).max() > 150))
            else:
                pieces.append(frame.to_ndarray()[0].astype(np.float32))
    before = [False, *(bright for _, bright in white)]
    flashes = [now for (now, bright), was in zip(white, before, strict=False) if bright and not was]
    loud = np.flatnonzero(np.abs(np.concatenate(pieces)) > 0.2)
    clicks = loud[np.diff(loud, prepend=-48_000) > 12_000] / 48_000
    return flashes, [float(click) for click in clicks], len(white)


@pytest.mark.parametrize(
    ("rate", "start_s", "capacity"), [("30", 0.0, 1), ("25", 0.5, 2), ("30000/1001", 0.8, 3), ("60", 0.25, 4)]
)
def test_sound_and_picture_meet_wherever_the_film_begins(
    tmp_path: Path, rate: str, start_s: float, capacity: int
) -> None:
    rate_hz = Fraction(rate)
    target = tmp_path / "out.mp4"
    renderer = FlashingRenderer(capacity)
    done: list[tuple[int, int]] = []
    exported = export(
        Film(FlashingProgramme(), (start_s, 3.3), rate_hz, CAMERA),
        renderer,
        target,
        progress=lambda progress: done.append((progress.pictures, progress.total)),
    )
    flashes, clicks, count = onsets_s(target)
    assert count == exported.picture_count == round((3.3 - start_s) * rate_hz)
    assert exported.duration_s == pytest.approx(3.3 - start_s, abs=float(1 / rate_hz))
    assert renderer.drawn == [start_s + float(i / rate_hz) for i in range(count)]
    assert renderer.deepest == capacity
    assert renderer.threads == {threading.get_ident()}
    assert done[-1] == (count, count)
    assert [first for first, _ in done] == sorted(first for first, _ in done)
    assert len(flashes) == len(clicks) == 2
    for flash, click, event_s in zip(flashes, clicks, EVENT_S, strict=True):
        assert click == pytest.approx(event_s - start_s, abs=0.002)
        # The first picture at or after the event shows it: it may be late by the time between two pictures.
        assert -1e-3 <= flash - click < float(1 / rate_hz)
    if rate in ("30", "60"):
        assert max(abs(flash - click) for flash, click in zip(flashes, clicks, strict=True)) < 0.010


def test_no_more_pictures_wait_than_must(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An encoder that takes its time makes the drawing wait; memory is bounded whatever the length."""
    from avatar_server.sinks.mp4 import Mp4File

    renderer = FlashingRenderer(2)
    honest = Mp4File.write_picture
    ahead: list[int] = []
    written = 0
    full = threading.Event()

    def write_late(self: Mp4File, picture: Picture) -> None:
        nonlocal written
        if written == 0:
            full.wait(5)  # Until the drawing thread has run as far ahead as it may.
        ahead.append(len(renderer.drawn) - written)
        written += 1
        honest(self, picture)

    def watch(progress: Progress) -> None:
        # Drawn, less one being encoded, less those under way: that many wait.
        if progress.pictures >= 4:
            full.set()

    monkeypatch.setattr(Mp4File, "write_picture", write_late)
    export(
        Film(FlashingProgramme(), (0, 3), Fraction(30), CAMERA),
        renderer,
        tmp_path / "out.mp4",
        progress=watch,
    )
    assert max(ahead) <= 8


def test_an_error_of_the_renderer_leaves_nothing(tmp_path: Path) -> None:
    class Failing(FlashingRenderer):
        def submit(self, snapshot: Snapshot, *, hasty: bool = False) -> None:
            if snapshot.time_s > 1:
                raise MachineError("the driver is gone")
            super().submit(snapshot, hasty=hasty)

    before = threading.active_count()
    with pytest.raises(MachineError, match="driver"):
        export(Film(FlashingProgramme(), (0, 3), Fraction(30), CAMERA), Failing(2), tmp_path / "out.mp4")
    assert list(tmp_path.iterdir()) == []
    assert threading.active_count() == before


def test_an_error_of_the_encoder_ends_the_drawing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from avatar_server.sinks.mp4 import Mp4File

    def fail(self: Mp4File, block: NDArray[np.float32]) -> None:
        raise MachineError("no room left")

    monkeypatch.setattr(Mp4File, "write_sound", fail)
    renderer = FlashingRenderer(1)
    before = threading.active_count()
    with pytest.raises(MachineError, match="no room left"):
        export(Film(FlashingProgramme(), (0, 100), Fraction(30), CAMERA), renderer, tmp_path / "out.mp4")
    assert len(renderer.drawn) < 100
    assert list(tmp_path.iterdir()) == []
    assert threading.active_count() == before


def test_an_interruption_leaves_nothing(tmp_path: Path) -> None:
    target = tmp_path / "out.mp4"
    target.write_bytes(b"older")

    def interrupt(progress: Progress) -> None:
        if progress.pictures == 40:
            raise KeyboardInterrupt

    before = threading.active_count()
    with pytest.raises(KeyboardInterrupt):
        export(
            Film(FlashingProgramme(), (0, 3), Fraction(30), CAMERA),
            FlashingRenderer(2),
            target,
            progress=interrupt,
        )
    assert [path.name for path in tmp_path.iterdir()] == ["out.mp4"]
    assert target.read_bytes() == b"older"
    assert threading.active_count() == before


def test_counts_of_pictures() -> None:
    assert picture_count((0.0, 1.0), Fraction(30)) == 30
    assert picture_count((1.0, 4.0), Fraction(30000, 1001)) == 90
    assert picture_count((0.0, 0.001), Fraction(30)) == 1
    with pytest.raises(UsageError):
        picture_count((2.0, 2.0), Fraction(30))
    with pytest.raises(UsageError):
        picture_count((-1.0, 2.0), Fraction(30))
