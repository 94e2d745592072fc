"""S3 beyond the contract: credentials of the usual places or none, and what S3's own refusals mean."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import unquote

import fsspec
import pytest

from avatar_server.dataset.cache.cache_tree import CacheTree
from avatar_server.dataset.fetching.fetch_plan import place_of, plan_fetch
from avatar_server.dataset.fetching.fetcher import Fetcher
from avatar_server.dataset.modalities import PLAYABLE
from avatar_server.dataset.stores.contract import StoredFile
from avatar_server.dataset.stores.https_bucket import bucket_path
from avatar_server.dataset.stores.s3_store import S3Store
from avatar_server.errors import (
    AbsentError,
    DeniedError,
    StoreBusyError,
    StoreError,
    TransferError,
    UnreachableError,
)
from avatar_server.testing.bucket_server import BucketServer
from avatar_server.testing.loose_pieces import PLACE
from tests.dataset.fetching.folder_store import listed, motion

WAV = bucket_path(PLACE, "wav")
KEYS = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY")


class Endpoint:
    """Speaks S3 as far as to refuse: `answer` is the status, the code, and headers of the next answers."""

    def __init__(self) -> None:
        self.answer: tuple[int, str, dict[str, str]] = (404, "NoSuchKey", {})
        self.asked: list[tuple[str, str]] = []
        endpoint = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                path, _, query = self.path.partition("?")
                endpoint.asked.append((unquote(path), query))
                status, code, headers = endpoint.answer
                body = f"<?xml version='1.0'?><Error><Code>{code}</Code><Message>m</Message></Error>".encode()
                self.send_response(status)
                for name, value in {**headers, "Content-Length": str(len(body))}.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, format: str, *args: object) -> None:
                """Silence."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,))
        self._thread.start()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


@pytest.fixture
def endpoint() -> Iterator[Endpoint]:
    endpoint = Endpoint()
    yield endpoint
    endpoint.close()


@pytest.fixture(autouse=True)
def usual_places(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """Where credentials are looked for has none; the file of settings."""
    for name in ("AWS_PROFILE", "AWS_SESSION_TOKEN", "AWS_DEFAULT_REGION", "AWS_REGION", *KEYS):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "config"))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "credentials"))
    return tmp_path / "config"


Credentials = Callable[[], None]


@pytest.fixture
def credentials(monkeypatch: pytest.MonkeyPatch) -> Credentials:
    def give() -> None:
        for name in KEYS:
            monkeypatch.setenv(name, "sesame")

    return give


@pytest.fixture
def sound(endpoint: Endpoint, monkeypatch: pytest.MonkeyPatch) -> Iterator[StoredFile]:
    monkeypatch.setenv("AWS_ENDPOINT_URL", endpoint.url)
    store = S3Store("s3://mirror/data")
    (file,) = store.files(PLACE, {"sound"})
    yield file
    store.close()


def test_without_credentials_it_is_asked_without_and_that_is_told(
    sound: StoredFile, endpoint: Endpoint, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    for status, code in ((403, "AccessDenied"), (404, "NoSuchKey")):
        endpoint.answer = (status, code, {})
        with pytest.raises(AbsentError, match=r"^s3://mirror/data/.*\.wav: not there$"):
            sound.open()
    assert endpoint.asked == [(f"/mirror/data/{WAV}", "")] * 2
    assert caplog.text.count("asking without") == 1


@pytest.mark.parametrize(
    ("status", "code", "error", "said"),
    [
        (404, "NoSuchKey", AbsentError, "not there"),
        (404, "NoSuchBucket", AbsentError, "no such bucket"),
        (403, "AccessDenied", DeniedError, r"AccessDenied\), or not there: only whoever may list"),
        (403, "SignatureDoesNotMatch", DeniedError, r"SignatureDoesNotMatch\)$"),
        (403, "RequestTimeTooSkewed", DeniedError, r"RequestTimeTooSkewed\)$"),
        (403, "", DeniedError, "403"),
        (401, "Unauthorized", DeniedError, "401"),
        (400, "ExpiredToken", DeniedError, "ExpiredToken"),
        (301, "PermanentRedirect", DeniedError, "PermanentRedirect"),
        (400, "SomethingElse", TransferError, "400"),
        (503, "SlowDown", StoreBusyError, "503"),
        (429, "TooManyRequests", StoreBusyError, "429"),
        (500, "InternalError", TransferError, "500"),
    ],
)
def test_with_credentials_each_refusal_has_its_error(
    sound: StoredFile,
    endpoint: Endpoint,
    credentials: Credentials,
    status: int,
    code: str,
    error: type[StoreError],
    said: str,
) -> None:
    """After one request: who asks again, and when, is not for the store to decide."""
    credentials()
    endpoint.answer = (status, code, {"Retry-After": "9"})
    with pytest.raises(error, match=said) as caught:
        sound.open(10)
    assert type(caught.value) is error
    assert "sesame" not in str(caught.value)
    assert getattr(caught.value, "retry_after_s", 9.0) == 9.0
    ((path, query),) = endpoint.asked
    assert path == f"/mirror/data/{WAV}"
    assert "X-Amz-Signature" in query


def test_who_has_credentials_may_ask_without(
    sound: StoredFile, endpoint: Endpoint, credentials: Credentials, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As s3fs is told to by its own settings."""
    credentials()
    monkeypatch.setitem(fsspec.config.conf, "s3", {"anon": True})
    endpoint.answer = (403, "AccessDenied", {})
    with pytest.raises(AbsentError):
        sound.open()
    assert endpoint.asked == [(f"/mirror/data/{WAV}", "")]


def test_a_profile_brings_endpoint_and_credentials(
    endpoint: Endpoint, usual_places: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    usual_places.write_text(
        f"[profile lab]\nendpoint_url = {endpoint.url}\nregion = eu-north-1\n"
        "aws_access_key_id = AKIALAB\naws_secret_access_key = sesame\n"
    )
    monkeypatch.setenv("AWS_PROFILE", "lab")
    store = S3Store("s3://mirror")
    with pytest.raises(AbsentError):
        store.files(PLACE, {"sound"})[0].open()
    store.close()
    ((path, query),) = endpoint.asked
    assert path == f"/mirror/{WAV}"
    assert "AKIALAB" in query
    assert "eu-north-1" in query


@pytest.mark.parametrize(
    ("name", "value", "error", "said"),
    [
        ("AWS_PROFILE", "nobody", DeniedError, r"profile \(nobody\) could not be found"),
        ("AWS_ENDPOINT_URL", "sesame", DeniedError, "the endpoint, or another setting for S3"),
        ("AWS_CA_BUNDLE", "/nowhere.pem", DeniedError, "the endpoint, or another setting for S3"),
        ("AWS_ACCESS_KEY_ID", "sesame", DeniedError, "PartialCredentialsError"),
        ("AWS_ENDPOINT_URL", "http://127.0.0.1:9", UnreachableError, "no connection"),
    ],
)
def test_settings_of_no_use_are_told(
    sound: StoredFile,
    monkeypatch: pytest.MonkeyPatch,
    name: str,
    value: str,
    error: type[StoreError],
    said: str,
) -> None:
    monkeypatch.setenv(name, value)
    for _ in range(2):
        with pytest.raises(error, match=said) as caught:
            sound.open()
        assert "sesame" not in str(caught.value)
    monkeypatch.delenv(name)


def test_who_has_no_network_is_told_once_for_all_that_ask(
    usual_places: Path, credentials: Credentials, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The region of a bucket at Amazon has to be asked for; here by way of a proxy that is not there."""
    credentials()
    monkeypatch.delenv("AWS_ENDPOINT_URL", raising=False)
    for name in ("HTTPS_PROXY", "https_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    for name in ("NO_PROXY", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
    store = S3Store("s3://mirror/data")
    told: list[str] = []

    def ask(file: StoredFile) -> None:
        with pytest.raises(UnreachableError) as caught:
            file.open()
        told.append(str(caught.value))

    threads = [threading.Thread(target=ask, args=(file,)) for file in store.files(PLACE, PLAYABLE)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    store.close()
    assert len(set(told)) == len(threads) == 9


def test_a_recording_is_fetched_from_a_bucket_of_ones_own(
    tmp_path: Path, credentials: Credentials, monkeypatch: pytest.MonkeyPatch
) -> None:
    credentials()
    recordings = listed(tmp_path / "data", "V00_S0001_I00000001_P0001A")
    place = place_of(recordings[0])
    pieces = {**motion(), "wav": b"RIFF" + bytes(1000), "metadata:vad": b'{"start": 0.5, "end": 1.0}\n'}
    for piece, data in pieces.items():
        path = tmp_path / "bucket/mirror/of mine" / bucket_path(place, piece)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    tree = CacheTree(tmp_path / "data")
    with BucketServer(tmp_path / "bucket", absent=404) as server:
        monkeypatch.setenv("AWS_ENDPOINT_URL", server.url)
        store = S3Store("s3://mirror/of mine/")
        plan = plan_fetch(recordings, PLAYABLE, tree)
        finished = Fetcher(plan, store, tree, tell=lambda record: None).run()
        store.close()
        assert (finished.fetched, finished.pieces_absent) == (1, 1)
        assert server.requests() == 9
    assert tree.has(place, "sound")
    assert tree.has(place, "motion")
