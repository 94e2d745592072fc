"""Several stores as one: the first that has a recording gives it."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Final

from avatar_server.dataset.modalities import BUNDLED_PIECE, LOOSE_PIECES, NEEDED, Modality
from avatar_server.dataset.stores.contract import RecordingPlace, Store, StoredFile
from avatar_server.errors import AbsentError, StoreError

_PLAYED: Final[tuple[Modality, ...]] = ("motion", "sound")
"""What of a recording has to come from one store."""


class Chain:
    """Keeps the contract `Store`. All pieces of a recording come from one store."""

    def __init__(self, stores: Sequence[Store]) -> None:
        """stores: asked in this order; the last one is believed without asking."""
        self.name = "auto"
        self._stores = tuple(stores)

    def files(self, place: RecordingPlace, modalities: Collection[Modality]) -> tuple[StoredFile, ...]:
        """See the contract. A store of loose files is asked for a byte of one that must be there.

        What has only some of a recording's sound and motion gives it if no other store has it: a folder may
        hold the rest of somebody's clean-up, and a recording that was made without sound exists.
        """
        problems: list[StoreError] = []
        some: tuple[StoredFile, ...] | None = None
        for store in self._stores:
            try:
                files = store.files(place, modalities)
                if store is not self._stores[-1] or some is not None:
                    _ask(files)
            except StoreError as error:
                problems.append(error)
            else:
                if _are_enough(files, modalities):
                    return files
                some = some or files
        if some is not None:
            return some
        raise next((error for error in problems if not isinstance(error, AbsentError)), problems[-1])

    def without(self, name: str) -> Chain:
        """The stores but for one: who fetches into a folder need not fetch out of it."""
        return Chain([store for store in self._stores if store.name != name])

    def close(self) -> None:
        """See the contract."""
        for store in self._stores:
            store.close()


def _are_enough(files: Sequence[StoredFile], modalities: Collection[Modality]) -> bool:
    """Whether what is wanted of motion and sound is among them."""
    pieces = {file.piece for file in files}
    return all(
        not pieces.isdisjoint({BUNDLED_PIECE[modality], *LOOSE_PIECES[modality]})
        for modality in _PLAYED
        if modality in modalities
    )


def _ask(files: Sequence[StoredFile]) -> None:
    """Raise AbsentError if a file that must be there is not, and other errors if nobody answers."""
    for file in files:
        if file.piece in NEEDED and file.size_bytes is None:
            file.open(0, 1).close()
            return
