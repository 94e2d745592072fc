from __future__ import annotations

from pathlib import Path

import pytest

from avatar_server.dataset.local_tree import find_interaction
from avatar_server.errors import UsageError

KEY = "V00_S0809_I00000582"


def put(folder: Path, *names: str) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for name in names:
        (folder / name).touch()


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """Two partners in different archives of one batch, among other recordings."""
    batch = tmp_path / "improvised" / "dev" / "0003"
    put(batch / "0011", *(f"{KEY}_P1276.{kind}" for kind in ("npz", "wav", "json", "mp4")))
    put(batch / "0150", *(f"{KEY}_P1275A.{kind}" for kind in ("npz", "wav")), "V00_S0809_I00000583_P1275.npz")
    put(tmp_path / "naturalistic" / "train" / "0000" / "0000", "V03_S0001_I00000001_P0001.npz", "notes.txt")
    put(tmp_path / ".hidden", f"{KEY}_P9999.npz")
    return tmp_path


def test_partners_are_found_in_different_archives_and_sorted_by_participant(tree: Path) -> None:
    found = find_interaction(tree, KEY)
    batch = tree / "improvised" / "dev" / "0003"
    assert [str(files.id) for files in found.recordings] == [f"{KEY}_P1275A", f"{KEY}_P1276"]
    left, right = found.recordings
    assert left.npz == batch / "0150" / f"{KEY}_P1275A.npz"
    assert left.wav == batch / "0150" / f"{KEY}_P1275A.wav"
    assert left.json is None
    assert left.mp4 is None
    assert right.json == batch / "0011" / f"{KEY}_P1276.json"
    assert (str(found.key), found.label, found.split, found.notices) == (KEY, "improvised", "dev", ())


@pytest.mark.parametrize("part", ["improvised", "improvised/dev", "improvised/dev/0003"])
def test_any_part_of_the_tree_will_do(tree: Path, part: str) -> None:
    found = find_interaction(tree / part, KEY)
    assert len(found.recordings) == 2
    assert (found.label, found.split) == ("improvised", "dev")


def test_a_flat_folder_has_no_label(tmp_path: Path) -> None:
    put(tmp_path, f"{KEY}_P0001.npz", f"{KEY}_P0002.npz")
    found = find_interaction(tmp_path, KEY)
    assert len(found.recordings) == 2
    assert (found.label, found.split) == ("", "")


def test_a_missing_partner_is_a_notice(tmp_path: Path) -> None:
    put(tmp_path, f"{KEY}_P0001.npz")
    found = find_interaction(tmp_path, KEY)
    assert len(found.recordings) == 1
    assert found.notices == (f"{KEY}: only {KEY}_P0001 is here, the partner's recording is missing",)


def test_a_partner_without_motion_is_named(tmp_path: Path) -> None:
    put(tmp_path, f"{KEY}_P0001.npz", f"{KEY}_P0002.wav")
    found = find_interaction(tmp_path, KEY)
    assert [files.id.participant for files in found.recordings] == [1]
    assert f"{KEY}_P0002: no NPZ, so this participant is left out" in found.notices


def test_a_third_recording_is_left_out_and_named(tmp_path: Path) -> None:
    put(tmp_path, *(f"{KEY}_P000{number}.npz" for number in (3, 1, 2)))
    found = find_interaction(tmp_path, KEY)
    assert [files.id.participant for files in found.recordings] == [1, 2]
    assert found.notices == (f"{KEY} has 3 recordings; left out: {KEY}_P0003",)


def test_the_same_interaction_in_another_batch_is_not_mixed_in(tree: Path) -> None:
    put(tree / "improvised" / "dev" / "0004" / "0000", f"{KEY}_P1277.npz")
    assert len(find_interaction(tree, KEY).recordings) == 2


def test_an_unknown_key_names_the_place_and_its_nearest_neighbours(tree: Path) -> None:
    with pytest.raises(UsageError) as caught:
        find_interaction(tree, "V00_S0809_I00000592")
    message = str(caught.value)
    assert str(tree) in message
    assert KEY in message
    assert "\n" not in message


def test_an_empty_and_a_missing_folder_say_so(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="there are no recordings in it"):
        find_interaction(tmp_path, KEY)
    with pytest.raises(UsageError, match="--data"):
        find_interaction(tmp_path / "nowhere", KEY)


@pytest.mark.parametrize("name", ["dmeo", "", ",", "a,b,c", f"{KEY}_P1", f"{KEY}_P1275A,nonsense"])
def test_what_is_no_name_is_refused(tree: Path, name: str) -> None:
    with pytest.raises(UsageError):
        find_interaction(tree, name)


def test_two_recordings_by_id_keep_their_order(tree: Path) -> None:
    found = find_interaction(tree, f"{KEY}_P1276, {KEY}_P1275A")
    assert [str(files.id) for files in found.recordings] == [f"{KEY}_P1276", f"{KEY}_P1275A"]


def test_an_id_does_not_match_the_one_with_a_letter(tree: Path) -> None:
    with pytest.raises(UsageError, match=f"no recording {KEY}_P1275 "):
        find_interaction(tree, f"{KEY}_P1275")


def test_paths_may_be_anywhere_and_may_have_a_suffix(tree: Path, tmp_path: Path) -> None:
    put(tmp_path / "predicted", f"{KEY}_P1276.npz")
    stems = f"{tree}/improvised/dev/0003/0011/{KEY}_P1276,{tmp_path}/predicted/{KEY}_P1276.npz"
    real, predicted = find_interaction(Path("/nowhere"), stems).recordings
    assert real.wav is not None
    assert predicted.npz == tmp_path / "predicted" / f"{KEY}_P1276.npz"
    assert predicted.wav is None


def test_a_path_without_a_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=f"no file {tmp_path}/{KEY}_P0001.npz"):
        find_interaction(tmp_path, f"{tmp_path}/{KEY}_P0001")


def test_a_key_with_a_folder_is_looked_for_there(tree: Path) -> None:
    assert len(find_interaction(Path("/nowhere"), f"{tree}/improvised/{KEY}").recordings) == 2


def test_recordings_of_different_interactions_are_shown_with_a_notice(tree: Path) -> None:
    found = find_interaction(tree, f"{KEY}_P1276,V03_S0001_I00000001_P0001")
    assert found.notices == (
        f"the two recordings are of different interactions, {KEY} and V03_S0001_I00000001",
    )


def test_one_recording_alone_says_so(tree: Path) -> None:
    assert find_interaction(tree, f"{KEY}_P1276").notices == (
        f"only {KEY}_P1276 was named, so one person plays alone",
    )
