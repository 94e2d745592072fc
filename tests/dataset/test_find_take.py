"""Which files make a take, what its people are called, and which sounds are theirs."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from avatar_server.assembly import open_interaction
from avatar_server.dataset.find_take import find_take, is_take
from avatar_server.dataset.interaction import Interaction
from avatar_server.dataset.reading_choices import ReadingWords
from avatar_server.dataset.take import Take
from avatar_server.errors import InputError, UsageError
from avatar_server.testing import motion_formats as formats

POSES = {"poses": np.zeros((3, 156)), "trans": np.zeros((3, 3))}
SPLIT = {"trans": np.zeros((3, 3)), "root_orient": np.zeros((3, 3)), "pose_body": np.zeros((3, 63))}


def names(take: Take) -> list[str]:
    return [person.name for person in take.recordings]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in ("one/take1.npz", "two/take2.npz", "G001/P1.npz", "G001/P2.npz"):
        formats.write(tmp_path / name, POSES)
    formats.write(tmp_path / "pair.pkl", {"frames": 3, "person1": SPLIT, "person2": SPLIT})
    return tmp_path


def test_two_files_with_a_comma_between(folder: Path) -> None:
    take = find_take(f"{folder}/two/take2.npz, {folder}/one/take1.npz")
    assert (take.key, names(take), take.one_place) == ("take2+take1", ["take2", "take1"], False)


@pytest.mark.parametrize("named", ["G001", "G001/P1.npz", "G001/P2.npz", "G001/P1.npz,G001/P2.npz"])
def test_p1_finds_p2(folder: Path, named: str) -> None:
    take = find_take(",".join(f"{folder}/{part}" for part in named.split(",")))
    assert (take.key, names(take), take.one_place) == ("G001", ["P1", "P2"], True)


def test_a_pickle_holds_both(folder: Path) -> None:
    take = find_take(f"{folder}/pair.pkl")
    assert (take.key, names(take)) == ("pair", ["person1", "person2"])
    assert [person.id for person in take.recordings] == ["pair_person1", "pair_person2"]


def test_one_file_is_one_person_who_plays_alone(folder: Path) -> None:
    take = find_take(f"{folder}/one/take1.npz")
    assert names(take) == ["take1"]
    assert "alone" in take.notices[0]


def test_files_of_one_name_are_told_apart_by_their_folders(tmp_path: Path) -> None:
    files = [formats.write(tmp_path / side / "x.npz", POSES) for side in ("left", "right")]
    assert names(find_take(",".join(map(str, files)))) == ["left/x", "right/x"]


def test_the_sound_is_called_like_the_motion_unless_it_is_named(folder: Path) -> None:
    for name in ("G001/P1.wav", "pair_person2.wav", "other.wav"):
        (folder / name).write_bytes(b"")
    wavs = [person.wav and person.wav.name for person in find_take(f"{folder}/G001").recordings]
    assert wavs == ["P1.wav", None]
    wavs = [person.wav and person.wav.name for person in find_take(f"{folder}/pair.pkl").recordings]
    assert wavs == [None, "pair_person2.wav"]
    words = ReadingWords(sound=f",{folder}/other.wav")
    wavs = [person.wav and person.wav.name for person in find_take(f"{folder}/G001", words).recordings]
    assert wavs == [None, "other.wav"]


def test_a_json_is_only_taken_in_the_seamless_schema(folder: Path) -> None:
    (folder / "G001/P1.json").write_text('{"names": ["eyeBlinkLeft"], "frames": []}')
    (folder / "G001/P2.json").write_text('{"id": "x", "metadata:vad": []}')
    found = [person.json and person.json.name for person in find_take(f"{folder}/G001").recordings]
    assert found == [None, "P2.json"]


def test_faces_beside_bvh_files_are_no_bodies(tmp_path: Path) -> None:
    for name in ("a", "b"):
        (tmp_path / f"{name}.bvh").write_text("HIERARCHY\n")
        np.save(tmp_path / f"{name}.npy", np.zeros((3, 51)))
    assert [person.motion.name for person in find_take(str(tmp_path)).recordings] == ["a.bvh", "b.bvh"]


@pytest.mark.parametrize(
    ("named", "said"),
    [
        ("{0}/a.npz,{0}/b.npz,{0}/c.npz", "one or two motion files"),
        ("{0}/one/take1.npz,", "one or two motion files"),
        ("{0}/absent.npz", "no file .*absent.npz"),
        ("{0}", "no motion files in|expected one person or a pair"),
        ("{0}/many", "got 3 motion files .*name two of them"),
    ],
)
def test_what_is_not_a_pair_is_refused(folder: Path, named: str, said: str) -> None:
    (folder / "pair.pkl").unlink()
    for name in "abc":
        formats.write(folder / "many" / f"{name}.npz", POSES)
    with pytest.raises(UsageError, match=said):
        find_take(named.format(folder))


@pytest.mark.parametrize("sound", ["{0}/absent.wav", "{0}/a.wav,{0}/a.wav,{0}/a.wav"])
def test_sounds_that_cannot_be_are_refused(folder: Path, sound: str) -> None:
    (folder / "a.wav").write_bytes(b"")
    with pytest.raises(UsageError, match="--sound"):
        find_take(f"{folder}/G001", ReadingWords(sound=sound.format(folder)))


def test_names_of_the_data_set_stay_the_data_sets(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "demo").mkdir()
    recording = "V00_S0809_I00000582_P0947"
    formats.write(tmp_path / f"{recording}.npz", {"smplh:body_pose": np.zeros((3, 63))})
    for name in ("demo", "V00_S0809_I00000582", recording, f"{tmp_path}/{recording}.npz", f"{tmp_path}"):
        assert is_take(name) == (name == f"{tmp_path}"), name
    assert isinstance(open_interaction(f"./{recording}.npz", tmp_path), Interaction)


def test_other_data_under_a_name_of_the_data_set_is_known_by_its_contents(tmp_path: Path) -> None:
    path = formats.write(tmp_path / "V00_S0809_I00000582_P0947.npz", POSES)
    assert isinstance(open_interaction(str(path), tmp_path), Take)


def test_neither_name_nor_suffix_of_a_file_matters(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(folder)
    for name in ("pair.dat", "pair"):
        (folder / name).write_bytes((folder / "pair.pkl").read_bytes())
    assert names(find_take("pair.dat")) == ["person1", "person2"]
    assert (is_take("pair.dat"), is_take("./pair"), is_take("pair")) == (True, True, False)


def test_a_file_or_folder_without_motion_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "voice.wav").write_bytes(b"RIFF0000WAVE")
    (tmp_path / "nothing").mkdir()
    with pytest.raises(InputError, match=r"voice.wav: expected an NPZ.* begins with b'RIFF"):
        open_interaction("voice.wav", tmp_path)
    with pytest.raises(UsageError, match="nothing: expected a folder with one or two motion files"):
        open_interaction("nothing", tmp_path)


def test_a_pickle_that_is_cut_short_is_called_so(folder: Path) -> None:
    pair = folder / "pair.pkl"
    pair.write_bytes(pair.read_bytes()[:-50])
    with pytest.raises(InputError, match=r"pair.pkl: .* found a broken or truncated file"):
        find_take(str(pair))


@pytest.mark.parametrize(
    ("named", "said"),
    [
        ("{0}/pair.pkl,{0}/one/take1.npz", "got person1 and person2; name it alone"),
        ("{0}/one,{0}/two/take2.npz", "one: expected a motion file of one person .* got a folder"),
    ],
)
def test_a_side_of_a_pair_is_one_person(folder: Path, named: str, said: str) -> None:
    with pytest.raises(UsageError, match=said):
        find_take(named.format(folder))
