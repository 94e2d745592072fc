"""Members of tars of every form are found from their headers alone."""

from __future__ import annotations

import io
import json
import shutil
import tarfile
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from avatar_server.dataset.stores.tar_index import SAVED_EVERY, TarIndex, digest_of
from avatar_server.dataset.stores.tar_walk import (
    BLOCK_BYTES,
    MOST_EXTENSION_BYTES,
    Member,
    TarWalk,
    check_header,
)
from avatar_server.errors import InputError

LONG = "folder/" * 20 + "V00_S0001_I00000001_P0001.npz"
FORMATS = {"ustar": tarfile.USTAR_FORMAT, "pax": tarfile.PAX_FORMAT, "gnu": tarfile.GNU_FORMAT}


class Remote:
    """A tar of which pieces are read, and how much of it was."""

    def __init__(self, data: bytes) -> None:
        self.data = data
        self.asked: list[tuple[int, int]] = []

    def read(self, position: int, count: int) -> bytes:
        self.asked.append((position, count))
        found = self.data[position : position + count]
        assert len(found) == count, "nothing behind the end is asked for"
        return found

    @property
    def read_bytes(self) -> int:
        return sum(count for _, count in self.asked)

    def members(self) -> list[Member]:
        walk = TarWalk(len(self.data), "x.tar")
        return list(iter(lambda: walk.next_member(self.read), None))


def tar_of(
    members: dict[str, bytes], format: int, *, extra: Callable[[tarfile.TarFile], None] = lambda tar: None
) -> bytes:
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w", format=format) as tar:
        for name, data in members.items():
            info = tarfile.TarInfo(name)
            info.size = len(data)
            tar.addfile(info, io.BytesIO(data))
        extra(tar)
    return file.getvalue()


@pytest.mark.parametrize("form", FORMATS)
def test_every_member_is_found_with_its_bytes(form: str) -> None:
    members = {
        "a.json": b"{}",
        "b.mp4": bytes(range(256)) * 5000,
        "empty.wav": b"",
        LONG: b"long name",
        "grüße.npz": b"x" * 512,
    }
    if form == "ustar":
        del members["grüße.npz"]

    def extra(tar: tarfile.TarFile) -> None:
        for kind, name in (
            (tarfile.DIRTYPE, "folder"),
            (tarfile.SYMTYPE, "link"),
            (tarfile.FIFOTYPE, "pipe"),
        ):
            info = tarfile.TarInfo(name)
            info.type, info.linkname, info.size = kind, "a.json", 0
            tar.addfile(info)
        tar.addfile(tarfile.TarInfo("last"))

    remote = Remote(tar_of(members, FORMATS[form], extra=extra))
    found = remote.members()
    assert [one.name for one in found] == [*(name.rpartition("/")[2] for name in members), "last"]
    for one, data in zip(found, members.values(), strict=False):
        assert remote.data[one.start : one.end] == data
        check_header(remote.data[one.start - BLOCK_BYTES : one.start], one, "x.tar")
    assert remote.read_bytes < 20_000
    with tarfile.open(fileobj=io.BytesIO(remote.data)) as tar:
        assert [one.start for one in found] == [each.offset_data for each in tar if each.isreg()]


def test_extensions_are_read_with_their_headers_once_it_is_known_that_there_are_some() -> None:
    names = {f"{'folder/' * 20}{number}.npz": b"x" * 5000 for number in range(20)}
    remote = Remote(tar_of(names, tarfile.PAX_FORMAT))
    assert len(remote.members()) == 20
    assert len(remote.asked) < 20 + 5


def test_sizes_in_binary_and_in_attributes_count() -> None:
    size = 9 << 30
    info = tarfile.TarInfo("large.mp4")
    info.size = size
    for form in (tarfile.GNU_FORMAT, tarfile.PAX_FORMAT):
        head = info.tobuf(form)
        walk = TarWalk(len(head) + size + 1024, "x.tar")
        member = walk.next_member(lambda position, count, head=head: head[position : position + count])  # type: ignore[misc]
        assert member is not None
        assert (member.start, member.size_bytes) == (len(head), size)
        assert walk.position == len(head) + size


def header(name: str = "a.wav", size: bytes | None = None, kind: bytes = b"0") -> bytes:
    info = tarfile.TarInfo(name)
    info.type = kind
    block = bytearray(info.tobuf(tarfile.USTAR_FORMAT))
    if size is not None:
        block[124:136] = size.ljust(12, b"\0")
    return bytes(block)


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"<!DOCTYPE html>" * 100, "expected a tar header"),
        (header(size=b"77777777777"), "expected members within"),
        (header(size=b"\xff" * 12), "expected a size"),
        (header(size=b"12x4"), "expected a size"),
        (header(size=b"\x80" + b"\xff" * 11), "expected members within"),
        (header(kind=b"S"), "without holes"),
        (header(size=b"7777777", kind=b"x"), f"an extension of at most {MOST_EXTENSION_BYTES} bytes"),
        (header(size=b"10", kind=b"x") + b"99 path=a\n".ljust(512, b"\0"), "a list of attributes"),
        (header(size=b"10", kind=b"x") + b"0 =======\n".ljust(512, b"\0"), "a list of attributes"),
        (header(size=b"12", kind=b"x") + b"10 size=x\n".ljust(512, b"\0"), "expected a size"),
    ],
)
def test_what_means_harm_or_is_no_tar_is_refused(data: bytes, said: str) -> None:
    remote = Remote(data + bytes(4096))
    with pytest.raises(InputError, match=said) as caught:
        remote.members()
    assert "x.tar" in str(caught.value)
    assert "at byte" in str(caught.value)


def test_a_name_never_leads_anywhere() -> None:
    names = ["../../etc/passwd", "/root/.ssh/authorized_keys", "..\\windows\\a.npz", ".."]
    remote = Remote(tar_of(dict.fromkeys(names, b"x"), tarfile.GNU_FORMAT))
    assert [one.name for one in remote.members()] == ["passwd", "authorized_keys", "a.npz", ".."]


def test_a_header_is_checked_before_its_bytes_are_used() -> None:
    data = tar_of({"a.wav": b"x" * 100}, tarfile.USTAR_FORMAT)
    (member,) = Remote(data).members()
    for position in (0, 130, 150, 300):
        broken = bytearray(data[:BLOCK_BYTES])
        broken[position] ^= 1
        with pytest.raises(InputError, match="header of"):
            check_header(bytes(broken), member, "x.tar")


STEMS = [f"V00_S0001_I00000001_P{number:04d}" for number in range(40)]


def archive() -> Remote:
    return Remote(
        tar_of(
            {
                f"{stem}.{suffix}": stem.encode() * 99
                for stem in STEMS
                for suffix in ("json", "mp4", "npz", "wav")
            },
            tarfile.USTAR_FORMAT,
        )
    )


def index(folder: Path, remote: Remote, version: str = '"1"') -> TarIndex:
    return TarIndex(folder, "https://hub.example/0001.tar", version, len(remote.data))


def test_an_index_goes_no_further_than_is_wanted_and_is_kept(tmp_path: Path) -> None:
    remote = archive()
    found = index(tmp_path, remote).find(STEMS[3], ("npz", "wav"), remote.read)
    assert {suffix: remote.data[one.start : one.end] for suffix, one in found.items()} == {
        suffix: STEMS[3].encode() * 99 for suffix in ("npz", "wav")
    }
    walked = len(remote.asked)
    assert walked == 16
    again = index(tmp_path, remote)
    assert again.find(STEMS[3], ("npz", "wav", "json"), remote.read).keys() == {"npz", "wav", "json"}
    assert again.find(STEMS[0], ("mp4",), remote.read).keys() == {"mp4"}
    assert len(remote.asked) == walked, "nothing is asked twice"
    assert again.find(STEMS[39], ("wav",), remote.read).keys() == {"wav"}
    assert len(remote.asked) == 160


def test_what_a_recording_lacks_is_not_looked_for_in_all_the_rest(tmp_path: Path) -> None:
    remote = archive()
    for _ in range(3):
        assert index(tmp_path, remote).find(STEMS[1], ("npz", "wav", "txt"), remote.read).keys() == {
            "npz",
            "wav",
        }
        assert len(remote.asked) == 9, "up to the next one's first file"
    assert index(tmp_path, remote).find("V00_S0001_I00000001_P9999", ("npz",), remote.read) == {}
    assert len(remote.asked) == 160 + 1, "and the end"
    assert index(tmp_path, remote).find("V00_S0001_I00000001_P9999", ("npz",), remote.read) == {}
    assert len(remote.asked) == 161


def test_of_another_content_nothing_is_used(tmp_path: Path) -> None:
    remote = archive()
    index(tmp_path, remote).find(STEMS[39], ("wav",), remote.read)
    other = archive()
    assert index(tmp_path, other, '"2"').find(STEMS[0], ("wav",), other.read)
    assert len(other.asked) == 4
    assert len([*tmp_path.glob("*.json")]) == 1, "the old one is not kept"


@pytest.mark.parametrize("spoil", ["cut", "lists", "bounds", "deep", "letter"])
def test_a_spoiled_index_is_made_anew(tmp_path: Path, spoil: str) -> None:
    remote = archive()
    index(tmp_path, remote).find(STEMS[0], ("wav",), remote.read)
    (path,) = tmp_path.glob("*.json")
    kept = json.loads(path.read_text())
    whole = path.read_text()
    if spoil == "bounds":
        del kept["digest"]
        kept["members"][0][1] = 1 << 60
        kept["digest"] = digest_of(kept)
    path.write_text(
        {
            "cut": whole[:50],
            "lists": "[]",
            "bounds": json.dumps(kept),
            "deep": "[" * 100_000,
            "letter": whole.replace(".wav", ".vav"),
        }[spoil]
    )
    found = index(tmp_path, remote).find(STEMS[0], ("wav",), remote.read)
    assert remote.data[found["wav"].start :].startswith(STEMS[0].encode())
    assert path.read_text() == whole


def test_a_walk_that_is_cut_goes_on_where_it_was(tmp_path: Path) -> None:
    remote = archive()
    made = index(tmp_path, remote)

    def cut(position: int, count: int) -> bytes:
        if len(remote.asked) == 10:
            raise OSError("cut")
        return remote.read(position, count)

    with pytest.raises(OSError, match="cut"):
        made.find(STEMS[39], ("wav",), cut)
    assert index(tmp_path, remote).find(STEMS[39], ("wav",), remote.read)
    assert len(remote.asked) == 160


def test_several_threads_walk_once(tmp_path: Path) -> None:
    remote, found = archive(), []
    made = index(tmp_path, remote)
    threads = [
        threading.Thread(target=lambda stem=stem: found.append(made.find(stem, ("wav",), remote.read)))
        for stem in STEMS[30:]
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert all(one["wav"].size_bytes for one in found)
    assert len(remote.asked) == 160


def test_where_nothing_can_be_written_it_is_found_all_the_same(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    remote = archive()
    assert index(tmp_path / "file" / "x", remote).find(STEMS[0], ("wav",), remote.read)


def test_a_process_that_is_killed_walks_little_again(tmp_path: Path) -> None:
    """It has no time to save anything."""
    remote = archive()

    def kept_while(position: int, count: int) -> bytes:
        if len(remote.asked) == 100:
            shutil.copytree(tmp_path, copy)
        return remote.read(position, count)

    copy = tmp_path.with_name("as it was")
    index(tmp_path, remote).find(STEMS[39], ("wav",), kept_while)
    before = len(remote.asked)
    assert index(copy, remote).find(STEMS[39], ("wav",), remote.read)
    assert len(remote.asked) - before <= 160 - 100 + SAVED_EVERY
