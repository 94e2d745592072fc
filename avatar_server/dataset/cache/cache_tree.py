"""The data folder as a cache: the official tree, what is whole in it, and what is arriving."""

from __future__ import annotations

import logging
from pathlib import Path

from avatar_server.dataset.cache.bundling import json_document, npz_keys
from avatar_server.dataset.cache.eviction import make_room
from avatar_server.dataset.cache.incoming import Incoming
from avatar_server.dataset.cache.ledger import Ledger
from avatar_server.dataset.interaction import RecordingFiles
from avatar_server.dataset.modalities import BUNDLED_PIECE, LOOSE_PIECES, Modality
from avatar_server.dataset.recording_table import LABELS, SPLITS
from avatar_server.dataset.stores.contract import RecordingPlace
from avatar_server.errors import MachineError, UsageError

log = logging.getLogger(__name__)

_HIGHEST_NUMBER = 9999


class CacheTree:
    """The official tree (see the folder's docstring) and its book; any thread, any number of processes."""

    def __init__(self, data_dir: Path, *, limit_bytes: int | None = None) -> None:
        """limit_bytes: of what we fetched; the least recently used is deleted when there is more."""
        self.data_dir = data_dir.expanduser()
        self.ledger = Ledger(self.data_dir)
        self._limit_bytes = limit_bytes

    def folder(self, place: RecordingPlace) -> Path:
        """Where the recording's files belong; UsageError for a place that is none of the data set's."""
        numbers = (place.batch, place.archive)
        if (
            place.label not in LABELS
            or place.split not in SPLITS
            or any(number is not None and not 0 <= number <= _HIGHEST_NUMBER for number in numbers)
        ):
            raise UsageError(
                f"{place.id}: expected a label of {', '.join(LABELS)} and a split of {', '.join(SPLITS)}, "
                f"got {place.label!r}, {place.split!r}, {place.batch}, {place.archive}"
            )
        folder = self.data_dir / place.label / place.split
        if place.batch is None or place.archive is None:
            return folder
        return folder / f"{place.batch:04d}" / f"{place.archive:04d}"

    def present(self, place: RecordingPlace) -> RecordingFiles | None:
        """The whole files of a recording, which count as used now; None if there is no NPZ."""
        stem = self.folder(place) / str(place.id)
        npz, wav, json, mp4 = (
            path if (path := stem.with_name(f"{stem.name}.{suffix}")).is_file() else None
            for suffix in ("npz", "wav", "json", "mp4")
        )
        if npz is None:
            return None
        self.ledger.use(str(place.id))
        return RecordingFiles(place.id, npz, wav, json, mp4)

    def has(self, place: RecordingPlace, modality: Modality) -> bool:
        """Whether all that there is of a modality is here: each piece, unless no store has it."""
        bundle = BUNDLED_PIECE[modality]
        path = self.folder(place) / f"{place.id}.{bundle}"
        absent = self.ledger.absent(str(place.id))
        if bundle in ("wav", "mp4"):
            return path.is_file() or bundle in absent
        held = npz_keys(path) if bundle == "npz" else (json_document(path) or {}).keys()
        if bundle == "json" and bundle in absent:
            return True  # Nothing needs it; without an NPZ the recording is not here at all.
        return all(piece in held or piece in absent for piece in LOOSE_PIECES[modality])

    def trim(self) -> None:
        """Keep the limit now, as `incoming` does before something comes."""
        if self._limit_bytes is not None:
            make_room(self.data_dir, self.ledger, self._limit_bytes)

    def incoming(self, place: RecordingPlace) -> Incoming:
        """The recording's pieces while they arrive; MachineError if nothing can be written here."""
        target = self.folder(place)

        def room() -> None:
            self._make_room(str(place.id))

        room()
        return Incoming(place.id, target, self.data_dir, self.ledger, make_room=room)

    def _make_room(self, spared: str) -> None:
        if self._limit_bytes is not None:
            try:
                make_room(self.data_dir, self.ledger, self._limit_bytes, spared=spared)
            except MachineError as error:
                log.warning("the cache grows beyond its limit: %s", error)
