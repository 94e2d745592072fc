"""One recording while it arrives: its pieces, and when they become the files of the official tree."""

from __future__ import annotations

import contextlib
import logging
import os
import re
import threading
import time
from collections.abc import Callable, Collection, Iterator, Mapping
from pathlib import Path
from types import TracebackType
from typing import Self

from avatar_server.dataset.cache.bundling import check_piece, is_list
from avatar_server.dataset.cache.incoming_folders import PLACING, PRIVATE, SHARED, incoming_folder, sweep
from avatar_server.dataset.cache.ledger import Ledger
from avatar_server.dataset.cache.official_files import OFFICIAL, OfficialFiles
from avatar_server.dataset.cache.partial_file import PartialFile
from avatar_server.dataset.cache.recording_lock import FolderLock
from avatar_server.dataset.interaction import RecordingFiles
from avatar_server.dataset.recording_id import RecordingId
from avatar_server.dataset.stores.contract import StoredFile
from avatar_server.errors import InputError, MachineError

log = logging.getLogger(__name__)

_PIECE = re.compile(rf"{'|'.join(OFFICIAL)}|\w+:[\w-]+", re.ASCII)


class Incoming:
    """The recording's folder in `.avatar-server/incoming`, this process's own until it is closed.

    What is not whole when it is closed stays for whoever goes on; of a private copy (another process
    works on the same recording) nothing stays. Any thread may ask for pieces. A context.
    """

    def __init__(
        self,
        recording: RecordingId,
        target: Path,
        data_dir: Path,
        ledger: Ledger,
        *,
        make_room: Callable[[], None] = lambda: None,
    ) -> None:
        """target: folder of the official tree that the whole files go to. make_room: called when they are.

        Raises MachineError.
        """
        self._recording = recording
        self._ledger = ledger
        self._official = OfficialFiles(recording, target, data_dir, ledger)
        self._make_room = make_room
        self._asking = threading.Lock()
        self._partials: dict[str, PartialFile] = {}
        self._finished: list[PartialFile] = []
        self._is_closed = False
        self._folder = incoming_folder(data_dir, str(recording))
        lock = FolderLock.take(self._folder / SHARED)
        self.is_private = lock is None
        # Whoever sweeps may be faster than we at locking a new folder; then it is swept.
        while lock is None:
            lock = FolderLock.take(self._folder / f"{PRIVATE}{os.getpid()}-{time.monotonic_ns()}")
        self._lock = lock
        if not self.is_private:
            try:
                sweep(self._folder)
            except MachineError as error:
                log.warning("copies of killed processes stay: %s", error)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    @property
    def partials(self) -> tuple[PartialFile, ...]:
        """All that were asked for."""
        return tuple(self._partials.values())

    def partial(self, file: StoredFile) -> PartialFile:
        """Where the bytes of this piece go, with what an earlier process left of them.

        Raises MachineError, and ValueError for a piece that is none, or after `close`.
        """
        if _PIECE.fullmatch(file.piece) is None:
            raise ValueError(f"{file.where}: {file.piece!r} is no piece of a recording")
        with self._asking:
            if self._is_closed:
                raise ValueError(f"{self._recording}: closed")
            partial = self._partials.get(file.piece)
            if partial is None or partial.source != file.where:
                if partial is not None:
                    partial.discard()
                path = self._lock.folder / file.piece.replace(":", "-")
                partial = self._partials[file.piece] = PartialFile(path, source=file.where)
            return partial

    def finish(self, absent: Collection[str]) -> RecordingFiles:
        """Put the official files together and in their place, each by one rename.

        absent: pieces that the store does not have; all others that were asked for must be whole
        (ValueError). A file that is there already loses nothing: ours adds to it, or is dropped if it adds
        nothing. Words that cannot be read count as absent: nothing needs them. Raises InputError for other
        pieces that are not what they have to be, after throwing all away, and for a damaged file that should
        be added to; and MachineError.
        """
        pieces = {piece: partial for piece, partial in self._partials.items() if piece not in absent}
        unfinished = sorted(piece for piece, partial in pieces.items() if not partial.is_whole)
        if unfinished:
            raise ValueError(f"{self._recording}: {', '.join(unfinished)} is not whole")
        with _room(self._official.folder):
            unreadable = self._unreadable(pieces)
            pieces = {piece: partial for piece, partial in pieces.items() if piece not in unreadable}
            self._place(pieces)
            absent = {*absent, *unreadable, *self._official.not_in_bundles(pieces)}
        self._ledger.note_absent(str(self._recording), absent)
        for partial in self._partials.values():
            partial.hand_over()
            partial.path.unlink(missing_ok=True)
        self._finished += self._partials.values()
        self._partials = {}
        self._make_room()
        return self._official.files()

    def close(self) -> None:
        """Let others have the recording; closing twice is fine."""
        with self._asking:
            if self._is_closed:
                return
            self._is_closed = True
        for partial in (*self._partials.values(), *self._finished):
            if self.is_private:
                partial.discard()
            else:
                partial.close()
        # A state without its bytes is what a kill leaves while files get their names.
        goes_on = any(state.with_suffix("").exists() for state in self._lock.folder.glob("*.state"))
        self._lock.release(remove=self.is_private or not goes_on)

    def _unreadable(self, pieces: Mapping[str, PartialFile]) -> frozenset[str]:
        """Pieces of words that are none; raises InputError for others."""
        unreadable = set()
        for piece, partial in pieces.items():
            try:
                check_piece(piece, partial.path, partial.source)
            except InputError as error:
                if piece != "json" and not is_list(piece):
                    for came in self._partials.values():
                        came.discard()
                    self._partials = {}
                    raise
                log.warning("%s goes without %s: %s", self._recording, piece, error)
                unreadable.add(piece)
        return frozenset(unreadable)

    def _place(self, pieces: Mapping[str, PartialFile]) -> None:
        """Two copies that are finished at once must not each add to what the other one does not know."""
        self._official.folder.mkdir(parents=True, exist_ok=True)
        placing = FolderLock.wait_for(self._folder / PLACING)
        try:
            self._official.place(self._official.make(pieces, self._lock.folder))
        finally:
            for suffix in OFFICIAL:
                (self._lock.folder / f"new.{suffix}").unlink(missing_ok=True)
            placing.release(remove=True)


@contextlib.contextmanager
def _room(folder: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise MachineError(f"{folder} cannot be written: {error.strerror}") from None
