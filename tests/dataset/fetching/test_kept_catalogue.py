"""The file list is fetched once, whole, and checked."""

from __future__ import annotations

import os
import threading
from pathlib import Path

import pytest

from avatar_server.dataset.cache.recording_lock import FolderLock
from avatar_server.dataset.catalogue import KEPT_FOLDER, open_catalogue
from avatar_server.dataset.csv_rows import MAX_BYTES
from avatar_server.dataset.fetching.kept_catalogue import keep_catalogue
from avatar_server.errors import AbsentError, InputError, UsageError
from tests.dataset.fetching.folder_store import HEADER, FolderFile, FolderStore

ROW = "V00_S0001_I00000001_P0001,improvised,dev,0,0"
PROMPTS = (
    "prompt_hash,participant_a_prompt_text,participant_b_prompt_text,interaction_type\n1,Talk.,,improv\n"
)


class Repository:
    """The official repository's folder, and a data folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder / "assets"
        self.folder.mkdir()
        self.data_dir = folder / "data"
        self.store = FolderStore(self.folder)
        self.notes: list[str] = []
        self.put("filelist.csv", f"{HEADER}\n{ROW}\n")

    def put(self, name: str, text: str) -> None:
        (self.folder / name).write_text(text)

    def keep(self, name: str = "filelist.csv", *, refresh: bool = False) -> None:
        keep_catalogue(
            self.data_dir,
            f"{self.folder}/{name}",
            file_at=lambda url: FolderFile(Path(url), Path(url).name, self.store),
            wait=lambda wait_s: False,
            note=self.notes.append,
            refresh=refresh,
        )

    @property
    def asked(self) -> list[str]:
        return [name.partition(":")[0] for name, _ in self.store.opened]


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    return Repository(tmp_path)


def test_it_is_fetched_once_with_what_lies_beside_it(repository: Repository) -> None:
    repository.put("interactions.csv", PROMPTS)
    repository.keep()
    (one,) = open_catalogue(repository.data_dir).query().interactions
    assert one.prompt is not None
    assert one.prompt.text_a == "Talk."
    assert sorted(path.name for path in (repository.data_dir / KEPT_FOLDER).iterdir()) == [
        "filelist.csv",
        "interactions.csv",
        "lock",
    ]
    (note,) = repository.notes
    assert note.startswith("participants.csv, relationships.csv did not come: ")
    assert len(repository.asked) == 4
    repository.keep()
    assert len(repository.asked) == 4


def test_it_is_refreshed_when_asked(repository: Repository) -> None:
    repository.keep()
    repository.put("filelist.csv", f"{HEADER}\n{ROW}\n{ROW.replace('P0001', 'P0002')}\n")
    repository.keep()
    assert open_catalogue(repository.data_dir).recording_count == 1
    repository.keep(refresh=True)
    assert open_catalogue(repository.data_dir).recording_count == 2


def test_one_that_somebody_put_there_is_left_alone(repository: Repository) -> None:
    (repository.data_dir / "assets").mkdir(parents=True)
    (repository.data_dir / "assets" / "filelist.csv").write_text(f"{HEADER}\n")
    repository.keep()
    assert repository.asked == []
    with pytest.raises(UsageError, match="not fetched by us"):
        repository.keep(refresh=True)
    assert repository.asked == []


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("<html>rate limited</html>\n", "filelist.csv, line 1: expected the columns file_id"),
        (f"{HEADER}\n../../etc/passwd,improvised,dev,0,0\n", "filelist.csv, line 2: expected"),
        ("", "filelist.csv: expected at most 64 MiB"),
    ],
    ids=["something else", "a path", "too large"],
)
def test_what_is_no_list_is_not_kept(content: str, said: str, repository: Repository) -> None:
    repository.keep()
    repository.put("filelist.csv", content)
    if not content:
        os.truncate(repository.folder / "filelist.csv", MAX_BYTES + 1)
    with pytest.raises(InputError) as refused:
        repository.keep(refresh=True)
    assert said in str(refused.value)
    assert str(refused.value).startswith(str(repository.folder))
    assert open_catalogue(repository.data_dir).recording_count == 1
    assert sorted(path.name for path in (repository.data_dir / KEPT_FOLDER).iterdir()) == [
        "filelist.csv",
        "lock",
    ]


def test_a_list_that_is_not_there_is_an_error(repository: Repository) -> None:
    with pytest.raises(AbsentError, match=r"other\.csv: not there"):
        repository.keep("other.csv")


def test_who_comes_second_takes_what_the_first_one_fetched(repository: Repository) -> None:
    lock = FolderLock.take(repository.data_dir / KEPT_FOLDER)
    assert lock is not None
    second = threading.Thread(target=repository.keep)
    second.start()
    (repository.data_dir / KEPT_FOLDER / "filelist.csv").write_text(f"{HEADER}\n")
    lock.release()
    second.join(10)
    assert not second.is_alive()
    assert repository.asked == []
