"""An MP4 file that is there whole, or not at all."""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from fractions import Fraction
from pathlib import Path
from types import TracebackType

import numpy as np
from numpy.typing import NDArray

from avatar_server.dataset.caption_pages import CaptionPage
from avatar_server.encode.aac import AacEncoder
from avatar_server.encode.h264_file import H264FileEncoder
from avatar_server.encode.h264_segment import EncodedPicture
from avatar_server.render.contract import Picture, PictureSize
from avatar_server.sinks.timed_text import TimedText
from avatar_server.sinks.whole_film import WholeFilm


class Mp4File:
    """H.264 and AAC in an MP4 with its index in front ("fast start": it plays while it is still loading).

    Used as a context manager. Everything goes to a temporary name in the target's folder, which becomes the
    target's name when the block ends well, and is removed when it does not. Memory does not grow with length
    as long as sound and pictures are written alternately.

    tags: written into the file under the names that MP4 knows (`title`, `comment`, `description`).
    captions: become a text track, if there are any; times are the file's.
    folder: for what is not whole yet, on the same disk; None is the target's.
    All errors of writing are MachineError.
    """

    def __init__(
        self,
        target: Path,
        size: PictureSize,
        rate_hz: Fraction,
        tags: Mapping[str, str] | None = None,
        captions: Sequence[CaptionPage] = (),
        folder: Path | None = None,
    ) -> None:
        self._captions = captions
        self._tags = {} if tags is None else dict(tags)
        self._target = target
        self._folder = target.parent if folder is None else folder
        self._size = size
        self._rate_hz = rate_hz

    def __enter__(self) -> Mp4File:
        self._film = WholeFilm(self._target, self._folder / f".{secrets.token_hex(8)}.mp4.part")
        # A signal may come as soon as the file is there.
        try:
            container = self._film.open("mp4", self._tags, {"movflags": "+faststart"})
            self._video = H264FileEncoder(container, self._size, self._rate_hz)
            self._audio = AacEncoder(container)
            self._text = TimedText(container, self._captions) if self._captions else None
            self._pictures = 0
        except BaseException:
            self._film.abandon()
            raise
        return self

    def write_picture(self, picture: Picture) -> None:
        """Encode the next picture."""
        self._film.mux(self._video.encode(picture))
        self._count_picture()

    def write_encoded(self, picture: EncodedPicture) -> None:
        """Take a picture of this film that was encoded elsewhere, in the order of decoding."""
        self._film.mux([self._video.take(picture)])
        self._count_picture()

    def write_sound(self, block: NDArray[np.float32]) -> None:
        """Encode the next (n, 2) samples."""
        self._film.mux(self._audio.encode(block))

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._film.end(kind is not None, lambda: [*self._video.finish(), *self._audio.finish()])

    @property
    def bytes_written(self) -> int:
        """So far; the index, which is small, comes at the end."""
        return self._film.bytes_written

    def _count_picture(self) -> None:
        self._pictures += 1
        if self._text is not None:
            self._film.mux(list(self._text.until(float(self._pictures / self._rate_hz))))
