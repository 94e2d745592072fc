"""Which fetched recordings go when the cache is too large."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import groupby
from pathlib import Path

from avatar_server.dataset.cache.ledger import FetchedFile, Ledger
from avatar_server.dataset.cache.recording_lock import FolderLock


def to_evict(files: Iterable[FetchedFile], limit_bytes: int, spared: str) -> tuple[str, ...]:
    """Recordings to delete, least recently used first, until the rest takes at most `limit_bytes`.

    A recording was used when any of its files was; `spared` never goes.
    """
    by_recording = {
        recording: tuple(group) for recording, group in groupby(sorted(files, key=_recording), key=_recording)
    }
    total_bytes = sum(file.size_bytes for group in by_recording.values() for file in group)
    evicted = []
    for recording, group in sorted(
        by_recording.items(), key=lambda item: (max(file.used_s for file in item[1]), item[0])
    ):
        if total_bytes <= limit_bytes:
            break
        if recording != spared:
            evicted.append(recording)
            total_bytes -= sum(file.size_bytes for file in group)
    return tuple(evicted)


def make_room(data_dir: Path, ledger: Ledger, limit_bytes: int, *, spared: str = "") -> None:
    """Delete what we fetched, least recently used first, until it takes at most `limit_bytes`.

    Only files that are as we left them: one that somebody changed is forgotten, and stays. A recording
    that somebody works on stays, too. Who has a file open can read it to its end.
    """
    if ledger.total_bytes() <= limit_bytes:
        return
    for recording in to_evict(ledger.files(), limit_bytes, spared):
        lock = FolderLock.take(data_dir / ".avatar-server" / "incoming" / recording / "shared")
        if lock is None:
            continue
        files = ledger.files(recording)
        for file in files:
            path = data_dir / file.path
            try:
                found = path.stat()
            except FileNotFoundError:
                continue
            if (found.st_size, found.st_mtime_ns) == (file.size_bytes, file.mtime_ns):
                path.unlink(missing_ok=True)
        ledger.forget([file.path for file in files])
        lock.release(remove=not any(lock.folder.glob("*.state")))


def _recording(file: FetchedFile) -> str:
    return file.recording
