"""A video that comes from a store while it is sent: a process brings it, all readers share what is here."""

from __future__ import annotations

import asyncio
import itertools
import logging
import os
import sys
from collections.abc import Callable
from hashlib import sha256

from avatar_server.control.strict_json import MessageError
from avatar_server.dataset.cache.byte_spans import ByteSpans
from avatar_server.web.child_process import until_gone
from avatar_server.web.library.questions import RefusalError
from avatar_server.web.library.video_order import VideoOrder
from avatar_server.web.library.video_wire import (
    Came,
    Failed,
    Found,
    Gone,
    ToProcess,
    Wanted,
    Whole,
    line_to_process,
    parse_from_process,
)

log = logging.getLogger(__name__)

FINDING_LIMIT_S = 30.0
"""For the process to start and the store to say how large the video is."""

ENDING_LIMIT_S = 5.0

_MORE_BYTES = 256 * 1024
"""A reader tells the process of its place whenever it went on so far."""


class ArrivingVideo:
    """One video and its process. `close` ends it."""

    def __init__(self, order: VideoOrder) -> None:
        self._order = order
        self._numbers = itertools.count()
        self._here = ByteSpans()
        self._found: Found | None = None
        self._failed: Failed | None = None
        self._changed = asyncio.Event()
        self._unsaid = [order.line()]
        self._descriptor: int | None = None
        self._process: asyncio.subprocess.Process | None = None
        self._running = asyncio.create_task(self._run(), name=f"video of {order.place.id}")
        self.readers = 0
        self.is_whole = False
        self.is_closed = False

    @property
    def is_over(self) -> bool:
        """Whoever comes now needs another one, or a file."""
        return self.is_whole or self._failed is not None or self._running.done()

    async def open(self, left: Callable[[], None]) -> VideoReader:
        """A reader; raises `RefusalError` if the video does not come. left: called when it is closed."""
        reader = VideoReader(self, next(self._numbers), left)
        self.readers += 1
        try:
            self.tell(Wanted(reader.number, 0, 1))
            async with asyncio.timeout(FINDING_LIMIT_S):
                await self.until(lambda: self._found is not None)
        except TimeoutError:
            reader.close()
            raise RefusalError(503, f"the store does not answer in {FINDING_LIMIT_S:g} s") from None
        except BaseException:
            reader.close()
            raise
        return reader

    @property
    def found(self) -> Found:
        """What the store said of it; only readers ask, who were opened after that."""
        assert self._found is not None
        return self._found

    def has(self, position: int) -> int:
        """Up to where all is here from `position` on; `position` itself if its byte is not."""
        return self._here.end_of_run(position)

    @property
    def descriptor(self) -> int:
        """Of the file that it comes into."""
        assert self._descriptor is not None
        return self._descriptor

    def tell(self, message: ToProcess) -> None:
        """Tell the process; nothing happens if it is not there (any more)."""
        if self._process is None:
            self._unsaid.append(line_to_process(message))
        elif self._process.stdin is not None and not self._process.stdin.is_closing():
            self._process.stdin.write(line_to_process(message))

    async def until(self, true: Callable[[], bool]) -> None:
        """Wait; raises `RefusalError` if nothing more will come first."""
        while not true():
            if self._failed is not None:
                raise RefusalError(self._failed.status, self._failed.reason)
            self._changed.clear()
            await self._changed.wait()

    async def close(self) -> None:
        """End the process; what came is kept for another time. Closing twice is fine."""
        self.is_closed = True
        if not self._running.done():
            self._running.cancel()
            await asyncio.wait([self._running])
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None

    async def _run(self) -> None:
        process = None
        try:
            process = await self._started()
            await asyncio.gather(self._listen(process), _keep_log(process))
        except (OSError, MessageError, ValueError):
            log.exception("the video of %s", self._order.place.id)
        finally:
            self._failed = self._failed or Failed(503, "the process that brings the video ended")
            self._changed.set()
            if process is not None:
                await _end(process)

    async def _started(self) -> asyncio.subprocess.Process:
        starting = asyncio.create_task(
            asyncio.create_subprocess_exec(
                *(sys.executable, "-m", "avatar_server.web.library.video_process"),
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.PIPE,
                start_new_session=True,  # Ctrl-C in a terminal is for the server, which ends this.
            )
        )
        try:
            # Cancelled itself, asyncio (3.11) may wait for ever for the process that it has just killed.
            process = await asyncio.shield(starting)
        except asyncio.CancelledError:
            await _end(await starting)
            raise
        assert process.stdin
        process.stdin.writelines(self._unsaid)
        self._process = process
        return process

    async def _listen(self, process: asyncio.subprocess.Process) -> None:
        assert process.stdout
        while line := await process.stdout.readline():
            match parse_from_process(line):
                case Found() as found:
                    self._descriptor = os.open(found.path, os.O_RDONLY | os.O_CLOEXEC)
                    self._found, self._here = found, ByteSpans.of(found.here)
                case Came(start, end):
                    self._here = self._here.with_span(start, end)
                case Whole():
                    self.is_whole = True
                    self._here = ByteSpans.of([(0, self.found.size_bytes)])
                case Failed() as failed:
                    self._failed = failed
            self._changed.set()


class VideoReader:
    """One reader of a video that is arriving; see `web.video_bytes.VideoBytes`."""

    def __init__(self, video: ArrivingVideo, number: int, left: Callable[[], None]) -> None:
        self._video = video
        self._left: Callable[[], None] | None = left
        self._told = -_MORE_BYTES
        self._stop = 1
        self._reading: asyncio.Task[bytes] | None = None
        self.number = number

    @property
    def size_bytes(self) -> int:
        """Of the whole file."""
        return self._video.found.size_bytes

    @property
    def etag(self) -> str:
        """Of the store's own; a weak one, which no range is asked for with, if the store has none."""
        found = self._video.found
        digest = sha256(f"{found.version} {found.size_bytes}".encode()).hexdigest()[:24]
        return f'"{digest}"' if found.version else f'W/"{digest}"'

    @property
    def last_modified(self) -> str:
        """Not known."""
        return ""

    def will_read(self, stop: int) -> None:
        """To before `stop`: no more is asked of the store."""
        self._stop = stop

    async def read(self, position: int, most: int) -> bytes:
        """At least one byte from `position` on, waited for; none behind the end, or if they do not come."""
        if position >= self.size_bytes:
            return b""
        here = self._video.has(position)
        if not self._told <= position < self._told + _MORE_BYTES or here == position:
            self._told = position
            self._video.tell(Wanted(self.number, position, max(self._stop, position + most)))
        try:
            await self._video.until(lambda: self._video.has(position) > position)
        except RefusalError as refusal:
            if self._video.is_closed:
                await asyncio.Event().wait()  # The server stops, and cuts the connection.
            log.warning("a video was cut short: %s", refusal)
            return b""
        count = min(most, self._video.has(position) - position)
        self._reading = asyncio.create_task(
            asyncio.to_thread(os.pread, self._video.descriptor, count, position)
        )
        return await asyncio.shield(self._reading)

    def close(self) -> None:
        """Not needed any more; closing twice is fine."""
        left, self._left = self._left, None
        if left is None:
            return
        self._video.tell(Gone(self.number))
        if self._reading is not None and not self._reading.done():
            # The file must not be closed under the thread that reads it.
            self._reading.add_done_callback(lambda reading: left())
        else:
            left()


async def _keep_log(process: asyncio.subprocess.Process) -> None:
    assert process.stderr
    while line := await process.stderr.readline():
        log.warning("video process: %s", line.decode(errors="replace").rstrip())


async def _end(process: asyncio.subprocess.Process) -> None:
    """Its input ends, so that it keeps what came; if it does not care it is killed."""
    assert process.stdin
    process.stdin.close()
    await until_gone(process, process.stdout, process.stderr, limit_s=ENDING_LIMIT_S)
