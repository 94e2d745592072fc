"""A folder of InterAct: who plays what with whom, by names and by its databases, hostile ones included."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from avatar_server.assembly import open_interaction
from avatar_server.dataset.catalogue import Catalogue, open_catalogue
from avatar_server.dataset.catalogue_keeper import CatalogueKeeper
from avatar_server.dataset.interact.interact_folder import open_interact
from avatar_server.dataset.interact.scenario_databases import read_scenarios, read_sessions
from avatar_server.dataset.recording_id import InteractionKey, RecordingId, may_be_listed
from avatar_server.dataset.recording_table import interaction_code, interaction_key
from avatar_server.dataset.selection import Selection
from avatar_server.dataset.take import Take
from avatar_server.errors import InputError, UsageError
from avatar_server.testing.interact_folder import synthesize_interact, write_databases


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three interactions whose files are empty: only their names count here."""
    folder = tmp_path_factory.mktemp("interact")
    write_databases(folder)
    for number in (51, 52, 117):
        for actor in (1, 2):
            named(folder, f"20231119_{actor:03d}_{number:03d}")
    return folder


def named(folder: Path, stem: str, motion: str = "bvhs") -> None:
    for name, kind in ((motion, "bvh"), ("wav", "wav"), ("face_arkit", "npy")):
        (folder / name).mkdir(exist_ok=True)
        (folder / name / f"{stem}.{kind}").touch()


def keys(catalogue: Catalogue, **wanted: str) -> list[str]:
    selection = Selection.of_texts(**wanted)  # type: ignore[arg-type]
    return [str(found.key) for found in catalogue.query(selection).interactions]


def test_dates_actors_and_scenarios_are_names_of_recordings() -> None:
    one = RecordingId.parse_dated("20231119_001_051")
    assert (one.vendor, one.session, one.participant, one.interaction) == (2023, 1119, 1, 51)
    assert str(one) == "20231119_001_051"
    assert str(one.interaction_key) == "20231119_051"
    assert InteractionKey.parse_any("20231119_051") == one.interaction_key
    assert interaction_key(interaction_code(one.interaction_key)) == one.interaction_key
    assert InteractionKey.parse_any("V00_S0809_I00000582").vendor == 0
    for wrong in ("20231119_51", "2023119_051", "00011119_051"):
        with pytest.raises(UsageError):
            InteractionKey.parse_any(wrong)
    # It is nothing that could be fetched, nor a file of the other data set.
    assert not may_be_listed("20231119_051")
    with pytest.raises(UsageError):
        RecordingId.parse("20231119_001_051")


def test_what_the_databases_say(folder: Path) -> None:
    scenarios = read_scenarios(folder / "scenarios.db")
    assert (scenarios[51].relationship, scenarios[51].emotion) == ("Strangers", "Joy")
    assert scenarios[52].text == "She comes home late, and he waited."
    sessions, genders = read_sessions(folder / "actors.db")
    assert (sessions[20231119].male, sessions[20231119].female) == (1, 2)
    assert genders == {1: "male", 2: "female"}


def test_the_catalogue_has_pairs_with_scenario_relationship_and_emotion(folder: Path) -> None:
    catalogue = open_catalogue(folder)
    assert keys(catalogue) == ["20231119_051", "20231119_052", "20231119_117"]
    found = catalogue.find(InteractionKey.parse_any("20231119_052"))
    assert found is not None
    told = found.as_json()
    assert [str(person.id) for person in found.recordings] == ["20231119_001_052", "20231119_002_052"]
    assert (told["relationship"], told["emotion"]) == ("Parent and child", "Anger")
    assert found.prompt is not None
    assert (found.prompt.text_a, found.prompt.unique_id) == ("She comes home late, and he waited.", "052")


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        ({"emotion": "joy"}, ["051", "117"]),
        ({"relationship": "Parent and Child"}, ["052"]),
        ({"prompt": "harbour"}, ["051"]),
        ({"text": "joy bakery"}, ["117"]),
        ({"text": "parent late"}, ["052"]),
        ({"text": "anger"}, ["052"]),
        ({"text": "ang"}, ["052"]),
        ({"text": "Stranger"}, ["051"]),
        ({"text": "angers"}, []),
        ({"emotion": "Joy", "relationship": "strangers"}, ["051"]),
        ({"participant": "2"}, ["051", "052", "117"]),
        ({"text": "20231119_052"}, ["052"]),
        ({"text": "1119 p001 bakery"}, ["117"]),
        ({"text": "20231119_002_051"}, ["051"]),
    ],
)
def test_filters_work_as_for_the_other_data_set(
    folder: Path, wanted: dict[str, str], found: list[str]
) -> None:
    assert keys(open_catalogue(folder), **wanted) == [f"20231119_{number}" for number in found]


def test_counts_by_relationship_and_emotion(folder: Path) -> None:
    by = open_catalogue(folder).counted().by
    assert by["emotion"] == {"Joy": 2, "Anger": 1}
    assert by["vendor"] == {"unknown": 3}
    assert by["relationship"] == {"Business partners": 1, "Parent and child": 1, "Strangers": 1}


def test_an_emotion_that_nobody_plays_and_one_where_none_is_known_are_refused(
    folder: Path, tmp_path: Path
) -> None:
    with pytest.raises(UsageError, match="no emotion 'envy'; there are Anger, Joy"):
        keys(open_catalogue(folder), emotion="envy")
    named(tmp_path, "20231119_001_051")
    with pytest.raises(UsageError, match="emotions are not known"):
        keys(open_catalogue(tmp_path), emotion="joy")


def test_a_key_is_a_take_of_two_in_one_place_with_their_sounds(folder: Path) -> None:
    take = open_interaction("20231119_051", folder)
    assert isinstance(take, Take)
    assert take.key == "20231119_051"
    assert take.one_place
    assert [person.id for person in take.recordings] == ["20231119_001_051", "20231119_002_051"]
    assert [person.name for person in take.recordings] == ["P001 male", "P002 female"]
    assert take.recordings[0].motion == folder / "bvhs" / "20231119_001_051.bvh"
    assert take.recordings[1].wav == folder / "wav" / "20231119_002_051.wav"
    assert take.recordings[0].face == folder / "face_arkit" / "20231119_001_051.npy"
    assert take.notices == ()
    turned = open_interaction("20231119_002_051, 20231119_001_051", folder)
    assert [person.id for person in turned.recordings] == ["20231119_002_051", "20231119_001_051"]


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("20231119_999", "it holds 3"),
        ("20231119_003_051", "no recording 20231119_003_051"),
        ("20231120_051", "no interaction 20231120_051"),
    ],
)
def test_what_is_not_there_is_said(folder: Path, tmp_path: Path, name: str, said: str) -> None:
    with pytest.raises(UsageError, match=said):
        open_interaction(name, folder)
    with pytest.raises(UsageError, match="no folder of InterAct"):
        open_interaction(name, tmp_path)


def test_motion_as_captured_comes_before_the_retargeted_one(tmp_path: Path) -> None:
    for motion in ("bvhs_retarget", "bvhs"):
        named(tmp_path, "20231119_001_051", motion)
    named(tmp_path, "20231119_002_051", "bvhs_retarget")
    take = open_interaction("20231119_051", tmp_path)
    assert isinstance(take, Take)
    assert [person.motion.parent.name for person in take.recordings] == ["bvhs", "bvhs_retarget"]


def test_the_older_release_has_a_folder_of_its_own(tmp_path: Path) -> None:
    public = tmp_path / "InterAct_Public"
    public.mkdir()
    named(public, "20231119_001_051", "Raw_Body_Motions_BVH")
    named(public, "20231119_002_051", "Raw_Body_Motions_BVH")
    write_databases(tmp_path)
    found = open_catalogue(tmp_path).query().interactions
    assert [str(one.key) for one in found] == ["20231119_051"]
    assert found[0].prompt is not None
    assert len(open_interaction("20231119_051", tmp_path).recordings) == 2


def test_a_third_actor_is_left_out_and_strangers_to_the_session_are_said(tmp_path: Path) -> None:
    write_databases(tmp_path)
    for actor in (2, 7, 1):
        named(tmp_path, f"20231119_{actor:03d}_051")
    take = open_interaction("20231119_051", tmp_path)
    assert [str(person.id)[9:12] for person in take.recordings] == ["001", "002"]
    (tmp_path / "bvhs" / "20231119_001_051.bvh").unlink()
    take = open_interaction("20231119_051", tmp_path)
    assert any("names the actors 001 and 002" in notice for notice in take.notices)


def test_a_lone_actor_is_said(tmp_path: Path) -> None:
    named(tmp_path, "20231119_001_051")
    take = open_interaction("20231119_051", tmp_path)
    assert any("the partner's recording is missing" in notice for notice in take.notices)


def _view(path: Path) -> None:
    """A view in place of a table, which would count forever."""
    with closing(sqlite3.connect(path)) as database, database:
        database.executescript(
            "DROP TABLE scenarios; CREATE VIEW scenarios AS WITH RECURSIVE n(id) AS"
            " (SELECT 1 UNION ALL SELECT id + 1 FROM n) SELECT id, 1 AS relationship_id,"
            " 1 AS primary_emotion_id, '' AS character_setup, '' AS scenario FROM n;"
        )


def _huge(path: Path) -> None:
    with closing(sqlite3.connect(path)) as database, database:
        database.execute("UPDATE scenarios SET scenario = zeroblob(3000000)")


def _lacking(path: Path) -> None:
    with closing(sqlite3.connect(path)) as database, database:
        database.execute("ALTER TABLE relationships RENAME TO relations")


def _cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:5000])


def _scrambled(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:100] + b"\xff" * 20_000)


def _other(path: Path) -> None:
    path.write_bytes(b"\x80\x04cposix\nsystem\n")


def _letters(path: Path) -> None:
    with closing(sqlite3.connect(path)) as database, database:
        database.executescript(
            "CREATE TABLE other AS SELECT 'one' AS id, 1 AS relationship_id, 1 AS primary_emotion_id,"
            " '' AS character_setup, '' AS scenario;"
            "DROP TABLE scenarios; ALTER TABLE other RENAME TO scenarios;"
        )


@pytest.mark.parametrize(
    "spoil",
    [_view, _huge, _lacking, _cut, _scrambled, _other, _letters],
    ids=lambda spoil: spoil.__name__,
)
def test_a_hostile_or_broken_database_is_refused_in_one_line_and_the_rest_still_plays(
    folder: Path, tmp_path: Path, spoil: object
) -> None:
    write_databases(tmp_path)
    named(tmp_path, "20231119_001_051")
    named(tmp_path, "20231119_002_051")
    path = tmp_path / "scenarios.db"
    spoil(path)  # type: ignore[operator]
    before = sorted(tmp_path.iterdir())
    with pytest.raises(InputError) as caught:
        read_scenarios(path)
    assert str(caught.value).startswith(f"{path}: expected ")
    assert "\n" not in str(caught.value)
    assert sorted(tmp_path.iterdir()) == before
    found = open_interact(tmp_path)
    assert found is not None
    assert str(caught.value) in found.notices
    assert keys(open_catalogue(tmp_path)) == ["20231119_051"]
    assert str(caught.value) in open_interaction("20231119_051", tmp_path).notices


def test_a_catalogue_is_read_again_when_a_database_changes(tmp_path: Path) -> None:
    named(tmp_path, "20231119_001_051")
    keeper = CatalogueKeeper(tmp_path)
    (found,) = keeper.current().query().interactions
    assert found.prompt is None
    write_databases(tmp_path)
    (found,) = keeper.current().query().interactions
    assert found.prompt is not None


def test_a_synthetic_folder_has_all_that_the_data_set_has(tmp_path: Path) -> None:
    assert synthesize_interact(tmp_path, seconds=2.0) == ("20231119_051",)
    names = {str(path.relative_to(tmp_path)) for path in tmp_path.rglob("*.*")}
    for stem in ("20231119_001_051", "20231119_002_051"):
        assert {f"bvhs/{stem}.bvh", f"wav/{stem}.wav", f"face_arkit/{stem}.npy"} <= names
    assert {"scenarios.db", "actors.db"} <= names
