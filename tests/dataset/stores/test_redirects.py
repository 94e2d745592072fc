"""Redirects never lead to a file, to a keeper of secrets, or to less safety than was asked for."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from avatar_server.dataset.stores.http_files import HttpFiles, refuse_unsafe, shown
from avatar_server.errors import TransferError
from avatar_server.testing.bucket_server import BucketServer, Fault

DATA = bytes(range(256)) * 8
PATH = "audio/one.wav"


@pytest.fixture
def server(tmp_path: Path) -> Iterator[BucketServer]:
    (tmp_path / "audio").mkdir()
    (tmp_path / PATH).write_bytes(DATA)
    with BucketServer(tmp_path) as server:
        yield server


@pytest.fixture(scope="module")
def http() -> Iterator[HttpFiles]:
    files = HttpFiles()
    yield files
    files.close()


def test_redirects_are_followed_with_the_same_range_and_the_headers_of_each_host(
    server: BucketServer, tmp_path: Path
) -> None:
    """A token goes to its own host only."""
    with BucketServer(tmp_path) as other:
        ours = f"localhost:{server.port}"
        http = HttpFiles(headers_for=lambda url: {"Authorization": "Bearer sesame"} if ours in url else {})
        for status in (301, 302, 303, 307, 308):
            server.fail(PATH, Fault(status=status, location=f"{other.url}/{PATH}?signed=yes"))
            with http.open(f"http://{ours}/{PATH}", 10, 20, version="", wide=False) as stream:
                assert stream.read(100) == DATA[10:20]
        http.close()
        assert {asked.headers.get("authorization") for asked in server.asked} == {"Bearer sesame"}
        assert {asked.headers.get("authorization") for asked in other.asked} == {None}
        assert {asked.headers["range"] for asked in other.asked} == {"bytes=10-19"}
    server.fail(PATH, Fault(location="/audio/../audio/one.wav"))
    http = HttpFiles()
    with http.open(f"{server.url}/{PATH}", 0, 5, version="", wide=False) as stream:
        assert stream.read(100) == DATA[:5]
    http.close()


@pytest.mark.parametrize(
    "location",
    [
        "file:///etc/passwd",
        "ftp://127.0.0.1/one.wav",
        "http://169.254.169.254/latest/meta-data/",
        "http://2852039166/latest/meta-data/",
        "http://169.254.1.1/",
        "http://[fe80::1]/",
        "http://[::ffff:169.254.169.254]/",
        "http://[fd00:ec2::254]/",
        "http://[bad",
        "http://user:open-sesame@169.254.169.254/?open-sesame",
    ],
)
def test_redirects_to_unsafe_places_are_not_followed(
    server: BucketServer, http: HttpFiles, location: str
) -> None:
    server.fail(PATH, Fault(location=location))
    with pytest.raises(TransferError, match="redirect") as caught:
        http.open(f"{server.url}/{PATH}", 0, None, version="", wide=False)
    assert "sesame" not in str(caught.value)
    assert len(server.asked) == 1


def test_a_redirect_in_a_circle_ends(server: BucketServer, http: HttpFiles) -> None:
    server.fail(PATH, Fault(location=f"/{PATH}", times=-1))
    with pytest.raises(TransferError, match="more than 5 redirects"):
        http.open(f"{server.url}/{PATH}", 0, None, version="", wide=False)
    assert len(server.asked) == 6
    server.faults.clear()
    server.fail(PATH, Fault(status=302))  # To nowhere.
    with pytest.raises(TransferError, match="status 302"):
        http.open(f"{server.url}/{PATH}", 0, None, version="", wide=False)


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("http://93.184.216.34/a", "redirects to http://93.184.216.34/a,"),
        ("https://127.0.0.1/a", "private network"),
        ("https://10.0.0.1/a", "private network"),
        ("https://[::1]/a", "private network"),
        ("https://100.100.100.200/a", "keeper of secrets"),
    ],
)
def test_a_redirect_never_leads_to_less_safety(url: str, said: str) -> None:
    with pytest.raises(TransferError, match=said) as caught:
        refuse_unsafe(url, "https://user:pass@8.8.8.8/a?secret")
    assert caught.value.where == "https://8.8.8.8/a"
    refuse_unsafe("https://1.1.1.1/a", "https://8.8.8.8/a")
    refuse_unsafe("https://1.1.1.1/a", "http://8.8.8.8/a")
    refuse_unsafe("http://10.0.0.1/a", "http://127.0.0.1/a")


def test_addresses_for_people_have_no_secrets() -> None:
    assert shown("https://user:pass@host.example:8443/a/b?token=x#y") == "https://host.example:8443/a/b"
    assert shown("http://[::1]:80/a?b") == "http://[::1]:80/a"
