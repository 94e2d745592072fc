"""What a fetch would come to, told at once by what is on the disk: no store is asked."""

from __future__ import annotations

import contextlib
from collections.abc import Collection, Iterable, Mapping
from pathlib import Path

from avatar_server.dataset.cache.cache_tree import CacheTree
from avatar_server.dataset.cache.incoming_folders import SHARED, incoming_folder
from avatar_server.dataset.cache.partial_state import arriving_file, read_partial_state
from avatar_server.dataset.fetching.fetch_plan import place_of, plan_fetch
from avatar_server.dataset.fetching.piece_sizes import SOUND_BYTES_PER_S
from avatar_server.dataset.listed_interaction import ListedInteraction
from avatar_server.dataset.modalities import BUNDLED_PIECE, Modality
from avatar_server.dataset.recording_id import RecordingId
from avatar_server.dataset.stores.contract import RecordingPlace
from avatar_server.web.library.shapes import FetchEstimate

_STATE = ".state"


def estimate(
    interactions: Iterable[ListedInteraction], modalities: Collection[Modality], tree: CacheTree
) -> FetchEstimate:
    """For all people of `interactions`; raises UsageError for one that has no place in the data set.

    How long a recording lasts is told by its sound, by what arrives of that, or by the partner's: they end
    together. Where nothing tells, it is as long as is usual.
    """
    files = bytes_wanted = bytes_here = recordings = recordings_here = 0
    for interaction in interactions:
        plan = plan_fetch(interaction.recordings, modalities, tree, lengths_s=_lengths_s(interaction, tree))
        files += plan.file_count
        recordings += len(plan.recordings)
        recordings_here += len(plan.recordings) - len(plan.to_fetch)
        for recording in plan.recordings:
            arrived = _arrived_bytes(tree.data_dir, str(recording.place.id))
            bytes_here += _kept_bytes(recording.place, modalities, tree) + arrived
            bytes_wanted += max(0, recording.bytes - arrived)
    return FetchEstimate(files, bytes_wanted, bytes_here, recordings, recordings_here)


def _lengths_s(interaction: ListedInteraction, tree: CacheTree) -> Mapping[RecordingId, float]:
    """Of recordings whose own sound is not here."""
    told: dict[RecordingId, float] = {}
    for recording in interaction.recordings:
        wav = tree.folder(place_of(recording)) / f"{recording.id}.wav"
        arriving = arriving_file(tree.data_dir, str(recording.id), "wav")
        state = None if arriving is None else read_partial_state(arriving)
        if state is not None:
            told[recording.id] = state.size_bytes / SOUND_BYTES_PER_S
        with contextlib.suppress(OSError):
            told[recording.id] = wav.stat().st_size / SOUND_BYTES_PER_S
    longest_s = max(told.values(), default=None)
    if longest_s is None:
        return {}
    return {recording.id: told.get(recording.id, longest_s) for recording in interaction.recordings}


def _kept_bytes(place: RecordingPlace, modalities: Collection[Modality], tree: CacheTree) -> int:
    """Of the files of the official tree that hold any of these."""
    total = 0
    for kind in {BUNDLED_PIECE[modality] for modality in modalities}:
        with contextlib.suppress(OSError):
            total += (tree.folder(place) / f"{place.id}.{kind}").stat().st_size
    return total


def _arrived_bytes(data_dir: Path, recording: str) -> int:
    """Of pieces that are on their way, or were when they were interrupted."""
    states = (
        read_partial_state(path.with_suffix(""))
        for path in (incoming_folder(data_dir, recording) / SHARED).glob(f"*{_STATE}")
    )
    return sum(state.here.byte_count for state in states if state is not None)
