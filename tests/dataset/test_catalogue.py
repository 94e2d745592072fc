from __future__ import annotations

import json
import re
from pathlib import Path

import numpy as np
import pytest

from avatar_server.dataset.catalogue import Catalogue, open_catalogue
from avatar_server.dataset.listed_interaction import Page
from avatar_server.dataset.participants_csv import ParticipantKey
from avatar_server.dataset.recording_id import InteractionKey
from avatar_server.dataset.selection import Selection
from avatar_server.errors import InputError, UsageError

FILELIST = """\
file_id,label,split,batch_idx,archive_idx,has_imitator_movement,has_annotation_1p,has_annotation_3p
V03_S0001_I00000001_P0007,naturalistic,train,12,7,0,0,0
V03_S0001_I00000001_P1275,naturalistic,train,12,9,0,0,0
V00_S0809_I00000582_P1276,improvised,dev,3,11,1,1,1
V00_S0809_I00000582_P1275A,improvised,dev,3,150,1,0,1
V00_S0809_I00000583_P1275,improvised,dev,3,150,1,0,0
V00_S0809_I00000583_P1276,improvised,train,9,1,0,0,0
V00_S0810_I00000582_P0042,improvised,test,4,0,1,0,1
"""
PROMPTS = """\
,prompt_hash,prompt_id_unique,participant_a_prompt_text,participant_b_prompt_text,ipc_a,ipc_b,interaction_type
0,582,P2,"You lost
your STRASSE map.",You know the way.,ANCP,,improv
1,583,P3,Tell a joke.,Do not laugh.,,,ipc_conversation
"""
PEOPLE = "extraversion_raw,vendor_id,participant_id\n1,00,1275\n2,00,1275A\n3,03,1275\n"
RELATIONSHIPS = """\
vendor_id,session_id,relationship,relationship_detail
V00,0809,stranger,
V03,0001,familiar,Old friends
"""

MAP, JOKE, LONE, CHAT = (
    "V00_S0809_I00000582", "V00_S0809_I00000583", "V00_S0810_I00000582", "V03_S0001_I00000001",
)  # fmt: skip
ALL = [MAP, JOKE, LONE, CHAT]


@pytest.fixture(params=["", "assets"])
def folder(tmp_path: Path, request: pytest.FixtureRequest) -> Path:
    """A data folder with all files, in it or in its folder `assets`."""
    place = tmp_path / request.param
    place.mkdir(exist_ok=True)
    (place / "filelist.csv").write_text(FILELIST)
    (place / "interactions.csv").write_text(PROMPTS)
    (place / "participants.csv").write_text(PEOPLE)
    (place / "relationships.csv").write_text(RELATIONSHIPS)
    return tmp_path


def keys(page: Page) -> list[str]:
    return [str(interaction.key) for interaction in page.interactions]


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        ({}, ALL),
        ({"label": "improvised"}, [MAP, JOKE, LONE]),
        ({"split": "train"}, [JOKE, CHAT]),
        ({"split": "dev", "label": "naturalistic"}, []),
        ({"vendor": "V03"}, [CHAT]),
        ({"vendor": "0"}, [MAP, JOKE, LONE]),
        ({"session": "S0809"}, [MAP, JOKE]),
        ({"session": "v3_s1"}, [CHAT]),
        ({"participant": "1275"}, [JOKE, CHAT]),
        ({"participant": "P1275a"}, [MAP]),
        ({"participant": "V03_P1275"}, [CHAT]),
        ({"participant": "1276", "split": "train"}, [JOKE]),
        ({"participant": "1275", "split": "test"}, []),
        ({"prompt": "lost your  strasse"}, [MAP, LONE]),
        ({"prompt": "Straße"}, [MAP, LONE]),
        ({"prompt": "LAUGH"}, [JOKE]),
        ({"prompt": "elephant"}, []),
        ({"relationship": "Stranger"}, [MAP, JOKE]),
        ({"relationship": "old friends"}, [CHAT]),
        ({"interaction_type": "IMPROV"}, [MAP, LONE]),
        ({"interaction_type": "improv", "prompt": "joke"}, []),
        ({"has_movement": True}, [MAP, LONE]),
        ({"has_movement": False}, [JOKE, CHAT]),
        ({"has_annotations": True}, [MAP, LONE]),
        ({"has_annotations": False}, [JOKE, CHAT]),
        ({"has_movement": True, "vendor": "3"}, []),
        ({"text": "s0809"}, [MAP, JOKE]),
        ({"text": f"{MAP}_P1275A"}, [MAP]),
        ({"text": "P1276 laugh"}, [JOKE]),
        ({"text": "p1275a"}, [MAP]),
        ({"text": "v03_p1275"}, [CHAT]),
        ({"text": "v00_p0007"}, []),
        ({"text": "friend 0001"}, [CHAT]),
        ({"text": " IPC_conv  joke "}, [JOKE]),
        ({"text": "Straße stranger"}, [MAP]),
        ({"text": "map", "split": "test"}, [LONE]),
        ({"text": "map elephant"}, []),
    ],
)
def test_what_is_asked_for_is_found(folder: Path, wanted: dict[str, str | bool], found: list[str]) -> None:
    selection = Selection.of_texts(**wanted)  # type: ignore[arg-type]
    page = open_catalogue(folder).query(selection)
    assert keys(page) == found
    assert page.total == len(found)


def test_an_interaction_is_told_with_all_that_is_known(folder: Path) -> None:
    catalogue = open_catalogue(folder)
    assert (len(catalogue), catalogue.recording_count) == (4, 7)
    found = catalogue.find(InteractionKey.parse(MAP))
    assert found is not None
    assert not found.is_lone
    told = json.loads(json.dumps(found.as_json()))
    person = {
        "id": f"{MAP}_P1275A", "participant": "V00_P1275A", "label": "improvised", "split": "dev", "batch": 3,
        "archive": 150, "has_movement": True, "has_annotation_1p": False, "has_annotation_3p": True,
        "personality": {"extraversion": 2.0},
    }  # fmt: skip
    assert told.pop("people")[0] == person
    assert told == {
        "key": MAP, "label": "improvised", "split": "dev", "lone": False,
        "prompt": {
            "id": "P2", "a": "You lost your STRASSE map.", "b": "You know the way.",
            "ipc_a": "ANCP", "ipc_b": "",
        },
        "interaction_type": "improv", "emotion": None, "relationship": "stranger", "relationship_detail": "",
    }  # fmt: skip


def test_lone_people_and_partners_in_other_splits_are_marked(folder: Path) -> None:
    found = {str(one.key): one for one in open_catalogue(folder).query().interactions}
    assert [key for key in ALL if found[key].is_lone] == [LONE]
    assert (found[JOKE].split, found[JOKE].has_movement) == ("dev/train", False)
    assert found[CHAT].prompt is None
    assert found[LONE].relationship is None


def test_one_number_is_another_person_at_another_vendor(folder: Path) -> None:
    people = [person for one in open_catalogue(folder).query().interactions for person in one.recordings]
    scores = {person.participant: person.personality for person in people if person.id.participant == 1275}
    assert scores == {
        ParticipantKey(0, 1275): {"extraversion": 1.0},
        ParticipantKey(0, 1275, "A"): {"extraversion": 2.0},
        ParticipantKey(3, 1275): {"extraversion": 3.0},
    }


def test_a_key_that_is_not_there_is_not_found(folder: Path) -> None:
    catalogue = open_catalogue(folder)
    for key in ("V00_S0000_I00000000", "V00_S0809_I00000584", "V99_S9999_I99999999"):
        assert catalogue.find(InteractionKey.parse(key)) is None


def test_pages_follow_each_other(folder: Path) -> None:
    catalogue = open_catalogue(folder)
    pages = [catalogue.query(offset=offset, limit=3) for offset in (0, 3, 6)]
    assert [keys(page) for page in pages] == [ALL[:3], ALL[3:], []]
    assert [(page.offset, page.total) for page in pages] == [(0, 4), (3, 4), (6, 4)]
    with pytest.raises(UsageError, match="from 0 on"):
        catalogue.query(offset=-1)


@pytest.fixture(scope="module")
def large(tmp_path_factory: pytest.TempPathFactory) -> Catalogue:
    folder = tmp_path_factory.mktemp("large")
    rows = (
        f"V00_S{n // 10:04d}_I{n:08d}_P0001,improvised,{'dev' if n % 2 else 'train'},0,0" for n in range(5000)
    )
    (folder / "filelist.csv").write_text("\n".join((FILELIST.splitlines()[0].rsplit(",", 3)[0], *rows)))
    return open_catalogue(folder)


def split_mix(state: int) -> int:
    """SplitMix64, in whole numbers as its authors wrote it down."""
    state = (state + 0x9E3779B97F4A7C15) % 2**64
    state = (state ^ state >> 30) * 0xBF58476D1CE4E5B9 % 2**64
    state = (state ^ state >> 27) * 0x94D049BB133111EB % 2**64
    return state ^ state >> 31


def test_a_sample_depends_on_its_seed_only(large: Catalogue) -> None:
    ten = keys(large.sample(10, seed=7))
    assert ten == keys(large.sample(10, seed=7))
    assert ten == keys(large.sample(100, seed=7))[:10]
    assert not set(ten) & set(keys(large.sample(10, seed=8)))
    assert len(set(keys(large.sample(9999, seed=7)))) == 5000
    lots = {key: split_mix(int(re.sub("[VSI_]", "", key)) ^ split_mix(7)) for key in keys(large.query())}
    assert ten == sorted(lots, key=lots.__getitem__)[:10]  # The same on every machine, for ever.


def test_a_sample_draws_from_what_is_selected_and_evenly(large: Catalogue) -> None:
    page = large.sample(600, seed=1, selection=Selection(split="dev"))
    assert page.total == 2500
    numbers = np.array([one.key.interaction for one in page.interactions])
    assert (numbers % 2 == 1).all()
    counts = np.histogram(numbers, bins=10, range=(0, 5000))[0]
    assert ((counts - 60.0) ** 2 / 60).sum() < 33.7  # Chi-squared, 9 degrees of freedom, one in ten thousand.


def test_what_is_not_known_cannot_be_asked_for(large: Catalogue) -> None:
    """Rather than finding nothing, which would look as if there were none."""
    for selection, said in (
        (Selection(has_movement=True), "without has_imitator_movement"),
        (Selection(has_annotations=False), "without has_annotation_1p"),
        (Selection(prompt="joke"), "there is no interactions.csv"),
        (Selection(interaction_type="improv"), "there is no interactions.csv"),
        (Selection(relationship="friends"), "there is no relationships.csv"),
    ):
        with pytest.raises(UsageError, match=said):
            large.query(selection)
    listed = large.query(limit=1).interactions[0]
    assert (listed.has_movement, listed.recordings[0].has_annotation_3p, listed.prompt) == (None, None, None)


@pytest.mark.parametrize(
    ("wanted", "said"),
    [
        ({"label": "../../etc"}, "label: expected one of improvised, naturalistic, got '../../etc'"),
        ({"split": "val"}, "split: expected one of train, dev, test"),
        ({"vendor": "V000"}, "vendor: expected one like V00, got 'V000'"),
        ({"vendor": ""}, "vendor: expected one like V00"),
        ({"session": "12345"}, "session: expected one like S0809"),
        ({"participant": "1275AB"}, "participant: expected one like P1275A"),
        ({"participant": "V03_P1275", "session": "V00_S0001"}, "vendor: expected one, got V00 and V03"),
        ({"prompt": " "}, "prompt: expected 1 to 1000 characters"),
        ({"prompt": "x" * 1001}, "prompt: expected 1 to 1000 characters"),
        ({"relationship": "foes"}, "no relationship 'foes'; there are Old friends, familiar, stranger"),
        ({"interaction_type": "duel"}, "no interaction type 'duel'; there are improv, ipc_conversation"),
    ],
)
def test_what_cannot_be_is_refused(folder: Path, wanted: dict[str, str], said: str) -> None:
    catalogue = open_catalogue(folder)
    with pytest.raises(UsageError) as raised:
        catalogue.query(Selection.of_texts(**wanted))  # type: ignore[arg-type]
    assert said in str(raised.value)


def test_a_file_list_of_no_recordings_lists_none(tmp_path: Path) -> None:
    (tmp_path / "filelist.csv").write_text(FILELIST.splitlines()[0])
    catalogue = open_catalogue(tmp_path)
    wanted = Selection(split="dev", vendor=0, participant=(1, ""), has_movement=True, has_annotations=True)
    assert (len(catalogue), catalogue.query(wanted).total, catalogue.sample(3, 1).total) == (0, 0, 0)


def test_a_broken_file_beside_is_told(folder: Path) -> None:
    path = next(folder.rglob("relationships.csv"))
    path.write_text(RELATIONSHIPS + "V00\n")
    with pytest.raises(InputError, match=r"relationships\.csv, line 4: expected 4 fields"):
        open_catalogue(folder)
