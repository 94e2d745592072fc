"""Files over HTTP: exact ranges, answers that are judged before a byte of them is used."""

from __future__ import annotations

import contextlib
import ipaddress
import re
import socket
import ssl
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from types import TracebackType
from typing import Self
from urllib.parse import urljoin, urlsplit, urlunsplit
from urllib.request import getproxies

import httpx

from avatar_server.dataset.stores.contract import ByteStream
from avatar_server.errors import (
    AbsentError,
    ChangedError,
    DeniedError,
    StoreBusyError,
    StoreError,
    TransferError,
)

THIN_BUFFER_BYTES = 8 << 10
WIDE_BUFFER_BYTES = 64 << 10
RELAXED_BUFFER_BYTES = 1 << 20
"""Of a socket: what may be under way although nobody reads. The kernel takes twice the number."""

MOST_SKIPPED_BYTES = 64 << 20
"""Of a server that knows no ranges: more is not read just to be thrown away."""

MOST_REDIRECTS = 5
MOST_CONNECTIONS = 64
TIMEOUT_S = 10.0
"""Without a single byte."""

_CONTENT_RANGE = re.compile(r"bytes (\d+)-(\d+)/(\d+)")
_NEVER = frozenset({"169.254.169.254"})


class HttpFiles:
    """Asks for files; connections are kept. Any thread.

    headers_for: what to send to a host beside the range (a token goes to its own host only).
    """

    def __init__(self, *, headers_for: Callable[[str], Mapping[str, str]] = lambda url: {}) -> None:
        self._headers_for = headers_for
        trust = httpx.create_ssl_context()
        self._thin, self._wide = (_client(size, trust) for size in (THIN_BUFFER_BYTES, WIDE_BUFFER_BYTES))

    def open(
        self,
        url: str,
        start: int,
        stop: int | None,
        *,
        version: str,
        wide: bool,
        absent: frozenset[int] = frozenset({404}),
    ) -> ByteStream:
        """The bytes from `start` to before `stop` (None: to the end) of a file, in one request.

        version: its ETag as known, if it is. wide: it is a large file. absent: the statuses that say it is
        not there. Raises the errors of `StoredFile.open`; they name the URL without what may be secret in it.
        """
        where = shown(url)
        headers = {"Accept-Encoding": "identity"}
        if start or stop is not None:
            headers["Range"] = f"bytes={start}-{'' if stop is None else stop - 1}"
            if version and not version.startswith("W/"):
                headers["If-Match"] = version
        response = self._send(url, headers, wide)
        try:
            _judge(response, where, absent)
            return _stream(response, start, stop, version, where)
        except BaseException:
            response.close()
            raise

    def close(self) -> None:
        """Let all connections go."""
        for client in (self._thin, self._wide):
            client.close()

    def _send(self, url: str, headers: dict[str, str], wide: bool) -> httpx.Response:
        """The answer after redirects, unread."""
        where, asked = shown(url), url
        client = self._wide if wide else self._thin
        for _ in range(MOST_REDIRECTS + 1):
            request = client.build_request("GET", url, headers={**headers, **self._headers_for(url)})
            with _transfer_errors(where):
                response = client.send(request, stream=True)
            if response.status_code not in (301, 302, 303, 307, 308):
                return response
            location = response.headers.get("Location", "")
            response.close()
            url = urljoin(url, location)
            refuse_unsafe(url, asked)
        raise TransferError(f"more than {MOST_REDIRECTS} redirects", where=where)


class HttpStream:
    """Keeps the contract `ByteStream`; one thread at a time."""

    def __init__(self, response: httpx.Response, start: int, stop: int, size_bytes: int, where: str) -> None:
        self.start = start
        self.size_bytes = size_bytes
        self.version: str = response.headers.get("ETag", "")
        self._response = response
        self._where = where
        self._left = stop - start
        self._chunks = response.iter_raw()
        self._chunk = b""

    def read(self, most: int) -> bytes:
        """See the contract."""
        if self._left <= 0:
            return b""
        if not self._chunk:
            with _transfer_errors(self._where):
                self._chunk = next(self._chunks, b"")
            if not self._chunk:
                raise TransferError(f"cut off {self._left} bytes before the end", where=self._where)
            self._chunk = self._chunk[: self._left]
        data, self._chunk = self._chunk[:most], self._chunk[most:]
        self._left -= len(data)
        return data

    def skip_to(self, position: int) -> None:
        """Begin there, forgetting what comes before."""
        while self.start < position:
            skipped = len(self.read(position - self.start))
            if not skipped:
                raise TransferError("it is shorter than it was", where=self._where)
            self.start += skipped

    def relax(self) -> None:
        """See the contract."""
        stream = self._response.extensions.get("network_stream")
        found = stream.get_extra_info("socket") if stream is not None else None
        if found is not None:
            with contextlib.suppress(OSError):
                found.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, RELAXED_BUFFER_BYTES)

    def close(self) -> None:
        """See the contract."""
        self._response.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def shown(url: str) -> str:
    """An address for people: no credentials, no query, no fragment."""
    parts = urlsplit(url)
    host = parts.hostname or ""
    port = f":{parts.port}" if parts.port else ""
    return urlunsplit((parts.scheme, f"[{host}]{port}" if ":" in host else host + port, parts.path, "", ""))


def refuse_unsafe(url: str, asked: str) -> None:
    """Raise TransferError for a redirect that leads to a file, or from the internet into this network."""
    parts, before = urlsplit(url), urlsplit(asked)
    if parts.scheme not in ("http", "https") or (before.scheme, parts.scheme) == ("https", "http"):
        where = shown(url) if parts.scheme else "nowhere"
        raise TransferError(f"it redirects to {where}, which is not followed", where=shown(asked))
    if _is_inside(parts.hostname or "") and not _is_inside(before.hostname or ""):
        raise TransferError("it redirects into a private network, which is not followed", where=shown(asked))
    if _addresses(parts.hostname or "") & _NEVER:
        raise TransferError("it redirects to this machine's keeper of secrets", where=shown(asked))


def _is_inside(host: str) -> bool:
    return any(not ipaddress.ip_address(address).is_global for address in _addresses(host))


def _addresses(host: str) -> frozenset[str]:
    try:
        return frozenset(str(found[4][0]).partition("%")[0] for found in socket.getaddrinfo(host, None))
    except OSError:
        return frozenset()


def _client(buffer_bytes: int, trust: ssl.SSLContext) -> httpx.Client:
    def transport(proxy: str | None = None) -> httpx.HTTPTransport:
        return httpx.HTTPTransport(
            verify=trust,
            proxy=proxy,
            limits=httpx.Limits(max_connections=MOST_CONNECTIONS, max_keepalive_connections=MOST_CONNECTIONS),
            socket_options=[
                (socket.SOL_SOCKET, socket.SO_RCVBUF, buffer_bytes),
                (socket.IPPROTO_TCP, socket.TCP_NODELAY, 1),
            ],
        )

    # httpx asks the environment for proxies only where it makes the transports itself.
    proxies = getproxies()
    mounts: dict[str, httpx.BaseTransport | None] = {
        f"{scheme}://": transport(proxies[scheme]) for scheme in ("http", "https") if scheme in proxies
    }
    for host in proxies.get("no", "").replace(" ", "").split(","):
        if host and mounts:
            mounts |= {f"all://{host.lstrip('.')}": None, f"all://*.{host.lstrip('.')}": None}
    return httpx.Client(
        transport=transport(), mounts=mounts, timeout=TIMEOUT_S, follow_redirects=False, trust_env=False
    )


def _judge(response: httpx.Response, where: str, absent: frozenset[int]) -> None:
    """Raise what a status means."""
    status = response.status_code
    if status in absent or status == 410:
        raise AbsentError("not there", where=where)
    if status in (401, 403):
        raise DeniedError(f"not for us (status {status})", where=where)
    if status in (429, 503):
        retry_after_s = _retry_after_s(response.headers.get("Retry-After", ""))
        raise StoreBusyError(f"too busy (status {status})", where=where, retry_after_s=retry_after_s)
    if status in (412, 416):
        raise ChangedError("it has changed", where=where)
    if status not in (200, 206):
        raise TransferError(f"status {status}", where=where)
    if response.headers.get("Content-Encoding", "identity") != "identity":
        raise TransferError("it comes packed, although that was not wanted", where=where)


def _stream(response: httpx.Response, start: int, stop: int | None, version: str, where: str) -> HttpStream:
    """Raise TransferError unless the answer is what was asked for."""
    length = response.headers.get("Content-Length", "")
    if not length.isdigit():
        raise TransferError("it does not say how long it is", where=where)
    if response.status_code == 206:
        found = _CONTENT_RANGE.fullmatch(response.headers.get("Content-Range", ""))
        first, last, size = (int(number) for number in found.groups()) if found else (-1, -1, -1)
        expected_last = size - 1 if stop is None else min(stop, size) - 1
        if first != start or last != expected_last or int(length) != last + 1 - first:
            raise TransferError("it answered with other bytes than those asked for", where=where)
    else:
        first, last, size = 0, int(length) - 1, int(length)
    stream = HttpStream(response, first, last + 1 if stop is None else min(stop, last + 1), size, where)
    if version and stream.version and stream.version != version:
        raise ChangedError("it has changed", where=where)
    if first < start:
        # A server that does not know ranges gives everything.
        if start > MOST_SKIPPED_BYTES:
            raise TransferError("it does not give parts of files", where=where)
        stream.skip_to(start)
    return stream


def _retry_after_s(text: str) -> float | None:
    """Seconds, or a date (RFC 9110, 10.2.3)."""
    if text.isdigit():
        return float(text)
    with contextlib.suppress(ValueError):
        return max(0.0, (parsedate_to_datetime(text) - datetime.now(UTC)).total_seconds())
    return None


@contextlib.contextmanager
def _transfer_errors(where: str) -> Iterator[None]:
    """What httpx raises, as one of ours, without its message's secrets."""
    try:
        yield
    except (httpx.TimeoutException, TimeoutError):
        raise TransferError(f"silent for {TIMEOUT_S:g} s", where=where) from None
    except httpx.ConnectError:
        raise TransferError("no connection", where=where) from None
    except (httpx.HTTPError, httpx.StreamError, OSError):
        raise TransferError("the connection broke", where=where) from None
    except StoreError:
        raise
