"""What is in a data folder: its catalogue, and which files of it are on this machine."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from avatar_server.dataset.catalogue import FILELIST, Catalogue, find_catalogue_file
from avatar_server.dataset.catalogue_keeper import CatalogueKeeper
from avatar_server.dataset.interact.interact_folder import interact_recordings
from avatar_server.dataset.interaction import Interaction, RecordingFiles
from avatar_server.dataset.listed_interaction import ListedInteraction, ListedRecording
from avatar_server.dataset.local_tree import archive_folders
from avatar_server.dataset.recording_id import InteractionKey, RecordingId
from avatar_server.dataset.tree_table import TreeTable
from avatar_server.errors import UsageError


@dataclass(frozen=True, slots=True)
class Shelved:
    """An interaction of the catalogue, and those of its recordings that are here."""

    listed: ListedInteraction
    files: dict[RecordingId, RecordingFiles]

    @property
    def is_here(self) -> bool:
        """All people can be played without fetching anything."""
        return len(self.files) == len(self.listed.recordings)

    @property
    def interaction(self) -> Interaction | None:
        """What can be played, None if nothing is here."""
        here = [self.files[person.id] for person in self.listed.recordings if person.id in self.files][:2]
        lacking = [str(person.id) for person in self.listed.recordings if person.id not in self.files]
        notices = tuple(f"{name} is not on this machine" for name in lacking)
        if not here:
            return None
        return Interaction(self.listed.key, self.listed.label, self.listed.split, tuple(here), notices)

    @property
    def folders(self) -> tuple[Path, ...]:
        """Where the files lie."""
        return tuple({files.npz.parent for files in self.files.values()})

    @property
    def stamp(self) -> str:
        """Changes when any of the files does."""
        stamps = []
        for recording in sorted(self.files):
            files = self.files[recording]
            for path in (files.npz, files.wav, files.json, files.mp4):
                if path is not None and path.exists():
                    status = path.stat()
                    stamps.append(f"{path.name} {status.st_size} {status.st_mtime_ns}")
        return "; ".join(stamps)


class Shelf:
    """One data folder.

    With a `filelist.csv` files are looked for where it says they belong, below the data folder or below a
    part of the way (a data folder may be one batch of the official tree). Without it they are the catalogue.
    """

    def __init__(self, data_dir: Path) -> None:
        self.data_dir = data_dir.expanduser()
        self._keeper = CatalogueKeeper(self.data_dir)

    @property
    def has_list(self) -> bool:
        """Whether a list of all recordings is here, and not only recordings."""
        return find_catalogue_file(self.data_dir, FILELIST) is not None

    def catalogue(self) -> Catalogue:
        """As it is now; raises what `open_catalogue` raises."""
        return self._keeper.current()

    def shelved(self, listed: tuple[ListedInteraction, ...]) -> list[Shelved]:
        """What is here of interactions of the catalogue."""
        in_tree = None if self.has_list else self._tree()
        found = []
        for interaction in listed:
            files = {
                person.id: here
                for person in interaction.recordings
                if (here := self._at_its_place(person) if in_tree is None else in_tree.get(person.id))
            }
            found.append(Shelved(interaction, files))
        return found

    def find(self, key: InteractionKey) -> Shelved | None:
        """The interaction of this key, in the catalogue or only on the disk."""
        try:
            listed = self.catalogue().find(key)
        except UsageError:
            listed = None
        found = None if listed is None else self.shelved((listed,))[0]
        if found is not None and found.files:
            return found
        return self._in_odd_place(key, found)

    def _in_odd_place(self, key: InteractionKey, known: Shelved | None) -> Shelved | None:
        """Looked for by name in all folders, which takes longer."""
        if not self.data_dir.is_dir():
            return known
        in_tree = {name: files for name, files in self._tree().items() if name.interaction_key == key}
        if not in_tree:
            return known
        if known is not None:
            return Shelved(known.listed, in_tree)
        table = TreeTable(self.data_dir)
        listed = Catalogue(table.table, look=table.look).find(key)
        return None if listed is None else Shelved(listed, in_tree)

    def _tree(self) -> dict[RecordingId, RecordingFiles]:
        found: dict[RecordingId, RecordingFiles] = {}
        for folder in archive_folders(self.data_dir):
            for files in folder.recordings:
                found.setdefault(files.id, files)
        return interact_recordings(self.data_dir) | found

    def video(self, person: ListedRecording, found: Shelved) -> Path | None:
        """The video of one of the people, which may be here without anything else of them."""
        files = found.files.get(person.id)
        if files is not None and files.mp4 is not None:
            return files.mp4
        paths = (Path(folder, f"{person.id}.mp4") for folder in self._folders(person))
        return next((path for path in paths if path.is_file()), None)

    def _at_its_place(self, person: ListedRecording) -> RecordingFiles | None:
        name = f"{person.id}.npz"
        for folder in self._folders(person):
            # As text: a page of a list looks for a thousand files that are mostly not there.
            if os.path.isfile(f"{folder}{os.sep}{name}"):  # noqa: PTH113
                npz = Path(folder, name)
                beside = (npz.with_suffix(f".{kind}") for kind in ("wav", "json", "mp4"))
                return RecordingFiles(person.id, npz, *(path if path.is_file() else None for path in beside))
        return None

    def _folders(self, person: ListedRecording) -> Iterator[str]:
        """Where a recording may be expected: only numbers and known names are put together to a path here."""
        way: tuple[str, ...] = ()
        if person.label and person.split:
            numbers = (person.batch, person.archive)
            known = [f"{number:04d}" for number in numbers if number is not None]
            way = (person.label, person.split, *(known if len(known) == len(numbers) else ()))
        for start in range(len(way) + 1):
            yield os.sep.join((str(self.data_dir), *way[start:]))  # noqa: PTH118
