"""Files over HTTP: what each answer means, and that no wrong byte comes through."""

from __future__ import annotations

import contextlib
import hashlib
import logging
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path

import pytest

from avatar_server.dataset.stores import http_files
from avatar_server.dataset.stores.http_files import HttpFiles
from avatar_server.errors import (
    AbsentError,
    ChangedError,
    DeniedError,
    StoreBusyError,
    StoreError,
    TransferError,
    UnreachableError,
)
from avatar_server.testing.bucket_server import BucketServer, Fault, etag_of
from avatar_server.testing.certificates import write_certificates

DATA = b"".join(hashlib.sha256(b"%d" % number).digest() for number in range(4096))
PATH = "audio/one.wav"
QUERY = "?X-Amz-Signature=0f3a&token=open-sesame"


@pytest.fixture
def server(tmp_path: Path) -> Iterator[BucketServer]:
    (tmp_path / "audio").mkdir()
    (tmp_path / PATH).write_bytes(DATA)
    (tmp_path / "empty").write_bytes(b"")
    with BucketServer(tmp_path) as server:
        yield server


@pytest.fixture(scope="module")
def http() -> Iterator[HttpFiles]:
    files = HttpFiles()
    yield files
    files.close()
    files.close()


Read = Callable[..., bytes]


@pytest.fixture
def read(server: BucketServer, http: HttpFiles) -> Read:
    def read(
        start: int = 0, stop: int | None = None, *, version: str = "", path: str = PATH, **how: bool
    ) -> bytes:
        url = f"{server.url}/{path}{QUERY}"
        with http.open(url, start, stop, version=version, wide=how.get("wide", False)) as stream:
            assert stream.start == start
            return b"".join(iter(lambda: stream.read(7001), b""))

    return read


@pytest.mark.parametrize(
    ("status", "error"),
    [
        (401, DeniedError),
        (403, DeniedError),
        (404, AbsentError),
        (410, AbsentError),
        (412, ChangedError),
        (416, ChangedError),
        (429, StoreBusyError),
        (503, StoreBusyError),
        (500, TransferError),
        (502, TransferError),
        (400, TransferError),
        (204, TransferError),
        (304, TransferError),
    ],
)
def test_each_status_has_its_error(
    server: BucketServer, read: Read, status: int, error: type[StoreError]
) -> None:
    server.fail(PATH, Fault(status=status))
    with pytest.raises(error) as caught:
        read(5)
    assert type(caught.value) is error
    assert caught.value.where == f"{server.url}/{PATH}"
    assert read(5) == DATA[5:]


def test_a_status_may_mean_absent_and_a_server_may_have_meanings_of_its_own(
    server: BucketServer, http: HttpFiles
) -> None:
    url = f"{server.url}/nowhere"
    with pytest.raises(AbsentError):
        http.open(url, 0, None, version="", wide=False, absent=frozenset({403}))
    asked: list[tuple[int, str, str]] = []

    def explain(status: int, said: str, where: str) -> StoreError | None:
        asked.append((status, said, where))
        return ChangedError("as it likes", where=where) if len(asked) == 1 else None

    for error in (ChangedError, DeniedError):
        with pytest.raises(error, match=r"^theirs: "):
            http.open(url, 0, None, version="", wide=False, where="theirs", explain=explain)
    assert asked == [(403, "", "theirs")] * 2


@pytest.mark.parametrize(
    ("said", "retry_after_s"),
    [
        ("0", 0.0),
        ("120", 120.0),
        ("Fri, 27 Nov 2020 08:00:00 GMT", 0.0),
        ("soon", None),
        ("-5", None),
        ("²", None),
        ("", None),
    ],
)
def test_when_to_come_again_may_be_said_in_many_ways(
    server: BucketServer, read: Read, said: str, retry_after_s: float | None
) -> None:
    server.fail(PATH, Fault(status=429, headers={"Retry-After": said}))
    with pytest.raises(StoreBusyError) as caught:
        read()
    assert caught.value.retry_after_s == retry_after_s


def test_when_to_come_again_may_be_a_date(server: BucketServer, read: Read) -> None:
    date = format_datetime(datetime.now(UTC) + timedelta(hours=1), usegmt=True)
    server.fail(PATH, Fault(status=503, headers={"Retry-After": date}))
    with pytest.raises(StoreBusyError) as caught:
        read()
    assert caught.value.retry_after_s is not None
    assert 3000 < caught.value.retry_after_s <= 3600


def test_ranges_are_asked_for_and_only_when_they_are_needed(server: BucketServer, read: Read) -> None:
    assert read() == read(0, wide=True) == DATA
    assert read(0, 10) == DATA[:10]
    assert read(100) == DATA[100:]
    etag = etag_of(server.folder / PATH)
    assert read(100, 1 << 30, version=etag) == DATA[100:]
    ranges = [asked.headers.get("range") for asked in server.asked]
    assert ranges == [None, None, "bytes=0-9", "bytes=100-", f"bytes=100-{(1 << 30) - 1}"]
    assert [asked.headers.get("if-match", "") for asked in server.asked] == ["", "", "", "", etag]
    assert all(asked.headers["accept-encoding"] == "identity" for asked in server.asked)


def test_an_empty_file_is_one(read: Read) -> None:
    """Also for who asks for its first byte, which servers cannot give."""
    assert read(path="empty") == b""
    assert read(0, 1, path="empty") == b""
    with pytest.raises(ChangedError):
        read(0, 1, path="empty", version='"when it was longer"')
    with pytest.raises(ChangedError):
        read(5, path="empty")


def test_a_server_that_knows_no_ranges_serves_as_well(
    server: BucketServer, read: Read, monkeypatch: pytest.MonkeyPatch
) -> None:
    server.fail(PATH, Fault(ignore_range=True, times=-1))
    assert read(1000) == DATA[1000:]
    assert read(1000, 1010) == DATA[1000:1010]
    with pytest.raises(ChangedError):
        read(len(DATA) + 1, version=etag_of(server.folder / PATH))
    monkeypatch.setattr("avatar_server.dataset.stores.http_answers.MOST_SKIPPED_BYTES", 999)
    with pytest.raises(TransferError, match="does not give parts"):
        read(1000)


@pytest.mark.parametrize(
    ("headers", "said"),
    [
        ({"Content-Range": "bytes 0-9/131072", "Content-Length": "10"}, "other bytes"),
        ({"Content-Range": "bytes 100-109/*", "Content-Length": "10"}, "other bytes"),
        ({"Content-Range": "bytes 100-109/131072", "Content-Length": "11"}, "other bytes"),
        ({"Content-Range": "bytes 100-108/131072", "Content-Length": "9"}, "other bytes"),
        ({"Content-Length": "10"}, "other bytes"),
        ({"Content-Length": "ten"}, "."),
        ({"Content-Range": "bytes 100-109/131072", "Content-Encoding": "gzip"}, "packed"),
    ],
)
def test_an_answer_to_another_question_is_refused(
    server: BucketServer, read: Read, headers: dict[str, str], said: str
) -> None:
    server.fail(PATH, Fault(status=206, headers=headers))
    with pytest.raises(TransferError, match=said):
        read(100, 110)
    assert read(100, 110) == DATA[100:110]


def test_a_length_that_is_not_told_is_an_error(http: HttpFiles) -> None:
    """Nobody could know whether a body that ends is whole."""
    with _answering(b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nsome") as url, pytest.raises(TransferError):
        http.open(url, 0, None, version="", wide=False)


def test_what_is_no_http_is_an_error(http: HttpFiles) -> None:
    with _answering(b"220 mail.example ESMTP\r\n") as url, pytest.raises(TransferError, match="broke"):
        http.open(url, 0, None, version="", wide=False)


def test_bytes_beyond_the_length_that_was_told_are_not_the_files(http: HttpFiles) -> None:
    answer = b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nsomething else"
    with _answering(answer) as url, http.open(url, 0, None, version="", wide=False) as stream:
        assert stream.read(100) == b"some"
        assert stream.read(100) == b""


@pytest.mark.parametrize("cut_after", [0, 1000])
def test_a_body_that_ends_early_is_an_error(server: BucketServer, read: Read, cut_after: int) -> None:
    for fault in (Fault(cut_after=cut_after), Fault(length=len(DATA) + 1)):
        server.fail(PATH, fault)
        with pytest.raises(TransferError):
            read()
    assert read() == DATA


def test_silence_is_told_with_its_length(server: BucketServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http_files, "TIMEOUT_S", 0.2)
    http = HttpFiles()
    server.fail(PATH, Fault(stall=True))
    with pytest.raises(TransferError, match=r"silent for 0\.2 s"):
        http.open(f"{server.url}/{PATH}", 0, None, version="", wide=False)
    http.close()


def test_nobody_there_is_another_error_than_a_broken_way(http: HttpFiles) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    with pytest.raises(UnreachableError, match=r"no connection .*refused"):
        http.open(f"http://127.0.0.1:{port}/x", 0, None, version="", wide=False)
    # A label has at most 63 letters, so that no resolver is asked.
    with pytest.raises(TransferError, match="this is no address"):
        http.open(f"http://{'x' * 64}.invalid/x", 0, None, version="", wide=False)


def test_a_certificate_that_nobody_vouches_for_is_no_missing_network(tmp_path: Path, http: HttpFiles) -> None:
    files = write_certificates(tmp_path)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(files["cert"], files["key"])
    with _answering(b"", context) as url, pytest.raises(TransferError, match="CERTIFICATE") as caught:
        http.open(url.replace("http:", "https:"), 0, None, version="", wide=False)
    assert not isinstance(caught.value, UnreachableError)


def test_nothing_is_logged_with_a_signature(
    server: BucketServer, read: Read, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    server.fail(PATH, Fault(location=f"/{PATH}?token=open-sesame"))
    assert read() == DATA
    assert "sesame" not in caplog.text
    assert "Signature" not in caplog.text


@contextlib.contextmanager
def _answering(answer: bytes, context: ssl.SSLContext | None = None) -> Iterator[str]:
    """The address of a server that says one thing to whoever comes first."""
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def serve() -> None:
            connection, _ = listener.accept()
            with connection, contextlib.suppress(OSError):
                if context is not None:
                    context.wrap_socket(connection, server_side=True)
                connection.recv(65536)
                connection.sendall(answer)

        thread = threading.Thread(target=serve)
        thread.start()
        yield f"http://127.0.0.1:{listener.getsockname()[1]}/one.wav"
        thread.join()
