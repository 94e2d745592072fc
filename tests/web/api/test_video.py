"""Videos over HTTP: exact ranges, conditions, and players that seek."""

from __future__ import annotations

import socket
from pathlib import Path
from urllib.parse import urlsplit

import av
import httpx
import pytest

from avatar_server.testing.small_film import RATE_HZ, picture_number
from avatar_server.web.byte_range import ByteRange, UnsatisfiableError, parse_range, range_holds
from tests.running_server import StartServer

from .conftest import TOKEN, Api

LOCAL = ("--source", "local")


@pytest.fixture
def film(api: Api) -> bytes:
    return api.made.recordings[0].npz.with_suffix(".mp4").read_bytes()


@pytest.fixture
def address(api: Api) -> str:
    return f"/api/interactions/{api.key}/video/P0947"


def test_the_whole_video(operator: httpx.Client, address: str, film: bytes) -> None:
    answer = operator.get(address)
    assert (answer.status_code, answer.content) == (200, film)
    assert answer.headers["content-type"] == "video/mp4"
    assert answer.headers["accept-ranges"] == "bytes"
    head = operator.head(address)
    assert (head.status_code, head.content) == (200, b"")
    for name in ("content-length", "etag", "last-modified", "accept-ranges", "content-type"):
        assert head.headers[name] == answer.headers[name]
    assert operator.head(address, headers={"Range": "bytes=0-9"}).status_code == 200


@pytest.mark.parametrize(
    ("asked", "start", "stop"),
    [
        ("bytes=0-0", 0, 1),
        ("bytes=100-299", 100, 300),
        ("bytes=100-", 100, None),
        ("bytes=-7", -7, None),
        ("bytes=5-999999999999", 5, None),
        ("bytes=-999999999999", 0, None),
    ],
)
def test_a_part_of_it(
    operator: httpx.Client, address: str, film: bytes, asked: str, start: int, stop: int | None
) -> None:
    answer = operator.get(address, headers={"Range": asked})
    first = start % len(film)
    last = len(film) if stop is None else stop
    assert (answer.status_code, answer.content) == (206, film[first:last])
    assert answer.headers["content-range"] == f"bytes {first}-{last - 1}/{len(film)}"
    assert answer.headers["content-length"] == str(last - first)


def test_ranges_behind_the_end_and_nonsense(operator: httpx.Client, address: str, film: bytes) -> None:
    for asked in (f"bytes={len(film)}-", "bytes=-0", "bytes=999999999-9999999999"):
        refused = operator.get(address, headers={"Range": asked})
        assert (refused.status_code, refused.headers["content-range"]) == (416, f"bytes */{len(film)}")
    for asked in (
        "bytes=5-2",
        "bytes=-",
        "bytes=a-b",
        "lines=1-2",
        "bytes=0-1,4-5",
        "bytes=" + "9" * 40 + "-",
    ):
        assert operator.get(address, headers={"Range": asked}).content == film, asked


def test_conditions(operator: httpx.Client, address: str, film: bytes) -> None:
    known = operator.head(address).headers
    part = {"Range": "bytes=1-4"}
    for held in (known["etag"], known["last-modified"]):
        assert operator.get(address, headers={**part, "If-Range": held}).content == film[1:5]
    for gone in ('"other"', f"W/{known['etag']}", "Thu, 01 Jan 1970 00:00:00 GMT"):
        answer = operator.get(address, headers={**part, "If-Range": gone})
        assert (answer.status_code, answer.content) == (200, film)
    same = operator.get(address, headers={"If-None-Match": known["etag"]})
    assert (same.status_code, same.content) == (304, b"")


def test_a_player_seeks_in_it(api: Api, address: str) -> None:
    options = {"headers": f"Authorization: Bearer {TOKEN}\r\n"}
    with av.open(f"{api.server.url}{address}", options=options) as film:
        video = film.streams.video[0]
        assert video.time_base is not None
        for wanted in (40, 3, 22):
            film.seek(round(wanted / RATE_HZ / video.time_base), stream=video)
            shown = (
                picture_number(frame)
                for frame in film.decode(video)
                if round(float(frame.time or 0) * RATE_HZ) == wanted
            )
            assert next(shown) == wanted


def test_whoever_goes_away_leaves_nothing_open(api: Api, operator: httpx.Client) -> None:
    mp4 = api.made.recordings[1].npz.with_suffix(".mp4")
    with mp4.open("wb") as file:
        file.truncate(200 << 20)
    try:
        path = f"/api/interactions/{api.key}/video/P1275A"
        parts = urlsplit(api.server.url)
        with socket.create_connection((str(parts.hostname), parts.port or 0)) as reader:
            reader.sendall(
                f"GET {path} HTTP/1.1\r\nHost: {parts.netloc}\r\n"
                f"Authorization: Bearer {TOKEN}\r\n\r\n".encode()
            )
            assert reader.recv(12) == b"HTTP/1.1 200"
            assert opened(api, mp4)
            # Whoever takes nothing gets little: the rest waits in the file.
            assert operator.get("/healthz").status_code == 200
        while opened(api, mp4):
            assert operator.get("/healthz").status_code == 200
    finally:
        mp4.unlink()
    assert operator.get(path).status_code == 404


def opened(api: Api, file: Path) -> bool:
    """Whether the server has it open."""
    folder = Path(f"/proc/{api.server.process.pid}/fd")
    links = []
    for entry in folder.iterdir():
        try:
            links.append(str(entry.readlink()))
        except FileNotFoundError:
            continue
    return str(file) in links


def test_other_people_have_no_video(api: Api, operator: httpx.Client) -> None:
    for participant, status, said in (
        ("P1275A", 404, "there is no video of P1275A"),
        ("P9999", 404, "has no participant P9999"),
        ("P0947A", 404, "has no participant P0947A"),
        ("0947", 422, "pattern"),
        ("P0947.mp4", 422, "pattern"),
    ):
        refused = operator.get(f"/api/interactions/{api.key}/video/{participant}")
        assert refused.status_code == status
        assert said in refused.text


def test_byte_ranges() -> None:
    assert parse_range(None, 10) is None
    assert parse_range("bytes=2-", 10) == ByteRange(2, 10, 10)
    assert parse_range("BYTES = 2-3", 10) is None
    assert parse_range("bytes= 2 - 3 ", 10) == ByteRange(2, 4, 10)
    for header in ("bytes=0-", "bytes=-1", "bytes=0-0"):
        with pytest.raises(UnsatisfiableError):
            parse_range(header, 0)
    assert range_holds(None, '"a"', "")
    assert not range_holds('W/"a"', 'W/"b"', "")


def test_a_server_that_stops_does_not_wait_for_who_watches(api: Api, start_server: StartServer) -> None:
    mp4 = api.made.recordings[1].npz.with_suffix(".mp4")
    with mp4.open("wb") as file:
        file.truncate(200 << 20)
    # It must stop without a word about the one who has paused in the middle.
    with socket.socket() as reader, start_server("test-card", api.data_dir, options=LOCAL) as server:
        parts = urlsplit(server.url)
        reader.connect((str(parts.hostname), parts.port or 0))
        path = f"/api/interactions/{api.key}/video/P1275A"
        reader.sendall(f"GET {path} HTTP/1.1\r\nHost: {parts.netloc}\r\n\r\n".encode())
        assert reader.recv(12) == b"HTTP/1.1 200"
    mp4.unlink()
