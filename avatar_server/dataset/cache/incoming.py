"""One recording while it arrives: its pieces, and how they become the files of the official tree."""

from __future__ import annotations

import contextlib
import os
import time
from collections.abc import Collection, Iterator
from pathlib import Path
from types import TracebackType
from typing import Self

from avatar_server.dataset.cache.bundling import (
    check_npz,
    json_document,
    list_items,
    npz_keys,
    write_json,
    write_npz,
)
from avatar_server.dataset.cache.ledger import FetchedFile, Ledger
from avatar_server.dataset.cache.partial_file import PartialFile
from avatar_server.dataset.cache.recording_lock import FolderLock
from avatar_server.dataset.interaction import RecordingFiles
from avatar_server.dataset.modalities import BUNDLED_PIECE, LOOSE_PIECES
from avatar_server.dataset.recording_id import RecordingId
from avatar_server.dataset.stores.contract import StoredFile
from avatar_server.errors import InputError, MachineError

_WHOLE = ("wav", "json", "mp4", "npz")
"""The files of the official tree. A recording is there when its NPZ is, so that is put there last."""

_PRIVATE = "private-"


class Incoming:
    """The recording's folder in `.avatar-server/incoming`, this process's own until it is closed.

    What is not whole when it is closed stays for whoever goes on; of a private copy (another process
    works on the same recording) nothing stays. A context.
    """

    def __init__(self, recording: RecordingId, target: Path, data_dir: Path, ledger: Ledger) -> None:
        """target: folder of the official tree that the whole files go to. Raises MachineError."""
        self._recording = recording
        self._target = target
        self._data_dir = data_dir
        self._ledger = ledger
        self._partials: dict[str, PartialFile] = {}
        self._finished: list[PartialFile] = []
        incoming = data_dir / ".avatar-server" / "incoming" / str(recording)
        lock = FolderLock.take(incoming / "shared")
        self.is_private = lock is None
        if lock is None:
            lock = FolderLock.take(incoming / f"{_PRIVATE}{os.getpid()}-{time.monotonic_ns()}")
            assert lock is not None
        else:
            _sweep(incoming)
        self._lock = lock

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
        """Where the bytes of this piece go, with what an earlier process left of them. MachineError."""
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
        nothing. Lists of words that cannot be read count as absent: nothing needs them. Raises InputError
        for other pieces that are not what they have to be, after throwing all away, and MachineError.
        """
        pieces = {piece: partial for piece, partial in self._partials.items() if piece not in absent}
        unfinished = sorted(piece for piece, partial in pieces.items() if not partial.is_whole)
        if unfinished:
            raise ValueError(f"{self._recording}: {', '.join(unfinished)} is not whole")
        absent = {*absent, *(name for name, file in pieces.items() if not _is_readable(name, file))}
        pieces = {piece: partial for piece, partial in pieces.items() if piece not in absent}
        try:
            with _room(self._target):
                self._target.mkdir(parents=True, exist_ok=True)
                made = [new for suffix in _WHOLE if (new := self._make(suffix, pieces)) is not None]
                placed = [file for name in made if (file := self._place(*name)) is not None]
        except InputError:
            for partial in self._partials.values():
                partial.discard()
            raise
        self._ledger.note(placed)
        self._ledger.note_absent(str(self._recording), {*absent, *self._not_in_bundles(pieces)})
        for partial in self._partials.values():
            partial.hand_over()
            partial.path.unlink(missing_ok=True)
        self._finished += self._partials.values()
        self._partials = {}
        return self._files()

    def close(self) -> None:
        """Let others have the recording; closing twice is fine."""
        for partial in (*self._partials.values(), *self._finished):
            partial.close()
        self._lock.release(remove=self.is_private or not any(self._lock.folder.glob("*.state")))

    def _make(self, suffix: str, pieces: dict[str, PartialFile]) -> tuple[Path, str, str] | None:
        """One official file, made beside the pieces and checked, with its suffix and source.

        None if nothing new came for it.
        """
        official = self._official(suffix)
        loose = {name: file.path for name, file in pieces.items() if _bundle_of(name) == suffix}
        bundled = pieces.get(suffix)
        new = self._lock.folder / f"new.{suffix}"
        if suffix == "npz":
            held = npz_keys(official)
            coming = {*loose} if bundled is None else {*loose, *npz_keys(bundled.path)}
            if bundled is not None:
                check_npz(bundled.path, bundled.source)
            if not coming or coming <= held:
                return None
            if bundled is not None and not loose and held <= coming:
                return bundled.path, suffix, bundled.source
            beside = [*([bundled.path] if bundled else []), *([official] if held else [])]
            write_npz(new, loose, beside=beside)
        elif suffix == "json":
            documents = [json_document(path) for path in (official, *([bundled.path] if bundled else []))]
            known = {*(documents[0] or {})}
            if {*loose, *(documents[-1] or {} if bundled else {})} <= known:
                return None
            write_json(new, str(self._recording), loose, beside=documents)
        elif bundled is None or official.exists():
            return None
        else:
            return bundled.path, suffix, bundled.source
        return new, suffix, next(pieces[name].source for name in (suffix, *loose) if name in pieces)

    def _not_in_bundles(self, pieces: dict[str, PartialFile]) -> set[str]:
        """Loose pieces that came in no bundle, and so do not exist."""
        held: set[str] = set()
        if "npz" in pieces:
            held |= npz_keys(self._official("npz"))
        if "json" in pieces:
            held |= {*(json_document(self._official("json")) or {})}
        return {
            piece
            for modality, names in LOOSE_PIECES.items()
            if BUNDLED_PIECE[modality] in pieces and BUNDLED_PIECE[modality] in ("npz", "json")
            for piece in names
            if piece not in held
        }

    def _official(self, suffix: str) -> Path:
        return self._target / f"{self._recording}.{suffix}"

    def _place(self, path: Path, suffix: str, source: str) -> FetchedFile | None:
        """Rename into the tree; a file that was somebody else's before stays out of the book."""
        official = self._official(suffix)
        name = official.relative_to(self._data_dir).as_posix()
        ours = not official.exists() or any(
            file.path == name and _is_unchanged(file, official)
            for file in self._ledger.files(str(self._recording))
        )
        with path.open("rb") as file:
            os.fsync(file.fileno())
        path.replace(official)
        if not ours:
            return None
        found = official.stat()
        return FetchedFile(name, str(self._recording), found.st_size, found.st_mtime_ns, source, time.time())

    def _files(self) -> RecordingFiles:
        wav, json, mp4 = (
            path if (path := self._official(suffix)).exists() else None for suffix in ("wav", "json", "mp4")
        )
        return RecordingFiles(self._recording, self._official("npz"), wav, json, mp4)


def _bundle_of(piece: str) -> str:
    """The official file that a loose piece ends up in; empty for one that is a file itself."""
    if ":" not in piece:
        return ""
    return "json" if piece.startswith(("metadata:", "annotations:")) else "npz"


def _is_readable(piece: str, file: PartialFile) -> bool:
    """False for a list that is none."""
    if _bundle_of(piece) != "json":
        return True
    try:
        list_items(file.path, file.source)
    except InputError:
        return False
    return True


def _is_unchanged(file: FetchedFile, path: Path) -> bool:
    found = path.stat()
    return (found.st_size, found.st_mtime_ns) == (file.size_bytes, file.mtime_ns)


def _sweep(incoming: Path) -> None:
    """Remove private copies whose process was killed."""
    for folder in incoming.glob(f"{_PRIVATE}*"):
        lock = FolderLock.take(folder)
        if lock is not None:
            lock.release(remove=True)


@contextlib.contextmanager
def _room(folder: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise MachineError(f"{folder} cannot be written: {error.strerror}") from None
