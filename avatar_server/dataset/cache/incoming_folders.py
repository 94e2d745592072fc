"""Where recordings lie that are not whole yet: `.avatar-server/incoming/{recording}/` of the data folder.

In it `shared` belongs to whoever goes on with the recording, `private-...` to somebody who cannot, because
another process does; `placing` is held by whoever changes the recording's files in the official tree.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path

from avatar_server.dataset.cache.ledger import HeldRecording
from avatar_server.dataset.cache.recording_lock import FolderLock
from avatar_server.dataset.recording_id import RecordingId
from avatar_server.errors import UsageError

SHARED = "shared"
PRIVATE = "private-"
PLACING = "placing"

_BLOCK_BYTES = 512
"""Of `st_blocks`, see stat(2); a file that is arriving has holes."""


def incoming_folder(data_dir: Path, recording: str) -> Path:
    """The folder of one recording."""
    return data_dir / ".avatar-server" / "incoming" / recording


def unfinished_recordings(data_dir: Path) -> Iterator[HeldRecording]:
    """What lies there of each recording, in any order; used when its last byte came."""
    with contextlib.suppress(OSError):
        for folder in incoming_folder(data_dir, "").iterdir():
            with contextlib.suppress(OSError, UsageError):
                recording = str(RecordingId.parse(folder.name))
                found = [path.stat() for path in folder.glob("*/*")]
                yield HeldRecording(
                    recording,
                    sum(stat.st_blocks for stat in found) * _BLOCK_BYTES,
                    max((stat.st_mtime for stat in found), default=0.0),
                )


def sweep(folder: Path) -> None:
    """Remove the private copies of a recording's folder whose process was killed. Raises MachineError."""
    for private in folder.glob(f"{PRIVATE}*"):
        lock = FolderLock.take(private)
        if lock is not None:
            lock.release(remove=True)
