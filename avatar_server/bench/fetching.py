"""How soon something is seen of an interaction that is not here, and what that costs.

A bucket on this machine, as slow as a real one, a server as people start it with an empty data folder, and
somebody who asks for the interaction. Beside that, in the same run, the usual way: everything is fetched
first, and played when it is here.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path

from avatar_server.bench.bucket_material import KEY, bucket_folder, recordings_in, write_long_list
from avatar_server.bench.fetching_report import Arriving, FetchedFirst, FetchingReport, Taken
from avatar_server.bench.newcomer import Watched, watch
from avatar_server.bench.processor_time import descendants, processor_s
from avatar_server.bench.viewers import started
from avatar_server.dataset.cache.cache_tree import CacheTree
from avatar_server.dataset.catalogue import FILELIST
from avatar_server.dataset.modalities import MODALITIES, PLAYABLE, pieces_of
from avatar_server.dataset.stores.contract import RecordingPlace
from avatar_server.dataset.stores.https_bucket import bucket_path
from avatar_server.errors import MachineError
from avatar_server.testing.bucket_server import BucketServer

LENGTH_S, DELAY_MS, MBIT_PER_S = 180.0, 50.0, 50.0

QUIET_WITHIN_S = 1.0
QUIET_CORES = 0.1
"""A server that takes less than this is ready: its first stage stands still and the spare is prepared."""

QUIET_LIMIT_S = 60.0
FILED_LIMIT_S = 20.0
"""From when everything can be played until the last file (a transcript, say) has its name."""

_BESIDES = ",".join(modality for modality in MODALITIES if modality not in PLAYABLE)


def measure_fetching(
    length_s: float = LENGTH_S,
    *,
    delay_ms: float = DELAY_MS,
    mbit_per_s: float = MBIT_PER_S,
    note: Callable[[str], None] = lambda sentence: None,
) -> FetchingReport:
    """Measure with an interaction of `length_s`, which is made once.

    delay_ms: from a request to its answer. mbit_per_s: of all connections together. Raises `MachineError` if
    a server does not start or something does not come.
    """
    note(f"two people, {length_s:g} s: made at first use")
    folder = bucket_folder(length_s)
    measured = _Measurement(folder, delay_ms / 1000, mbit_per_s * 1e6 / 8)
    note("played while it arrives")
    arriving = measured.arriving()
    note("what a player needs, fetched first")
    playable, data_dir = measured.fetched_by_us("the nine files that a player needs, by avatar-server fetch")
    with data_dir:
        note("from the disk")
        played = _play(Path(data_dir.name), "local")
    note("everything there is, fetched first")
    everything, whole = measured.fetched_by_us(
        "all fifty files, by avatar-server fetch", ("--with", _BESIDES)
    )
    whole.cleanup()
    note("everything there is, one file after another")
    return FetchingReport(
        length_s=length_s,
        delay_ms=delay_ms,
        mbit_per_s=mbit_per_s,
        arriving=arriving,
        fetched_first=(playable, everything, measured.one_after_another()),
        played=played,
    )


class _Measurement:
    """The same bucket, opened anew for each part so that what each takes is counted by itself."""

    def __init__(self, folder: Path, delay_s: float, bytes_per_s: float) -> None:
        self._folder = folder
        self._delay_s = delay_s
        self._bytes_per_s = bytes_per_s
        self._places = recordings_in(folder)

    def arriving(self) -> Arriving:
        """Ask a server that has nothing."""
        before: list[Taken] = []
        with self._bucket() as bucket, self._data_dir() as data_dir:

            def note_first() -> None:
                before.append(self._taken(bucket))

            watched = _play(Path(data_dir), bucket.url, note_first, lambda: self._until_filed(Path(data_dir)))
            return Arriving(watched, before[0], self._taken(bucket))

    def fetched_by_us(
        self, way: str, more: Sequence[str] = ()
    ) -> tuple[FetchedFirst, tempfile.TemporaryDirectory[str]]:
        """By our command, and the data folder with what came."""
        data_dir = self._data_dir()
        with self._bucket() as bucket:
            command = _command("fetch", str(KEY), "--data", data_dir.name, "--source", bucket.url, *more)
            ran = subprocess.run(command, capture_output=True, text=True)
            if ran.returncode:
                raise MachineError(f"fetching failed: {(ran.stderr.strip().splitlines() or ['?'])[-1]}")
            # Starting the command is no part of it: a server has started already.
            fetched_s = time.monotonic() - bucket.asked[0].at_s
            return FetchedFirst(way, fetched_s, self._taken(bucket)), data_dir

    def one_after_another(self) -> FetchedFirst:
        """All there is, each file when the one before is here, a connection for each."""
        with self._bucket() as bucket:
            began_s = time.monotonic()
            for place in self._places:
                for piece in pieces_of(MODALITIES):
                    _read_whole(f"{bucket.url}/{bucket_path(place, piece)}")
            fetched_s = time.monotonic() - began_s
            return FetchedFirst(
                "all fifty files, one after another, as a plain script does", fetched_s, self._taken(bucket)
            )

    def _bucket(self) -> BucketServer:
        return BucketServer(self._folder, delay_s=self._delay_s, bytes_per_s=self._bytes_per_s)

    def _data_dir(self) -> tempfile.TemporaryDirectory[str]:
        """Empty but for the list of all recordings, which is fetched once for all interactions."""
        data_dir = tempfile.TemporaryDirectory(prefix="avatar-server-bench-")
        write_long_list(self._folder, Path(data_dir.name) / FILELIST)
        return data_dir

    def _until_filed(self, data_dir: Path) -> None:
        tree = CacheTree(data_dir)
        until_s = time.monotonic() + FILED_LIMIT_S
        while not all(_is_filed(tree, place) for place in self._places):
            if time.monotonic() > until_s:
                raise MachineError(f"after {FILED_LIMIT_S:g} s not all files had their names")
            time.sleep(0.05)

    def _taken(self, bucket: BucketServer) -> Taken:
        sent: Counter[str] = Counter()
        asked: Counter[str] = Counter()
        for place in self._places:
            name = str(place.id).rpartition("_")[2]
            sent[name] = sum(count for path, count in bucket.sent.copy().items() if str(place.id) in path)
            asked[name] = sum(str(place.id) in request.path for request in tuple(bucket.asked))
        return Taken(dict(sent), dict(asked))


def _play(
    data_dir: Path,
    source: str,
    on_picture: Callable[[], None] = lambda: None,
    at_the_end: Callable[[], None] = lambda: None,
) -> Watched:
    """Watch the interaction on a server that has nothing else to do.

    at_the_end: called while the server still runs.
    """
    with started(_command("serve", "--port", "0", "--data", str(data_dir), "--source", source)) as (
        url,
        server,
    ):
        _until_quiet(server.pid)
        watched = watch(url, str(KEY), on_picture=on_picture)
        at_the_end()
        return watched


def _command(*words: str) -> list[str]:
    settings = ["--settings", os.devnull] if words[0] == "serve" else []
    return [sys.executable, "-m", "avatar_server", *words, *settings]


def _until_quiet(server: int) -> None:
    until_s = time.monotonic() + QUIET_LIMIT_S
    used_s = -QUIET_LIMIT_S
    while time.monotonic() < until_s:
        before_s, used_s = used_s, processor_s([server, *descendants(server)])
        if used_s - before_s < QUIET_CORES * QUIET_WITHIN_S:
            return
        time.sleep(QUIET_WITHIN_S)
    raise MachineError(f"after {QUIET_LIMIT_S:g} s the server still had something to prepare")


def _is_filed(tree: CacheTree, place: RecordingPlace) -> bool:
    return all(tree.has(place, modality) for modality in PLAYABLE)


def _read_whole(url: str) -> None:
    try:
        with urllib.request.urlopen(url) as answer:
            while answer.read(1 << 16):
                pass
    except urllib.error.HTTPError as error:
        error.close()  # Many recordings lack something.
