"""Every place keeps what a batch needs: whole files, their hashes, and apart from them what is unfinished."""

from __future__ import annotations

import hashlib
import pickle
from collections.abc import Iterator
from pathlib import Path

import pytest
import s3fs
from moto.server import ThreadedMotoServer

from avatar_server.batch.folder_place import FolderPlace
from avatar_server.batch.places import Place, open_place, unfinished
from avatar_server.errors import MachineError, NoRoomError, UsageError

KINDS = ("folder", "file", "memory", "s3")


@pytest.fixture(scope="module")
def bucket() -> Iterator[str]:
    """The name of a bucket, in a server that those find who look for one in the environment."""
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    with pytest.MonkeyPatch.context() as patch:
        for name, value in {
            "AWS_ENDPOINT_URL": f"http://{host}:{port}",
            "AWS_ACCESS_KEY_ID": "somebody",
            "AWS_SECRET_ACCESS_KEY": "something",
            "AWS_CONFIG_FILE": "/dev/null",
            "AWS_SHARED_CREDENTIALS_FILE": "/dev/null",
        }.items():
            patch.setenv(name, value)
        s3fs.S3FileSystem(skip_instance_cache=True).mkdir("films-of-many")
        yield "films-of-many"
        s3fs.S3FileSystem.clear_instance_cache()
    server.stop()


@pytest.fixture(params=KINDS)
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Place:
    texts = {
        "folder": str(tmp_path / "films"),
        "file": f"file://{tmp_path}/films",
        "memory": f"memory://{tmp_path.name}",
        "s3": "",
    }
    text = texts[request.param] or f"s3://{request.getfixturevalue('bucket')}/{tmp_path.name}/films"
    opened = pickle.loads(pickle.dumps(open_place(text)))
    assert str(opened) == text
    opened.prepare()
    assert isinstance(opened.names(""), tuple)
    return opened  # type: ignore[no-any-return]


def test_a_place_keeps_files_and_what_is_unfinished(place: Place, tmp_path: Path) -> None:
    assert place.read("a.json") is None
    assert place.state("a.mp4") is None
    place.write("a.json", b"first")
    place.write("a.json", b"second")
    assert place.read("a.json") == b"second"

    lock = place.lock("a")
    assert lock is not None
    segment = unfinished("a", "00000000-10.segment")
    with place.scratch("a") as scratch:
        (scratch / "half.part").write_bytes(b"x" * 1000)
        place.keep(scratch / "half.part", segment)
    with place.scratch("a") as scratch:
        assert place.local(segment, scratch).read_bytes() == b"x" * 1000
        (scratch / "film.part").write_bytes(b"film")
        place.keep(scratch / "film.part", "a.mp4")
    assert place.nobody_works("a")
    assert place.state("a.mp4") == (4, hashlib.sha256(b"film").hexdigest())
    assert "00000000-10.segment" in place.names(unfinished("a"))
    place.remove(segment)
    place.remove(segment)
    assert "00000000-10.segment" not in place.names(unfinished("a"))
    lock.release(remove=True)
    assert place.names("") == ("a.json", "a.mp4")


def test_what_is_unfinished_is_one_runs_own_and_waits_for_workers_of_a_run_that_is_gone(
    tmp_path: Path,
) -> None:
    place = FolderPlace(tmp_path)
    lock = place.lock("a")
    assert lock is not None
    assert place.lock("a") is None
    with place.scratch("a"), place.scratch("a"):
        assert not place.nobody_works("a")
    assert place.nobody_works("a")
    lock.release()
    again = place.lock("a")
    assert again is not None
    again.release(remove=True)
    assert list(tmp_path.iterdir()) == []


def test_lines_are_added_to_a_log_of_a_folder(tmp_path: Path) -> None:
    place = FolderPlace(tmp_path)
    place.append("log", b"one\n")
    place.append("log", b"two\n")
    assert place.read("log") == b"one\ntwo\n"


def test_a_full_place_says_which(tmp_path: Path) -> None:
    full = FolderPlace(tmp_path)
    (tmp_path / "log").symlink_to("/dev/full")
    with pytest.raises(NoRoomError, match=f"no room left for {tmp_path}/log"):
        full.append("log", b"one\n")


@pytest.mark.parametrize(
    ("text", "said", "kind"),
    [
        ("", "expected a folder", UsageError),
        ("s3://", "expected a folder or a URL", UsageError),
        ("nothing://x/y", "no way to write to nothing://", UsageError),
    ],
)
def test_places_that_there_are_not_are_refused(text: str, said: str, kind: type[Exception]) -> None:
    with pytest.raises(kind, match=said):
        open_place(text)


def test_a_bucket_that_there_is_not_is_said_in_one_line(bucket: str) -> None:
    with pytest.raises(MachineError, match=r"^s3://not-there/films/\S+ cannot be used: [^\n]+$"):
        open_place("s3://not-there/films").prepare()
