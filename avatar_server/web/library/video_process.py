"""Brings one video: `python -m avatar_server.web.library.video_process`, started by `ArrivingVideo` alone.

Its input is the order, a line of JSON, and then what readers need; its output what came (see `video_wire`).
It ends when its input ends, and keeps what came for another time.
"""

from __future__ import annotations

import logging
import os
import sys
import threading
from pathlib import Path

from avatar_server.dataset.cache.cache_tree import CacheTree
from avatar_server.dataset.cache.incoming import Incoming
from avatar_server.dataset.modalities import Modality
from avatar_server.dataset.stores.contract import Store
from avatar_server.dataset.stores.sources import open_store
from avatar_server.errors import AbsentError, AvatarServerError, DeniedError, StoreError
from avatar_server.web.library.video_filler import VideoFiller
from avatar_server.web.library.video_order import VideoOrder
from avatar_server.web.library.video_wire import (
    Failed,
    FromProcess,
    Gone,
    Wanted,
    Whole,
    line_from_process,
    parse_to_process,
)

NICENESS = 5


class Line:
    """Standard output, for any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._out = os.fdopen(os.dup(1), "wb")
        os.dup2(2, 1)  # What a library prints must not get among the messages.

    def say(self, message: FromProcess) -> None:
        """Send it; the process ends if nobody hears it."""
        with self._lock:
            try:
                self._out.write(line_from_process(message))
                self._out.flush()
            except BrokenPipeError:
                os._exit(0)

    def fail(self, error: AvatarServerError) -> None:
        """The last word. The message of an error of the disk has a path in it, others have an address."""
        if isinstance(error, AbsentError):
            self.say(Failed(404, "no store has this video"))
        elif isinstance(error, DeniedError):
            self.say(Failed(502, "the store does not give this video to this server"))
        elif isinstance(error, StoreError):
            self.say(Failed(503, "the store does not answer as it should; asking again may help"))
        else:
            self.say(Failed(500, "this video cannot be kept here; the server's log says why"))
        if not isinstance(error, AbsentError):
            logging.getLogger(__name__).warning("%s", error)


def main() -> None:
    """Bring a video until nobody needs it any more."""
    os.nice(NICENESS)
    line = Line()
    logging.basicConfig(level=logging.WARNING, format="%(message)s")
    order = VideoOrder.parse(sys.stdin.buffer.readline())
    try:
        store = open_store(order.source, Path(order.data_dir))
        try:
            with CacheTree(Path(order.data_dir), limit_bytes=order.limit_bytes).incoming(
                order.place
            ) as incoming:
                _bring(order, store, incoming, line)
        finally:
            store.close()
    except AvatarServerError as error:
        line.fail(error)
        sys.stdin.buffer.read()


def _bring(order: VideoOrder, store: Store, incoming: Incoming, line: Line) -> None:
    files = [file for file in store.files(order.place, frozenset[Modality]({"video"})) if file.piece == "mp4"]
    if not files:
        raise AbsentError("no video of this recording", where=store.name)

    def finish() -> None:
        incoming.finish(())
        line.say(Whole())

    filler = VideoFiller(files[0], incoming.partial(files[0]), line.say, line.fail, finish)
    try:
        for message in map(parse_to_process, sys.stdin.buffer):
            match message:
                case Wanted():
                    filler.want(message)
                case Gone(reader):
                    filler.forget(reader)
    finally:
        filler.close()


if __name__ == "__main__":
    main()
