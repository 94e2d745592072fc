"""What may be written after `--source`, and what is said about anything else."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from avatar_server.dataset.stores.chain import Chain
from avatar_server.dataset.stores.contract import Store
from avatar_server.dataset.stores.https_bucket import PUBLIC_BUCKET, HttpsBucket, bucket_path
from avatar_server.dataset.stores.local_store import LocalStore
from avatar_server.dataset.stores.s3_store import S3Store
from avatar_server.dataset.stores.sources import open_store, shown_source
from avatar_server.errors import UsageError
from avatar_server.testing.loose_pieces import PLACE

WAV = bucket_path(PLACE, "wav")


@pytest.mark.parametrize(
    ("source", "kind", "name"),
    [
        ("local", LocalStore, "local"),
        ("https", HttpsBucket, "https"),
        ("https://host.example/mirror", HttpsBucket, "https"),
        ("http://127.0.0.1:9000/", HttpsBucket, "https"),
        ("s3://bucket", S3Store, "s3"),
        ("s3://my-own.Bucket_1/a/b/", S3Store, "s3"),
        ("auto", Chain, "auto"),
    ],
)
def test_each_source_has_its_store(tmp_path: Path, source: str, kind: type[Store], name: str) -> None:
    """None of them asks anybody, or makes a folder."""
    store = open_store(source, tmp_path / "data")
    assert type(store) is kind
    assert store.name == name
    store.close()
    assert not (tmp_path / "data").exists()


@pytest.mark.parametrize(
    ("source", "where"),
    [
        ("https", f"{PUBLIC_BUCKET}/{WAV}"),
        ("https://user:pass@host.example:8443/mirror/", f"https://host.example:8443/mirror/{WAV}"),
        ("s3://bucket", f"s3://bucket/{WAV}"),
        ("s3://my-own.Bucket_1//a b/c/", f"s3://my-own.Bucket_1/a b/c/{WAV}"),
    ],
)
def test_files_are_where_the_source_says(tmp_path: Path, source: str, where: str) -> None:
    store = open_store(source, tmp_path)
    assert [file.where for file in store.files(PLACE, {"sound"})] == [where]
    store.close()


@pytest.mark.parametrize(
    "source",
    [
        "",
        "Local",
        "locall",
        "disk",
        "s3",
        "s3:",
        "s3://",
        "s3:///prefix",
        "s3://key:open-sesame@bucket/prefix",
        "s3://b",
        "s3://buck et/x",
        "s3://bucket/prefix?token=open-sesame",
        "https://",
        "https:///prefix",
        "https://host/mirror?token=open-sesame",
        "https://host/mirror#top",
        "https://host:port/mirror",
        "https://host:99999/mirror",
        "https://[bad/mirror",
        "ftp://user:open-sesame@host/mirror",
        "file:///srv/data",
        "//host/mirror",
        "/srv/data",
        "local ",
    ],
)
def test_anything_else_is_told_with_what_there_is(tmp_path: Path, source: str) -> None:
    with pytest.raises(UsageError, match=r"^--source: expected .*s3://BUCKET/PREFIX") as caught:
        open_store(source, tmp_path)
    assert "sesame" not in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("source", "shown"),
    [
        ("auto", "auto"),
        ("hf:owner/name@main", "hf:owner/name@main"),
        ("s3://bucket/a@b", "s3://bucket/a@b"),
        ("https://user:open@sesame@host:80/a@b/c", "https://host:80/a@b/c"),
        ("https://user:sesame@host", "https://host"),
    ],
)
def test_a_source_is_shown_without_its_password(source: str, shown: str) -> None:
    assert shown_source(source) == shown


def test_without_the_package_the_command_that_installs_it_is_told() -> None:
    """In a process of its own, in which it cannot be found."""
    program = (
        "import sys, pathlib\n"
        "sys.modules['s3fs'] = None\n"
        "from avatar_server.dataset.stores.sources import open_store, shown_source\n"
        "from avatar_server.errors import MachineError\n"
        "open_store('https', pathlib.Path('.')).close()\n"
        "assert not {'botocore', 'aiobotocore', 'fsspec'} & {*sys.modules}\n"
        "try:\n"
        "    open_store('s3://bucket/prefix', pathlib.Path('.'))\n"
        "except MachineError as error:\n"
        "    print(error)\n"
    )
    ran = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert ran.stdout == "s3:// needs the package s3fs: pip install 'avatar-server[s3]'\n"
