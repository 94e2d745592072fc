"""Where the films of a batch are kept: a folder, or anything that fsspec has a URL for."""

from __future__ import annotations

from contextlib import AbstractContextManager
from pathlib import Path
from typing import Protocol

from avatar_server.errors import MachineError, UsageError
from avatar_server.segments.plan import Segment

UNFINISHED = ".unfinished"
"""Folder of a place: a folder in it for each entry that is begun and not finished."""

SEGMENT_ENDING = ".segment"


def segment_name(segment: Segment) -> str:
    """Of its file, in the folder of what is unfinished."""
    return f"{segment.first:08d}-{segment.count}{SEGMENT_ENDING}"


class Lock(Protocol):
    """Something that is this run's own."""

    def release(self, *, remove: bool = False) -> None:
        """Let others have it, or remove it with all that is in it; releasing twice is fine."""


class Place(Protocol):
    """Files by their names below the place, with strokes. Goes to other processes and machines.

    What is written is there whole or not at all. All errors are MachineError; NoRoomError when it is full.
    """

    def __str__(self) -> str:
        """For people, without secrets."""

    def prepare(self) -> None:
        """Make it, or see that it takes files."""

    def read(self, name: str) -> bytes | None:
        """The content of a small file; None if there is none."""

    def write(self, name: str, data: bytes) -> None:
        """A small file, replaced if it is there."""

    def append(self, name: str, line: bytes) -> None:
        """Add a line to a log that many write; a place that cannot do that keeps none."""

    def state(self, name: str) -> tuple[int, str] | None:
        """Size in bytes and SHA-256 of a file, which is read for that; None if there is none."""

    def names(self, folder: str) -> tuple[str, ...]:
        """Names in a folder, sorted; none if there is no such folder."""

    def scratch(self, entry: str) -> AbstractContextManager[Path]:
        """A folder of this machine to write something of an entry to, before it is kept.

        Whoever works in one keeps `nobody_works` waiting, also after the run that told it to is gone.
        """

    def keep(self, path: Path, name: str) -> None:
        """A file of `scratch` gets its name in the place."""

    def local(self, name: str, scratch: Path) -> Path:
        """The file on this machine, brought into `scratch` if it is elsewhere; InputError if there is none.

        A folder gives the name that the file would have.
        """

    def remove(self, name: str) -> None:
        """No error if it is not there."""

    def lock(self, entry: str) -> Lock | None:
        """What is unfinished of an entry is this run's own; None if another run has it."""

    def nobody_works(self, entry: str) -> bool:
        """Whether no worker of a run that is gone still writes to what is unfinished of the entry."""

    def free_bytes(self) -> int | None:
        """How much more it takes; None if that is not known."""


def unfinished(entry: str, name: str = "") -> str:
    """The name of a file of an entry that is not finished, or of their folder."""
    return f"{UNFINISHED}/{entry}/{name}" if name else f"{UNFINISHED}/{entry}"


def open_place(text: str) -> Place:
    """The place that a folder's name, or a URL such as `s3://BUCKET/FOLDER`, means.

    Raises UsageError, or MachineError if a package is missing that such URLs need.
    """
    scheme, marks, rest = text.partition("://")
    if not marks:
        from avatar_server.batch.folder_place import FolderPlace
        from avatar_server.settings import expanded

        if not text.strip():
            raise UsageError(f"-o: expected a folder, got {text!r}")
        return FolderPlace(expanded(text, "-o").absolute())
    if not rest.strip("/"):
        raise UsageError(f"-o: expected a folder or a URL such as s3://BUCKET/FOLDER, got {text!r}")
    from avatar_server.batch.url_place import UrlPlace

    try:
        import fsspec

        fsspec.get_filesystem_class(scheme)
    except ValueError:
        raise UsageError(f"-o: no way to write to {scheme}:// is known") from None
    except ImportError as error:
        raise MachineError(f"-o: {scheme}:// cannot be written: {error}") from None
    return UrlPlace(text.rstrip("/"))
