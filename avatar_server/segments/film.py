"""What becomes a file: which span of a programme, seen through which camera, with what drawn over it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from avatar_server.dataset.caption_pages import CaptionPage, pages_within
from avatar_server.errors import UsageError
from avatar_server.export_tags import with_shots
from avatar_server.render.contract import Picture, PictureSize
from avatar_server.scene.director import DirectedCamera
from avatar_server.scene.snapshot import Camera, Snapshot
from avatar_server.settings import SAMPLE_RATE_HZ

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


def picture_count(span_s: tuple[float, float], rate_hz: Fraction) -> int:
    """How many pictures show `span_s`, right within half a picture; UsageError if it is empty."""
    start_s, end_s = span_s
    if not end_s > start_s >= 0:
        raise UsageError(f"expected a span that ends after it starts, got {start_s:g} s to {end_s:g} s")
    return max(1, round((end_s - start_s) * rate_hz))


@dataclass(frozen=True, eq=False, slots=True)
class Film:
    """Picture i shows the instant start + i / rate, and stands in the file from i / rate on.

    span_s: start and end in the programme. track: captions that become a text track, burnt: those that are
    drawn into the pictures, on the programme's clock. names: draws them into the picture of a snapshot, under
    captions. A camera that is cut changes with the first picture at or after each cut; the file's description
    then lists the shots.
    """

    programme: Programme
    span_s: tuple[float, float]
    rate_hz: Fraction
    camera: Camera | DirectedCamera
    track: Sequence[CaptionPage] = ()
    burnt: Sequence[CaptionPage] = ()
    names: Callable[[Snapshot], LaysOver] | None = None

    @property
    def picture_count(self) -> int:
        """How many pictures it has; UsageError if the span is empty."""
        return picture_count(self.span_s, self.rate_hz)

    @property
    def tags(self) -> Mapping[str, str]:
        """What the file says about itself."""
        if isinstance(self.camera, DirectedCamera):
            return with_shots(self.programme.tags, self.camera.cuts.within(self.span_s))
        return self.programme.tags

    @property
    def text_track(self) -> tuple[CaptionPage, ...]:
        """`track` on the file's clock."""
        return pages_within(self.track, self.span_s)

    def snapshot(self, index: int) -> Snapshot:
        """What picture `index` shows."""
        time_s = self.span_s[0] + float(index / self.rate_hz)
        seen = self.camera.at(time_s) if isinstance(self.camera, DirectedCamera) else self.camera
        return self.programme.snapshot_at(time_s, seen)

    def sound(self, first: int, count: int) -> NDArray[np.float32]:
        """(n, 2) float32: the sound of `count` pictures from `first` on, rounded to samples."""
        start, end = (round(index / self.rate_hz * SAMPLE_RATE_HZ) for index in (first, first + count))
        return self.programme.sound_block(round(self.span_s[0] * SAMPLE_RATE_HZ) + start, end - start)

    def overlay(self, size: PictureSize) -> Callable[[Picture, int], None]:
        """What draws the burnt captions into picture `index` of this size."""
        if not self.burnt:
            return lambda picture, index: None
        from avatar_server.render.burnt_captions import BurntCaptions

        captions = BurntCaptions(pages_within(self.burnt, self.span_s), size)
        return lambda picture, index: captions.lay_over(picture, float(index / self.rate_hz))
