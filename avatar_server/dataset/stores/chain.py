"""Several stores as one: the first that has a recording gives it."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from avatar_server.dataset.modalities import NEEDED, Modality
from avatar_server.dataset.stores.contract import RecordingPlace, Store, StoredFile
from avatar_server.errors import AbsentError, StoreError


class Chain:
    """Keeps the contract `Store`. All pieces of a recording come from one store."""

    def __init__(self, stores: Sequence[Store]) -> None:
        """stores: asked in this order; the last one is believed without asking."""
        self.name = "auto"
        self._stores = tuple(stores)

    def files(self, place: RecordingPlace, modalities: Collection[Modality]) -> tuple[StoredFile, ...]:
        """See the contract. A store of loose files is asked for a byte of one that must be there."""
        problems: list[StoreError] = []
        for store in self._stores:
            try:
                files = store.files(place, modalities)
                if store is not self._stores[-1]:
                    _ask(files)
            except StoreError as error:
                problems.append(error)
            else:
                return files
        raise next((error for error in problems if not isinstance(error, AbsentError)), problems[-1])

    def without(self, name: str) -> Chain:
        """The stores but for one: who fetches into a folder need not fetch out of it."""
        return Chain([store for store in self._stores if store.name != name])

    def close(self) -> None:
        """See the contract."""
        for store in self._stores:
            store.close()


def _ask(files: Sequence[StoredFile]) -> None:
    """Raise AbsentError if a file that must be there is not, and other errors if nobody answers."""
    for file in files:
        if file.piece in NEEDED and file.size_bytes is None:
            file.open(0, 1).close()
            return
