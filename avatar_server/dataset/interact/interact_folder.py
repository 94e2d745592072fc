"""Which recordings of InterAct are in a folder, and what its databases say of them."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from avatar_server.dataset.interact.scenario_databases import Session, read_scenarios, read_sessions
from avatar_server.dataset.interaction import RecordingFiles
from avatar_server.dataset.recording_id import InteractionKey, RecordingId
from avatar_server.dataset.scenario import Scenario
from avatar_server.errors import InputError, UsageError

MOTION_FOLDERS = ("bvhs", "Raw_Body_Motions_BVH", "bvhs_retarget")
"""Where the motion is, the best first: as it was captured, at 120 Hz in an older release, on one skeleton."""

RELEASE = "InterAct_Public"
"""The folder in which an older release comes."""

SCENARIOS, ACTORS = "scenarios.db", "actors.db"

FACE_FOLDER = "face_arkit"
"""Beside it there is `face_ict` with weights of another model."""

FILM_FOLDER = "body_renders"
"""Films of both actors, called by date and scenario."""

_DEPTH = 2
_MOST_FOLDERS = 200


@dataclass(frozen=True, slots=True)
class InteractFolder:
    """recordings: by id; `npz` of them is their BVH. faces: of ARKit weights, 30 a second, by id.

    scenarios, sessions, genders: None if not known. notices: what of the databases could not be used,
    sentences for people.
    """

    root: Path
    recordings: Mapping[RecordingId, RecordingFiles]
    faces: Mapping[RecordingId, Path]
    scenarios: Mapping[int, Scenario] | None
    sessions: Mapping[int, Session] | None
    genders: Mapping[int, str] | None
    notices: tuple[str, ...]

    def people(self, key: InteractionKey) -> tuple[RecordingFiles, ...]:
        """Who is recorded under this key, at most two: of more, those whom the session of that day names."""
        found = sorted(
            (files for name, files in self.recordings.items() if name.interaction_key == key),
            key=lambda files: files.id,
        )
        session = None if self.sessions is None else self.sessions.get(date_of(key))
        if session is not None and len(found) > 2:
            found.sort(key=lambda files: files.id.participant not in (session.male, session.female))
            found = sorted(found[:2], key=lambda files: files.id)
        return tuple(found[:2])

    def doubts(self, key: InteractionKey) -> tuple[str, ...]:
        """What people should know about who plays under this key."""
        people = self.people(key)
        actors = {files.id.participant for files in people}
        session = None if self.sessions is None else self.sessions.get(date_of(key))
        doubts = list(self.notices)
        if len(people) == 1:
            doubts.append(f"{key}: only {people[0].id} is here, the partner's recording is missing")
        if session is not None and not actors <= {session.male, session.female}:
            named = f"{session.male:03d} and {session.female:03d}"
            doubts.append(f"{key}: {ACTORS} names the actors {named} for that day")
        return tuple(doubts)


def date_of(key: InteractionKey) -> int:
    """20231119, as the databases write it."""
    return 10_000 * key.vendor + key.session


def is_interact_root(folder: Path) -> bool:
    """Whether a folder looks like one of the data set's, without looking into it."""
    return any((folder / name).exists() for name in (*MOTION_FOLDERS, SCENARIOS, ACTORS))


def interact_recordings(data_dir: Path) -> dict[RecordingId, RecordingFiles]:
    """The recordings under a data folder that is InterAct's, empty for any other; no database is opened."""
    root = _root(data_dir)
    return {} if root is None else _recordings(root)[0]


def open_interact(data_dir: Path) -> InteractFolder | None:
    """What is in a data folder, None if it is not InterAct's; a database that is broken is a notice."""
    root = _root(data_dir)
    if root is None:
        return None
    notices: list[str] = []
    scenarios: dict[int, Scenario] | None = None
    sessions: dict[int, Session] | None = None
    genders: dict[int, str] | None = None
    try:
        if (path := _beside(root, SCENARIOS)) is not None:
            scenarios = read_scenarios(path)
    except InputError as error:
        notices.append(str(error))
    try:
        if (path := _beside(root, ACTORS)) is not None:
            sessions, genders = read_sessions(path)
    except InputError as error:
        notices.append(str(error))
    return InteractFolder(root, *_recordings(root), scenarios, sessions, genders, tuple(notices))


def database_files(data_dir: Path) -> tuple[Path, ...]:
    """Those of the two databases that are there."""
    root = _root(data_dir)
    found = () if root is None else (_beside(root, name) for name in (SCENARIOS, ACTORS))
    return tuple(path for path in found if path is not None)


def _root(data_dir: Path) -> Path | None:
    folder = data_dir.expanduser()
    return next((place for place in (folder, folder / RELEASE) if is_interact_root(place)), None)


def _beside(root: Path, name: str) -> Path | None:
    return next((path for path in (root / name, root.parent / name) if path.is_file()), None)


def _recordings(root: Path) -> tuple[dict[RecordingId, RecordingFiles], dict[RecordingId, Path]]:
    """And their faces. The film of both actors is the first one's video."""
    motions: dict[RecordingId, tuple[int, Path]] = {}
    sounds: dict[RecordingId, Path] = {}
    faces: dict[RecordingId, Path] = {}
    films: dict[InteractionKey, Path] = {}
    for path in _files(root):
        kind, folder = path.suffix.lower(), path.parent.name
        try:
            if kind == ".bvh":
                name = RecordingId.parse_dated(path.stem)
                rank = _rank(path.parent, root)
                if name not in motions or rank < motions[name][0]:
                    motions[name] = rank, path
            elif kind == ".wav":
                sounds.setdefault(RecordingId.parse_dated(path.stem), path)
            elif kind == ".npy" and folder == FACE_FOLDER:
                faces.setdefault(RecordingId.parse_dated(path.stem), path)
            elif kind == ".mp4" and folder == FILM_FOLDER:
                films.setdefault(InteractionKey.parse_any(path.stem), path)
        except UsageError:
            continue
    found = {}
    for name, (_, path) in sorted(motions.items()):
        film = films.pop(name.interaction_key, None)
        found[name] = RecordingFiles(name, path, sounds.get(name), mp4=film)
    return found, faces


def _rank(folder: Path, root: Path) -> int:
    parts = folder.relative_to(root).parts
    places = [MOTION_FOLDERS.index(part) for part in parts if part in MOTION_FOLDERS]
    return min(places, default=len(MOTION_FOLDERS) - 2)


def _files(root: Path) -> Iterator[Path]:
    for number, (folder, below, names) in enumerate(os.walk(root)):
        depth = len(Path(folder).relative_to(root).parts)
        below[:] = sorted(name for name in below if not name.startswith(".")) if depth < _DEPTH else []
        if number >= _MOST_FOLDERS:
            return
        yield from (Path(folder, name) for name in sorted(names))
