"""A bucket on this machine: files of a folder over HTTP, as slow and as faulty as a test wants.

Ranges, ETags and the status 403 for what is not there are those of the public bucket. Delay and bandwidth
are simulated: every answer begins `delay_s` after its request, and all connections share `bytes_per_s`.
Buffers of the sockets are small, so that what was counted as sent has been taken but for some kilobytes.
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import re
import socket
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import TracebackType
from typing import Self
from urllib.parse import unquote

_CHUNK_BYTES = 8 << 10
_SEND_BUFFER_BYTES = 4 << 10
_RANGE = re.compile(r"bytes=(\d+)-(\d*)")


@dataclass(frozen=True, slots=True)
class Fault:
    """What goes wrong with the next `times` answers for a path (-1: with all).

    status: instead of 200 or 206, with `headers`. cut_after: bytes of the body after which the connection is
    closed. etag: said instead of the file's. ignore_range: the whole file with 200. length: said instead of
    the true Content-Length. location: a redirect to there. stall: nothing comes until the server is closed,
    or nothing more after `cut_after`.
    """

    times: int = 1
    status: int | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    cut_after: int | None = None
    etag: str | None = None
    ignore_range: bool = False
    length: int | None = None
    location: str | None = None
    stall: bool = False


@dataclass(frozen=True, slots=True)
class Asked:
    """One request: when, what for (path without query), and from which byte on."""

    at_s: float
    method: str
    path: str
    start: int
    headers: Mapping[str, str]


class _Bandwidth:
    """A line that all share: who wants to send waits for what was promised to others before."""

    def __init__(self, bytes_per_s: float | None) -> None:
        self.bytes_per_s = bytes_per_s
        self._free_at_s = 0.0

    async def take(self, count: int) -> None:
        if self.bytes_per_s is None:
            return
        now_s = time.monotonic()
        self._free_at_s = max(self._free_at_s, now_s) + count / self.bytes_per_s
        if (wait_s := self._free_at_s - now_s) > 0.001:
            await asyncio.sleep(wait_s)


class BucketServer:
    """Serves `folder` from a thread of its own; a context. `url` has no slash at its end."""

    def __init__(
        self, folder: Path, *, delay_s: float = 0.0, bytes_per_s: float | None = None, absent: int = 403
    ) -> None:
        self.folder = folder
        self.delay_s = delay_s
        self.absent = absent
        self.faults: dict[str, list[Fault]] = {}
        self.asked: list[Asked] = []
        self.sent: dict[str, int] = {}
        """Bytes of bodies by path."""
        self._line = _Bandwidth(bytes_per_s)
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._listener.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, _SEND_BUFFER_BYTES)
        self._listener.setblocking(False)
        self.port: int = self._listener.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        self._loop = asyncio.new_event_loop()
        self._open: set[asyncio.Task[None]] = set()
        self._thread = threading.Thread(target=self._run, name="bucket", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Cut all connections and be gone; closing twice is fine."""
        if not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._loop.stop)
            self._thread.join()
            self._listener.close()
            self._loop.close()

    def fail(self, path: str, fault: Fault) -> None:
        """Let the next answers for `path` (below the folder, as in the URL) go wrong; faults queue up."""
        self.faults.setdefault(path, []).append(fault)

    def set_bytes_per_s(self, bytes_per_s: float | None) -> None:
        """From now on the line is so fast."""
        self._line.bytes_per_s = bytes_per_s

    @property
    def sent_bytes(self) -> int:
        """Of all bodies together."""
        return sum(self.sent.values())

    def requests(self, ending: str = "") -> int:
        """How many were asked for paths with this ending."""
        return sum(asked.path.endswith(ending) for asked in self.asked)

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        accepting = self._loop.create_task(self._accept())
        self._loop.run_forever()
        for task in (accepting, *self._open):
            task.cancel()
        self._loop.run_until_complete(asyncio.gather(accepting, *self._open, return_exceptions=True))

    async def _accept(self) -> None:
        while True:
            connection, _ = await self._loop.sock_accept(self._listener)
            connection.setblocking(False)
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            task = self._loop.create_task(self._serve(connection))
            self._open.add(task)
            task.add_done_callback(self._open.discard)

    async def _serve(self, connection: socket.socket) -> None:
        with connection, contextlib.suppress(ConnectionError):
            head = b""
            while True:
                while b"\r\n\r\n" not in head:
                    data = await self._loop.sock_recv(connection, 65536)
                    if not data:
                        return
                    head += data
                request, _, head = head.partition(b"\r\n\r\n")
                if not await self._answer(connection, request.decode("latin-1")):
                    return

    async def _answer(self, connection: socket.socket, request: str) -> bool:
        """Answer one request; False if the connection is of no use any more."""
        first, *lines = request.split("\r\n")
        method, target, _ = first.split(" ")
        pairs = (line.partition(":") for line in lines)
        headers = {name.strip().lower(): value.strip() for name, _, value in pairs}
        path = unquote(target.partition("?")[0]).lstrip("/")
        found = _RANGE.fullmatch(headers.get("range", ""))
        start = int(found[1]) if found else 0
        self.asked.append(Asked(time.monotonic(), method, path, start, headers))
        await asyncio.sleep(self.delay_s)
        fault = self._fault(path)
        if fault.stall and fault.cut_after is None:
            await asyncio.Event().wait()
        file = (self.folder / path).resolve()
        if fault.status is not None or fault.location is not None:
            status = fault.status or 302
            extra = dict(fault.headers) | ({"Location": fault.location} if fault.location else {})
            await self._send_head(connection, status, {"Content-Length": "0", **extra})
            return True
        if not file.is_file() or not file.is_relative_to(self.folder.resolve()):
            await self._send_head(connection, self.absent, {"Content-Length": "0"})
            return True
        size = file.stat().st_size
        etag = fault.etag or etag_of(file)
        partial = found is not None and not fault.ignore_range
        if partial and headers.get("if-range", etag) != etag:
            partial = False
        if headers.get("if-match", etag) != etag:
            await self._send_head(connection, 412, {"Content-Length": "0", "ETag": etag})
            return True
        stop = size
        if partial and found is not None:
            stop = min(size, int(found[2]) + 1) if found[2] else size
            if start >= size:
                await self._send_head(
                    connection, 416, {"Content-Length": "0", "Content-Range": f"bytes */{size}"}
                )
                return True
        else:
            start = 0
        length = stop - start if fault.length is None else fault.length
        head = {"Content-Length": str(length), "ETag": etag, "Accept-Ranges": "bytes"}
        if partial:
            head["Content-Range"] = f"bytes {start}-{stop - 1}/{size}"
        await self._send_head(connection, 206 if partial else 200, head)
        if method == "HEAD":
            return True
        return await self._send_body(connection, path, file, start, stop, fault)

    async def _send_body(
        self, connection: socket.socket, path: str, file: Path, start: int, stop: int, fault: Fault
    ) -> bool:
        cut = stop if fault.cut_after is None else min(stop, start + fault.cut_after)
        with file.open("rb") as content:
            content.seek(start)
            while start < cut:
                data = content.read(min(_CHUNK_BYTES, cut - start))
                await self._line.take(len(data))
                await self._loop.sock_sendall(connection, data)
                self.sent[path] = self.sent.get(path, 0) + len(data)
                start += len(data)
        if fault.stall:
            await asyncio.Event().wait()
        return fault.cut_after is None and fault.length is None

    async def _send_head(self, connection: socket.socket, status: int, headers: Mapping[str, str]) -> None:
        lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
        await self._loop.sock_sendall(connection, f"HTTP/1.1 {status} -\r\n{lines}\r\n".encode("latin-1"))

    def _fault(self, path: str) -> Fault:
        waiting = self.faults.get(path)
        if not waiting:
            return Fault(times=0)
        if waiting[0].times > 1:
            waiting[0] = replace(waiting[0], times=waiting[0].times - 1)
            return waiting[0]
        return waiting[0] if waiting[0].times < 0 else waiting.pop(0)


def etag_of(file: Path) -> str:
    """As the bucket makes it: the MD5 of the content, quoted."""
    found = file.stat()
    key = (file, found.st_mtime_ns, found.st_size)
    if key not in _ETAGS:
        _ETAGS[key] = f'"{hashlib.md5(file.read_bytes(), usedforsecurity=False).hexdigest()}"'
    return _ETAGS[key]


_ETAGS: dict[tuple[Path, int, int], str] = {}
