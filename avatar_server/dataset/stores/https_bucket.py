"""The public bucket of the data set, or a mirror of it behind HTTP: one file an array, no listing."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field

from avatar_server.dataset.modalities import Modality, pieces_of
from avatar_server.dataset.stores.contract import ByteStream, RecordingPlace, StoredFile
from avatar_server.dataset.stores.http_files import HttpFiles, shown

PUBLIC_BUCKET = "https://dl.fbaipublicfiles.com/seamless_interaction"

_ABSENT = frozenset({403, 404})
"""The bucket may not be listed, so it answers 403 for what is not there."""

_WIDE = frozenset({"wav", "mp4"})


def bucket_path(place: RecordingPlace, piece: str) -> str:
    """Where the bucket keeps a piece, below its prefix."""
    top = f"{place.label}/{place.split}"
    if piece == "wav":
        return f"{top}/audio/{place.id}.wav"
    if piece == "mp4":
        return f"{top}/video/{place.id}.mp4"
    group, _, feature = piece.partition(":")
    ending = {"metadata": "jsonl", "annotations": "json"}.get(group, "npy")
    return f"{top}/{group}/{feature}/{place.id}.{ending}"


@dataclass(frozen=True, slots=True)
class BucketFile:
    """One file of the bucket; nothing is known of it before it is opened."""

    piece: str
    url: str = field(repr=False)
    http: HttpFiles

    @property
    def where(self) -> str:
        """See the contract."""
        return shown(self.url)

    @property
    def size_bytes(self) -> int | None:
        """See the contract."""
        return None

    def open(self, start: int = 0, stop: int | None = None, *, version: str = "") -> ByteStream:
        """See the contract."""
        return self.http.open(
            self.url, start, stop, version=version, wide=self.piece in _WIDE, absent=_ABSENT
        )


class HttpsBucket:
    """Keeps the contract `Store` for `base_url`, which has no slash at its end."""

    def __init__(self, base_url: str = PUBLIC_BUCKET) -> None:
        self.name = "https"
        self._base_url = base_url.rstrip("/")
        self._http = HttpFiles()

    def files(self, place: RecordingPlace, modalities: Collection[Modality]) -> tuple[StoredFile, ...]:
        """See the contract; nothing is asked."""
        return tuple(
            BucketFile(piece, f"{self._base_url}/{bucket_path(place, piece)}", self._http)
            for piece in pieces_of(modalities)
        )

    def close(self) -> None:
        """See the contract."""
        self._http.close()
