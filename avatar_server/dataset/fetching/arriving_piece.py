"""One piece of a recording that arrives: a stream that is read as far as is wanted now, and begun again."""

from __future__ import annotations

import threading
from typing import Protocol

from avatar_server.dataset.cache.partial_file import PartialFile
from avatar_server.dataset.stores.contract import ByteStream, StoredFile
from avatar_server.errors import (
    AbsentError,
    ChangedError,
    StoreBusyError,
    StoreError,
    TransferError,
    UnreachableError,
)
from avatar_server.timing.back_off import BackOff

SMALL_CHUNK_BYTES = 8 << 10
LARGE_CHUNK_BYTES = 128 << 10
"""Little while every byte that is not needed now delays one that is; much when speed is all."""

READ_THROUGH_BYTES = 256 << 10
"""What lies so little ahead in the stream is read up to; a new request takes as long."""

AT_ONCE_S = 0.1
"""Before the first try after something came: most connections that break can be had again."""


def next_position(here_end: int, size_bytes: int, missing: tuple[tuple[int, int], ...]) -> int | None:
    """Where to read next: behind what is here from the playhead on, else the first gap; None without one.

    here_end: up to where all is here from the playhead's byte on. missing: all stretches that are not here.
    """
    if not missing:
        return None
    if here_end < size_bytes:
        return here_end
    return missing[0][0]


class Guide(Protocol):
    """Who knows what is wanted; asked and told by the threads of the pieces, by the pieces' names."""

    def wanted_byte(self, piece: str) -> int:
        """Of the playhead."""

    def wait_until_wanted(self, piece: str) -> bool:
        """Block while others are to be read first; says whether to stop."""

    def wait(self, seconds: float) -> bool:
        """Wait; says whether to stop."""

    def trouble(self, piece: str, error: StoreError | None) -> None:
        """Why nothing comes; None if something does."""

    def changed(self, piece: str) -> None:
        """The file is another one than before, and begins anew."""


class ArrivingPiece:
    """Fetches one file into its `PartialFile`, from wherever the playhead is; `run` belongs to one thread."""

    def __init__(self, file: StoredFile, partial: PartialFile, guide: Guide) -> None:
        self.file = file
        self.partial = partial
        self.is_absent = False
        self.hurries = False
        """Whether speed matters more than how little is under way."""
        self._guide = guide
        self._using = threading.RLock()
        self._is_stopped = False

    @property
    def is_done(self) -> bool:
        """Whether all there is is here."""
        return self.is_absent or self.partial.is_whole

    def stop(self) -> None:
        """From now on nothing is written, also if `run` is still reading; the guide must say stop, too."""
        with self._using:
            self._is_stopped = True

    def run(self) -> None:
        """Fetch until all is here or somebody says stop.

        Tries again for as long as it takes when the way fails. Raises DeniedError, InputError, MachineError.
        """
        if self.is_done:
            return
        back_off, has_changed = BackOff(), False
        while not self.is_done and not self._guide.wait_until_wanted(self.file.piece):
            before = self.partial.here.byte_count
            try:
                self._read_a_stretch()
            except AbsentError:
                with self._using:
                    self.is_absent = not self._is_stopped
            except (TransferError, StoreBusyError, ChangedError) as error:
                if isinstance(error, ChangedError):
                    self._forget()
                    back_off = back_off if has_changed else BackOff()
                    has_changed = True
                if self.partial.here.byte_count - before >= SMALL_CHUNK_BYTES:
                    back_off = BackOff()
                if self._is_stopped:
                    return
                self._guide.trouble(self.file.piece, error)
                failed = back_off.failed()
                # Whoever has too much to do, or cannot be reached, is not asked again at once.
                waiting = failed if isinstance(error, StoreBusyError | UnreachableError) else back_off
                back_off = failed
                if self._guide.wait(max(AT_ONCE_S, waiting.wait_s(getattr(error, "retry_after_s", None)))):
                    return
            else:
                back_off = BackOff()
        self._guide.trouble(self.file.piece, None)

    def _forget(self) -> None:
        """Of a file that is another one now nothing is kept."""
        with self._using:
            if self._is_stopped:
                return
            was_here = self.partial.here.byte_count > 0
            self.partial.forget()
        if was_here:
            self._guide.changed(self.file.piece)

    def _next(self) -> int | None:
        size_bytes = self.partial.size_bytes
        if size_bytes is None:
            return 0
        here = self.partial.here
        wanted = min(self._guide.wanted_byte(self.file.piece), size_bytes)
        return next_position(here.end_of_run(wanted), size_bytes, here.missing(0, size_bytes))

    def _read_a_stretch(self) -> None:
        """One request, as long as what it brings is what is wanted next."""
        start = self._next()
        if start is None:
            return
        with self.file.open(start, version=self.partial.version) as stream:
            with self._using:
                if self._is_stopped:
                    return
                was_here = self.partial.here.byte_count > 0
                self.partial.describe(stream.size_bytes, stream.version)
                is_another = was_here and not self.partial.here.byte_count
            if is_another:
                self._guide.changed(self.file.piece)
            # A server that knows no ranges begins at the beginning, and would do so again.
            if not 0 <= stream.start <= start:
                raise TransferError(
                    f"bytes from {start} on came from {stream.start} on", where=self.file.where
                )
            self._read(stream, may_jump=stream.start == start)

    def _read(self, stream: ByteStream, *, may_jump: bool) -> None:
        """may_jump: whether another request can begin where the playhead has gone to."""
        position = stream.start
        while not self._guide.wait_until_wanted(self.file.piece):
            wanted = self._next()
            if wanted is None:
                return
            if may_jump and not position <= wanted <= position + READ_THROUGH_BYTES:
                return
            if self.hurries:
                stream.relax()
            data = stream.read(LARGE_CHUNK_BYTES if self.hurries else SMALL_CHUNK_BYTES)
            if not data:
                if self.partial.size_bytes != position:
                    raise TransferError(
                        f"it ended after {position} of {self.partial.size_bytes} bytes", where=self.file.where
                    )
                return
            with self._using:
                if self._is_stopped:
                    return
                self.partial.write(position, data)
            self._guide.trouble(self.file.piece, None)
            position += len(data)
