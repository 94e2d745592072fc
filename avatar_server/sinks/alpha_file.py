"""Films with an alpha: ProRes 4444 in a QuickTime file for editing, VP9 in a WebM file for web pages."""

from __future__ import annotations

import os
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from types import TracebackType

import av
import numpy as np
from av.container import OutputContainer
from av.video.stream import VideoStream
from numpy.typing import NDArray

from avatar_server.encode.picture_frame import (
    BT709_MATRIX,
    BT709_PRIMARIES,
    BT709_TRANSFER,
    LIMITED_RANGE,
    video_frame,
)
from avatar_server.encode.straight_alpha import straight_frame
from avatar_server.render.contract import Picture, PictureSize
from avatar_server.settings import SAMPLE_RATE_HZ
from avatar_server.sinks.whole_film import WholeFilm


@dataclass(frozen=True, slots=True)
class _Kind:
    """How FFmpeg calls a container, and what is in it. clear, opaque: formats of pixels."""

    container: str
    video: str
    options: Mapping[str, str]
    clear: str
    opaque: str
    audio: str


_KINDS = {
    # Profile 4 is 4444, which alone has an alpha. Apple's own files name apl0 as their maker.
    ".mov": _Kind(
        "mov",
        "prores_ks",
        {"profile": "4", "vendor": "apl0", "alpha_bits": "16"},
        "yuva444p10le",
        "yuv444p10le",
        "pcm_s16le",
    ),
    # libvpx refuses reference pictures that are never shown (auto-alt-ref) beside an alpha.
    ".webm": _Kind(
        "webm",
        "libvpx-vp9",
        {"crf": "22", "b": "0", "deadline": "good", "cpu-used": "5", "row-mt": "1", "auto-alt-ref": "0"},
        "yuva420p",
        "yuv420p",
        "libopus",
    ),
}

ENDINGS = tuple(_KINDS)
"""Of the files that can be written."""

_OPUS_BITS_A_SECOND = 128_000
_KEY_EVERY_S = 2


class AlphaFile:
    """A `.mov` or a `.webm` with sound; there whole or not at all, as an `Mp4File`.

    transparent: its pictures have an alpha; it is stored beside colours that are not multiplied by it. All
    errors of writing are MachineError.
    """

    def __init__(
        self,
        target: Path,
        size: PictureSize,
        rate_hz: Fraction,
        tags: Mapping[str, str] | None = None,
        *,
        transparent: bool,
    ) -> None:
        self._target = target
        self._size = size
        self._rate_hz = rate_hz
        self._tags = {} if tags is None else dict(tags)
        self._transparent = transparent
        self._kind = _KINDS[target.suffix.lower()]

    def __enter__(self) -> AlphaFile:
        name = f".{secrets.token_hex(8)}{self._target.suffix}.part"
        self._film = WholeFilm(self._target, self._target.with_name(name))
        self._pictures = self._samples = 0
        # A signal may come as soon as the file is there.
        try:
            container = self._film.open(self._kind.container, self._tags)
            self._video = self._add_video(container)
            audio = container.add_stream(self._kind.audio, rate=SAMPLE_RATE_HZ, layout="stereo")
            assert isinstance(audio, av.AudioStream)
            if self._kind.audio == "libopus":
                audio.bit_rate = _OPUS_BITS_A_SECOND
            self._audio = audio
        except BaseException:
            self._film.abandon()
            raise
        return self

    @property
    def bytes_written(self) -> int:
        """So far."""
        return self._film.bytes_written

    def write_picture(self, picture: Picture) -> None:
        """Encode the next picture; it has an alpha exactly if the file is transparent."""
        frame = straight_frame(picture) if self._transparent else video_frame(picture)
        if frame.format.name != self._video.codec_context.pix_fmt:
            frame = frame.reformat(format=self._video.codec_context.pix_fmt)
        frame.pts = self._pictures
        frame.time_base = 1 / self._rate_hz
        self._pictures += 1
        self._film.mux(self._video.encode(frame))

    def write_sound(self, block: NDArray[np.float32]) -> None:
        """Encode the next (n, 2) samples."""
        if len(block) == 0:
            return
        frame = av.AudioFrame.from_ndarray(np.ascontiguousarray(block.T), format="fltp", layout="stereo")
        frame.sample_rate = SAMPLE_RATE_HZ
        frame.pts = self._samples
        frame.time_base = Fraction(1, SAMPLE_RATE_HZ)
        self._samples += len(block)
        self._film.mux(self._audio.encode(frame))

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._film.end(kind is not None, lambda: [*self._video.encode(None), *self._audio.encode(None)])

    def _add_video(self, container: OutputContainer) -> VideoStream:
        stream = container.add_stream(self._kind.video, rate=self._rate_hz, options=dict(self._kind.options))
        assert isinstance(stream, VideoStream)
        context = stream.codec_context
        context.width, context.height = self._size.width, self._size.height
        context.pix_fmt = self._kind.clear if self._transparent else self._kind.opaque
        context.framerate = self._rate_hz
        context.time_base = 1 / self._rate_hz
        context.gop_size = max(1, round(_KEY_EVERY_S * self._rate_hz))
        context.color_primaries = BT709_PRIMARIES
        context.color_trc = BT709_TRANSFER
        context.colorspace = BT709_MATRIX
        context.color_range = LIMITED_RANGE
        context.thread_count = len(os.sched_getaffinity(0))
        if self._transparent and self._kind.container == "webm":
            stream.metadata["alpha_mode"] = "1"
        return stream
