"""Which recordings of the catalogue somebody means."""

from __future__ import annotations

import re
from dataclasses import dataclass

from avatar_server.dataset.catalogue import Catalogue
from avatar_server.dataset.listed_interaction import ListedRecording
from avatar_server.dataset.recording_id import InteractionKey, RecordingId
from avatar_server.dataset.recording_table import LABELS, SPLITS
from avatar_server.errors import UsageError

_ID_FORM = re.compile(r"V\d{2}_S\d{4}_I\d{8}_P\d{4}[A-Z]?", re.ASCII)
_ARCHIVE_FORM = re.compile(r"(\w+)/(\w+)/(\d{1,4})(?:/(\d{1,4}))?/?", re.ASCII)


@dataclass(frozen=True, slots=True)
class ArchiveName:
    """An archive of the data set, or with archive None all of a batch."""

    label: str
    split: str
    batch: int
    archive: int | None

    @classmethod
    def parse(cls, option: str, text: str, *, whole_batch: bool) -> ArchiveName:
        """Read `improvised/train/0000/0003`, or `improvised/train/0000` for a batch; UsageError."""
        example = "improvised/train/0000" if whole_batch else "improvised/train/0000/0003"
        found = _ARCHIVE_FORM.fullmatch(text)
        if (
            found is None
            or (found[4] is None) != whole_batch
            or found[1] not in LABELS
            or found[2] not in SPLITS
        ):
            raise UsageError(f"{option}: expected one like {example}, got {text!r}")
        return cls(found[1], found[2], int(found[3]), None if found[4] is None else int(found[4]))

    def __str__(self) -> str:
        batch = f"{self.label}/{self.split}/{self.batch:04d}"
        return batch if self.archive is None else f"{batch}/{self.archive:04d}"


def recordings_called(
    catalogue: Catalogue, name: str, *, with_partner: bool = True
) -> tuple[ListedRecording, ...]:
    """The recordings of a key, of one recording's id, or of two ids with a comma between them.

    with_partner: of a recording that is named alone, too. UsageError for what is no name, or is not in the
    catalogue.
    """
    ids = [part.strip() for part in name.split(",")]
    if len(ids) == 1 and not _ID_FORM.fullmatch(name):
        return _of_key(catalogue, InteractionKey.parse(name))
    if len(ids) > 2:
        raise UsageError(f"expected an interaction key or one or two recordings (A,B), got {name!r}")
    if len(ids) == 1 and with_partner:
        wanted = RecordingId.parse(name)
        recordings = _of_key(catalogue, wanted.interaction_key)
        _among(recordings, wanted)
        return recordings
    return tuple(
        _among(_of_key(catalogue, wanted.interaction_key), wanted) for wanted in map(RecordingId.parse, ids)
    )


def recordings_in(catalogue: Catalogue, name: ArchiveName) -> tuple[ListedRecording, ...]:
    """Those of an archive or a batch, without partners that are elsewhere; UsageError if there are none."""
    recordings = catalogue.in_archive(name.label, name.split, name.batch, name.archive)
    if not recordings:
        raise UsageError(f"the catalogue has no recording in {name}")
    return recordings


def _of_key(catalogue: Catalogue, key: InteractionKey) -> tuple[ListedRecording, ...]:
    found = catalogue.find(key)
    if found is None:
        raise UsageError(f"no interaction {key} among the {len(catalogue):,} of the catalogue")
    return found.recordings


def _among(recordings: tuple[ListedRecording, ...], wanted: RecordingId) -> ListedRecording:
    for recording in recordings:
        if recording.id == wanted:
            return recording
    there = ", ".join(str(recording.id) for recording in recordings)
    raise UsageError(f"no recording {wanted} in the catalogue, which has {there}")
