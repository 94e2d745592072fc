"""What has to be fetched of which recordings, what is here already, and what it may come to."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from types import MappingProxyType

from avatar_server.dataset.cache.cache_tree import CacheTree
from avatar_server.dataset.fetching.fetch_records import Planned
from avatar_server.dataset.fetching.piece_sizes import SOUND_BYTES_PER_S, USUAL_LENGTH_S, usual_bytes
from avatar_server.dataset.listed_interaction import ListedRecording
from avatar_server.dataset.modalities import Modality, pieces_of
from avatar_server.dataset.recording_id import RecordingId
from avatar_server.dataset.stores.contract import RecordingPlace, StoredFile
from avatar_server.errors import AvatarServerError

ASKED_AT_MOST = 50
"""Recordings whose sizes a store is asked for: of archives it reads an index, which takes requests."""


@dataclass(frozen=True, slots=True)
class PlannedRecording:
    """One recording that is wanted.

    missing: what is not here of what is wanted. length_s: as the sound tells, or what is usual. bytes: to be
    fetched for that; is_known: by the store, not by what is usual.
    """

    place: RecordingPlace
    missing: frozenset[Modality]
    length_s: float
    bytes: int
    is_known: bool = False


@dataclass(frozen=True, slots=True)
class FetchPlan:
    """All recordings that are wanted, in the order in which they are fetched."""

    recordings: tuple[PlannedRecording, ...]

    @property
    def to_fetch(self) -> tuple[PlannedRecording, ...]:
        """Those of which something is missing."""
        return tuple(recording for recording in self.recordings if recording.missing)

    @property
    def file_count(self) -> int:
        """To be fetched, if each piece is a file of its own."""
        return sum(len(pieces_of(recording.missing)) for recording in self.to_fetch)

    @property
    def summary(self) -> Planned:
        """For people and programs."""
        to_fetch = self.to_fetch
        return Planned(
            recordings=len(self.recordings),
            here=len(self.recordings) - len(to_fetch),
            estimated_bytes=sum(recording.bytes for recording in to_fetch),
            known_bytes=sum(recording.bytes for recording in to_fetch if recording.is_known),
        )


def place_of(recording: ListedRecording) -> RecordingPlace:
    """Where the data set keeps a recording of the catalogue."""
    return RecordingPlace(recording.id, recording.label, recording.split, recording.batch, recording.archive)


def plan_fetch(
    recordings: Iterable[ListedRecording],
    modalities: Collection[Modality],
    tree: CacheTree,
    *,
    lengths_s: Mapping[RecordingId, float] = MappingProxyType({}),
) -> FetchPlan:
    """What of `modalities` is missing; looks at the disk, asks no store. UsageError for an odd place.

    lengths_s: of recordings, as far as they are known by more than their own sound.
    """
    return FetchPlan(
        tuple(
            _planned(recording, modalities, tree, lengths_s.get(recording.id, USUAL_LENGTH_S))
            for recording in recordings
        )
    )


def with_known_sizes(
    plan: FetchPlan, files: Callable[[RecordingPlace, Collection[Modality]], tuple[StoredFile, ...]]
) -> FetchPlan:
    """The plan with the sizes that a store knows without asking for each file.

    files: a store's. Asks for `ASKED_AT_MOST` recordings, and for no more after one error: what a plan comes
    to is never worth failing for.
    """
    known: dict[RecordingPlace, int] = {}
    for recording in plan.to_fetch[:ASKED_AT_MOST]:
        try:
            sizes = [file.size_bytes for file in files(recording.place, recording.missing)]
        except AvatarServerError:
            break
        if sizes and None not in sizes:
            known[recording.place] = sum(size for size in sizes if size is not None)
    return FetchPlan(
        tuple(
            replace(recording, bytes=known[recording.place], is_known=True)
            if recording.missing and recording.place in known
            else recording
            for recording in plan.recordings
        )
    )


def _planned(
    recording: ListedRecording, wanted: Collection[Modality], tree: CacheTree, usual_s: float
) -> PlannedRecording:
    place = place_of(recording)
    missing = frozenset(modality for modality in wanted if not tree.has(place, modality))
    length_s = _length_s(tree.folder(place) / f"{place.id}.wav", usual_s)
    likely = missing - _unlikely(recording)
    return PlannedRecording(
        place, missing, length_s, sum(usual_bytes(piece, length_s) for piece in pieces_of(likely))
    )


def _unlikely(recording: ListedRecording) -> frozenset[Modality]:
    """What the file list says there is none of; the store is asked all the same."""
    no_annotations = (recording.has_annotation_1p, recording.has_annotation_3p) == (False, False)
    unlikely: set[Modality] = {"movement"} if recording.has_movement is False else set()
    return frozenset(unlikely | ({"annotations"} if no_annotations else set()))


def _length_s(wav: Path, usual_s: float) -> float:
    """Of a sound as the data set has them."""
    try:
        return wav.stat().st_size / SOUND_BYTES_PER_S
    except OSError:
        return usual_s
