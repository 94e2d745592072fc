"""How far a fetch has come: counted in many threads, told a few times a second."""

from __future__ import annotations

import threading
from collections.abc import Callable

from avatar_server.dataset.fetching.fetch_plan import FetchPlan
from avatar_server.dataset.fetching.fetch_records import Finished, Progress, Tell

TOLD_EVERY_S = 0.25


class FetchTally:
    """Numbers of recordings, files and bytes; what is expected becomes exact while files are opened.

    clock: seconds that only grow; it is asked, nothing waits for it.
    """

    def __init__(self, plan: FetchPlan, *, tell: Tell, clock: Callable[[], float]) -> None:
        self._lock = threading.Lock()
        self._tell = tell
        self._clock = clock
        self._began_s = clock()
        self._told_s = self._began_s
        self._here = plan.summary.here
        self._recordings_expected = len(plan.to_fetch)
        self._files_expected = plan.file_count
        self._bytes_expected = plan.summary.estimated_bytes
        self._done: dict[str, int] = {"fetched": 0, "here": 0, "absent": 0, "failed": 0}
        self._files = 0
        self._pieces_absent = 0
        self._bytes = 0

    def expect(self, *, more_bytes: int = 0, more_files: int = 0) -> None:
        """What was expected was too little, or (negative) too much."""
        with self._lock:
            self._bytes_expected += more_bytes
            self._files_expected += more_files

    def came(self, byte_count: int) -> None:
        """So many more bytes are on the disk."""
        with self._lock:
            self._bytes += byte_count
        self._tell_sometimes()

    def file_done(self, *, absent: bool = False) -> None:
        """Nothing more will come of one file."""
        with self._lock:
            self._files += 1
            self._pieces_absent += absent

    def recording_done(self, how: str) -> None:
        """how: `fetched`, `here`, `absent` or `failed`."""
        with self._lock:
            self._done[how] += 1

    def progress(self) -> Progress:
        """As it stands."""
        with self._lock:
            return Progress(
                recordings=sum(self._done.values()),
                recordings_expected=self._recordings_expected,
                files=self._files,
                files_expected=max(self._files, self._files_expected),
                bytes=self._bytes,
                bytes_expected=max(self._bytes, self._bytes_expected),
            )

    def finished(self, reason: str) -> Finished:
        """In the end."""
        with self._lock:
            return Finished(
                fetched=self._done["fetched"],
                here=self._here + self._done["here"],
                absent=self._done["absent"],
                failed=self._done["failed"],
                pieces_absent=self._pieces_absent,
                bytes=self._bytes,
                duration_s=round(self._clock() - self._began_s, 3),
                reason=reason,
            )

    def _tell_sometimes(self) -> None:
        with self._lock:
            now_s = self._clock()
            if now_s - self._told_s < TOLD_EVERY_S:
                return
            self._told_s = now_s
        self._tell(self.progress())
