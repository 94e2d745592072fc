"""Answers of HTTP servers: judged before a byte of them is used, and read as fast as is asked for them."""

from __future__ import annotations

import contextlib
import re
import socket
import ssl
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from types import TracebackType
from typing import Self

import httpx

from avatar_server.errors import (
    AbsentError,
    ChangedError,
    DeniedError,
    StoreBusyError,
    StoreError,
    TransferError,
    UnreachableError,
)

RELAXED_BUFFER_BYTES = 1 << 20
"""Of a socket whose reader wants all there is. The kernel takes twice the number."""

MOST_SKIPPED_BYTES = 64 << 20
"""Of a server that knows no ranges: more is not read just to be thrown away."""

MOST_EXPLAINED_BYTES = 4 << 10
"""Of the body of a refusal."""

_CONTENT_RANGE = re.compile(r"bytes (\d+)-(\d+)/(\d+)")

Explain = Callable[[int, str, str], StoreError | None]
"""(status, what the refusal says, where) -> what that means to this kind of server; None: the usual."""


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
            with transfer_errors(self._where):
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
                raise ChangedError("it is shorter than it was", where=self._where)
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


def stream_of(
    response: httpx.Response,
    start: int,
    stop: int | None,
    *,
    version: str,
    where: str,
    absent: frozenset[int],
    explain: Explain | None = None,
) -> HttpStream:
    """The bytes that were asked for; whoever gets an error instead closes the response.

    version, absent: see `HttpFiles.open`. Raises the errors of `StoredFile.open`: TransferError for an answer
    that is not what was asked for.
    """
    if response.status_code == 416 and start == 0 and not version:
        # The first byte of an empty file was asked for.
        return HttpStream(response, 0, 0, 0, where)
    _judge(response, where, absent, explain)
    return _stream(response, start, stop, version, where)


@contextlib.contextmanager
def transfer_errors(where: str) -> Iterator[None]:
    """What httpx raises, as one of ours, without its message's secrets."""
    try:
        yield
    except httpx.ConnectTimeout as error:
        raise UnreachableError(
            f"no connection within {_limit_s(error, 'connect'):g} s", where=where
        ) from None
    except httpx.ConnectError as error:
        raise _unreachable(error, where) from None
    except httpx.PoolTimeout as error:
        limit_s = _limit_s(error, "pool")
        raise TransferError(f"no connection was free for {limit_s:g} s", where=where) from None
    except httpx.TimeoutException as error:
        raise TransferError(f"silent for {_limit_s(error, 'read'):g} s", where=where) from None
    except (httpx.InvalidURL, httpx.UnsupportedProtocol, UnicodeError):
        raise TransferError("this is no address", where=where) from None
    except (httpx.HTTPError, httpx.StreamError, OSError):
        raise TransferError("the connection broke", where=where) from None


def _limit_s(error: httpx.TimeoutException, which: str) -> float:
    """As it was set for the request."""
    return float(error.request.extensions["timeout"][which])


def _unreachable(error: BaseException, where: str) -> TransferError:
    """Why there is no connection, from the error that began it."""
    reason = ""
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, ssl.SSLError):
            return TransferError(f"no connection is safe ({cause.reason or 'TLS'})", where=where)
        if isinstance(cause, OSError) and cause.strerror:
            reason = f" ({cause.strerror})"
        cause = cause.__cause__ or cause.__context__
    return UnreachableError(f"no connection{reason}", where=where)


def _judge(response: httpx.Response, where: str, absent: frozenset[int], explain: Explain | None) -> None:
    """Raise what a status means."""
    status = response.status_code
    if status in (200, 206):
        if response.headers.get("Content-Encoding", "identity") != "identity":
            raise TransferError("it comes packed, although that was not wanted", where=where)
        return
    if explain is not None:
        explained = explain(status, _said(response, where), where)
        if explained is not None:
            raise explained
    if status in absent or status == 410:
        raise AbsentError("not there", where=where)
    if status in (401, 403):
        raise DeniedError(f"not for us (status {status})", where=where)
    if status in (429, 503):
        wait_s = retry_after_s(response.headers.get("Retry-After", ""))
        raise StoreBusyError(f"too busy (status {status})", where=where, retry_after_s=wait_s)
    if status in (412, 416):
        raise ChangedError("it has changed", where=where)
    raise TransferError(f"status {status}", where=where)


def _said(response: httpx.Response, where: str) -> str:
    """The beginning of a refusal's body."""
    said = b""
    with transfer_errors(where):
        for chunk in response.iter_raw():
            said += chunk
            if len(said) >= MOST_EXPLAINED_BYTES:
                break
    return said[:MOST_EXPLAINED_BYTES].decode(errors="replace")


def _stream(response: httpx.Response, start: int, stop: int | None, version: str, where: str) -> HttpStream:
    """Raise TransferError unless the answer is what was asked for."""
    length = response.headers.get("Content-Length", "")
    if not (length.isascii() and length.isdigit()):
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


def retry_after_s(text: str) -> float | None:
    """Of a header Retry-After: seconds, or a date (RFC 9110, 10.2.3); None if it says neither."""
    if text.isascii() and text.isdigit():
        return float(text)
    with contextlib.suppress(ValueError, TypeError):
        return max(0.0, (parsedate_to_datetime(text) - datetime.now(UTC)).total_seconds())
    return None
