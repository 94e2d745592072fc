"""The data set's repository on Hugging Face: recordings in tars of a gigabyte, read member by member."""

from __future__ import annotations

import re
import threading
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from avatar_server.dataset.modalities import BUNDLED_PIECE, NEEDED, Modality
from avatar_server.dataset.stores.contract import ByteStream, RecordingPlace, StoredFile
from avatar_server.dataset.stores.hub_files import HubFiles, HubRepository, usual_endpoint
from avatar_server.dataset.stores.tar_index import TarIndex
from avatar_server.dataset.stores.tar_walk import BLOCK_BYTES, Member, check_header
from avatar_server.errors import (
    AbsentError,
    BrokenArchiveError,
    ChangedError,
    InputError,
    TransferError,
    UsageError,
)
from avatar_server.settings import cache_dir

DATASET: Final = "facebook/seamless-interaction"
NEWEST: Final = "main"

_ADDRESS = re.compile(r"hf(?::([\w.-]{1,96}/[\w.-]{1,96})(?:@([\w./-]{1,255}))?)?", re.ASCII)

_NO_NAME = re.compile(r"\.\.|--|^[.-]|/[.-]|[.-](/|$)")
"""What the Hub takes for no name of a repository."""

_WIDE = frozenset({"wav", "mp4", "npz"})


@dataclass(frozen=True, slots=True)
class TarFile:
    """One member of a tar of the repository; one that is not in it shows so when it is opened."""

    piece: str
    size_bytes: int | None
    tar: _Tar
    stem: str

    @property
    def where(self) -> str:
        """See the contract."""
        return f"{self.tar.where} ({self.stem}.{self.piece})"

    def open(self, start: int = 0, stop: int | None = None, *, version: str = "") -> ByteStream:
        """See the contract."""
        return self.tar.open(self.stem, self.piece, start, stop, version=version, where=self.where)


class HubStore:
    """Keeps the contract `Store` for `hf` and `hf:OWNER/NAME@REVISION`; nothing is asked before `files`."""

    def __init__(self, address: str = "hf", *, index_dir: Path | None = None) -> None:
        """index_dir: where indices of tars are kept; None for the usual place. Raises UsageError."""
        found = _ADDRESS.fullmatch(address)
        if found is None or _NO_NAME.search(found[1] or ""):
            raise UsageError("--source: expected hf or hf:OWNER/NAME@REVISION")
        self.name = "hf"
        self._index_dir = cache_dir() / "tar-indices" if index_dir is None else index_dir
        self._files = HubFiles(HubRepository(found[1] or DATASET, found[2] or NEWEST, usual_endpoint()))
        self._tars: dict[str, _Tar] = {}
        self._lock = threading.Lock()

    def files(self, place: RecordingPlace, modalities: Collection[Modality]) -> tuple[StoredFile, ...]:
        """See the contract; walks through the headers of the recording's tar if nobody has before.

        Raises BrokenArchiveError, too.
        """
        if place.batch is None or place.archive is None:
            raise AbsentError(
                f"the list of recordings does not say in which archive {place.id} is",
                where=self._files.repository.page,
            )
        path = f"{place.label}/{place.split}/{place.batch:04d}/{place.archive:04d}.tar"
        with self._lock:
            tar = self._tars.setdefault(path, _Tar(self._files, path, self._index_dir))
        stem = str(place.id)
        wanted = {BUNDLED_PIECE[modality] for modality in modalities}
        members = tar.members(stem, wanted | (NEEDED & {"npz"}))
        if "npz" not in members:
            raise AbsentError(f"{stem} is not in it", where=tar.where)
        return tuple(
            TarFile(piece, members[piece].size_bytes if piece in members else 0, tar, stem)
            for piece in ("wav", "npz", "json", "mp4")
            if piece in wanted
        )

    def close(self) -> None:
        """See the contract."""
        self._files.close()


class _Tar:
    """One archive of the repository, and the index of what lies in it as it is now."""

    def __init__(self, files: HubFiles, path: str, index_dir: Path) -> None:
        self.where = files.where(path)
        self._files = files
        self._path = path
        self._index_dir = index_dir
        self._lock = threading.Lock()
        self._index: tuple[str, TarIndex] | None = None

    def members(self, stem: str, suffixes: Collection[str]) -> dict[str, Member]:
        """Of one recording, by suffix."""
        version, index = self._current()
        return self._find(version, index, stem, suffixes)

    def open(
        self, stem: str, suffix: str, start: int, stop: int | None, *, version: str, where: str
    ) -> ByteStream:
        """See `StoredFile.open`. The beginning of a member comes with its header, which must be its own."""
        current, index = self._current()
        if version and version != current:
            raise ChangedError("it has changed", where=where)
        member = self._find(current, index, stem, (suffix,)).get(suffix)
        if member is None:
            raise AbsentError("not in this archive", where=where)
        end = member.size_bytes if stop is None else min(stop, member.size_bytes)
        if end <= start:
            return _MemberStream(None, member, start, start, current)
        first = member.start + (start or -BLOCK_BYTES)
        try:
            stream = self._files.open(
                self._path, first, member.start + end, version=current, wide=suffix in _WIDE, where=where
            )
        except ChangedError:
            index.drop()
            raise
        found = _MemberStream(stream, member, start, end, current)
        if not start:
            try:
                check_header(found.read_header(), member, self.where)
            except InputError:
                found.close()
                index.drop()
                raise TransferError(
                    "the index of its archive did not fit, and is made anew", where=where
                ) from None
            except BaseException:
                found.close()
                raise
        return found

    def _find(self, version: str, index: TarIndex, stem: str, suffixes: Collection[str]) -> dict[str, Member]:
        def read(position: int, count: int) -> bytes:
            stop = position + count
            with self._files.open(
                self._path, position, stop, version=version, wide=False, where=self.where
            ) as stream:
                return b"".join(iter(lambda: stream.read(count), b""))

        try:
            return index.find(stem, suffixes, read)
        except ChangedError:
            index.drop()
            raise
        except InputError as error:
            raise BrokenArchiveError(
                f"expected {error.expected}, but found {error.came}", where=self.where
            ) from None

    def _current(self) -> tuple[str, TarIndex]:
        version, size_bytes = self._files.content(self._path)
        with self._lock:
            if self._index is None or self._index[0] != version:
                self._index = (version, TarIndex(self._index_dir, self.where, version, size_bytes))
            return self._index


class _MemberStream:
    """Keeps the contract `ByteStream`: a stretch of a tar, told as bytes of the member in it."""

    def __init__(
        self, stream: ByteStream | None, member: Member, start: int, stop: int, version: str
    ) -> None:
        """stream: from `start` on, or from the member's header if `start` is 0; None if nothing is wanted."""
        self.start = start
        self.size_bytes = member.size_bytes
        self.version = version
        self._stream = stream
        self._left = stop - start

    def read_header(self) -> bytes:
        """What lies before the member's first byte."""
        header = b""
        while self._stream is not None and len(header) < BLOCK_BYTES:
            header += self._stream.read(BLOCK_BYTES - len(header))
        return header

    def read(self, most: int) -> bytes:
        """See the contract."""
        data = self._stream.read(min(most, self._left)) if self._left and self._stream is not None else b""
        self._left -= len(data)
        return data

    def relax(self) -> None:
        """See the contract."""
        if self._stream is not None:
            self._stream.relax()

    def close(self) -> None:
        """See the contract."""
        if self._stream is not None:
            self._stream.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
