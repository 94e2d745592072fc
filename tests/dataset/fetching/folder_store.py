"""A store that is a folder of loose files, and fails as it was told to."""

from __future__ import annotations

import io
from collections.abc import Collection
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import numpy as np

from avatar_server.dataset.catalogue import open_catalogue
from avatar_server.dataset.listed_interaction import ListedRecording
from avatar_server.dataset.modalities import SMPLH, Modality, pieces_of
from avatar_server.dataset.stores.contract import ByteStream, RecordingPlace, StoredFile
from avatar_server.errors import AbsentError, StoreError, TransferError

HEADER = "file_id,label,split,batch_idx,archive_idx"


@dataclass
class FolderStream:
    """Breaks off before byte `ends` without having said so."""

    file: io.BufferedReader
    start: int
    size_bytes: int
    ends: int
    version: str = "1"

    def read(self, most: int) -> bytes:
        left = self.ends - self.file.tell()
        if left <= 0 and self.ends < self.size_bytes:
            raise TransferError("broken off", where=self.file.name)
        return self.file.read(min(most, left))

    def relax(self) -> None:
        pass

    def close(self) -> None:
        self.file.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


@dataclass
class FolderFile:
    path: Path
    piece: str
    store: FolderStore
    size_bytes: int | None = None

    @property
    def where(self) -> str:
        return str(self.path)

    def open(self, start: int = 0, stop: int | None = None, *, version: str = "") -> ByteStream:
        name = f"{self.path.name}:{self.piece}"
        self.store.opened.append((name, start))
        trouble = self.store.trouble.get(name) or self.store.trouble.get(self.piece)
        if trouble:
            what = trouble.pop(0)
            if isinstance(what, BaseException):
                raise what
        else:
            what = None
        if not self.path.exists():
            raise AbsentError("not there", where=self.where)
        size = self.path.stat().st_size
        file = self.path.open("rb")
        file.seek(start)
        return FolderStream(file, start, size, size if what is None else what)


@dataclass
class FolderStore:
    """trouble: by piece, or by file and piece, what happens at its next openings.

    An error is raised; a number is where the stream breaks off.
    """

    folder: Path
    trouble: dict[str, list[Any]] = field(default_factory=dict)
    opened: list[tuple[str, int]] = field(default_factory=list)
    asked: list[StoreError] = field(default_factory=list)
    name: str = "folder"

    def path(self, recording: object, piece: str) -> Path:
        return self.folder / piece.replace(":", "-") / str(recording)

    def files(self, place: RecordingPlace, modalities: Collection[Modality]) -> tuple[StoredFile, ...]:
        if self.asked:
            raise self.asked.pop(0)
        return tuple(FolderFile(self.path(place.id, piece), piece, self) for piece in pieces_of(modalities))

    def close(self) -> None:
        pass

    def put(self, recording: object, pieces: dict[str, bytes]) -> None:
        for piece, data in pieces.items():
            path = self.path(recording, piece)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(data)


def npy(array: object) -> bytes:
    content = io.BytesIO()
    np.save(content, np.asarray(array))
    return content.getvalue()


def motion(frames: int = 4) -> dict[str, bytes]:
    """The arrays of a recording, as the bucket has them."""
    shapes = ((3,), (21, 3), (15, 3), (15, 3), (3,))
    arrays = {
        key: npy(np.full((frames, *shape), 0.1, np.float32))
        for key, shape in zip(SMPLH, shapes, strict=False)
    }
    return {**arrays, "smplh:is_valid": npy(np.ones(frames, np.bool_))}


def listed(data_dir: Path, *ids: str) -> tuple[ListedRecording, ...]:
    """The recordings of a file list, which is written to `data_dir`."""
    data_dir.mkdir(parents=True, exist_ok=True)
    rows = [f"{name},improvised,dev,0,{number}" for number, name in enumerate(ids)]
    (data_dir / "filelist.csv").write_text("\n".join((HEADER, *rows)))
    page = open_catalogue(data_dir).query()
    return tuple(recording for one in page.interactions for recording in one.recordings)
