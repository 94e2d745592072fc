"""The three small files: prompts, people and relationships."""

from __future__ import annotations

from pathlib import Path

import pytest

from avatar_server.dataset import csv_rows
from avatar_server.dataset.interactions_csv import Prompt, read_prompts
from avatar_server.dataset.participants_csv import ParticipantKey, read_participants
from avatar_server.dataset.relationships_csv import Relationship, read_relationships
from avatar_server.errors import InputError

PROMPTS = (
    ",prompt_hash,prompt_id_unique,participant_a_prompt_text,participant_b_prompt_text,"
    "ipc_a,ipc_b,interaction_type"
)
PEOPLE = "extraversion_raw,openness_raw,vendor_id,participant_id"
READERS = {
    "interactions.csv": read_prompts,
    "participants.csv": read_participants,
    "relationships.csv": read_relationships,
}


def written(folder: Path, name: str, text: str | bytes) -> Path:
    path = folder / name
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return path


def test_prompts_go_over_lines_and_lose_their_leading_zeros(tmp_path: Path) -> None:
    text = (
        f"\ufeff{PROMPTS}\r\n"
        '0,582,P0002_v3.4.aac-148,"Say ""no"",\r\n\r\n  politely.",,ANCP,,improv\r\n'
        "1,00000583,RP2.0,Zürich,Bern,,AMCP,ipc_conversation"
    )
    found = read_prompts(written(tmp_path, "interactions.csv", text))
    assert found == {
        582: Prompt(582, "P0002_v3.4.aac-148", 'Say "no", politely.', "", "ANCP", "", "improv"),
        583: Prompt(583, "RP2.0", "Zürich", "Bern", "", "AMCP", "ipc_conversation"),
    }


def test_people_are_told_apart_by_vendor_and_letter(tmp_path: Path) -> None:
    text = f"{PEOPLE}\n3.5,-1,00,1275\n2,,V01,1275\n,nan,0,P1275A\n1e1,0,3,7\n3.5,-1.0,00,1275\n"
    assert read_participants(written(tmp_path, "participants.csv", text)) == {
        ParticipantKey(0, 1275): {"extraversion": 3.5, "openness": -1.0},
        ParticipantKey(1, 1275): {"extraversion": 2.0},
        ParticipantKey(0, 1275, "A"): {},
        ParticipantKey(3, 7): {"extraversion": 10.0, "openness": 0.0},
    }


def test_relationships_are_of_sessions(tmp_path: Path) -> None:
    header = "vendor_id,session_id,relationship,relationship_detail"
    text = f"{header}\nV03,0001,familiar,old  friends\nV00,S0809,stranger,\n"
    assert read_relationships(written(tmp_path, "relationships.csv", text)) == {
        (3, 1): Relationship("familiar", "old friends"),
        (0, 809): Relationship("stranger", ""),
    }


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        (
            "interactions.csv",
            f'{PROMPTS}\n0,1,a,"b\n\nb",c,d,e,f\n1,x1,a,b,c,d,e,f\n',
            "line 5: expected up to eight digits",
        ),
        ("interactions.csv", f'{PROMPTS}\n\n0,1,a,"b\n', "line 3: expected CSV (RFC 4180)"),
        ("interactions.csv", f'{PROMPTS}\n0,1,a,"b"b,c,d,e,f\n', "line 2: expected CSV (RFC 4180)"),
        (
            "interactions.csv",
            f"{PROMPTS}\n0,1,a,b,c,d,e\n",
            "line 2: expected 8 fields as in the header, but found 7",
        ),
        (
            "interactions.csv",
            f"{PROMPTS}\n0,1,a,b,c,d,e,f\n1,01,a,b,c,d,e,F\n",
            "line 3: expected one prompt I00000001",
        ),
        (
            "interactions.csv",
            f"{PROMPTS}\n0,{'1' * 5000},a,b,c,d,e,f\n",
            "line 2: expected up to eight digits",
        ),
        (
            "interactions.csv",
            "prompt_hash,interaction_type\n",
            "line 1: expected the columns prompt_hash, participant_a",
        ),
        ("interactions.csv", "", "but found an empty file"),
        ("participants.csv", f"{PEOPLE}\n1,2,V,1\n", "line 2: expected a vendor_id like 00, but found 'V'"),
        (
            "participants.csv",
            f"{PEOPLE}\n1,2,0,../1\n",
            "line 2: expected a participant_id like 1275, but found '../1'",
        ),
        (
            "participants.csv",
            f"{PEOPLE}\n1,inf,0,1\n",
            "line 2: expected a number as 'openness_raw', but found 'inf'",
        ),
        ("participants.csv", f"{PEOPLE}\n1,2,0,1\n1,3,V00,0001\n", "line 3: expected one row of V00_P0001"),
        (
            "relationships.csv",
            "vendor_id,session_id,relationship\nV03,S,x\n",
            "line 2: expected a session_id like 0809",
        ),
        (
            "relationships.csv",
            "vendor_id,session_id,relationship\nX03,1,x\n",
            "line 2: expected a vendor_id like V03",
        ),
        (
            "relationships.csv",
            "vendor_id,session_id,relationship\nV03,1,x\n3,0001,y\n",
            "line 3: expected one row of V03_S0001",
        ),
    ],
)
def test_what_is_wrong_is_told_with_its_line(tmp_path: Path, name: str, text: str, said: str) -> None:
    path = written(tmp_path, name, text)
    with pytest.raises(InputError) as raised:
        READERS[name](path)
    assert str(raised.value).startswith(str(path))
    assert said in str(raised.value)
    assert "\n" not in str(raised.value)


@pytest.mark.parametrize("name", READERS)
@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('a,b\n"' + "\n" * 200_000, "fields of at most 131072 characters"),
        ('a,b\n"' + "x" * 200_000, "fields of at most 131072 characters"),
        ("," * 200, "at most 64 columns, but found 201"),
        ("a\n" + "," * csv_rows.MAX_LINE_BYTES + ",\n", "line 2: expected lines of at most 1048576 bytes"),
        ("a\n" * (csv_rows.MAX_ROWS + 1), "at most 1000000 lines, but found 1000001"),
        ("a" * (csv_rows.MAX_BYTES + 1), "at most 64 MiB"),
        (b"\xff\xfea\0,\0", "line 1: expected UTF-8 text"),
    ],
    ids=("lines in quotes", "long field", "columns", "long line", "lines", "bytes", "UTF-16"),
)
def test_hostile_sizes_are_refused_with_the_limit(
    tmp_path: Path, name: str, text: str | bytes, said: str
) -> None:
    if isinstance(text, str) and text.startswith(
        "a,b\n"
    ):  # What comes after a header that is as it has to be.
        headers = {"interactions.csv": PROMPTS, "participants.csv": PEOPLE}
        text = text.replace("a,b", headers.get(name, "vendor_id,session_id,relationship"), 1)
    with pytest.raises(InputError) as raised:
        READERS[name](written(tmp_path, name, text))
    assert said in str(raised.value)
    assert len(str(raised.value)) < 400 + len(str(tmp_path))
