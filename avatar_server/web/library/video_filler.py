"""Brings the parts of a video that readers need out of a store, each byte once, and a little ahead of them.

A thread a reader: it looks for the first byte from the reader's place on that is not here, and reads the
store from there, unless another thread is about to come by. It stays at most `AHEAD_BYTES` ahead of its
reader, so that who only looks at the beginning costs no more than that, and stops when its reader is gone.
"""

from __future__ import annotations

import threading
from collections.abc import Callable

from avatar_server.dataset.cache.partial_file import PartialFile
from avatar_server.dataset.stores.contract import ByteStream, StoredFile
from avatar_server.errors import AvatarServerError, ChangedError, StoreBusyError, TransferError
from avatar_server.timing.back_off import BackOff
from avatar_server.web.library.video_wire import Came, Found, FromProcess, Wanted

AHEAD_BYTES = 4 << 20
"""About ten seconds of a recording's video."""

NEAR_BYTES = 1 << 20
"""To wait for another thread that is so close is quicker than to ask the store once more."""

CHUNK_BYTES = 1 << 16

MOST_FAILURES = 4
"""In a row; readers wait about eight seconds then, and players ask again by themselves."""

PATIENCE_S = 20.0
"""A connection to the store that no reader needs for so long is given up."""


class VideoFiller:
    """Fills one file; `say` is told what came, in any thread.

    In the end, once, `fail` is told why nothing more will come, or `finish` called because all is here.
    """

    def __init__(
        self,
        file: StoredFile,
        into: PartialFile,
        say: Callable[[FromProcess], None],
        fail: Callable[[AvatarServerError], None],
        finish: Callable[[], None],
    ) -> None:
        self._file = file
        self._into = into
        self._say = say
        self._fail = fail
        self._finish = finish
        self._changed = threading.Condition()
        self._wanted: dict[int, Wanted] = {}
        self._threads: dict[int, threading.Thread] = {}
        self._streams: dict[int, int] = {}
        self._is_found = False
        self._is_over = False
        if into.size_bytes is not None:
            self._tell_found()

    def want(self, wanted: Wanted) -> None:
        """A reader came, or went on."""
        with self._changed:
            self._wanted[wanted.reader] = wanted
            self._changed.notify_all()
            if wanted.reader not in self._threads:
                thread = threading.Thread(target=self._run, args=(wanted.reader,), daemon=True)
                self._threads[wanted.reader] = thread
                thread.start()

    def forget(self, reader: int) -> None:
        """A reader is gone."""
        with self._changed:
            self._wanted.pop(reader, None)
            self._threads = {name: thread for name, thread in self._threads.items() if thread.is_alive()}
            self._changed.notify_all()

    def close(self) -> None:
        """Let all threads end."""
        with self._changed:
            self._is_over = True
            self._changed.notify_all()
            threads = tuple(self._threads.values())
        for thread in threads:
            thread.join(PATIENCE_S)

    def _run(self, reader: int) -> None:
        back_off = BackOff()
        while (start := self._next_gap(reader)) is not None:
            before = self._into.here.byte_count
            try:
                self._read_from(reader, start)
                back_off = BackOff()
            except (TransferError, StoreBusyError) as error:
                back_off = BackOff(1) if self._into.here.byte_count > before else back_off.failed()
                if back_off.failures >= MOST_FAILURES:
                    self._give_up(error)
                    return
                with self._changed:
                    self._changed.wait_for(
                        lambda: self._is_gone(reader), back_off.wait_s(getattr(error, "retry_after_s", None))
                    )
            except AvatarServerError as error:
                if isinstance(error, ChangedError):
                    self._into.forget()
                self._give_up(error)
                return
        if self._into.is_whole:
            self._end_whole()

    def _end_whole(self) -> None:
        with self._changed:
            first, self._is_over = not self._is_over, True
            self._changed.notify_all()
        if first:
            self._tell_found()
            try:
                self._finish()
            except AvatarServerError as error:
                self._fail(error)

    def _give_up(self, error: AvatarServerError) -> None:
        with self._changed:
            first, self._is_over = not self._is_over, True
            self._changed.notify_all()
        if first:
            self._fail(error)

    def _is_gone(self, reader: int) -> bool:
        return self._is_over or reader not in self._wanted

    def _next_gap(self, reader: int) -> int | None:
        """Where to read on; waits while nothing is needed, None if the reader is gone or all is here."""
        with self._changed:
            while not self._is_gone(reader):
                if self._into.is_whole:
                    return None
                gap = self._gap(self._wanted[reader])
                if gap is not None and not self._another_is_near(reader, gap):
                    self._streams[reader] = gap
                    return gap
                self._changed.wait()
        return None

    def _gap(self, wanted: Wanted) -> int | None:
        """The first byte that is not here of those the reader needs soon."""
        size = self._into.size_bytes
        stop = min(wanted.stop, wanted.position + AHEAD_BYTES, wanted.stop if size is None else size)
        missing = self._into.here.missing(wanted.position, stop)
        return missing[0][0] if missing else None

    def _another_is_near(self, reader: int, gap: int) -> bool:
        return any(
            other != reader and place <= gap <= place + NEAR_BYTES for other, place in self._streams.items()
        )

    def _read_from(self, reader: int, start: int) -> None:
        try:
            stop = self._end_of_gap(start)
            with self._file.open(start, stop, version=self._into.version) as stream:
                if self._into.size_bytes is None:
                    self._into.describe(stream.size_bytes, stream.version)
                self._tell_found()
                if stream.start != start:
                    raise TransferError(
                        f"bytes from {start} on were asked for, not these", where=self._file.where
                    )
                stream.relax()
                self._copy(reader, stream, start, stream.size_bytes if stop is None else stop)
        finally:
            with self._changed:
                self._streams.pop(reader, None)
                self._changed.notify_all()

    def _end_of_gap(self, start: int) -> int | None:
        size = self._into.size_bytes
        if size is None:
            return None
        end = self._into.here.missing(start, size)[0][1]
        return None if end == size else end

    def _copy(self, reader: int, stream: ByteStream, position: int, stop: int) -> None:
        while position < stop and self._is_needed(reader, position):
            data = stream.read(self._until_others(reader, position))
            if not data:
                raise TransferError(f"it ended at {position} of {stop} bytes", where=self._file.where)
            self._into.write(position, data)
            self._say(Came(position, position + len(data)))
            position += len(data)
            with self._changed:
                self._streams[reader] = position
                self._changed.notify_all()

    def _is_needed(self, reader: int, position: int) -> bool:
        """Whether to read on at `position`; waits while the reader is far behind."""

        def is_decided() -> bool:
            wanted = self._wanted.get(reader)
            far = wanted is not None and wanted.position + AHEAD_BYTES <= position < wanted.stop
            return self._is_over or not far

        with self._changed:
            if not is_decided():
                # Others must not wait for one that waits: its reader may have paused.
                del self._streams[reader]
                self._changed.notify_all()
                if not self._changed.wait_for(is_decided, PATIENCE_S):
                    return False
                if self._another_is_near(reader, position):
                    return False
                self._streams[reader] = position
            if self._is_gone(reader):
                return False
            wanted = self._wanted[reader]
            near = wanted.position - NEAR_BYTES <= position < wanted.stop
            is_begun = self._into.here.covers(position, position + 1) or position in (
                place for other, place in self._streams.items() if other != reader
            )
            return near and not is_begun

    def _until_others(self, reader: int, position: int) -> int:
        """How many bytes from here on are nobody else's, at most a chunk."""
        with self._changed:
            stops = [place for other, place in self._streams.items() if other != reader and place > position]
            missing = self._into.here.missing(position, position + CHUNK_BYTES)
            return min([CHUNK_BYTES, missing[0][1] - position, *(place - position for place in stops)])

    def _tell_found(self) -> None:
        with self._changed:
            first, self._is_found = not self._is_found, True
        if first:
            size = self._into.size_bytes
            assert size is not None
            self._say(Found(str(self._into.path), size, self._into.version, self._into.here.spans))
