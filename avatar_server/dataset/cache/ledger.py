"""What we fetched, when it was last used, and what no store has: `.avatar-server/fetched.sqlite`."""

from __future__ import annotations

import contextlib
import sqlite3
import threading
import time
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from pathlib import Path

from avatar_server.errors import MachineError

_WAIT_S = 30.0
"""For other processes that write."""

_SCHEMA = """
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


class Ledger:
    """The book of a data folder; any thread, any number of processes.

    A book that is lost or broken is begun anew: what was written in it before is then nobody's to delete.
    """

    def __init__(self, data_dir: Path) -> None:
        self.path = data_dir / ".avatar-server" / "fetched.sqlite"
        self._local = threading.local()

    def note(self, files: Collection[FetchedFile]) -> None:
        """We put these there."""
        rows = [(f.path, f.recording, f.size_bytes, f.mtime_ns, f.source, f.used_s) for f in files]
        with self._writing() as book:
            book.executemany("INSERT OR REPLACE INTO files VALUES (?, ?, ?, ?, ?, ?)", rows)

    def note_absent(self, recording: str, pieces: Collection[str]) -> None:
        """The store has none of these."""
        with self._writing() as book:
            book.executemany(
                "INSERT OR IGNORE INTO absent VALUES (?, ?)", [(recording, piece) for piece in pieces]
            )

    def forget_absent(self, recording: str) -> None:
        """Somebody wants the store to be asked again."""
        with self._writing() as book:
            book.execute("DELETE FROM absent WHERE recording = ?", (recording,))

    def absent(self, recording: str) -> frozenset[str]:
        """Pieces that the store was found not to have."""
        if not self.path.exists():
            return frozenset()
        rows = self._book().execute("SELECT piece FROM absent WHERE recording = ?", (recording,))
        return frozenset(piece for (piece,) in rows)

    def use(self, recording: str) -> None:
        """Somebody plays this just now. Where nothing can be written, nothing is evicted either."""
        if self.path.exists():
            with contextlib.suppress(MachineError), self._writing() as book:
                book.execute("UPDATE files SET used_s = ? WHERE recording = ?", (time.time(), recording))

    def files(self, recording: str | None = None) -> tuple[FetchedFile, ...]:
        """What we put there, all of it or of one recording, least recently used first."""
        if not self.path.exists():
            return ()
        of_one = "" if recording is None else "WHERE recording = ?"
        rows = self._book().execute(
            f"SELECT path, recording, size_bytes, mtime_ns, source, used_s FROM files {of_one} "
            "ORDER BY used_s, path",
            () if recording is None else (recording,),
        )
        return tuple(FetchedFile(*row) for row in rows)

    def total_bytes(self) -> int:
        """Of all that we put there."""
        if not self.path.exists():
            return 0
        (total,) = self._book().execute("SELECT coalesce(sum(size_bytes), 0) FROM files").fetchone()
        return int(total)

    def forget(self, paths: Collection[str]) -> None:
        """These are gone, or are not ours any more."""
        with self._writing() as book:
            book.executemany("DELETE FROM files WHERE path = ?", [(path,) for path in paths])

    @contextlib.contextmanager
    def _writing(self) -> Iterator[sqlite3.Connection]:
        try:
            with self._book() as book:
                yield book
        except sqlite3.OperationalError as error:
            raise MachineError(f"{self.path} cannot be written: {error}") from None

    def _book(self) -> sqlite3.Connection:
        """This thread's connection."""
        book: sqlite3.Connection | None = getattr(self._local, "book", None)
        if book is None:
            try:
                book = self._open()
            except sqlite3.DatabaseError as error:
                if isinstance(error, sqlite3.OperationalError):
                    raise MachineError(f"{self.path} cannot be opened: {error}") from None
                self.path.replace(self.path.with_name(self.path.name + ".broken"))
                book = self._open()
            self._local.book = book
        return book

    def _open(self) -> sqlite3.Connection:
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise MachineError(f"{self.path.parent} cannot be made: {error.strerror}") from None
        book = sqlite3.connect(self.path, timeout=_WAIT_S)
        book.executescript(_SCHEMA)
        return book
