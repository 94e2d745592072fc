"""What a watched video costs its store: each byte once, a little ahead, and nothing for who is gone."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import Self

import pytest

from avatar_server.dataset.cache.partial_file import PartialFile
from avatar_server.errors import AbsentError, AvatarServerError, ChangedError, TransferError
from avatar_server.web.library import video_filler
from avatar_server.web.library.video_filler import AHEAD_BYTES, CHUNK_BYTES, NEAR_BYTES, VideoFiller
from avatar_server.web.library.video_wire import Came, Found, FromProcess, Wanted

SIZE = 3 * AHEAD_BYTES
LIMIT_S = 20.0


class Stream:
    """Bytes of the film whose place tells their value."""

    def __init__(self, film: Film, start: int, stop: int) -> None:
        self._film = film
        self._position, self._stop = start, stop
        self.start, self.size_bytes, self.version = start, film.size_bytes, film.version

    def read(self, most: int) -> bytes:
        if self._film.breaks_at == self._position:
            self._film.breaks_at = None
            raise TransferError("cut", where=self._film.where)
        end = min(self._stop, self._position + most)
        self._film.read.append((self._position, end))
        data = self._film.content[self._position : end]
        self._position = end
        return data

    def relax(self) -> None: ...

    def close(self) -> None:
        self._film.open_streams -= 1

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


class Film:
    """A store's file that writes down what it was asked for."""

    piece, where = "mp4", "https://bucket.example/film.mp4"

    def __init__(self) -> None:
        self.content = bytes(range(256)) * (SIZE // 256)
        self.size_bytes = SIZE
        self.version = "1"
        self.opened: list[tuple[int, int | None]] = []
        self.read: list[tuple[int, int]] = []
        self.breaks_at: int | None = None
        self.open_streams = 0

    def open(self, start: int = 0, stop: int | None = None, *, version: str = "") -> Stream:
        if self.version == "":
            raise AbsentError("not there", where=self.where)
        if version not in ("", self.version):
            raise ChangedError("another one", where=self.where)
        self.opened.append((start, stop))
        self.open_streams += 1
        return Stream(self, start, SIZE if stop is None else stop)


class Told:
    """Hears what a filler says, and waits for it."""

    def __init__(self) -> None:
        self.changed = threading.Condition()
        self.messages: list[FromProcess] = []
        self.failures: list[AvatarServerError] = []
        self.finished = 0

    def say(self, message: FromProcess) -> None:
        with self.changed:
            self.messages.append(message)
            self.changed.notify_all()

    def fail(self, error: AvatarServerError) -> None:
        with self.changed:
            self.failures.append(error)
            self.changed.notify_all()

    def finish(self) -> None:
        with self.changed:
            self.finished += 1
            self.changed.notify_all()

    def until_here(self, into: PartialFile, start: int, end: int) -> None:
        with self.changed:
            assert self.changed.wait_for(lambda: into.here.covers(start, end), LIMIT_S)


@pytest.fixture
def film() -> Film:
    return Film()


@pytest.fixture
def told() -> Told:
    return Told()


@pytest.fixture
def into(tmp_path: Path, film: Film) -> Iterator[PartialFile]:
    partial = PartialFile(tmp_path / "mp4", source=film.where)
    yield partial
    partial.close()


@pytest.fixture
def filler(film: Film, told: Told, into: PartialFile) -> Iterator[VideoFiller]:
    made = VideoFiller(film, into, told.say, told.fail, told.finish)
    yield made
    made.close()
    assert film.open_streams == 0


def test_a_reader_gets_what_it_needs_and_a_little_more(
    film: Film, told: Told, into: PartialFile, filler: VideoFiller
) -> None:
    filler.want(Wanted(1, 0, SIZE))
    told.until_here(into, 0, AHEAD_BYTES)
    assert told.messages[0] == Found(str(into.path), SIZE, "1", ())
    assert into.here.byte_count == AHEAD_BYTES
    filler.want(Wanted(1, CHUNK_BYTES, SIZE))
    told.until_here(into, 0, AHEAD_BYTES + CHUNK_BYTES)
    assert into.here.byte_count == AHEAD_BYTES + CHUNK_BYTES
    assert film.opened == [(0, None)], "it is one connection that waits"
    filler.forget(1)


def test_no_more_than_a_range_is_fetched(told: Told, into: PartialFile, filler: VideoFiller) -> None:
    filler.want(Wanted(1, 1000, 1001))
    told.until_here(into, 1000, 1001)
    filler.forget(1)
    assert into.here.spans == ((1000, 1000 + CHUNK_BYTES),)


def test_readers_share_and_every_byte_comes_once(
    film: Film, told: Told, into: PartialFile, filler: VideoFiller
) -> None:
    middle = SIZE // 2
    filler.want(Wanted(1, 0, SIZE))
    filler.want(Wanted(2, NEAR_BYTES // 2, SIZE))
    filler.want(Wanted(3, middle, SIZE))
    told.until_here(into, middle, middle + 1)
    for position in range(0, SIZE, CHUNK_BYTES):
        told.until_here(into, position, position + 1)
        filler.want(Wanted(1, position, SIZE))
        filler.want(Wanted(3, into.here.end_of_run(middle) - 1, SIZE))
    with told.changed:
        assert told.changed.wait_for(lambda: told.finished == 1, LIMIT_S)
    assert into.is_whole
    assert into.read(0, SIZE) == film.content
    assert sum(end - start for start, end in film.read) == SIZE
    # The second may be ahead of the first, which then goes on where that one waits for its reader.
    waits_at = NEAR_BYTES // 2 + AHEAD_BYTES
    assert {start for start, _ in film.opened} <= {0, middle, NEAR_BYTES // 2, waits_at}
    assert sum(message.end - message.start for message in told.messages if isinstance(message, Came)) == SIZE


def test_nobody_waits_for_who_has_paused(
    film: Film, told: Told, into: PartialFile, filler: VideoFiller
) -> None:
    filler.want(Wanted(1, 0, SIZE))
    told.until_here(into, 0, AHEAD_BYTES)
    filler.want(Wanted(2, AHEAD_BYTES, SIZE))
    told.until_here(into, 0, 2 * AHEAD_BYTES)
    filler.want(Wanted(1, 2 * AHEAD_BYTES - CHUNK_BYTES, SIZE))
    told.until_here(into, 0, SIZE - CHUNK_BYTES)
    assert sum(end - start for start, end in film.read) == into.here.byte_count, "and no byte comes twice"


def test_what_an_earlier_reader_left_is_used(film: Film, told: Told, into: PartialFile) -> None:
    into.describe(SIZE, "1")
    into.write(CHUNK_BYTES, film.content[CHUNK_BYTES : 2 * CHUNK_BYTES])
    filler = VideoFiller(film, into, told.say, told.fail, told.finish)
    assert told.messages == [Found(str(into.path), SIZE, "1", ((CHUNK_BYTES, 2 * CHUNK_BYTES),))]
    filler.want(Wanted(1, 0, 3 * CHUNK_BYTES))
    told.until_here(into, 0, 3 * CHUNK_BYTES)
    filler.close()
    assert film.opened[0] == (0, CHUNK_BYTES)
    assert film.read == [(0, CHUNK_BYTES), (2 * CHUNK_BYTES, 3 * CHUNK_BYTES)]


def test_a_connection_that_breaks_is_made_again(
    film: Film, told: Told, into: PartialFile, filler: VideoFiller
) -> None:
    film.breaks_at = 2 * CHUNK_BYTES
    filler.want(Wanted(1, 0, 4 * CHUNK_BYTES))
    told.until_here(into, 0, 4 * CHUNK_BYTES)
    assert [start for start, _ in film.opened] == [0, 2 * CHUNK_BYTES]
    assert not told.failures


def test_what_cannot_come_is_said_once(
    film: Film, told: Told, into: PartialFile, filler: VideoFiller, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(video_filler, "MOST_FAILURES", 1)
    film.version = ""
    filler.want(Wanted(1, 0, SIZE))
    with told.changed:
        assert told.changed.wait_for(lambda: bool(told.failures), LIMIT_S)
    filler.want(Wanted(2, 0, SIZE))
    filler.close()
    assert [type(error) for error in told.failures] == [AbsentError]


def test_bytes_of_another_film_are_never_mixed(film: Film, told: Told, into: PartialFile) -> None:
    into.describe(SIZE, "0")
    into.write(0, b"old")
    filler = VideoFiller(film, into, told.say, told.fail, told.finish)
    filler.want(Wanted(1, 0, SIZE))
    with told.changed:
        assert told.changed.wait_for(lambda: bool(told.failures), LIMIT_S)
    filler.close()
    assert isinstance(told.failures[0], ChangedError)
    assert into.here.byte_count == 0, "who asks again gets the new one from its beginning"
