"""The one tree of errors: each says whose doing it was, what was expected, what came, and where.

The command line prints ``str(error)`` on one line and leaves with ``error.exit_status``; nobody who made
a mistake in a call or brought a broken file ever sees a traceback.
"""

from __future__ import annotations

from pathlib import Path


class AvatarServerError(Exception):
    """Anything this package raises on purpose."""

    exit_status = 1


class UsageError(AvatarServerError):
    """The call was wrong: an unknown camera, an odd size, a folder that is not there."""

    exit_status = 2


class InputError(AvatarServerError):
    """A file is not what it has to be.

    `expected` and `came` are short noun phrases, `where` is the file (and the key inside it, if any).
    """

    exit_status = 2

    def __init__(self, *, expected: str, came: str, where: str | Path) -> None:
        super().__init__(f"{where}: expected {expected}, but found {came}")
        self.expected = expected
        self.came = came
        self.where = str(where)


class MachineError(AvatarServerError):
    """The machine lacks something: OpenGL libraries, disk space, a free port. The message names the cure."""

    exit_status = 1


class NoRoomError(MachineError):
    """A disk, or another place for files, is full; the message says which."""


class MachineFullError(MachineError):
    """The machine holds no more just now; asking again after `retry_after_s` may succeed."""

    def __init__(self, reason: str, retry_after_s: int) -> None:
        super().__init__(reason)
        self.reason = reason
        self.retry_after_s = retry_after_s


class StageError(AvatarServerError):
    """A stage could not be started or has ended on its own."""

    exit_status = 1


class IncompleteError(AvatarServerError):
    """Of many things some failed, and all others were done; the message says where to look."""

    exit_status = 1


class StoreError(AvatarServerError):
    """A store of recordings did not give what it was asked for; `where` has no secrets in it."""

    exit_status = 1

    def __init__(self, message: str, *, where: str) -> None:
        super().__init__(f"{where}: {message}")
        self.where = where


class AbsentError(StoreError):
    """It is not there."""

    exit_status = 2


class DeniedError(StoreError):
    """It is not for whoever asked: a token is missing or not good enough."""


class StoreBusyError(StoreError):
    """Not now; asking again after `retry_after_s` may succeed (None: the store does not say when)."""

    def __init__(self, message: str, *, where: str, retry_after_s: float | None = None) -> None:
        super().__init__(message, where=where)
        self.retry_after_s = retry_after_s


class TransferError(StoreError):
    """The way to the store failed: no connection, cut short, too slow. Worth another try."""


class UnreachableError(TransferError):
    """Not even a connection could be made: the store, or this machine, is cut off from the network."""


class ChangedError(StoreError):
    """The file is another one than the bytes that are here already came from."""


class BrokenArchiveError(StoreError):
    """An archive of a store is not what it has to be; asking again will not help."""

    exit_status = 2
