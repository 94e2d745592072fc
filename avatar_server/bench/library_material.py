"""A data folder as large as the data set's lists, made anew: names, prompts and relationships, by lot."""

from __future__ import annotations

import random
import struct
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from avatar_server.dataset.recording_id import RecordingId
from avatar_server.settings import SAMPLE_RATE_HZ
from avatar_server.testing.synthetic_interaction import synthesize

ROWS = 129_370
"""Of the official `filelist.csv`."""

VENDORS, PROMPTS, SESSIONS_A_VENDOR = 4, 3000, 1200
WORDS_A_PROMPT = 40
"""Official prompts have some sentences; how many there are, and how many sessions, is of that order."""

TYPES = ("improv", "ipc_conversation", "naturalistic", "story")
RELATIONSHIPS = (("stranger", ""), ("familiar", "friends"), ("familiar", "siblings"))
STORY = (
    "you lost your map in a strange city and ask somebody for the way home tell the story of a day when "
    "nothing went as planned discuss whether robots should have rights convince your partner to taste the "
    "soup explain how trust is built remember a teacher laugh about mistakes"
)

TYPED = ("map", "strange city", "stranger robots v00", "s0809", "V00_P0123", "improv teacher friends")
"""What somebody types, letter by letter."""

_IEEE_FLOAT = 3

_HEADER = (
    "file_id,label,split,batch_idx,archive_idx,has_imitator_movement,has_annotation_1p,has_annotation_3p"
)


def write_library(folder: Path, *, rows: int, sound_s: float) -> str:
    """Lists with `rows` recordings (>= 2), and one interaction with so long a sound; the key of that one."""
    made = synthesize(folder, seconds=2)
    for recording in made.recordings:
        _write_noise(recording.wav, sound_s)
    of_made = [f"{one.id},improvised,dev,{one.npz.parent.parent.name},{one.npz.parent.name},1,0,1"
               for one in made.recordings]  # fmt: skip
    lines = _rows(random.Random(4), rows - len(of_made), str(made.key))
    (folder / "filelist.csv").write_text("\n".join([_HEADER, *of_made, *lines, ""]))
    lot = random.Random(5)
    prompts = ["prompt_hash,participant_a_prompt_text,participant_b_prompt_text,interaction_type"]
    prompts += [
        f"{number},{_sentence(lot)},{_sentence(lot)},{TYPES[number % len(TYPES)]}"
        for number in range(PROMPTS)
    ]
    (folder / "interactions.csv").write_text("\n".join([*prompts, ""]))
    known = ["vendor_id,session_id,relationship,relationship_detail"]
    known += [
        f"V{vendor:02d},{session:04d},{','.join(lot.choice(RELATIONSHIPS))}"
        for vendor in range(VENDORS)
        for session in range(SESSIONS_A_VENDOR)
    ]
    (folder / "relationships.csv").write_text("\n".join([*known, ""]))
    return str(made.key)


def _rows(lot: random.Random, count: int, but: str) -> Iterator[str]:
    """Pairs of recordings; the last one may be alone."""
    a_session = max(1, -(-count // (2 * VENDORS * (SESSIONS_A_VENDOR - 1))))
    for number in range(count // 2 + 1):
        session, place = divmod(number, a_session)
        vendor, session = divmod(session, SESSIONS_A_VENDOR)
        prompt = (place * 211 + session * 7) % PROMPTS
        people = sorted(lot.sample(range(10_000), 2))[: 2 if 2 * number + 1 < count else count % 2]
        for person in people:
            recording = RecordingId(vendor, session, prompt, person)
            if str(recording.interaction_key) != but:
                split = ("train", "train", "dev", "test")[session % 4]
                flags = f"{int(vendor == 0)},{int(prompt % 3 == 0)},{int(prompt % 5 == 0)}"
                label = ("improvised", "naturalistic")[prompt % 2]
                yield f"{recording},{label},{split},{session % 1000},{person % 1000},{flags}"


def _sentence(lot: random.Random) -> str:
    return " ".join(lot.choices(STORY.split(), k=WORDS_A_PROMPT))


def _write_noise(wav: Path, length_s: float) -> None:
    """48 kHz, 32-bit float, as the data set has it."""
    count = round(length_s * SAMPLE_RATE_HZ)
    rate, size = SAMPLE_RATE_HZ, 4 * count
    form = struct.pack("<4sIHHIIHH", b"fmt ", 16, _IEEE_FLOAT, 1, rate, 4 * rate, 4, 32)
    head = struct.pack("<4sI4s", b"RIFF", 36 + size, b"WAVE") + form + struct.pack("<4sI", b"data", size)
    second = np.random.default_rng(6).uniform(-0.5, 0.5, SAMPLE_RATE_HZ).astype("<f4").tobytes()
    with wav.open("wb") as file:
        file.write(head)
        for start in range(0, size, len(second)):
            file.write(second[: size - start])
