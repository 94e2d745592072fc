"""A synthetic interaction as the public bucket has it: one file an array, and the list of all recordings."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np

from avatar_server.dataset.modalities import LOOSE_PIECES
from avatar_server.dataset.stores.contract import RecordingPlace
from avatar_server.dataset.stores.https_bucket import bucket_path
from avatar_server.testing.synthetic_interaction import SyntheticInteraction


def places(interaction: SyntheticInteraction) -> tuple[RecordingPlace, ...]:
    """Where the data set keeps its recordings."""
    return tuple(
        RecordingPlace(
            recording.id,
            interaction.label,
            interaction.split,
            int(recording.npz.parent.parent.name),
            int(recording.npz.parent.name),
        )
        for recording in interaction.recordings
    )


def write_bucket(interaction: SyntheticInteraction, folder: Path) -> None:
    """Write all files of the interaction under `folder`; `filelist.csv` lies at its top."""
    for recording, place in zip(interaction.recordings, places(interaction), strict=True):
        with np.load(recording.npz) as arrays:
            document = json.loads(recording.json.read_text(encoding="utf-8"))
            for piece in (piece for pieces in LOOSE_PIECES.values() for piece in pieces):
                path = folder / bucket_path(place, piece)
                path.parent.mkdir(parents=True, exist_ok=True)
                if piece == "wav":
                    shutil.copyfile(recording.wav, path)
                elif piece in document:
                    path.write_text("".join(f"{json.dumps(item)}\n" for item in document[piece]))
                elif piece in arrays:
                    np.save(path, arrays[piece])
    write_filelist(interaction, folder / "filelist.csv")


def write_filelist(interaction: SyntheticInteraction, path: Path) -> None:
    """The list of all recordings, with all eight columns."""
    head = (
        "file_id,label,split,batch_idx,archive_idx,has_imitator_movement,has_annotation_1p,has_annotation_3p"
    )
    rows = [
        f"{place.id},{place.label},{place.split},{place.batch},{place.archive},1,0,0"
        for place in places(interaction)
    ]
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n".join([head, *rows, ""]))
