"""From the name of an interaction to where the data set keeps its recordings."""

from __future__ import annotations

from avatar_server.dataset.catalogue import Catalogue
from avatar_server.dataset.listed_interaction import ListedInteraction
from avatar_server.dataset.recording_id import InteractionKey, RecordingId
from avatar_server.dataset.stores.contract import RecordingPlace
from avatar_server.errors import UsageError

MOST_PEOPLE = 2


def places_of(name: str, catalogue: Catalogue) -> tuple[RecordingPlace, ...]:
    """Where the recordings of `name` are: a key, or one or two recording ids separated by a comma.

    Of a key the first two participants, sorted; otherwise the order of the names. Raises UsageError for a
    name that is neither, and for what the catalogue does not know.
    """
    names = [part.strip() for part in name.split(",")]
    if len(names) == 1:
        try:
            key = InteractionKey.parse(name)
        except UsageError:
            pass
        else:
            return _of_key(key, catalogue)[:MOST_PEOPLE]
    if len(names) > MOST_PEOPLE:
        raise UsageError(f"expected an interaction key or one or two recordings (A,B), got {name!r}")
    return tuple(_of_recording(RecordingId.parse(part), catalogue) for part in names)


def listed_places(listed: ListedInteraction) -> tuple[RecordingPlace, ...]:
    """Where all recordings of an interaction are."""
    return tuple(
        RecordingPlace(found.id, found.label, found.split, found.batch, found.archive)
        for found in listed.recordings
    )


def _of_key(key: InteractionKey, catalogue: Catalogue) -> tuple[RecordingPlace, ...]:
    listed = catalogue.find(key)
    if listed is None:
        raise UsageError(f"no interaction {key} among the {len(catalogue)} of the catalogue")
    return tuple(sorted(listed_places(listed)))


def _of_recording(recording: RecordingId, catalogue: Catalogue) -> RecordingPlace:
    for place in _of_key(recording.interaction_key, catalogue):
        if place.id == recording:
            return place
    raise UsageError(f"no recording {recording} in the catalogue")
