"""A synthetic InterAct data set: two actors in one volume, acted scenarios, faces, voices, the databases."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from avatar_server.face.action_units import weights_of_action_units
from avatar_server.testing.body_motion import move
from avatar_server.testing.bvh_writer import write_bvh
from avatar_server.testing.dialogue import plan_dialogue
from avatar_server.testing.face_files import write_arkit_npy
from avatar_server.testing.face_signals import action_units
from avatar_server.testing.interact_skeleton import interact_rows
from avatar_server.testing.seamless_writer import write_wav
from avatar_server.testing.voice import speak

Array = NDArray[np.float64]

DATE = 20231119
ACTORS = (1, 2)
"""The first one is male, the second female, as the sessions of the data set have them."""

PLACES_M = ((-0.55, 0.1), (0.65, -0.2))
"""Where the two stand, x and z in their world; each looks at the other."""

PELVIS_M = 1.0
"""A body 1.09 times as large as the neutral SMPL-H."""

RELATIONSHIPS = ("Strangers", "Parent and child", "Business partners")
EMOTIONS = ("Joy", "Anger", "Compassion")


@dataclass(frozen=True, slots=True)
class ActedScenario:
    """number: from 0 to 999. relationship, emotion: places in `RELATIONSHIPS` and `EMOTIONS`."""

    number: int
    relationship: int
    emotion: int
    setup: str
    text: str


SCENARIOS = (
    ActedScenario(51, 0, 0, "A traveller and a clerk.", "A traveller asks the way to the harbour."),
    ActedScenario(52, 1, 1, "A father and his daughter.", "She comes home late, and he waited."),
    ActedScenario(117, 2, 0, "Two owners of a bakery.", "The bread of the morning was sold by nine."),
)


def synthesize_interact(
    folder: Path,
    *,
    seconds: float = 3.0,
    rate_hz: int = 30,
    numbers: tuple[int, ...] = (51,),
    motion_folder: str = "bvhs",
) -> tuple[str, ...]:
    """Write these scenarios under `folder`, and databases that tell of all; the keys of what was written."""
    for name in (motion_folder, "face_arkit", "wav"):
        (folder / name).mkdir(parents=True, exist_ok=True)
    write_databases(folder)
    keys = []
    for number in numbers:
        dialogue = plan_dialogue(seconds, number)
        for person, actor in enumerate(ACTORS):
            stem = f"{DATE}_{actor:03d}_{number:03d}"
            times_s = np.arange(round(seconds * rate_hz)) / rate_hz
            motion = move(dialogue, person, times_s, number)
            pelvis, heading_rad = _place(person, motion.sway_m)
            skeleton, rows = interact_rows(motion, pelvis, heading_rad)
            write_bvh(folder / motion_folder / f"{stem}.bvh", skeleton, rows, f"{1 / rate_hz:.7f}")
            voice = speak(dialogue, person, number)
            write_wav(folder / "wav" / f"{stem}.wav", voice)
            face_times_s = np.arange(round(seconds * 30)) / 30
            units = action_units(dialogue, person, face_times_s, voice, number).astype(np.float32)
            weights = weights_of_action_units(units)
            write_arkit_npy(folder / "face_arkit" / f"{stem}.npy", weights, alphabetical=True, columns=51)
        keys.append(f"{DATE}_{number:03d}")
    return tuple(keys)


def write_databases(folder: Path) -> None:
    """`scenarios.db` and `actors.db`; files of these names are replaced."""
    for name in ("scenarios.db", "actors.db"):
        (folder / name).unlink(missing_ok=True)
    with closing(sqlite3.connect(folder / "scenarios.db")) as database, database:
        database.executescript(
            "CREATE TABLE relationships (id INTEGER PRIMARY KEY, name TEXT);"
            "CREATE TABLE emotions (id INTEGER PRIMARY KEY, name TEXT);"
            "CREATE TABLE scenarios (id INTEGER PRIMARY KEY, relationship_id INTEGER,"
            " primary_emotion_id INTEGER, character_setup TEXT, scenario TEXT);"
        )
        for table, names in (("relationships", RELATIONSHIPS), ("emotions", EMOTIONS)):
            database.executemany(f"INSERT INTO {table} VALUES (?, ?)", list(enumerate(names, start=1)))
        database.executemany(
            "INSERT INTO scenarios VALUES (?, ?, ?, ?, ?)",
            [(one.number, one.relationship + 1, one.emotion + 1, one.setup, one.text) for one in SCENARIOS],
        )
    with closing(sqlite3.connect(folder / "actors.db")) as database, database:
        database.executescript(
            "CREATE TABLE actors (actor_id TEXT PRIMARY KEY, gender TEXT);"
            "CREATE TABLE sessions (date TEXT, male_id TEXT, female_id TEXT);"
        )
        actors = [(f"{actor:03d}", gender) for actor, gender in zip(ACTORS, ("male", "female"), strict=True)]
        database.executemany("INSERT INTO actors VALUES (?, ?)", actors)
        session = (str(DATE), *(f"{actor:03d}" for actor in ACTORS))
        database.execute("INSERT INTO sessions VALUES (?, ?, ?)", session)


def _place(person: int, sway_m: Array) -> tuple[Array, float]:
    """(N, 3) of the pelvis, and the heading from +z towards the partner."""
    here, there = np.array(PLACES_M[person]), np.array(PLACES_M[1 - person])
    towards = there - here
    heading_rad = float(np.arctan2(towards[0], towards[1]))
    left = np.array([np.cos(heading_rad), -np.sin(heading_rad)])
    ground = here + sway_m[:, :1] * left
    return np.column_stack([ground[:, 0], PELVIS_M + sway_m[:, 1], ground[:, 1]]), heading_rad
