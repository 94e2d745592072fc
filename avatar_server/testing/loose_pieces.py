"""Pieces of a recording as a bucket has them, a few bytes each, and a cache that takes them in."""

from __future__ import annotations

import io
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from avatar_server.dataset.cache.cache_tree import CacheTree
from avatar_server.dataset.cache.incoming import Incoming
from avatar_server.dataset.interaction import RecordingFiles
from avatar_server.dataset.recording_id import RecordingId
from avatar_server.dataset.stores.contract import ByteStream, RecordingPlace

PLACE = RecordingPlace(RecordingId(0, 809, 582, 1275, "A"), "improvised", "dev", 0, 11)
NAME = "improvised/dev/0000/0011/V00_S0809_I00000582_P1275A"
WORDS = [{"words": [], "start": 0.5, "end": 1.0, "transcript": "Hello."}]
VOICE = [{"start": 0.5, "end": 1.0}]
FILM = b"\0\0\0\x20ftypisom and so on"


@dataclass(frozen=True)
class Stored:
    """What the cache knows of a file of a store."""

    piece: str
    store: str = "https://bucket.example"
    size_bytes: int | None = None

    @property
    def where(self) -> str:
        """Its address."""
        return f"{self.store}/{self.piece}"

    def open(self, start: int = 0, stop: int | None = None, *, version: str = "") -> ByteStream:
        """Nobody asks."""
        raise AssertionError("the cache asks no store")


def npy(array: NDArray[Any]) -> bytes:
    """An array as the bytes of an NPY."""
    file = io.BytesIO()
    np.save(file, array)
    return file.getvalue()


def npz(arrays: dict[str, NDArray[Any]]) -> bytes:
    """Arrays as the bytes of a deflated NPZ."""
    file = io.BytesIO()
    np.savez_compressed(file, **arrays)  # type: ignore[arg-type]
    return file.getvalue()


def stored_npz(arrays: dict[str, NDArray[Any]]) -> bytes:
    """The same, not deflated."""
    file = io.BytesIO()
    np.savez(file, **arrays)  # type: ignore[arg-type]
    return file.getvalue()


def lines(items: list[dict[str, Any]]) -> bytes:
    """JSON Lines."""
    return "".join(json.dumps(item) + "\n" for item in items).encode()


MOTION: dict[str, NDArray[Any]] = {
    "smplh:global_orient": np.full((4, 3), 0.1, np.float32),
    "smplh:body_pose": np.full((4, 21, 3), 0.2, np.float64),
    "smplh:is_valid": np.array([True, False, True, True]),
}
LOOSE = {
    **{key: npy(array) for key, array in MOTION.items()},
    "wav": b"RIFF and so on",
    "metadata:vad": lines(VOICE),
    "metadata:transcript": lines(WORDS),
}
NOT_THERE = ("smplh:left_hand_pose", "smplh:right_hand_pose", "smplh:translation")


def arrive(incoming: Incoming, pieces: dict[str, bytes]) -> None:
    """Let all of these be here."""
    for piece, data in pieces.items():
        partial = incoming.partial(Stored(piece))
        partial.describe(len(data), "v1")
        partial.write(0, data)


def fetched(
    tree: CacheTree, pieces: dict[str, bytes], absent: tuple[str, ...] = (), place: RecordingPlace = PLACE
) -> RecordingFiles:
    """Let all of these arrive, and the official files be made."""
    with tree.incoming(place) as incoming:
        arrive(incoming, pieces)
        return incoming.finish(absent)


def unfinished(data_dir: Path) -> list[Path]:
    """All files that are not in the official tree but on their way to it."""
    folder = data_dir / ".avatar-server" / "incoming"
    return [path for path in folder.rglob("*") if path.is_file()] if folder.exists() else []


def partner(number: int) -> RecordingPlace:
    """Of somebody else."""
    return RecordingPlace(RecordingId(0, 809, 582, number), "improvised", "dev", 0, number)
