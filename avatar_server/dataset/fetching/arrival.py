"""An interaction that is played while it arrives: all pieces of both people at once, abreast in time."""

from __future__ import annotations

import contextlib
import logging
import threading
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

from avatar_server.dataset.cache.cache_tree import CacheTree
from avatar_server.dataset.cache.incoming import Incoming
from avatar_server.dataset.fetching.arriving_piece import ArrivingPiece
from avatar_server.dataset.fetching.arriving_recording import ArrivingRecording
from avatar_server.dataset.fetching.pacing import HURRY_FROM_S, NEEDED_S, PACED, slowest_s
from avatar_server.dataset.fetching.reach import Reach
from avatar_server.dataset.interaction import RecordingFiles
from avatar_server.dataset.modalities import NEEDED, PLAYABLE
from avatar_server.dataset.stores.contract import RecordingPlace, Store, StoredFile
from avatar_server.errors import (
    AbsentError,
    AvatarServerError,
    ChangedError,
    InputError,
    MachineError,
    StoreError,
    TransferError,
)

log = logging.getLogger(__name__)

_STEP_S = 0.1
"""What is less is no news: nineteen threads would look round for every few kilobytes."""

_SELDOM_S = 0.05
"""Looking round takes a while; when nothing is urgent, that is not done for each of thousands of bites."""

_LOOK_AGAIN_S = 0.5
"""Whoever waits for others to come up looks again after this even if nobody says that something came."""


class Arrival:
    """Fetches what a player needs of one or two recordings, for as long as it is open; a context.

    `recordings` are in the order of the places. Once everything is here the official files are made, and
    `files` tells them; where that fails, `not_kept` says why, and playing goes on with what is here. Any
    thread may ask.
    """

    def __init__(self, places: Sequence[RecordingPlace], store: Store, tree: CacheTree) -> None:
        """Begin to fetch; raises what the store raises for what it knows not to have, and MachineError."""
        self._news = threading.Condition()
        self._stopped = threading.Event()
        self._troubles: dict[tuple[int, str], StoreError] = {}
        self._reach = Reach()
        self.playhead_s = 0.0
        self._slowest_s = 0.0
        self._looked_s = 0.0
        self._playing = False
        self._is_given_out = False
        """Whether somebody may have seen or heard some of it."""
        self.failure: AvatarServerError | None = None
        """Why this can never be played, or never be whole."""
        self.not_kept: AvatarServerError | None = None
        """Why there are no official files although all is here; its bytes stay for another time."""
        self.files: tuple[RecordingFiles, ...] | None = None
        with ThreadPoolExecutor(max(1, len(places))) as pool:  # Partners seldom share an archive's index.
            found = [*pool.map(lambda place: store.files(place, PLAYABLE), places)]
        self._incoming: list[Incoming] = []
        self.recordings: list[ArrivingRecording] = []
        self._threads: list[threading.Thread] = []
        try:
            for place, files in zip(places, found, strict=True):
                self._begin(place, files, tree)
        except BaseException:
            self._let_go()
            raise
        self._finisher = threading.Thread(target=self._finish, name="arrival", daemon=True)
        for thread in (*self._threads, self._finisher):
            thread.start()

    def __enter__(self) -> Arrival:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def trouble(self) -> str:
        """Why nothing comes just now, for people; empty if all is well."""
        return str(self.failure or next(iter(tuple(self._troubles.values())), self.not_kept or ""))

    @property
    def is_whole(self) -> bool:
        """Whether everything is here and has its official name."""
        return self.files is not None

    def look_ahead(self, media_s: float) -> None:
        """Say where the playhead is: what comes after it is fetched first. Once it moves, it is played."""
        if abs(media_s - self.playhead_s) >= _STEP_S:
            self.playhead_s = media_s
            self.begin_playing()
            self._came()

    def begin_playing(self) -> None:
        """From now on more may come than the first second."""
        if not self._playing:
            self._playing = self._is_given_out = True
            self._tell()

    def ahead_s(self, media_s: float = 0.0) -> float:
        """For how long from a moment on everybody's sound and motion is here; infinity if to the end."""
        return slowest_s(
            recording.ahead_s(name, media_s)
            for recording in self.recordings
            for name in recording.pieces
            if name in PACED
        )

    def wait_for_beginning(self, limit_s: float) -> bool:
        """Whether the first second, and everybody's voice activity, is here in time; raises `failure`."""

        def enough() -> bool:
            return self.failure is not None or (
                self.ahead_s() >= NEEDED_S and all(recording.can_be_opened for recording in self.recordings)
            )

        with self._news:
            here = self._news.wait_for(enough, limit_s)
            self._is_given_out |= here
        if self.failure is not None:
            raise self.failure
        return here

    def wait_for_news(self, limit_s: float) -> None:
        """Return when more is here, or after `limit_s`."""
        with self._news:
            self._news.wait(limit_s)

    def wait_until_whole(self, limit_s: float) -> bool:
        """Whether everything is here and in place before `limit_s`; raises `failure` and `not_kept`."""
        with self._news:
            self._news.wait_for(lambda: self.is_whole or self.failure or self.not_kept, limit_s)
        if (error := self.failure or self.not_kept) is not None:
            raise error
        return self.is_whole

    def wait_for_turn(self, index: int, name: str) -> bool:
        """Block while other pieces than this one are to be read first; says whether to stop."""
        recording = self.recordings[index]
        with self._news:
            while not self._stopped.is_set():
                slowest = self._slowest_s
                if recording.may_read(name, self.playhead_s, slowest, playing=self._playing):
                    recording.pieces[name].hurries = self._playing and slowest >= HURRY_FROM_S
                    return False
                # Nobody may wait for what has come already.
                if not self._came():
                    self._news.wait(_LOOK_AGAIN_S)
        return True

    def wait(self, seconds: float) -> bool:
        """Wait; says whether to stop."""
        return self._stopped.wait(seconds)

    def note_trouble(self, index: int, name: str, error: StoreError | None) -> None:
        """Why nothing comes of a piece just now; None if something does."""
        give_up = self._reach.tried((index, name), error)
        if error is not None:
            log.warning("%s", error)
            self._troubles[index, name] = error
            if give_up and not self._playing and self._slowest_s < NEEDED_S:
                self.fail(error)
            self._tell()
        elif self._troubles.pop((index, name), None) is not None:
            self._tell()

    def note_change(self, index: int, name: str) -> None:
        """A piece is another file than before: what was played of it does not fit what comes."""
        if self._is_given_out and name in PACED:
            where = self.recordings[index].pieces[name].file.where
            self.fail(ChangedError("it changed while it was played; open it again", where=where))
        self._came()

    def fail(self, error: AvatarServerError) -> None:
        """It ends for this reason, which whoever plays it may have found; what is broken is not kept."""
        self.failure = self.failure or error
        self._stopped.set()

    def close(self) -> None:
        """Stop fetching; what is here stays for another time. Closing twice is fine.

        Nobody waits for a store that is silent: whoever still reads from it throws away what comes.
        """
        self._stopped.set()
        for recording in self.recordings:
            for piece in recording.pieces.values():
                piece.stop()
        self._tell()
        if self._is_all_here():
            self._finisher.join()
        if isinstance(self.failure, InputError):
            # What was refused would be refused again the next time.
            with contextlib.suppress(ValueError, OSError, MachineError):
                for recording in self.recordings:
                    recording.forget_broken()
        self._let_go()

    def _begin(self, place: RecordingPlace, files: Sequence[StoredFile], tree: CacheTree) -> None:
        incoming = tree.incoming(place)
        self._incoming.append(incoming)
        guide = _Guide(self, len(self.recordings))
        pieces = {file.piece: ArrivingPiece(file, incoming.partial(file), guide) for file in files}
        self.recordings.append(ArrivingRecording(tree.folder(place) / f"{place.id}.npz", pieces))
        for name, piece in pieces.items():
            piece.partial.on_change(self._came_some)
            self._threads.append(
                threading.Thread(target=self._run, args=(piece,), name=f"arriving {name}", daemon=True)
            )

    def _run(self, piece: ArrivingPiece) -> None:
        try:
            piece.run()
            if piece.is_absent and piece.file.piece in NEEDED:
                raise AbsentError("it is needed to play, and not there", where=piece.file.where)
            self._came()
        except AvatarServerError as error:
            self.fail(error)
        except Exception as error:
            if not self._stopped.is_set():
                log.exception("fetching %s failed", piece.file.where)
                self.fail(TransferError(f"failed ({type(error).__name__})", where=piece.file.where))
        self._tell()

    def _is_all_here(self) -> bool:
        return all(piece.is_done for recording in self.recordings for piece in recording.pieces.values())

    def _finish(self) -> None:
        """Once all threads are through, make the official files."""
        for thread in self._threads:
            thread.join()
        if self.failure is None and self._is_all_here():
            try:
                self.files = tuple(
                    incoming.finish({name for name, piece in recording.pieces.items() if piece.is_absent})
                    for incoming, recording in zip(self._incoming, self.recordings, strict=True)
                )
            except InputError as error:
                self.fail(error)
            except MachineError as error:
                log.warning("what came is kept, but not in its place: %s", error)
                self.not_kept = error
        self._tell()

    def _let_go(self) -> None:
        for incoming in self._incoming:
            incoming.close()

    def _came_some(self) -> None:
        """Bytes came. While few are here each may be the one that somebody waits for."""
        if self._slowest_s < HURRY_FROM_S or time.monotonic() >= self._looked_s + _SELDOM_S:
            self._came()

    def _came(self) -> bool:
        """What is ahead of the playhead may be another now; tell if that makes a difference to anybody."""
        self._looked_s = time.monotonic()
        slowest = self.ahead_s(self.playhead_s)
        if differs := abs(slowest - self._slowest_s) >= _STEP_S:
            self._slowest_s = slowest
            self._tell()
        return differs

    def _tell(self) -> None:
        with self._news:
            self._news.notify_all()


class _Guide:
    """What one recording's pieces ask the arrival."""

    def __init__(self, arrival: Arrival, index: int) -> None:
        self._arrival = arrival
        self._index = index

    def wanted_byte(self, piece: str) -> int:
        return self._arrival.recordings[self._index].byte_at(piece, self._arrival.playhead_s)

    def wait_until_wanted(self, piece: str) -> bool:
        return self._arrival.wait_for_turn(self._index, piece)

    def wait(self, seconds: float) -> bool:
        return self._arrival.wait(seconds)

    def trouble(self, piece: str, error: StoreError | None) -> None:
        self._arrival.note_trouble(self._index, piece, error)

    def changed(self, piece: str) -> None:
        self._arrival.note_change(self._index, piece)
