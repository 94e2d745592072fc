"""What is played when somebody names an interaction of InterAct, or one or two of its recordings."""

from __future__ import annotations

from pathlib import Path

from avatar_server.dataset.interact.interact_folder import (
    MOTION_FOLDERS,
    InteractFolder,
    open_interact,
)
from avatar_server.dataset.interaction import RecordingFiles
from avatar_server.dataset.reading_choices import ReadingChoices
from avatar_server.dataset.recording_id import InteractionKey, RecordingId
from avatar_server.dataset.take import Take, TakePerson
from avatar_server.errors import UsageError

_MOST_SHOWN = 3


def is_interact_name(name: str) -> bool:
    """Whether it has the form of such a name: `20231119_051`, or `20231119_001_051` once or twice."""
    try:
        _wanted(name)
    except UsageError:
        return False
    return True


def find_interact_take(data_dir: Path, name: str, choices: ReadingChoices) -> Take:
    """The take that `name` means in a data folder; UsageError, saying where was looked, if there is none."""
    key, ids = _wanted(name)
    folder = open_interact(data_dir)
    if folder is None:
        raise UsageError(
            f"{data_dir} is no folder of InterAct: there is none of {', '.join(MOTION_FOLDERS)} in it"
        )
    if not ids:
        people = folder.people(key)
        if not people:
            raise UsageError(f"no interaction {key} under {folder.root}; {_known(folder)}")
        return _take(folder, key, people, choices)
    for one in ids:
        if one not in folder.recordings:
            raise UsageError(f"no recording {one} under {folder.root}; {_known(folder)}")
    return _take(folder, key, tuple(folder.recordings[one] for one in ids), choices)


def _wanted(name: str) -> tuple[InteractionKey, tuple[RecordingId, ...]]:
    """The key, and the recordings if these were named."""
    parts = [part.strip() for part in name.split(",")]
    if len(parts) == 1 and parts[0].count("_") == 1:
        key = InteractionKey.parse_any(parts[0])
        if not key.is_dated:
            raise UsageError(f"expected a key of InterAct like 20231119_051, got {name!r}")
        return key, ()
    if len(parts) > 2:
        raise UsageError(f"expected one or two recordings, got {len(parts)}")
    ids = tuple(RecordingId.parse_dated(part) for part in parts)
    return ids[0].interaction_key, ids


def _take(
    folder: InteractFolder,
    key: InteractionKey,
    people: tuple[RecordingFiles, ...],
    choices: ReadingChoices,
) -> Take:
    notices = list(folder.doubts(key))
    if len({files.id.interaction_key for files in people}) > 1:
        notices.append(f"{people[0].id} and {people[1].id} are of different interactions")
    return Take(
        key=str(key),
        recordings=tuple(_person(folder, files) for files in people),
        choices=choices,
        one_place=True,
        notices=tuple(notices),
        scenario=(folder.scenarios or {}).get(key.interaction),
    )


def _person(folder: InteractFolder, files: RecordingFiles) -> TakePerson:
    gender = (folder.genders or {}).get(files.id.participant, "")
    name = f"P{files.id.participant:03d}"
    return TakePerson(
        id=str(files.id),
        name=f"{name} {gender}" if gender else name,
        motion=files.npz,
        wav=files.wav,
        face=folder.faces.get(files.id),
    )


def _known(folder: InteractFolder) -> str:
    keys = sorted({str(one.interaction_key) for one in folder.recordings})
    if not keys:
        return "there are no recordings in it"
    shown = ", ".join(keys[:_MOST_SHOWN])
    return (
        f"it holds {len(keys)} interactions, such as {shown}" if len(keys) > 1 else f"it holds only {shown}"
    )
