"""Files of a data set repository on the Hugging Face Hub, or on any server that speaks as it does.

The Hub answers `resolve` with what it knows of a file (commit, ETag, size) and, for a large one, with a
signed address at another host that gives the bytes for a while. Addresses and tokens are those of
huggingface_hub. Rejected: its client for the questions, too. It asks the Hub for more than it was told to,
and its errors carry addresses with signatures in them.
"""

from __future__ import annotations

import os
import threading
from dataclasses import dataclass, field
from urllib.parse import urljoin, urlsplit

import httpx

from avatar_server.dataset.stores.contract import ByteStream
from avatar_server.dataset.stores.http_answers import retry_after_s
from avatar_server.dataset.stores.http_files import (
    MOST_REDIRECTS,
    REDIRECTS,
    HttpFiles,
    refuse_unsafe,
    shown,
)
from avatar_server.errors import (
    AbsentError,
    ChangedError,
    DeniedError,
    StoreBusyError,
    StoreError,
    TransferError,
    UnreachableError,
    UsageError,
)

MOST_DISAGREEMENTS = 3
"""After so many in a row the host that gives the bytes has another ETag for the same content."""


@dataclass(frozen=True, slots=True)
class HubRepository:
    """Which data set, at which branch, tag or commit; `endpoint` has no slash at its end."""

    name: str
    revision: str
    endpoint: str

    @property
    def page(self) -> str:
        """Where people read about it."""
        return f"{shown(self.endpoint)}/datasets/{self.name}"


@dataclass(slots=True)
class _Known:
    """What the Hub said of a file. bytes_etag: what the host of the bytes calls the same content."""

    location: str = field(repr=False)
    version: str
    size_bytes: int
    bytes_etag: str = ""
    disagreements: int = 0


class HubFiles:
    """Reads ranges of a repository's files, all of one commit: that which the revision was when first asked.

    Any thread. The token goes to the endpoint only.
    """

    def __init__(self, repository: HubRepository) -> None:
        self.repository = repository
        self._http = HttpFiles(headers_for=self._headers_for)
        self._token: str | None = None
        self._is_token_known = False
        self._commit = ""
        self._known: dict[str, _Known] = {}
        self._lock = threading.Lock()
        self._resolving = threading.Lock()

    def where(self, path: str) -> str:
        """Its address for people."""
        return f"{self.repository.page}/resolve/{self.repository.revision}/{path}"

    def content(self, path: str) -> tuple[str, int]:
        """ETag and size of a file. Raises the errors of `StoredFile.open`."""
        known = self._find(path)
        return known.version, known.size_bytes

    def open(self, path: str, start: int, stop: int, *, version: str, wide: bool, where: str) -> ByteStream:
        """The bytes from `start` to before `stop` of the content `version`.

        Raises the errors of `StoredFile.open`, which name `where`; ChangedError also if the host of the bytes
        has other ones than the Hub spoke of.
        """
        for is_last in (False, True):
            known = self._find(path)
            if known.version != version:
                raise ChangedError("it has changed", where=where)
            try:
                stream = self._http.open(
                    known.location, start, stop, version=known.bytes_etag, wide=wide, where=where
                )
            except (AbsentError, DeniedError):
                # A signed address counts for a while; the Hub makes a new one.
                self._forget(path, known)
                if is_last or _same_origin(known.location, self.repository.endpoint):
                    raise
            except ChangedError:
                self._disagree(path, known)
                raise
            else:
                if stream.size_bytes != known.size_bytes:
                    stream.close()
                    self._disagree(path, known)
                    raise ChangedError(
                        f"it has {stream.size_bytes} bytes and not {known.size_bytes}", where=where
                    )
                known.bytes_etag = known.bytes_etag or stream.version
                known.disagreements = 0
                return stream
        raise AssertionError("the second try returns or raises")

    def close(self) -> None:
        """Let connections go; closing twice is fine."""
        self._http.close()

    def _forget(self, path: str, known: _Known) -> None:
        """Ask the Hub again the next time, unless somebody has meanwhile."""
        with self._lock:
            if self._known.get(path) is known:
                del self._known[path]

    def _disagree(self, path: str, known: _Known) -> None:
        """Ask the Hub again, and keep in mind what the host of the bytes had, lest mixtures be made."""
        known.disagreements += 1
        if known.disagreements >= MOST_DISAGREEMENTS:
            known.bytes_etag, known.disagreements = "", 0
        fresh = self._ask(path)
        with self._lock:
            if fresh.version == known.version:
                fresh.bytes_etag, fresh.disagreements = known.bytes_etag, known.disagreements
            self._known[path] = fresh

    def _find(self, path: str) -> _Known:
        with self._lock:
            known = self._known.get(path)
        if known is None:
            known = self._ask(path)
            with self._lock:
                known = self._known.setdefault(path, known)
        return known

    def _ask(self, path: str) -> _Known:
        """One question. The first one, which tells the commit, is asked before any other."""
        if self._commit:
            return self._ask_now(path)
        with self._resolving:
            return self._ask_now(path)

    def _ask_now(self, path: str) -> _Known:
        """The Hub's own redirects are followed, the one to the bytes is what is asked for."""
        from huggingface_hub import constants, hf_hub_url

        repository, where = self.repository, self.where(path)
        if constants.HF_HUB_OFFLINE:
            raise UnreachableError("HF_HUB_OFFLINE is set", where=where)
        url = asked = hf_hub_url(
            repository.name,
            path,
            repo_type="dataset",
            revision=self._commit or repository.revision,
            endpoint=repository.endpoint,
        )
        for _ in range(MOST_REDIRECTS + 1):
            answer = self._http.head(url, where=where)
            location = answer.headers.get("Location", "")
            if answer.status_code not in REDIRECTS or not location:
                break
            url = _target(url, location, asked, where)
            if not _same_origin(url, repository.endpoint):
                break
        else:
            raise TransferError(f"more than {MOST_REDIRECTS} redirects", where=where)
        self._judge(answer, where)
        version = (answer.headers.get("X-Linked-ETag") or answer.headers.get("ETag", "")).removeprefix("W/")
        size = answer.headers.get("X-Linked-Size") or answer.headers.get("Content-Length", "")
        if not version or not size.isascii() or not size.isdigit():
            raise TransferError("the answer says neither its ETag nor its size", where=where)
        with self._lock:
            self._commit = self._commit or answer.headers.get("X-Repo-Commit", "")
        return _Known(url, version, int(size))

    def _judge(self, answer: httpx.Response, where: str) -> None:
        status, code = answer.status_code, answer.headers.get("X-Error-Code", "")
        page = self.repository.page
        if status < 400:
            return
        error: StoreError
        if code == "GatedRepo" or (status == 403 and code != "EntryNotFound"):
            error = DeniedError(
                f"only for whoever has accepted the terms at {page} and logged in (hf auth login)",
                where=where,
            )
        elif status == 401 or code == "RepoNotFound":
            error = DeniedError(
                f"there is no {page}, or not without another token (hf auth login, or HF_TOKEN)", where=where
            )
        elif code == "RevisionNotFound":
            error = AbsentError(f"there is no revision {self.repository.revision}", where=where)
        elif status in (404, 410):
            error = AbsentError("not there", where=where)
        elif status in (429, 503):
            wait_s = retry_after_s(answer.headers.get("Retry-After", ""))
            error = StoreBusyError(f"too busy (status {status})", where=where, retry_after_s=wait_s)
        else:
            error = TransferError(f"status {status}", where=where)
        raise error

    def _headers_for(self, url: str) -> dict[str, str]:
        if not _same_origin(url, self.repository.endpoint):
            return {}
        with self._lock:
            if not self._is_token_known:
                from huggingface_hub import get_token

                self._token, self._is_token_known = get_token(), True
        return {"Authorization": f"Bearer {self._token}"} if self._token else {}


def usual_endpoint() -> str:
    """Of the Hub, or what HF_ENDPOINT names instead; UsageError for what is no address."""
    endpoint = (os.environ.get("HF_ENDPOINT") or "https://huggingface.co").rstrip("/")
    parts = urlsplit(endpoint)
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.query or parts.fragment:
        raise UsageError("HF_ENDPOINT: expected an address like https://huggingface.co")
    return endpoint


def _target(url: str, location: str, asked: str, where: str) -> str:
    try:
        target = urljoin(url, location)
        refuse_unsafe(target, asked, where)
    except ValueError:
        raise TransferError("it redirects to what is no address", where=where) from None
    return target


def _same_origin(url: str, other: str) -> bool:
    one, two = urlsplit(url), urlsplit(other)
    usual = {"http": 80, "https": 443}
    return (one.scheme, one.hostname, one.port or usual.get(one.scheme)) == (
        two.scheme,
        two.hostname,
        two.port or usual.get(two.scheme),
    )
