"""Finds what somebody asks about by its name, or says why it cannot be told."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from avatar_server.assembly import DEMO
from avatar_server.dataset.interaction import RecordingFiles
from avatar_server.dataset.listed_interaction import ListedRecording
from avatar_server.dataset.recording_id import InteractionKey
from avatar_server.web.library.questions import RefusalError
from avatar_server.web.library.shelf import Shelf, Shelved
from avatar_server.web.library.without_paths import without_paths


class Finder:
    """Interactions of one shelf, and the demo."""

    def __init__(self, shelf: Shelf) -> None:
        self.shelf = shelf

    def found(self, name: str) -> Shelved:
        """The interaction of this key, or `demo`; raises `RefusalError` 404 for what nobody knows."""
        if name == DEMO:
            from avatar_server.testing.demo import DEMO_KEY, demo_data_dir

            found = Shelf(demo_data_dir()).find(DEMO_KEY)
        else:
            found = self.shelf.find(InteractionKey.parse_any(name))
        if found is None:
            raise RefusalError(404, f"there is no interaction {name}", lacks_list=not self.shelf.has_list)
        return found

    def here(self, name: str) -> Sequence[tuple[ListedRecording, RecordingFiles]]:
        """The people of an interaction with their files, without those of whom nothing is here.

        Raises `RefusalError` 404 if nobody is.
        """
        found = self.found(name)
        here = [
            (person, found.files[person.id]) for person in found.listed.recordings if person.id in found.files
        ]
        if not here:
            raise not_here(name)
        return here

    def for_people(self, sentence: str, folders: Sequence[Path] = ()) -> str:
        """A sentence without the paths of this machine."""
        return without_paths(sentence, [*folders, self.shelf.data_dir])


def not_here(name: str) -> RefusalError:
    """Why nothing can be told of what is in its files."""
    return RefusalError(404, f"{name} is not on this machine; POST /api/fetches fetches it")
