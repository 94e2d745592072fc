"""Single pieces of recordings that nobody needs to play, fetched once all that is needed is here."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from pathlib import Path

from avatar_server.dataset.cache.bundling import npz_keys
from avatar_server.dataset.cache.cache_tree import CacheTree
from avatar_server.dataset.fetching.download import download
from avatar_server.dataset.modalities import Modality
from avatar_server.dataset.stores.contract import RecordingPlace, Store
from avatar_server.errors import AbsentError


class Besides:
    """Adds pieces to the NPZ of recordings that are here."""

    def __init__(self, places: Sequence[RecordingPlace], store: Store, tree: CacheTree) -> None:
        self._places = places
        self._store = store
        self._tree = tree

    def add(
        self, index: int, modality: Modality, pieces: Collection[str], wait: Callable[[float], bool]
    ) -> Path:
        """Fetch these pieces of a modality, of the recording at `index`, as far as they are; gives the NPZ.

        wait: see `download`, which raises FetchStoppedError. Raises StoreError, InputError for what is no
        such piece, and MachineError.
        """
        place = self._places[index]
        npz = self._tree.folder(place) / f"{place.id}.npz"
        known = npz_keys(npz) | self._tree.ledger.absent(str(place.id))
        lacking = [
            file
            for file in self._store.files(place, [modality])
            if file.piece in pieces and file.piece not in known
        ]
        if not lacking:
            return npz
        absent = set()
        with self._tree.incoming(place) as incoming:
            for file in lacking:
                try:
                    download(file, incoming.partial(file), wait=wait)
                except AbsentError:
                    absent.add(file.piece)
            incoming.finish(absent)
        return npz
