"""One recording that is being fetched: which files it takes, each of them, and what became of it."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass

from avatar_server.dataset.cache.bundling import json_document, npz_keys
from avatar_server.dataset.cache.cache_tree import CacheTree
from avatar_server.dataset.cache.incoming import Incoming
from avatar_server.dataset.cache.partial_file import PartialFile
from avatar_server.dataset.fetching.download import MOST_FAILURES, FetchStoppedError, download
from avatar_server.dataset.fetching.fetch_plan import PlannedRecording
from avatar_server.dataset.fetching.fetch_records import (
    FileCame,
    PieceAbsent,
    RecordingAbsent,
    RecordingCame,
    RecordingFailed,
    Retrying,
    Tell,
)
from avatar_server.dataset.fetching.fetch_tally import FetchTally
from avatar_server.dataset.fetching.piece_sizes import usual_bytes
from avatar_server.dataset.interaction import RecordingFiles
from avatar_server.dataset.modalities import NEEDED, Modality, pieces_of
from avatar_server.dataset.stores.contract import Store, StoredFile
from avatar_server.errors import AbsentError, InputError, StoreBusyError, StoreError, TransferError
from avatar_server.timing.back_off import BackOff


@dataclass(frozen=True, slots=True)
class FetchMeans:
    """What all jobs of a fetch share. wait: as `download` has it."""

    store: Store
    tree: CacheTree
    tally: FetchTally
    tell: Tell
    wait: Callable[[float], bool]


class FetchJob:
    """`open`, then `fetch` for each file, in any threads, then `end`; MachineError from all of them."""

    def __init__(self, planned: PlannedRecording, incoming: Incoming, means: FetchMeans) -> None:
        self.incoming = incoming
        self._planned = planned
        self._name = str(planned.place.id)
        self._means = means
        self._lock = threading.Lock()
        self._left = 0
        self._absent: set[str] = set()
        self._lacking = ""
        self._failure = ""
        self._stopped = False

    def open(self) -> tuple[StoredFile, ...]:
        """The files that are to be fetched; none if there is nothing to do but to `end`."""
        tree, place = self._means.tree, self._planned.place
        missing = [part for part in self._planned.missing if not tree.has(place, part)]
        files: tuple[StoredFile, ...] = ()
        try:
            if missing:
                files = self._lacking_files(missing)
                self._lacking = "" if files else f"{self._name}: {self._means.store.name} has none of it"
        except FetchStoppedError:
            self._stopped = True
        except AbsentError as error:
            self._lacking = str(error)
        except StoreError as error:
            self._failure = str(error)
        self._left = len(files)
        self._means.tally.expect(
            more_bytes=sum(self._expected(file) for file in files) - self._planned.bytes,
            more_files=len(files) - len(pieces_of(self._planned.missing)),
        )
        return files

    def fetch(self, file: StoredFile) -> bool:
        """Fetch one of the files, unless the recording will not come; whether it was the last one."""
        if not (self._lacking or self._failure):
            self._fetch(file)
        with self._lock:
            self._left -= 1
            return not self._left

    def end(self) -> None:
        """Put what came where it belongs, and tell what became of the recording."""
        how, tally, tell = "", self._means.tally, self._means.tell
        if self._lacking:
            how = "absent"
            for partial in self.incoming.partials:
                partial.discard()
            tell(RecordingAbsent(self._name, self._lacking))
        elif self._failure:
            how = "failed"
            tell(RecordingFailed(self._name, self._failure))
        elif not self._stopped and not self.incoming.partials:
            how = "here"  # Another process was quicker.
        elif not self._stopped:
            try:
                files = self.incoming.finish(self._absent)
            except InputError as error:
                how = "failed"
                tell(RecordingFailed(self._name, str(error)))
            else:
                how = "fetched"
                tell(RecordingCame(self._name, self._names(files)))
        if how:
            tally.recording_done(how)

    def _lacking_files(self, missing: list[Modality]) -> tuple[StoredFile, ...]:
        """What the store may have and the tree has not, without what is known to be nowhere."""
        tree, place = self._means.tree, self._planned.place
        stem = tree.folder(place) / self._name
        held = npz_keys(stem.with_name(f"{self._name}.npz")) | tree.ledger.absent(self._name)
        held |= (json_document(stem.with_name(f"{self._name}.json")) or {}).keys()
        back_off = BackOff()
        while True:
            try:
                files = self._means.store.files(place, missing)
            except (TransferError, StoreBusyError) as error:
                back_off = back_off.failed()
                if back_off.failures > MOST_FAILURES:
                    raise
                wait_s = back_off.wait_s(getattr(error, "retry_after_s", None))
                self._tell_trouble(error, wait_s)
                if self._means.wait(wait_s):
                    raise FetchStoppedError(f"{self._name}: stopped") from None
            else:
                return tuple(file for file in files if file.piece not in held)

    def _fetch(self, file: StoredFile) -> None:
        means = self._means
        arriving = self.incoming.partial(file)
        counted = _Counted(arriving, self._expected(file), means.tally)
        arriving.on_change(counted.update)
        try:
            download(file, arriving, wait=means.wait, on_trouble=self._tell_trouble)
        except AbsentError as error:
            self._is_absent(file, error)
            counted.give_up()
        except FetchStoppedError:
            self._stopped = True
        except (StoreError, InputError) as error:
            self._failure = self._failure or str(error)
        else:
            counted.update()
            means.tally.file_done()
            size_bytes = arriving.size_bytes or 0
            means.tell(FileCame(self._name, file.piece, file.where, size_bytes, counted.fetched_bytes))

    def _is_absent(self, file: StoredFile, error: AbsentError) -> None:
        if file.piece in NEEDED:
            self._lacking = self._lacking or str(error)
            return
        with self._lock:
            self._absent.add(file.piece)
        self._means.tally.file_done(absent=True)
        self._means.tell(PieceAbsent(self._name, file.piece, file.where))

    def _tell_trouble(self, error: StoreError, wait_s: float) -> None:
        self._means.tell(Retrying(self._name, str(error), wait_s))

    def _expected(self, file: StoredFile) -> int:
        known_bytes = file.size_bytes
        return usual_bytes(file.piece, self._planned.length_s) if known_bytes is None else known_bytes

    def _names(self, files: RecordingFiles) -> tuple[str, ...]:
        """Below the data folder; whoever wants the film alone gets no NPZ."""
        paths = (files.npz if files.npz.exists() else None, files.wav, files.json, files.mp4)
        return tuple(
            path.relative_to(self._means.tree.data_dir).as_posix() for path in paths if path is not None
        )


class _Counted:
    """Counts what comes of one file, and puts right what was expected of it."""

    def __init__(self, arriving: PartialFile, expected_bytes: int, tally: FetchTally) -> None:
        self._arriving = arriving
        self._tally = tally
        self._here_bytes = arriving.here.byte_count
        self._to_come_bytes = expected_bytes
        self.fetched_bytes = 0

    def update(self) -> None:
        """As the file now is; one that began anew counts again, as it costs again."""
        here_bytes = self._arriving.here.byte_count
        new_bytes = max(0, here_bytes - self._here_bytes)
        self._here_bytes = here_bytes
        self.fetched_bytes += new_bytes
        size_bytes = self._arriving.size_bytes
        if size_bytes is not None:
            to_come_bytes = self.fetched_bytes + size_bytes - here_bytes
            self._tally.expect(more_bytes=to_come_bytes - self._to_come_bytes)
            self._to_come_bytes = to_come_bytes
        self._tally.came(new_bytes)

    def give_up(self) -> None:
        """Nothing of it will come."""
        self._tally.expect(more_bytes=-self._to_come_bytes)
        self._to_come_bytes = 0
