"""What we fetched, when it was last used, and what no store has: `.avatar-server/fetched.sqlite`."""

from __future__ import annotations

import contextlib
import sqlite3
import threading
import time
from collections.abc import Callable, Collection
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any, TypeVar

from avatar_server.dataset.recording_id import RecordingId
from avatar_server.errors import MachineError, UsageError

_Done = TypeVar("_Done")

_WAIT_S = 30.0
"""For other processes that write."""

_SCHEMA = """
BEGIN;
CREATE TABLE IF NOT EXISTS files (
    path TEXT PRIMARY KEY,
    recording TEXT NOT NULL,
    size_bytes INTEGER NOT NULL,
    mtime_ns INTEGER NOT NULL,
    source TEXT NOT NULL,
    used_s REAL NOT NULL
);
CREATE INDEX IF NOT EXISTS files_of_recording ON files (recording);
CREATE TABLE IF NOT EXISTS absent (
    recording TEXT NOT NULL,
    piece TEXT NOT NULL,
    PRIMARY KEY (recording, piece)
);
COMMIT;
"""


@dataclass(frozen=True, slots=True)
class FetchedFile:
    """A file as we left it. path: below the data folder. used_s: seconds since 1970."""

    path: str
    recording: str
    size_bytes: int
    mtime_ns: int
    source: str
    used_s: float

    def is_as_left(self, data_dir: Path) -> bool:
        """Whether nobody changed it since, nor removed it. Raises OSError."""
        try:
            found = (data_dir / self.path).stat()
        except FileNotFoundError:
            return False
        return (found.st_size, found.st_mtime_ns) == (self.size_bytes, self.mtime_ns)


@dataclass(frozen=True, slots=True)
class HeldRecording:
    """What the cache holds of a recording. used_s: seconds since 1970, when any of it was used."""

    recording: str
    size_bytes: int
    used_s: float


class Ledger:
    """The book of a data folder; any thread, any number of processes.

    A book that is lost or broken is begun anew: what was written in it before is then nobody's to delete.
    So is a line that leads out of the data folder. Every call may raise MachineError.
    """

    def __init__(self, data_dir: Path) -> None:
        self.path = data_dir / ".avatar-server" / "fetched.sqlite"
        self._local = threading.local()

    def note(self, files: Collection[FetchedFile]) -> None:
        """We put these there."""
        rows = [(f.path, f.recording, f.size_bytes, f.mtime_ns, f.source, f.used_s) for f in files]
        self._with_book(
            lambda book: book.executemany("INSERT OR REPLACE INTO files VALUES (?, ?, ?, ?, ?, ?)", rows)
        )

    def note_absent(self, recording: str, pieces: Collection[str]) -> None:
        """The store has none of these."""
        rows = [(recording, piece) for piece in pieces]
        self._with_book(lambda book: book.executemany("INSERT OR IGNORE INTO absent VALUES (?, ?)", rows))

    def forget_absent(self, recording: str) -> None:
        """Somebody wants the store to be asked again."""
        self._with_book(lambda book: book.execute("DELETE FROM absent WHERE recording = ?", (recording,)))

    def absent(self, recording: str) -> frozenset[str]:
        """Pieces that the store was found not to have."""
        rows = self._rows("SELECT piece FROM absent WHERE recording = ?", recording)
        return frozenset(piece for (piece,) in rows)

    def use(self, recording: str) -> None:
        """Somebody plays this just now; where nothing can be written, that is not noted."""
        if self.path.exists():
            with contextlib.suppress(MachineError):
                self._with_book(
                    lambda book: book.execute(
                        "UPDATE files SET used_s = ? WHERE recording = ?", (time.time(), recording)
                    )
                )

    def files(self, recording: str | None = None) -> tuple[FetchedFile, ...]:
        """What we put there, all of it or of one recording, least recently used first."""
        of_one = "" if recording is None else "WHERE recording = ?"
        rows = self._rows(
            f"SELECT path, recording, size_bytes, mtime_ns, source, used_s FROM files {of_one} "
            "ORDER BY used_s, path",
            *(() if recording is None else (recording,)),
        )
        return tuple(file for row in rows if _stays_inside(file := FetchedFile(*row)))

    def held(self) -> tuple[HeldRecording, ...]:
        """How much of each recording we put there."""
        rows = self._rows("SELECT recording, SUM(size_bytes), MAX(used_s) FROM files GROUP BY recording")
        return tuple(HeldRecording(*row) for row in rows if _is_recording(row[0]))

    def forget(self, paths: Collection[str]) -> None:
        """These are gone, or are not ours any more."""
        rows = [(path,) for path in paths]
        self._with_book(lambda book: book.executemany("DELETE FROM files WHERE path = ?", rows))

    def _rows(self, query: str, *values: str) -> list[Any]:
        """Nothing where there is no book yet: reading makes none."""
        if not self.path.exists():
            return []
        return self._with_book(lambda book: book.execute(query, values).fetchall())

    def _with_book(self, work: Callable[[sqlite3.Connection], _Done]) -> _Done:
        """Work with this thread's book in one transaction; with a new one if it turns out to be broken."""
        for is_last in (False, True):
            inode = _inode(self.path)
            try:
                with self._book(inode) as book:
                    return work(book)
            except sqlite3.DatabaseError as error:
                # Its subclasses say that it cannot be used just now, not that it is none.
                if is_last or type(error) is not sqlite3.DatabaseError:
                    raise MachineError(f"{self.path} cannot be used: {error}") from None
                self._local.book = None
                if _inode(self.path) == inode:
                    self.path.replace(self.path.with_name(self.path.name + ".broken"))
        raise AssertionError("the second try returns or raises")

    def _book(self, inode: int | None) -> sqlite3.Connection:
        """This thread's connection to the file that has the name now; others may have replaced it."""
        book: sqlite3.Connection | None = getattr(self._local, "book", None)
        if book is not None and self._local.inode == inode:
            return book
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise MachineError(f"{self.path.parent} cannot be made: {error.strerror}") from None
        book = sqlite3.connect(self.path, timeout=_WAIT_S)
        book.executescript(_SCHEMA)
        self._local.book, self._local.inode = book, _inode(self.path)
        return book


def _inode(path: Path) -> int | None:
    try:
        return path.stat().st_ino
    except OSError:
        return None


def _is_recording(text: str) -> bool:
    try:
        RecordingId.parse(text)
    except (UsageError, TypeError):
        return False
    return True


def _stays_inside(file: FetchedFile) -> bool:
    """The book lies in a folder that may come from anywhere, and says what is deleted."""
    if not isinstance(file.path, str):
        return False  # SQLite keeps what it is given, whatever the column's type.
    path = PurePosixPath(file.path)
    return (
        _is_recording(file.recording)
        and path.stem == file.recording
        and not path.is_absolute()
        and ".." not in path.parts
    )
