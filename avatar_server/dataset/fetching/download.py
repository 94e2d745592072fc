"""One file of a store, whole, however often the way breaks."""

from __future__ import annotations

from collections.abc import Callable

from avatar_server.dataset.cache.partial_file import PartialFile
from avatar_server.dataset.stores.contract import StoredFile
from avatar_server.errors import (
    AvatarServerError,
    ChangedError,
    StoreBusyError,
    StoreError,
    TransferError,
    UnreachableError,
)
from avatar_server.timing.back_off import BackOff

MOST_FAILURES = 6
"""In a row, without a single byte in between: about a minute of trying."""

MOST_UNREACHABLE = 1
"""The same for whoever waits for an answer: without a network it comes within seconds."""

MOST_CHANGES = 3
"""A file that is another one each time it is asked for never comes whole."""

CHUNK_BYTES = 1 << 18


class FetchStoppedError(AvatarServerError):
    """Whoever wanted the file does not any more; what came is kept."""


def download(
    file: StoredFile,
    into: PartialFile,
    *,
    wait: Callable[[float], bool],
    on_trouble: Callable[[StoreError, float], None] = lambda error, wait_s: None,
    most_unreachable: int = MOST_FAILURES,
) -> None:
    """Fetch what `into` lacks of `file`.

    wait: waits for so many seconds and says whether to stop (`threading.Event.wait` does); asked between
    chunks, too. on_trouble: told what failed, and for how long is waited before the next try. A file that
    changes meanwhile is fetched from its beginning. most_unreachable: failures in a row for want of a
    connection. Raises AbsentError and DeniedError at once, other errors of the store after `MOST_FAILURES`,
    `most_unreachable` or `MOST_CHANGES`, MachineError, and FetchStoppedError.
    """
    back_off, changes = BackOff(), 0
    while not into.is_whole:
        _stop_if_asked(file, wait, 0.0)
        before = into.here.byte_count
        try:
            _fetch_first_gap(file, into, wait)
        except (TransferError, StoreBusyError, ChangedError) as error:
            gained = into.here.byte_count > before
            if isinstance(error, ChangedError):
                into.forget()
                gained = False
                changes += 1
            back_off = BackOff(1) if gained else back_off.failed()
            most = most_unreachable if isinstance(error, UnreachableError) else MOST_FAILURES
            if back_off.failures > most or changes > MOST_CHANGES:
                raise
            wait_s = back_off.wait_s(getattr(error, "retry_after_s", None))
            on_trouble(error, wait_s)
            _stop_if_asked(file, wait, wait_s)
        else:
            back_off = BackOff()


def _fetch_first_gap(file: StoredFile, into: PartialFile, wait: Callable[[float], bool]) -> None:
    size_bytes = into.size_bytes
    start, stop = 0, None
    if size_bytes is not None:
        start, end = into.here.missing(0, size_bytes)[0]
        stop = None if end == size_bytes else end
    with file.open(start, stop, version=into.version) as stream:
        into.describe(stream.size_bytes, stream.version)
        # A server that knows no ranges begins at the beginning, which serves as well.
        position = stream.start
        if not 0 <= position <= start:
            raise TransferError(f"bytes from {start} on came from {position} on", where=file.where)
        reached = stream.size_bytes if stop is None else min(stop, stream.size_bytes)
        while position < reached:
            data = stream.read(min(CHUNK_BYTES, reached - position))
            if not data:
                raise TransferError(f"it ended after {position} of {reached} bytes", where=file.where)
            into.write(position, data)
            position += len(data)
            _stop_if_asked(file, wait, 0.0)


def _stop_if_asked(file: StoredFile, wait: Callable[[float], bool], seconds: float) -> None:
    if wait(seconds):
        raise FetchStoppedError(f"{file.where}: stopped")
