"""What every store does. Calls block; they may come from any thread, and several at a time."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from types import TracebackType
from typing import Protocol, Self

from avatar_server.dataset.modalities import Modality
from avatar_server.dataset.recording_id import RecordingId


@dataclass(frozen=True, slots=True, order=True)
class RecordingPlace:
    """Where the data set keeps a recording, as `filelist.csv` tells. batch, archive: None if it does not."""

    id: RecordingId
    label: str
    split: str
    batch: int | None
    archive: int | None


class ByteStream(Protocol):
    """One answer of a store, read from its first byte on, as fast as it is asked for.

    While nobody reads, little more than the socket's buffer is under way. A context that is left, or closed,
    in the middle costs nothing more.
    """

    @property
    def start(self) -> int:
        """Position in the file of the first byte."""

    @property
    def size_bytes(self) -> int:
        """Of the whole file."""

    @property
    def version(self) -> str:
        """Changes with the file's content (ETag or the like); empty if the store tells none."""

    def read(self, most: int) -> bytes:
        """Some bytes, at least one and at most `most`; none after the last byte that was asked for.

        Raises `TransferError` when the connection breaks, or ends before the last byte, and `ChangedError`
        if it is seen that the file changes meanwhile.
        """

    def relax(self) -> None:
        """From now on speed matters more than how little is under way."""

    def close(self) -> None:
        """Give up what is not read; closing twice is fine."""

    def __enter__(self) -> Self: ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...


class StoredFile(Protocol):
    """One file of a store, or one member of an archive in it."""

    @property
    def piece(self) -> str:
        """Which one, see `modalities`."""

    @property
    def where(self) -> str:
        """Its address for people: no credentials, no signed query."""

    @property
    def size_bytes(self) -> int | None:
        """If that is known without asking for it."""

    def open(self, start: int = 0, stop: int | None = None, *, version: str = "") -> ByteStream:
        """Ask once for the bytes from `start` to before `stop` (None: to the end).

        version: of the bytes that are here already; another one raises `ChangedError`. Raises `AbsentError`,
        `DeniedError`, `StoreBusyError` or `TransferError`. Tries once; whoever asks may ask again.
        """


class Store(Protocol):
    """A place with recordings."""

    @property
    def name(self) -> str:
        """For people and for `--source`: `https`, `hf`, ..."""

    def files(self, place: RecordingPlace, modalities: Collection[Modality]) -> tuple[StoredFile, ...]:
        """The files that may hold these modalities of a recording, those a player needs first.

        A store of loose files answers without asking: what is not there shows when it is opened. A store of
        archives may have to read an index. Raises `AbsentError` if the recording is known not to be there,
        `BrokenArchiveError`, and the errors of `StoredFile.open`.
        """

    def close(self) -> None:
        """Let connections go; closing twice is fine."""
