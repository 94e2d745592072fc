"""What the doctor said of each interaction when he last saw it: a line each, added to one file, read by all.

Any process may add, and whoever reads takes in what was added since. Nothing else depends on it: lines that
are no record, or lost, only mean that the doctor looks again.
"""

from __future__ import annotations

import json
import logging
import math
import os
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from avatar_server.dataset.doctor_report import VERDICTS, Verdict
from avatar_server.dataset.findings import findings_folder
from avatar_server.dataset.recording_id import InteractionKey
from avatar_server.dataset.recording_table import interaction_code, interaction_key
from avatar_server.errors import UsageError

log = logging.getLogger(__name__)

NAME = "verdicts.jsonl"

_SPARE_LINES = 1000
"""Of interactions that were looked at again; more than that and as many as are current: written anew."""


@dataclass(frozen=True, slots=True)
class KeptVerdict:
    """stamp: of the files as the doctor saw them, see `stamp_of`. duration_s: of the interaction."""

    verdict: Verdict
    stamp: str
    duration_s: float


class KeptVerdicts:
    """Those of one data folder. Used by one thread."""

    def __init__(self, data_dir: Path) -> None:
        self._path = findings_folder(data_dir.expanduser(), NAME)
        self._read_of: tuple[int, int] = (-1, 0)
        """The file (inode), and up to which byte it was read."""
        self._lines = 0
        self._known: dict[int, KeptVerdict] = {}
        self._columns: tuple[NDArray[np.int64], NDArray[np.int8], NDArray[np.float64]] | None = None
        self.version = 0
        """Changes with what is known."""

    def of(self, key: InteractionKey) -> KeptVerdict | None:
        """What was said of this interaction."""
        return self._current().get(interaction_code(key))

    def columns(self) -> tuple[NDArray[np.int64], NDArray[np.int8], NDArray[np.float64]]:
        """Codes of interactions, sorted; their verdicts (places in `VERDICTS`); their lengths in seconds."""
        known = self._current()
        if self._columns is None:
            order = sorted(known)
            self._columns = (
                np.array(order, np.int64),
                np.array([VERDICTS.index(known[code].verdict) for code in order], np.int8),
                np.array([known[code].duration_s for code in order], np.float64),
            )
        return self._columns

    def note(self, key: InteractionKey, verdict: KeptVerdict) -> None:
        """Keep it; what cannot be written is only logged."""
        line = _line(key, verdict)
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            descriptor = os.open(self._path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o644)
            try:
                os.write(descriptor, line)
            finally:
                os.close(descriptor)
            self._shorten()
        except OSError as error:
            log.warning("the verdict on %s is not kept: %s", key, error.strerror)

    def _current(self) -> dict[int, KeptVerdict]:
        """With what was added since the last time."""
        try:
            with self._path.open("rb") as file:
                status = os.fstat(file.fileno())
                inode, position = self._read_of
                if inode != status.st_ino or position > status.st_size:
                    self._known, self._lines, position = {}, 0, 0
                if position == status.st_size:
                    return self._known
                file.seek(position)
                added = file.read()
        except OSError:
            return self._known
        # A line that is being written is taken in when it is whole.
        whole = added[: added.rfind(b"\n") + 1]
        for line in whole.splitlines():
            self._lines += 1
            if (found := _parsed(line)) is not None:
                self._known[found[0]] = found[1]
        self._read_of = status.st_ino, position + len(whole)
        self._columns = None
        self.version += 1
        return self._known

    def _shorten(self) -> None:
        known = self._current()
        if self._lines <= 2 * len(known) + _SPARE_LINES:
            return
        new = self._path.with_name(f"{NAME}.{os.getpid()}.new")
        new.write_bytes(b"".join(_line(interaction_key(code), kept) for code, kept in known.items()))
        new.replace(self._path)


def stamp_of(text: str) -> str:
    """Short, and another one for another text."""
    return sha256(text.encode(errors="surrogateescape")).hexdigest()[:16]


def _line(key: InteractionKey, kept: KeptVerdict) -> bytes:
    told = {
        "key": str(key),
        "verdict": kept.verdict,
        "stamp": kept.stamp,
        "duration_s": round(kept.duration_s, 3),
    }
    return json.dumps(told).encode() + b"\n"


def _parsed(line: bytes) -> tuple[int, KeptVerdict] | None:
    try:
        told = json.loads(line)
        code = interaction_code(InteractionKey.parse_any(told["key"]))
        verdict, stamp, duration_s = told["verdict"], str(told["stamp"]), float(told["duration_s"])
    except (ValueError, KeyError, TypeError, UsageError, RecursionError):
        return None
    if verdict not in VERDICTS or not (math.isfinite(duration_s) and duration_s >= 0):
        return None
    return code, KeptVerdict(verdict, stamp, duration_s)
