"""Where exports lie until they are fetched: a folder for each running server, gone with it."""

from __future__ import annotations

import contextlib
import fcntl
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import IO, Self

from avatar_server.errors import MachineError, UsageError
from avatar_server.settings import cache_dir

_LOCK = "lock"
_PREFIX = "server-"


class ExportFolder:
    """A context: leaving it removes the folder. What servers left behind that were killed is removed too.

    A machine without room for a folder does not keep a server from starting; who exports is told then.
    """

    def __init__(self, parent: Callable[[], Path] = lambda: cache_dir() / "exports") -> None:
        """parent: gives the folder that the servers of this account share; made when it is needed."""
        self._parent = parent
        self._path: Path | None = None
        self._held: IO[bytes] | None = None

    def __enter__(self) -> Self:
        with contextlib.suppress(MachineError):
            self._opened()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._path is not None and self._held is not None:
            shutil.rmtree(self._path, ignore_errors=True)
            self._held.close()

    def make_room(self, name: str) -> Path:
        """A new folder for one export; MachineError if it cannot be made."""
        room = self._opened() / name
        try:
            room.mkdir()
        except OSError as error:
            raise MachineError(f"no folder for the export can be made ({error.strerror})") from None
        return room

    def room(self, name: str) -> Path:
        """The folder of that export."""
        return self._opened() / name

    def remove(self, name: str) -> None:
        """Remove an export's folder with all that is in it, if it is there."""
        if self._path is not None:
            shutil.rmtree(self._path / name, ignore_errors=True)

    def free_bytes(self) -> int:
        """What the disk still takes; MachineError if there is no folder."""
        return shutil.disk_usage(self._opened()).free

    def _opened(self) -> Path:
        if self._path is not None:
            return self._path
        try:
            parent = self._parent()
            parent.mkdir(parents=True, exist_ok=True)
            with (parent / _LOCK).open("wb") as gate:
                fcntl.flock(gate, fcntl.LOCK_EX)  # Nobody sweeps away what is not locked yet.
                _sweep(parent)
                path = Path(tempfile.mkdtemp(prefix=_PREFIX, dir=parent))
                self._held = (path / _LOCK).open("wb")
                fcntl.flock(self._held, fcntl.LOCK_EX)
        except UsageError as error:
            raise MachineError(str(error)) from None
        except OSError as error:
            raise MachineError(f"no folder for exports can be made ({error.strerror or error})") from None
        self._path = path
        return path


def _sweep(parent: Path) -> None:
    """Remove the folders whose servers are gone: their locks went with them."""
    for folder in parent.glob(f"{_PREFIX}*"):
        with contextlib.suppress(OSError), (folder / _LOCK).open("rb") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            shutil.rmtree(folder, ignore_errors=True)
