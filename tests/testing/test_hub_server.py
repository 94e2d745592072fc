"""huggingface_hub takes the Hub of the tests for the real one."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from huggingface_hub import HfApi, hf_hub_download
from huggingface_hub.errors import EntryNotFoundError, GatedRepoError, RepositoryNotFoundError

from avatar_server.testing.hub_server import COMMIT, REPOSITORY, HubServer

TAR = "improvised/dev/0000/0011.tar"
OTHER = "naturalistic/test/0001/0002.tar"
TOKEN = "hf_secret"


@pytest.fixture
def hub(tmp_path: Path) -> Iterator[HubServer]:
    for name in (TAR, OTHER):
        (tmp_path / "hub" / name).parent.mkdir(parents=True)
        (tmp_path / "hub" / name).write_bytes(name.encode() * 1000)
    with HubServer(tmp_path / "hub") as server:
        yield server


def test_it_knows_its_revision_and_files(hub: HubServer) -> None:
    api = HfApi(endpoint=hub.url, token=False)
    assert api.dataset_info(REPOSITORY).sha == COMMIT
    assert api.dataset_info(REPOSITORY, revision=COMMIT).sha == COMMIT
    tree = list(api.list_repo_tree(REPOSITORY, repo_type="dataset", recursive=True))
    assert [entry.path for entry in tree] == [TAR, OTHER]
    below = list(api.list_repo_tree(REPOSITORY, "naturalistic/test", repo_type="dataset"))
    assert [entry.path for entry in below] == [OTHER]
    [about] = api.get_paths_info(REPOSITORY, [TAR, "nothing.tar"], repo_type="dataset")
    assert (about.path, getattr(about, "size", None)) == (TAR, len(TAR) * 1000)


def test_it_gives_its_files(hub: HubServer, tmp_path: Path) -> None:
    """From another host, which gets no token."""
    path = hf_hub_download(
        REPOSITORY, TAR, repo_type="dataset", endpoint=hub.url, token=TOKEN, cache_dir=tmp_path / "cache"
    )
    assert Path(path).read_bytes() == (hub.folder / TAR).read_bytes()
    assert COMMIT in path
    assert [headers["authorization"] for _, _, headers in hub.asked] == [f"Bearer {TOKEN}"]
    assert ["authorization" in asked.headers for asked in hub.bytes.asked] == [False]


def test_it_refuses_as_the_hub_does(hub: HubServer, tmp_path: Path) -> None:
    def download(repository: str, name: str) -> None:
        hf_hub_download(
            repository, name, repo_type="dataset", endpoint=hub.url, token=False, cache_dir=tmp_path / "cache"
        )

    with pytest.raises(EntryNotFoundError):
        download(REPOSITORY, "nothing.tar")
    with pytest.raises(RepositoryNotFoundError):
        download("some/other", TAR)
    hub.is_gated = True
    with pytest.raises(GatedRepoError):
        download(REPOSITORY, TAR)
