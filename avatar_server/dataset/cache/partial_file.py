"""A file that is arriving: its bytes on the disk, and which of them are here, also after a kill."""

from __future__ import annotations

import contextlib
import errno
import os
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

from avatar_server.dataset.cache.byte_spans import ByteSpans
from avatar_server.dataset.cache.partial_state import read_partial_state, state_document, state_path
from avatar_server.errors import InputError, MachineError, NoRoomError

SAVED_EVERY_BYTES = 1 << 20
"""What a killed process may have to fetch again."""

_NO_ROOM = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


class PartialFile:
    """Bytes of one file at `path`, in any order, and beside them in `path.state` which of them are here.

    Any thread may write and read. One process at a time: whoever opens it holds a lock of its own. The state
    is written after the bytes it tells of, so what it says is here is here after a kill; it may be less than
    there is. A machine that stops keeps no such order: what was not closed before counts as nothing after.
    """

    def __init__(self, path: Path, *, source: str) -> None:
        """source: where the bytes come from; what lies there from another source is thrown away.

        Raises MachineError if the file cannot be made.
        """
        self.path = path
        self.source = source
        self._state_path = state_path(path)
        self._changed = threading.Condition()
        self._saved_bytes = 0
        self._handed_over = False
        self._is_safe = True
        """Whether all that is here would be here after the machine stopped."""
        self._spans = ByteSpans()
        self._size_bytes: int | None = None
        self._version = ""
        self._on_change: tuple[Callable[[], None], ...] = ()
        self._load()
        with self._room():
            path.parent.mkdir(parents=True, exist_ok=True)
            self._descriptor: int | None = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
            if self._size_bytes is None:
                # Bytes of a longer file would stay behind the end of this one.
                os.ftruncate(self._descriptor, 0)

    @property
    def size_bytes(self) -> int | None:
        """Of the whole file; None before the store has told."""
        return self._size_bytes

    @property
    def version(self) -> str:
        """Of the bytes that are here, as the store calls it; empty if it does not, or before the first."""
        return self._version

    @property
    def here(self) -> ByteSpans:
        """What is here."""
        return self._spans

    @property
    def is_whole(self) -> bool:
        """Whether every byte is here."""
        return self._size_bytes is not None and self._spans.covers(0, self._size_bytes)

    def on_change(self, called: Callable[[], None]) -> None:
        """Call this whenever more is here, or the store has told the size, in the writer's thread."""
        self._on_change = (*self._on_change, called)

    def describe(self, size_bytes: int, version: str) -> None:
        """What the store says of the file; bytes of another size or version are thrown away.

        Raises InputError for a size below zero.
        """
        if size_bytes < 0:
            raise InputError(expected="a size of 0 bytes or more", came=f"{size_bytes}", where=self.source)
        with self._changed:
            known = self._size_bytes is not None
            if known and (size_bytes, version) != (self._size_bytes, self._version):
                self._forget()
            self._size_bytes, self._version = size_bytes, version
            self._changed.notify_all()
            self.save()
        self._tell()

    def write(self, position: int, data: bytes) -> None:
        """Bytes that came; MachineError if the disk has no room for them.

        Raises InputError if they reach beyond the end that the store has told.
        """
        end = position + len(data)
        # Whoever forgets or closes meanwhile waits: these bytes would count as others, or go to another file.
        with self._changed:
            if self._size_bytes is None or end > self._size_bytes:
                raise InputError(
                    expected=f"a file of {self._size_bytes} bytes",
                    came=f"bytes up to {end}",
                    where=self.source,
                )
            descriptor = self._own_descriptor()
            self._is_safe = False
            with self._room():
                view = memoryview(data)
                while view:
                    view = view[os.pwrite(descriptor, view, end - len(view)) :]
            self._spans = self._spans.with_span(position, end)
            due = self._spans.byte_count - self._saved_bytes >= SAVED_EVERY_BYTES or self.is_whole
            self._changed.notify_all()
        if due:
            self.save()
        self._tell()

    def read(self, position: int, count: int) -> bytes:
        """`count` bytes, all of which must be here (ValueError) and of one version.

        Raises MachineError if somebody else has cut the file.
        """
        with self._changed:
            if not self._spans.covers(position, position + count):
                raise ValueError(f"{self.path}: bytes {position} to {position + count} are not here")
            data = os.pread(self._open_descriptor(), count, position)
        if len(data) < count:
            raise MachineError(f"{self.path} was cut short by somebody else")
        return data

    def wait_for(self, position: int, count: int, limit_s: float) -> bool:
        """Whether these bytes, as far as the file reaches, are here before `limit_s` has passed."""

        def here() -> bool:
            if self._size_bytes is None:
                return False
            return self._spans.covers(position, min(position + count, self._size_bytes))

        with self._changed:
            return self._changed.wait_for(here, limit_s)

    def save(self) -> None:
        """Keep what is known for after a kill; MachineError if the disk has no room."""
        with self._changed:
            if self._handed_over or self._descriptor is None:
                return  # The name is somebody else's now.
            document = state_document(
                source=self.source,
                size_bytes=self._size_bytes,
                version=self._version,
                here=self._spans,
                is_safe=self._is_safe,
            )
            self._saved_bytes = self._spans.byte_count
            with self._room():
                new = self._state_path.with_name(self._state_path.name + ".new")
                new.write_text(document, encoding="utf-8")
                new.replace(self._state_path)

    def close(self) -> None:
        """Keep what is here for another time, as far as the disk has room; closing twice is fine."""
        with self._changed:
            if self._descriptor is None:
                return
            try:
                if not self._is_safe and not self._handed_over:
                    os.fdatasync(self._descriptor)
                    self._is_safe = True
                self.save()
            except (OSError, MachineError):
                pass  # An earlier state, which tells of less, stays.
            finally:
                os.close(self._descriptor)
                self._descriptor = None

    def forget(self) -> None:
        """Throw the bytes away: they are of a file that is another one now."""
        with self._changed:
            self._forget()
            self._size_bytes, self._version = None, ""
            self._changed.notify_all()

    def hand_over(self) -> None:
        """The bytes are kept under another name and stay as they are; reading goes on until `close`."""
        with self._changed:
            self._handed_over = True
            self._state_path.unlink(missing_ok=True)

    def discard(self) -> None:
        """Throw everything away."""
        self.hand_over()
        self.close()
        for path in (self._state_path, self.path):
            path.unlink(missing_ok=True)

    def _forget(self) -> None:
        """The state goes first: after a kill it must not tell of bytes that are others by then."""
        descriptor = self._own_descriptor()
        self._spans, self._saved_bytes = ByteSpans(), 0
        with self._room():
            self._state_path.unlink(missing_ok=True)
            os.ftruncate(descriptor, 0)

    def _tell(self) -> None:
        for called in self._on_change:
            called()

    def _load(self) -> None:
        """What an earlier process left; anything that does not fit together counts as nothing."""
        state = read_partial_state(self.path)
        if state is not None and state.source == self.source:
            self._size_bytes, self._version, self._spans = state.size_bytes, state.version, state.here
            self._saved_bytes = state.here.byte_count
            self._is_safe = state.is_safe

    def _open_descriptor(self) -> int:
        if self._descriptor is None:
            raise ValueError(f"{self.path} is closed")
        return self._descriptor

    def _own_descriptor(self) -> int:
        """For whoever changes the bytes."""
        if self._handed_over:
            raise ValueError(f"{self.path} was handed over")
        return self._open_descriptor()

    @contextlib.contextmanager
    def _room(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            if error.errno in _NO_ROOM:
                raise NoRoomError(f"no room for {self.path}: {error.strerror}") from None
            raise MachineError(f"{self.path} cannot be written: {error.strerror}") from None
