"""The blocks of sounds (see `audio.waveform`), found once: kept in memory and beside the recordings."""

from __future__ import annotations

import contextlib
import hashlib
import logging
import os
import tempfile
from collections import OrderedDict
from collections.abc import Callable
from pathlib import Path

import numpy as np

from avatar_server.audio.plain_sound import PlainSound
from avatar_server.audio.waveform import Extremes, extremes_of, samples_a_block
from avatar_server.dataset.findings import findings_folder

log = logging.getLogger(__name__)

FOLDER = "waveforms"

IN_MEMORY = 16
"""Sounds; one of 20 minutes takes a megabyte."""

ON_DISK = 4000
"""Sounds; the oldest are deleted first. Of usual length they take 180 kB, a two-hundredth of the sound."""

_LONG_BLOCKS = 3000
"""Half a minute: a shorter sound is read again in 20 ms, and is not worth a file."""


class KeptOutlines:
    """For the sounds of one data folder. What cannot be kept on the disk is kept in memory."""

    def __init__(self, data_dir: Path) -> None:
        self._folder = findings_folder(data_dir, FOLDER)
        self._kept: OrderedDict[str, Extremes] = OrderedDict()

    def of_file(self, path: Path, find: Callable[[], Extremes]) -> Extremes:
        """The blocks of the sound in the file at `path`; `find` finds them if they are not kept."""
        name = _name(path)
        if name in self._kept:
            self._kept.move_to_end(name)
            return self._kept[name]
        blocks = self._read(name)
        if blocks is None:
            blocks = find()
            if len(blocks) >= _LONG_BLOCKS:
                self._write(name, path.stem, blocks)
        return self._remember(name, blocks)

    def arriving(self, name: str, sound: PlainSound) -> Extremes:
        """The blocks of a sound that is arriving, those that came since the last time found now.

        name: of the sound and its version.
        """
        block = samples_a_block(sound.rate_hz)
        count = -(-sound.sample_count // block)
        blocks = self._kept.get(name)
        if blocks is None or len(blocks) != count:
            blocks = np.full((count, 2), np.nan, np.float32)
        for start, end in sound.here:
            first, last = -(-start // block), count if end >= sound.sample_count else end // block
            lacking = np.flatnonzero(np.isnan(blocks[first:last, 0]))
            if len(lacking):
                low, high = first + int(lacking[0]), first + int(lacking[-1]) + 1
                stop = min(high * block, sound.sample_count)
                blocks[low:high] = extremes_of(sound.block_at(low * block, stop - low * block), block)
        return self._remember(name, blocks)

    def _remember(self, name: str, blocks: Extremes) -> Extremes:
        self._kept[name] = blocks
        self._kept.move_to_end(name)
        while len(self._kept) > IN_MEMORY:
            self._kept.popitem(last=False)
        return blocks

    def _read(self, name: str) -> Extremes | None:
        try:
            blocks = np.load(self._folder / f"{name}.npy", allow_pickle=False)
        except (OSError, ValueError, EOFError):
            return None
        fits = blocks.ndim == 2 and blocks.shape[1] == 2 and blocks.dtype == np.float32
        return blocks if fits else None

    def _write(self, name: str, recording: str, blocks: Extremes) -> None:
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            descriptor, made = tempfile.mkstemp(suffix=".new", dir=self._folder)
            try:
                with os.fdopen(descriptor, "wb") as file:
                    np.save(file, blocks)
                Path(made).replace(self._folder / f"{name}.npy")
            except BaseException:
                Path(made).unlink(missing_ok=True)
                raise
            self._tidy(name, recording)
        except OSError as error:
            log.warning("the waveform of %s is kept in memory alone: %s", recording, error.strerror)

    def _tidy(self, name: str, recording: str) -> None:
        """Without those of earlier states of the same file, and without the oldest of too many."""
        for earlier in self._folder.glob(f"{recording}-*.npy"):
            if earlier.stem != name:
                earlier.unlink(missing_ok=True)
        kept = list(self._folder.glob("*.npy"))
        if len(kept) > ON_DISK:
            with contextlib.suppress(OSError):
                kept.sort(key=lambda path: path.stat().st_mtime_ns)
                for path in kept[: len(kept) - ON_DISK]:
                    path.unlink(missing_ok=True)


def _name(path: Path) -> str:
    """Another one when the file is another one."""
    status = path.stat()
    told = f"{path.resolve()} {status.st_ino} {status.st_size} {status.st_mtime_ns}"
    return f"{path.stem}-{hashlib.sha256(told.encode(errors='surrogateescape')).hexdigest()[:16]}"
