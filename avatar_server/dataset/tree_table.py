"""The recordings of a folder as a table, for whoever has no `filelist.csv`.

Names say which recordings are there; whether they have movement features and annotations stands inside of the
files, which are looked into only for recordings that somebody asks about.
"""

from __future__ import annotations

import zipfile
import zlib
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from avatar_server.dataset.annotations import read_annotations
from avatar_server.dataset.interact.interact_folder import interact_recordings
from avatar_server.dataset.interaction import RecordingFiles
from avatar_server.dataset.local_tree import ArchiveFolder, archive_folders
from avatar_server.dataset.recording_table import (
    LABELS,
    SPLITS,
    UNKNOWN,
    RecordingTable,
    interaction_code,
    participant_code,
)

_NOWHERE = ArchiveFolder("", "", None, None, ())
"""InterAct has no archives."""


class TreeTable:
    """What is below a folder, as `table`, and the files of each row; of a repeated recording the first
    ones.
    """

    def __init__(self, data_dir: Path) -> None:
        found = [(place, files) for place in archive_folders(data_dir) for files in place.recordings]
        found += [(_NOWHERE, files) for files in interact_recordings(data_dir).values()]
        found.sort(key=lambda pair: pair[1].id)  # Stable: of repeats the first comes first.
        kept = [
            (place, files)
            for index, (place, files) in enumerate(found)
            if index == 0 or files.id != found[index - 1][1].id
        ]
        self._files = [files for _, files in kept]
        self.table = _table([place for place, _ in kept], self._files)

    def look(self, row: int) -> None:
        """Fill the row's flags in from its files, unless that was done; what cannot be read stays unknown."""
        table, files = self.table, self._files[row]
        if table.movement[row] == UNKNOWN:
            table.movement[row] = _has_movement(files.npz)
        if files.json is not None and table.annotation_1p[row] == UNKNOWN:
            kinds = {annotation.kind[:2] for annotation in read_annotations(files.json).annotations}
            table.annotation_1p[row], table.annotation_3p[row] = "1P" in kinds, "3P" in kinds
        elif files.json is None:
            table.annotation_1p[row] = table.annotation_3p[row] = 0


def _has_movement(npz: Path) -> int:
    if npz.suffix != ".npz":
        return 0
    try:
        with zipfile.ZipFile(npz) as archive:
            return int(any(name.startswith(("movement:", "movement_v4:")) for name in archive.namelist()))
    except (OSError, ValueError, zipfile.BadZipFile, zlib.error, RuntimeError):
        return UNKNOWN


def _table(places: Sequence[ArchiveFolder], files: Sequence[RecordingFiles]) -> RecordingTable:
    known = [place.label in LABELS for place in places]
    labels = [LABELS.index(place.label) if ok else UNKNOWN for place, ok in zip(places, known, strict=True)]
    splits = [SPLITS.index(place.split) if ok else UNKNOWN for place, ok in zip(places, known, strict=True)]
    batches = [UNKNOWN if place.batch is None else place.batch for place in places]
    archives = [UNKNOWN if place.archive is None else place.archive for place in places]
    interactions = [interaction_code(recording.id.interaction_key) for recording in files]
    participants = [participant_code(recording.id.participant, recording.id.suffix) for recording in files]
    return RecordingTable(
        interaction=np.array(interactions, np.int64),
        participant=np.array(participants, np.int32),
        label=np.array(labels, np.int8),
        split=np.array(splits, np.int8),
        batch=np.array(batches, np.int16),
        archive=np.array(archives, np.int16),
        movement=np.full(len(files), UNKNOWN, np.int8),
        annotation_1p=np.full(len(files), UNKNOWN, np.int8),
        annotation_3p=np.full(len(files), UNKNOWN, np.int8),
    )
