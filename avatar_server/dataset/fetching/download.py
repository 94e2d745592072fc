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
)
from avatar_server.timing.back_off import BackOff

MOST_FAILURES = 6
"""In a row, without a single byte in between: about half a minute of trying."""

CHUNK_BYTES = 1 << 18


class FetchStoppedError(AvatarServerError):
    """Whoever wanted the file does not any more; what came is kept."""


def download(
    file: StoredFile,
    into: PartialFile,
    *,
    wait: Callable[[float], bool],
    on_trouble: Callable[[StoreError, float], None] = lambda error, wait_s: None,
) -> None:
    """Fetch what `into` lacks of `file`.

    wait: waits for so many seconds and says whether to stop (`threading.Event.wait` does); asked between
    chunks, too. on_trouble: told what failed and how long it waits before the next try. A file that changes
    meanwhile is fetched from its beginning. Raises AbsentError and DeniedError at once, other errors of the
    store after `MOST_FAILURES`, MachineError, and FetchStoppedError.
    """
    back_off = BackOff()
    while not into.is_whole:
        before = into.here.byte_count
        try:
            _fetch_first_gap(file, into, wait)
        except (TransferError, StoreBusyError, ChangedError) as error:
            if isinstance(error, ChangedError):
                into.forget()
            gained = into.here.byte_count > before
            back_off = BackOff(1) if gained else back_off.failed()
            if back_off.failures > MOST_FAILURES:
                raise
            wait_s = back_off.wait_s(getattr(error, "retry_after_s", None))
            on_trouble(error, wait_s)
            if wait(wait_s):
                raise FetchStoppedError(f"{file.where}: stopped") from None


def _fetch_first_gap(file: StoredFile, into: PartialFile, wait: Callable[[float], bool]) -> None:
    size_bytes = into.size_bytes
    start, stop = 0, None
    if size_bytes is not None:
        start, end = into.here.missing(0, size_bytes)[0]
        stop = None if end == size_bytes else end
    with file.open(start, stop, version=into.version) as stream:
        into.describe(stream.size_bytes, stream.version)
        if stream.start != start or into.here.covers(start, start + 1):
            raise TransferError(f"bytes from {start} on were asked for, not these", where=file.where)
        position = start
        while data := stream.read(CHUNK_BYTES):
            into.write(position, data)
            position += len(data)
            if wait(0):
                raise FetchStoppedError(f"{file.where}: stopped")
        reached = into.size_bytes if stop is None else stop
        if position != reached:
            raise TransferError(f"it ended after {position} of {reached} bytes", where=file.where)
