"""Which interactions there are: by key, by what somebody looks for, page by page, or drawn by lot.

The files `filelist.csv`, `interactions.csv`, `participants.csv` and `relationships.csv` of the data set's
official repository are looked for in the data folder, in its folder `assets`, and where those that were
fetched are kept. Without a `filelist.csv` the recordings on the disk are the catalogue; without one of the
others, what it would tell is not known. Of a folder of InterAct its databases tell.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from avatar_server.dataset import recording_table as tables
from avatar_server.dataset.counting import Counted, Places, count
from avatar_server.dataset.filelist_csv import read_filelist
from avatar_server.dataset.interact.interact_catalogue import scenarios_of
from avatar_server.dataset.interactions_csv import Prompt, read_prompts
from avatar_server.dataset.known_relationships import KnownRelationships
from avatar_server.dataset.listed_interaction import ListedInteraction, ListedRecording, Page
from avatar_server.dataset.lots import lots
from avatar_server.dataset.participants_csv import ParticipantKey, Personality, read_participants
from avatar_server.dataset.recording_id import InteractionKey
from avatar_server.dataset.recording_table import LABELS, SPLITS, UNKNOWN, RecordingTable
from avatar_server.dataset.relationships_csv import read_relationships
from avatar_server.dataset.selected_texts import emotion_numbers, prompt_numbers, relationship_codes
from avatar_server.dataset.selection import Selection
from avatar_server.dataset.text_search import TextSearch
from avatar_server.dataset.tree_table import TreeTable
from avatar_server.errors import UsageError

ALL = Selection()

FILELIST = "filelist.csv"
CATALOGUE_FILES = (FILELIST, "interactions.csv", "participants.csv", "relationships.csv")

KEPT_FOLDER = Path(".avatar-server") / "catalogue"
"""In the data folder: the CSV files that were fetched."""

Also = Callable[[NDArray[np.int64], NDArray[np.int64]], NDArray[np.bool_]]
"""Codes of interactions, see `interaction_code`, and how many recordings each has, to which are wanted."""


class Catalogue:
    """All interactions that are known, in the order of their keys. Made by `open_catalogue`."""

    def __init__(
        self,
        table: RecordingTable,
        *,
        prompts: Mapping[int, Prompt] | None = None,
        participants: Mapping[ParticipantKey, Personality] | None = None,
        relationships: KnownRelationships | None = None,
        look: Callable[[int], None] | None = None,
    ) -> None:
        """table: sorted. None: the file is not there. look: fills the flags of a row of the table in."""
        self._table = table
        self._prompts = prompts
        self._participants = participants
        self._relationships = relationships
        self._look = look
        self._keys, starts = np.unique(table.interaction, return_index=True)
        self._starts = np.append(starts, len(table))
        self._search: TextSearch | None = None

    def __len__(self) -> int:
        """How many interactions there are."""
        return len(self._keys)

    @property
    def recording_count(self) -> int:
        """How many recordings there are."""
        return len(self._table)

    def find(self, key: InteractionKey) -> ListedInteraction | None:
        """The interaction of this key."""
        code = tables.interaction_code(key)
        place = int(np.searchsorted(self._keys, code))
        return self._listed(place) if place < len(self) and self._keys[place] == code else None

    def in_archive(
        self, label: str, split: str, batch: int, archive: int | None = None
    ) -> tuple[ListedRecording, ...]:
        """All recordings of one archive of the data set, or of all archives of a batch."""
        table = self._table
        rows = (table.label == LABELS.index(label)) & (table.split == SPLITS.index(split))
        rows &= (table.batch == batch) & (True if archive is None else table.archive == archive)
        return tuple(self._recording(row) for row in np.flatnonzero(rows).tolist())

    def query(
        self,
        selection: Selection = ALL,
        *,
        offset: int = 0,
        limit: int | None = None,
        also: Also | None = None,
    ) -> Page:
        """The selected interactions in the order of keys, from number `offset` on, at most `limit`.

        also: says which of them are wanted for what is not in the catalogue.
        Raises UsageError for what no data here can tell: a prompt without `interactions.csv`, movement
        without its column; and for a relationship or an interaction type that nothing has.
        """
        if offset < 0 or (limit is not None and limit < 0):
            raise UsageError(f"expected an offset and a limit from 0 on, got {offset} and {limit}")
        places = self._selected(selection, also)
        shown = places[offset:] if limit is None else places[offset : offset + limit]
        return Page(tuple(self._listed(place) for place in shown.tolist()), offset, len(places))

    def sample(self, count: int, seed: int, selection: Selection = ALL, *, also: Also | None = None) -> Page:
        """`count` of the selected interactions, or all if there are fewer, in the order of being drawn.

        The lot of an interaction depends on its key and the seed only, so a larger sample begins with the
        smaller one and rows added to a file move nothing. Raises UsageError as `query` does.
        """
        if count < 0:
            raise UsageError(f"expected a sample of 0 or more, got {count}")
        places = self._selected(selection, also)
        drawn = places[np.argsort(lots(self._keys[places], seed), kind="stable")[:count]]
        return Page(tuple(self._listed(place) for place in drawn.tolist()), 0, len(places))

    def counted(self, selection: Selection = ALL, *, also: Also | None = None) -> Counted:
        """Counts of the selected interactions; raises UsageError as `query` does."""
        return count(
            self._table,
            self._keys,
            self._starts,
            self._selected(selection, also),
            self._prompts,
            self._relationships,
        )

    def _selected(self, wanted: Selection, also: Also | None) -> Places:
        """Places of the selected keys; what is cheap to tell comes first."""
        table, keys = self._table, self._keys
        of_rows = np.ones(len(table), np.bool_)
        if wanted.label is not None:
            of_rows &= table.label == LABELS.index(wanted.label)
        if wanted.split is not None:
            of_rows &= table.split == SPLITS.index(wanted.split)
        if wanted.participant is not None:
            of_rows &= table.participant == tables.participant_code(*wanted.participant)
        chosen = np.logical_or.reduceat(of_rows, self._starts[:-1]) if len(keys) else np.zeros(0, np.bool_)
        if wanted.vendor is not None:
            chosen &= tables.vendors(keys) == wanted.vendor
        if wanted.session is not None:
            chosen &= tables.sessions(keys) == wanted.session
        if wanted.prompt is not None or wanted.interaction_type is not None:
            chosen &= np.isin(tables.prompts(keys), prompt_numbers(self._prompts, wanted))
        if wanted.emotion is not None:
            chosen &= np.isin(tables.prompts(keys), emotion_numbers(self._prompts, wanted.emotion))
        if wanted.relationship is not None:
            codes = relationship_codes(self._relationships, wanted.relationship)
            chosen &= self._relationships is not None and self._relationships.among(keys, codes)
        if wanted.text is not None:
            chosen &= self._text_search().found(wanted.text)
        places = np.flatnonzero(chosen)
        if also is not None:
            places = places[also(keys[places], self._starts[places + 1] - self._starts[places])]
        if wanted.has_movement is not None:
            places = self._by_movement(places, wanted.has_movement)
        if wanted.has_annotations is not None:
            places = self._by_annotations(places, wanted.has_annotations)
        return places

    def _text_search(self) -> TextSearch:
        if self._search is None:
            self._search = TextSearch(
                self._table, self._keys, self._starts[:-1], self._prompts, self._relationships
            )
        return self._search

    def _by_movement(self, places: Places, wanted: bool) -> Places:
        """Those of `places` where all people have movement features, or where one is known to have none."""
        self._look_into(places)
        movement = self._table.movement
        self._refuse_unless_known("has_movement", movement, "has_imitator_movement")
        return self._where(places, (movement == 1) if wanted else (movement == 0), every=wanted)

    def _by_annotations(self, places: Places, wanted: bool) -> Places:
        self._look_into(places)
        first, third = self._table.annotation_1p, self._table.annotation_3p
        self._refuse_unless_known("has_annotations", np.maximum(first, third), "has_annotation_1p")
        good = ((first == 1) | (third == 1)) if wanted else ((first == 0) & (third == 0))
        return self._where(places, good, every=not wanted)

    def _where(self, places: Places, good: NDArray[np.bool_], *, every: bool) -> Places:
        """Those of `places` of which every row, or any, is good."""
        if not len(places):
            return places
        together = np.logical_and if every else np.logical_or
        return places[together.reduceat(good, self._starts[:-1])[places]]

    def _refuse_unless_known(self, name: str, flags: NDArray[np.int8], column: str) -> None:
        if self._look is None and len(flags) and (flags == UNKNOWN).all():
            raise UsageError(f"{name}: this filelist.csv does not tell (an older one, without {column})")

    def _look_into(self, places: Places) -> None:
        if self._look is not None:
            for place in places.tolist():
                for row in range(self._starts[place], self._starts[place + 1]):
                    self._look(row)

    def _listed(self, place: int) -> ListedInteraction:
        self._look_into(np.array([place]))
        key = tables.interaction_key(int(self._keys[place]))
        return ListedInteraction(
            key=key,
            recordings=tuple(
                self._recording(row) for row in range(int(self._starts[place]), int(self._starts[place + 1]))
            ),
            prompt=None if self._prompts is None else self._prompts.get(key.interaction),
            relationship=None if self._relationships is None else self._relationships.of(key),
        )

    def _recording(self, row: int) -> ListedRecording:
        table, recording = self._table, self._table.id(row)
        label, split = int(table.label[row]), int(table.split[row])
        return ListedRecording(
            id=recording,
            label="" if label == UNKNOWN else LABELS[label],
            split="" if split == UNKNOWN else SPLITS[split],
            batch=_number(table.batch[row]),
            archive=_number(table.archive[row]),
            has_movement=_flag(table.movement[row]),
            has_annotation_1p=_flag(table.annotation_1p[row]),
            has_annotation_3p=_flag(table.annotation_3p[row]),
            personality=(
                None if self._participants is None else self._participants.get(ParticipantKey.of(recording))
            ),
        )


def open_catalogue(data_dir: Path) -> Catalogue:
    """The catalogue of a data folder.

    Raises InputError, naming file and line, for a CSV file that is not what it has to be, and UsageError
    for a folder that is not there or has neither a `filelist.csv` nor recordings.
    """
    folder = data_dir.expanduser()
    filelist, prompts, participants, relationships = (
        find_catalogue_file(folder, name) for name in CATALOGUE_FILES
    )
    if filelist is not None:
        table, look = read_filelist(filelist), None
    else:
        tree = TreeTable(folder)
        table, look = tree.table, tree.look
        if not len(table):
            raise UsageError(f"there is no filelist.csv and no recording in {folder}")
    known_prompts = None if prompts is None else read_prompts(prompts)
    known = None if relationships is None else read_relationships(relationships)
    known_relationships = None if known is None else KnownRelationships.of_sessions(known)
    if filelist is None and known_prompts is None and known_relationships is None:
        known_prompts, known_relationships = scenarios_of(folder)
    return Catalogue(
        table,
        prompts=known_prompts,
        participants=None if participants is None else read_participants(participants),
        relationships=known_relationships,
        look=look,
    )


def find_catalogue_file(data_dir: Path, name: str) -> Path | None:
    """The first that is there of the places where such a file may lie.

    The folder itself, its folder `assets` as in a checkout of the official repository, and that of fetched
    ones: what somebody put there by hand comes before what we fetched.
    """
    folders = (data_dir, data_dir / "assets", data_dir / KEPT_FOLDER)
    return next((path for folder in folders if (path := folder / name).is_file()), None)


def _number(value: np.int16) -> int | None:
    return None if value == UNKNOWN else int(value)


def _flag(value: np.int8) -> bool | None:
    return None if value == UNKNOWN else bool(value)
