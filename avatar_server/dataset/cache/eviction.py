"""Which fetched recordings go when the cache is too large."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from pathlib import Path

from avatar_server.dataset.cache.incoming_folders import (
    PLACING,
    SHARED,
    incoming_folder,
    sweep,
    unfinished_recordings,
)
from avatar_server.dataset.cache.ledger import HeldRecording, Ledger
from avatar_server.dataset.cache.recording_lock import FolderLock

log = logging.getLogger(__name__)


def eviction_order(held: Iterable[HeldRecording], spared: str) -> tuple[HeldRecording, ...]:
    """What may be deleted, least recently used first, each recording once; `spared` never goes."""
    together: dict[str, HeldRecording] = {}
    for one in held:
        before = together.get(one.recording, HeldRecording(one.recording, 0, 0.0))
        together[one.recording] = HeldRecording(
            one.recording, before.size_bytes + one.size_bytes, max(before.used_s, one.used_s)
        )
    together.pop(spared, None)
    return tuple(sorted(together.values(), key=lambda one: (one.used_s, one.recording)))


def make_room(data_dir: Path, ledger: Ledger, limit_bytes: int, *, spared: str = "") -> None:
    """Delete what we fetched, least recently used first, until it takes at most `limit_bytes`.

    Also what is not whole. Of files only those that are as we left them: one that somebody changed is
    forgotten, and stays. A recording that somebody works on stays, too. Who has a file open can read it to
    its end. Raises MachineError.
    """
    unfinished = tuple(unfinished_recordings(data_dir))
    for one in unfinished:
        sweep(incoming_folder(data_dir, one.recording))
    held = (*ledger.held(), *unfinished)
    total_bytes = sum(one.size_bytes for one in held)
    for one in eviction_order(held, spared):
        if total_bytes <= limit_bytes:
            break
        if _evict(data_dir, ledger, one.recording):
            total_bytes -= one.size_bytes


def _evict(data_dir: Path, ledger: Ledger, recording: str) -> bool:
    """Whether nothing of it counts any more; False if somebody works on it."""
    folder = incoming_folder(data_dir, recording)
    lock = FolderLock.take(folder / SHARED)
    if lock is None:
        return False
    is_gone = False
    try:
        placing = FolderLock.take(folder / PLACING)
        if placing is not None:
            try:
                is_gone = _delete(data_dir, ledger, recording)
            finally:
                placing.release(remove=True)
    finally:
        lock.release(remove=is_gone)
    return is_gone


def _delete(data_dir: Path, ledger: Ledger, recording: str) -> bool:
    """Whether all went. The NPZ goes first: while it is there all of the recording seems to be."""
    gone: list[str] = []
    files = ledger.files(recording)
    for file in sorted(files, key=lambda file: not file.path.endswith(".npz")):
        try:
            if file.is_as_left(data_dir):
                (data_dir / file.path).unlink(missing_ok=True)
        except OSError as error:
            log.warning("%s cannot be deleted: %s", data_dir / file.path, error.strerror)
            break
        gone.append(file.path)
    ledger.forget(gone)
    return len(gone) == len(files)
