"""What is in a data folder: its catalogue, and which files of it are on this machine."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from avatar_server.dataset.catalogue import Catalogue, open_catalogue
from avatar_server.dataset.interaction import Interaction, RecordingFiles
from avatar_server.dataset.listed_interaction import ListedInteraction, ListedRecording
from avatar_server.dataset.local_tree import archive_folders
from avatar_server.dataset.recording_id import InteractionKey, RecordingId
from avatar_server.dataset.tree_table import TreeTable
from avatar_server.errors import UsageError

_CSV_FILES = ("filelist.csv", "interactions.csv", "participants.csv", "relationships.csv")


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
    """One data folder. The catalogue is read again when one of its CSV files has changed.

    With a `filelist.csv` files are looked for where it says they belong, below the data folder or below a
    part of the way (a data folder may be one batch of the official tree). Without it they are the catalogue.
    """

    def __init__(self, data_dir: Path) -> None:
        self.data_dir = data_dir.expanduser()
        self._catalogue: Catalogue | None = None
        self._stamps: list[tuple[str, int, int]] = []

    def catalogue(self) -> Catalogue:
        """As it is now; raises what `open_catalogue` raises."""
        stamps = self._csv_stamps()
        names = {Path(name).name for name, _, _ in stamps}
        if self._catalogue is None or stamps != self._stamps or "filelist.csv" not in names:
            self._catalogue = open_catalogue(self.data_dir)
            self._stamps = stamps
        return self._catalogue

    def shelved(self, listed: tuple[ListedInteraction, ...]) -> list[Shelved]:
        """What is here of interactions of the catalogue."""
        in_tree = None if any(name.endswith("filelist.csv") for name, _, _ in self._stamps) else self._tree()
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
        return found

    def _at_its_place(self, person: ListedRecording) -> RecordingFiles | None:
        """Only numbers and known names are put together here: nothing that a file says becomes a path."""
        way: tuple[str, ...] = ()
        if person.label and person.split and person.batch is not None and person.archive is not None:
            way = (person.label, person.split, f"{person.batch:04d}", f"{person.archive:04d}")
        for start in range(len(way) + 1):
            folder = self.data_dir.joinpath(*way[start:])
            npz = folder / f"{person.id}.npz"
            if npz.is_file():
                beside = (folder / f"{person.id}.{kind}" for kind in ("wav", "json", "mp4"))
                return RecordingFiles(person.id, npz, *(path if path.is_file() else None for path in beside))
        return None

    def _csv_stamps(self) -> list[tuple[str, int, int]]:
        stamps = []
        for folder in (self.data_dir, self.data_dir / "assets"):
            for name in _CSV_FILES:
                path = folder / name
                if path.is_file():
                    status = path.stat()
                    stamps.append((str(path), status.st_size, status.st_mtime_ns))
        return stamps
