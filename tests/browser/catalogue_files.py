"""The four files of a catalogue, of recordings that nobody made, for tests that look through it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product
from pathlib import Path

IN_A_SESSION = 15
"""Interactions of two people, about as many as the data set has."""

_VENDORS = (0, 0, 0, 1, 1, 2, 3, 5)
_PERSONS = 4060

_TYPES = ("conversation", "improv", "storytelling", "game")
_RELATIONSHIPS = (
    ("stranger", ""),
    ("stranger", ""),
    ("familiar", "friends"),
    ("familiar", "colleagues"),
    ("family", "siblings"),
    ("family", "partners"),
)
_DOING = (
    ("Tell your partner about", "Listen, and ask about"),
    ("Try to persuade your partner of", "You are not sure about"),
    ("You have just lost", "Help your partner to find"),
    ("Describe, without naming it,", "Guess what it is:"),
    ("You both remember differently", "Insist on your own memory of"),
    ("Complain about", "You are to blame for"),
    ("Plan together", "You have no time for"),
    ("Teach your partner", "Pretend that you know nothing of"),
    ("You are proud of", "Envy your partner for"),
    ("Ask for advice about", "Give bad advice about"),
)
_WHAT = (
    ("a map", "the old harbour", "the city library", "a train ticket", "the mountain hut"),
    ("on a rainy day", "after a long night", "before the guests come", "in a foreign town", "at the market"),
    (
        "with little money",
        "and a stubborn dog",
        "while the phone rings",
        "without waking anybody",
        "for once",
    ),
)


@dataclass(frozen=True, slots=True)
class _Row:
    vendor: int
    session: int
    prompt: int
    participant: str
    label: str
    split: str
    archive: int
    flags: tuple[int, int, int]


def write_catalogue(folder: Path, rows: int) -> None:
    """Write `filelist.csv`, `interactions.csv`, `participants.csv` and `relationships.csv` into `folder`.

    rows: of the list of recordings, two an interaction.
    """
    listed = list(_rows(rows))
    _write(
        folder / "filelist.csv",
        "file_id,label,split,batch_idx,archive_idx,has_imitator_movement,has_annotation_1p,has_annotation_3p",
        (
            f"V{row.vendor:02d}_S{row.session:04d}_I{row.prompt:08d}_P{row.participant},"
            f"{row.label},{row.split},{row.archive // 40},{row.archive % 40},"
            f"{row.flags[0]},{row.flags[1]},{row.flags[2]}"
            for row in listed
        ),
    )
    _write(
        folder / "interactions.csv",
        "prompt_hash,prompt_id_unique,participant_a_prompt_text,participant_b_prompt_text,"
        "interaction_type,ipc_a,ipc_b",
        (
            f'{number},T{number},"{a} {what}.","{b} {what}.",{_TYPES[number % len(_TYPES)]},,'
            for number, (a, b, what) in enumerate(_prompts(), 1)
        ),
    )
    people = dict.fromkeys((row.vendor, row.participant) for row in listed)
    _write(
        folder / "participants.csv",
        "vendor_id,participant_id,extraversion_raw,agreeableness_raw,openness_raw",
        (
            f"{vendor:02d},{name},{1 + place % 9 / 2},{1 + place % 7 / 2},{1 + place % 5 / 2}"
            for place, (vendor, name) in enumerate(people)
        ),
    )
    sessions = dict.fromkeys((row.vendor, row.session) for row in listed)
    _write(
        folder / "relationships.csv",
        "vendor_id,session_id,relationship,relationship_detail",
        (
            f"V{vendor:02d},{session:04d},{','.join(_RELATIONSHIPS[session * 7 % len(_RELATIONSHIPS)])}"
            for vendor, session in sessions
        ),
    )


def _prompts() -> Iterator[tuple[str, str, str]]:
    for (a, b), *what in product(_DOING, *_WHAT):
        yield a, b, " ".join(what)


def _rows(count: int) -> Iterator[_Row]:
    prompts = sum(1 for _ in _prompts())
    for number in range(count):
        session, place = divmod(number // 2, IN_A_SESSION)
        person = (session * 2 + number % 2) * 37 % _PERSONS
        yield _Row(
            vendor=_VENDORS[session % len(_VENDORS)],
            session=session,
            # Sessions begin anywhere among the prompts; within one they do not meet again.
            prompt=(session * 61 + place * 83) % prompts + 1,
            participant=f"{person:04d}{'A' if person % 97 == 3 else ''}",
            label="improvised" if session % 3 == 0 else "naturalistic",
            split=("dev", "test")[session % 10] if session % 10 < 2 else "train",
            archive=session,
            flags=(int(session % 3 != 1), int(place == 4), int(place % 5 == 4)),
        )


def _write(path: Path, head: str, lines: Iterator[str]) -> None:
    path.write_text("\n".join([head, *lines, ""]), encoding="utf-8")


HURT = "<img src=x onerror='window.hurt = 1'>"
HOSTILE = "V09_S0001_I00009999"


def add_hostile(data_dir: Path) -> None:
    """One more interaction, in which HURT is wherever people write."""
    with (data_dir / "filelist.csv").open("a") as filelist:
        for person in ("P0001", "P0002"):
            filelist.write(f"{HOSTILE}_{person},naturalistic,test,9,9,0,0,0\n")
    with (data_dir / "interactions.csv").open("a") as prompts:
        prompts.write(f'9999,T9999,"Hurt {HURT} me","{HURT}",{HURT},,\n')
    with (data_dir / "relationships.csv").open("a") as relationships:
        relationships.write(f"V09,0001,{HURT},{HURT}\n")
