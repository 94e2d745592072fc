"""A performance becomes a file: drawn in the calling thread, encoded in another, both at once.

Whatever the length, at most a handful of pictures are in memory; a slow encoder makes the drawing wait.
"""

from __future__ import annotations

import queue
import threading
import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from types import TracebackType
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from avatar_server.dataset.caption_pages import CaptionPage, pages_within
from avatar_server.errors import UsageError
from avatar_server.export_tags import with_shots
from avatar_server.render.contract import Picture, PictureSize, Renderer
from avatar_server.scene.director import DirectedCamera
from avatar_server.scene.snapshot import Camera, Snapshot
from avatar_server.settings import SAMPLE_RATE_HZ
from avatar_server.sinks.mp4 import Mp4File

_WAITING_AT_MOST = 3
"""Pictures between drawing and encoding: enough to even out that some take longer."""

LaysOver = Callable[[Picture], None]
"""Draws something into a picture that is drawn."""


class Programme(Protocol):
    """What is exported; a `Performance` is one."""

    @property
    def tags(self) -> Mapping[str, str]:
        """What the file says about itself."""

    def snapshot_at(self, time_s: float, camera: Camera) -> Snapshot:
        """All that is visible at `time_s`."""

    def sound_block(self, start_sample: int, count: int) -> NDArray[np.float32]:
        """(count, 2) float32 from `start_sample` at 48 kHz."""


@dataclass(frozen=True, slots=True)
class Exported:
    """What was written, and how the time went.

    posing_s (making snapshots), submitting_s and collecting_s (pictures, to and from the renderer) and
    waiting_s (for the encoder) add up to nearly wall_s; encoding_s is another thread's and overlaps.
    """

    picture_count: int
    duration_s: float
    wall_s: float
    posing_s: float
    submitting_s: float
    collecting_s: float
    waiting_s: float
    encoding_s: float

    @property
    def pictures_per_second(self) -> float:
        """Over all: drawing, encoding and finishing the file."""
        return self.picture_count / self.wall_s


@dataclass(frozen=True, slots=True)
class Progress:
    """Pictures drawn so far, of all, and bytes of the file, which lag a little behind."""

    pictures: int
    total: int
    bytes: int


def picture_count(span_s: tuple[float, float], rate_hz: Fraction) -> int:
    """How many pictures show `span_s`, right within half a picture; UsageError if it is empty."""
    start_s, end_s = span_s
    if not end_s > start_s >= 0:
        raise UsageError(f"expected a span that ends after it starts, got {start_s:g} s to {end_s:g} s")
    return max(1, round((end_s - start_s) * rate_hz))


def export(
    programme: Programme,
    renderer: Renderer,
    target: Path,
    *,
    span_s: tuple[float, float],
    rate_hz: Fraction,
    camera: Camera | DirectedCamera,
    track: Sequence[CaptionPage] = (),
    burnt: Sequence[CaptionPage] = (),
    names: Callable[[Snapshot], LaysOver] | None = None,
    progress: Callable[[Progress], None] = lambda progress: None,
) -> Exported:
    """Write `span_s` (start, end) of `programme` to the MP4 file `target`.

    Picture i shows the instant start + i / rate and stands in the file from i / rate on, with the sound that
    belongs there. `renderer` stays open and is used in the calling thread only. track: captions that become a
    text track, burnt: those that are drawn into the pictures, on the programme's clock. names: draws them
    into the picture of a snapshot, under captions. Raises what the parts raise; then no file is left behind,
    and an older one under the same name is still there. A camera that is cut changes with the first picture
    at or after each cut; the file's description then lists the shots.
    """
    total = picture_count(span_s, rate_hz)
    begun = time.perf_counter()
    posing_s = submitting_s = collecting_s = 0.0
    first_sample = round(span_s[0] * SAMPLE_RATE_HZ)
    tags = programme.tags
    if isinstance(camera, DirectedCamera):
        tags = with_shots(tags, camera.cuts.within(span_s))
    with (
        Mp4File(target, renderer.size, rate_hz, tags, pages_within(track, span_s)) as file,
        _Encoding(file, programme, first_sample, rate_hz, _burning(burnt, span_s, renderer.size)) as encoding,
    ):
        collected = 0
        naming: deque[LaysOver] = deque()
        for submitted in range(1, total + 1):
            started = time.perf_counter()
            time_s = span_s[0] + float((submitted - 1) / rate_hz)
            seen = camera.at(time_s) if isinstance(camera, DirectedCamera) else camera
            snapshot = programme.snapshot_at(time_s, seen)
            posed = time.perf_counter()
            renderer.submit(snapshot)
            naming.append(_unnamed if names is None else names(snapshot))
            drawn = time.perf_counter()
            ready = []
            while submitted - collected >= renderer.capacity or (submitted == total and collected < total):
                ready.append(renderer.collect())
                collected += 1
            posing_s += posed - started
            submitting_s += drawn - posed
            collecting_s += time.perf_counter() - drawn
            for picture in ready:
                encoding.take(picture, naming.popleft())
            progress(Progress(collected, total, file.bytes_written))
    return Exported(
        picture_count=total,
        duration_s=float(total / rate_hz),
        wall_s=time.perf_counter() - begun,
        posing_s=posing_s,
        submitting_s=submitting_s,
        collecting_s=collecting_s,
        waiting_s=encoding.waiting_s,
        encoding_s=encoding.encoding_s,
    )


def _unnamed(picture: Picture) -> None:
    """Nobody's name is drawn."""


def _burning(
    pages: Sequence[CaptionPage], span_s: tuple[float, float], size: PictureSize
) -> Callable[[Picture, float], None]:
    """What draws the captions of `pages` into a picture at a time of the file."""
    if not pages:
        return lambda picture, time_s: None
    from avatar_server.render.burnt_captions import BurntCaptions

    return BurntCaptions(pages_within(pages, span_s), size).lay_over


class _Encoding:
    """The thread that encodes; leaving the block means that it has ended, well or not."""

    def __init__(
        self,
        file: Mp4File,
        programme: Programme,
        first_sample: int,
        rate_hz: Fraction,
        burn: Callable[[Picture, float], None],
    ) -> None:
        self._file = file
        self._burn = burn
        self._programme = programme
        self._first_sample = first_sample
        self._rate_hz = rate_hz
        self._pictures: queue.Queue[tuple[Picture, Callable[[Picture], None]] | None] = queue.Queue(
            _WAITING_AT_MOST
        )
        self._abandoned = False
        self._failure: BaseException | None = None
        # A signal may come when the thread runs and the block is not entered yet: nobody would end it then.
        self._thread = threading.Thread(target=self._run, name="encoding", daemon=True)
        self.waiting_s = 0.0
        self.encoding_s = 0.0

    def __enter__(self) -> _Encoding:
        self._thread.start()
        return self

    def take(self, picture: Picture, name: LaysOver) -> None:
        """Hand over the next picture; waits while too many are waiting. Raises what encoding raised."""
        started = time.perf_counter()
        self._pictures.put((picture, name))
        self.waiting_s += time.perf_counter() - started
        if self._failure is not None:
            raise self._failure

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._abandoned = kind is not None
        started = time.perf_counter()
        try:
            self._pictures.put(None)
            self._thread.join()
        except BaseException:  # Interrupted at the very end: the thread still must not outlive this block.
            self._abandoned = True
            self._pictures.put(None)
            self._thread.join()
            raise
        self.waiting_s += time.perf_counter() - started
        if kind is None and self._failure is not None:
            raise self._failure

    def _run(self) -> None:
        index = 0
        while (taken := self._pictures.get()) is not None:
            picture, name = taken
            # After a failure pictures are still taken, so that nobody waits for ever to hand one over.
            if self._failure is not None or self._abandoned:
                continue
            started = time.perf_counter()
            try:
                name(picture)
                self._burn(picture, float(index / self._rate_hz))
                self._file.write_picture(picture)
                self._write_sound(index)
            except BaseException as failure:  # Raised again in the thread that draws.
                self._failure = failure
            self.encoding_s += time.perf_counter() - started
            index += 1

    def _write_sound(self, index: int) -> None:
        """The sound of picture `index`: from its time to the next one's, rounded to samples."""
        start = round(index / self._rate_hz * SAMPLE_RATE_HZ)
        end = round((index + 1) / self._rate_hz * SAMPLE_RATE_HZ)
        self._file.write_sound(self._programme.sound_block(self._first_sample + start, end - start))
