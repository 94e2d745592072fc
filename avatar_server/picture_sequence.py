"""A film as single pictures without loss, and its sound."""

from __future__ import annotations

from pathlib import Path
from types import TracebackType

import numpy as np
from numpy.typing import NDArray

from avatar_server.film_layers import file_name
from avatar_server.render.contract import Picture
from avatar_server.render.still import png_bytes
from avatar_server.sinks.wav_file import WavFile
from avatar_server.still import halved


class PictureSequence:
    """`000000.png` and so on, and `sound.wav`, in a folder that is there already; takes `export_into`.

    Pictures come twice as wide and high as they are written, as for stills: each is what `still` writes of
    that moment.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._index = 0
        self._size_bytes = 0

    def __enter__(self) -> PictureSequence:
        self._sound = WavFile(self._folder / "sound.wav").__enter__()
        return self

    @property
    def bytes_written(self) -> int:
        """Of pictures so far."""
        return self._size_bytes

    def write_picture(self, picture: Picture) -> None:
        """The next one."""
        data = png_bytes(halved(picture))
        (self._folder / file_name(self._index, "png")).write_bytes(data)
        self._index += 1
        self._size_bytes += len(data)

    def write_sound(self, block: NDArray[np.float32]) -> None:
        """The next (n, 2) samples."""
        self._sound.write(block)

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._sound.__exit__(kind, error, traceback)
