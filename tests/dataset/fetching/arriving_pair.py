"""A pair of recordings in a bucket, of any length at once, and how it arrives from there."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from avatar_server.dataset.cache.cache_tree import CacheTree
from avatar_server.dataset.fetching.arrival import Arrival
from avatar_server.dataset.modalities import PLAYABLE, SMPLH, pieces_of
from avatar_server.dataset.recording_id import RecordingId
from avatar_server.dataset.stores.contract import RecordingPlace
from avatar_server.dataset.stores.https_bucket import HttpsBucket, bucket_path
from avatar_server.testing.bucket_server import BucketServer
from avatar_server.testing.loose_pieces import lines, npy
from avatar_server.testing.seamless_writer import write_wav

PLACES = tuple(
    RecordingPlace(RecordingId(0, 1, 1, person), "improvised", "dev", 0, person) for person in (1, 2)
)
PIECES = pieces_of(PLAYABLE)
BODY = "smplh:body_pose"
RATE_HZ = 30
VOICE: list[dict[str, Any]] = [{"start": 0.5, "end": 1.0}]
WORDS: list[dict[str, Any]] = [{"words": [], "start": 0.5, "end": 1.0, "transcript": "Hello."}]
LIMIT_S = 60


@dataclass(frozen=True)
class Pair:
    """What the bucket in `folder` has of the two; motions and sounds are in the order of the places."""

    folder: Path
    length_s: float
    motions: tuple[dict[str, NDArray[Any]], ...]
    sounds: tuple[bytes, ...]

    def files(self, data_dir: Path) -> list[Path]:
        """The official ones that should be there, without their endings."""
        return [
            data_dir / "improvised" / "dev" / "0000" / f"{place.archive:04d}" / str(place.id)
            for place in PLACES
        ]

    def assert_whole(self, data_dir: Path, without: frozenset[str] = frozenset()) -> None:
        """Everything is as in the bucket but for what it was told not to have, and nothing else is left."""
        for stem, place, motion, sound in zip(
            self.files(data_dir), PLACES, self.motions, self.sounds, strict=True
        ):
            assert stem.with_suffix(".wav").read_bytes() == sound
            with np.load(stem.with_suffix(".npz"), allow_pickle=False) as arrays:
                assert {*arrays} == {*SMPLH} - without
                for key in arrays:
                    np.testing.assert_array_equal(arrays[key], motion[key])
                    assert arrays[key].dtype == motion[key].dtype
            document = json.loads(stem.with_suffix(".json").read_text())
            words = {"metadata:transcript": WORDS, "metadata:vad": VOICE}
            assert document == {"id": str(place.id)} | {
                key: value for key, value in words.items() if key not in without
            }
        assert not left(data_dir)

    def assert_nothing_official(self, data_dir: Path) -> None:
        assert [path for path in data_dir.rglob("V*.*") if ".avatar-server" not in path.parts] == []


def write_pair(folder: Path, length_s: float) -> Pair:
    """Files of numbers that are nobody's, but of the right kind and size."""
    motions, sounds = [], []
    count = round(length_s * RATE_HZ)
    for person, place in enumerate(PLACES):
        random = np.random.default_rng(person)
        shapes = ((3,), (21, 3), (15, 3), (15, 3), (3,))
        motion: dict[str, NDArray[Any]] = {
            key: random.random((count, *shape), np.float32) for key, shape in zip(SMPLH, shapes, strict=False)
        }
        motion["smplh:is_valid"] = random.random(count) > 0.1
        for piece in PIECES:
            path = folder / bucket_path(place, piece)
            path.parent.mkdir(parents=True, exist_ok=True)
            if piece == "wav":
                write_wav(path, random.random(round(length_s * 48_000), np.float32) - 0.5)
                sounds.append(path.read_bytes())
            elif piece in motion:
                path.write_bytes(npy(motion[piece]))
            else:
                path.write_bytes(lines(VOICE if piece == "metadata:vad" else WORDS))
        motions.append(motion)
    return Pair(folder, length_s, tuple(motions), tuple(sounds))


@contextmanager
def arriving(server: BucketServer, data_dir: Path) -> Iterator[Arrival]:
    """The pair, coming from there."""
    store = HttpsBucket(server.url)
    try:
        with Arrival(PLACES, store, CacheTree(data_dir)) as arrival:
            yield arrival
    finally:
        store.close()


def fetch_all(server: BucketServer, data_dir: Path) -> None:
    """As somebody plays it who does not seek."""
    with arriving(server, data_dir) as arrival:
        assert arrival.wait_for_beginning(LIMIT_S), arrival.trouble
        arrival.begin_playing()
        assert arrival.wait_until_whole(LIMIT_S), arrival.trouble


def left(data_dir: Path) -> list[Path]:
    """What lies there unfinished."""
    folder = data_dir / ".avatar-server" / "incoming"
    return [path for path in folder.rglob("*") if path.is_file()] if folder.exists() else []
