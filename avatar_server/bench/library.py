"""How long somebody waits who looks for an interaction, letter by letter, in lists as long as the data set's.

A server as people start it, and a client that keeps its connection, as browsers do. Every text is asked for
once: nothing that was asked before helps.
"""

from __future__ import annotations

import http.client
import json
import os
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import median
from typing import Any
from urllib.parse import quote, urlsplit

from avatar_server.bench.library_material import ROWS, TYPED, write_library
from avatar_server.bench.processor_time import descendants, processor_s
from avatar_server.bench.viewers import started
from avatar_server.errors import MachineError

SOUND_S = 1200.0
POINTS = 4000
"""Of a waveform that fills a wide page, with room to scroll."""


@dataclass(frozen=True, slots=True)
class LibraryReport:
    """Milliseconds from a question to the last byte of its answer.

    first_ms: of the first list, for which the lists are read. typed_ms: of pages of 50 rows, for every letter
    typed, of texts alone; typed_core_ms: what each took of a processor, in all processes of the server, which
    says more on a busy machine; filtered_ms: with filters beside them. overview_ms: each with another filter;
    overview_again_ms: the same ones. waveform_ms: of two people's sounds of `sound_s`, of which nothing is
    known; waveform_again_ms: another zoom.
    """

    rows: int
    sound_s: float
    first_ms: float
    typed_ms: tuple[float, ...]
    typed_core_ms: float
    filtered_ms: tuple[float, ...]
    overview_ms: tuple[float, ...]
    overview_again_ms: tuple[float, ...]
    waveform_ms: float
    waveform_again_ms: float

    def as_json(self) -> dict[str, Any]:
        """Plain values."""
        return asdict(self)

    def as_text(self) -> str:
        """Lines for people."""
        parts = {
            "each letter typed": self.typed_ms,
            "with filters": self.filtered_ms,
            "an overview": self.overview_ms,
            "the same again": self.overview_again_ms,
        }
        lines = [f"{self.rows:,} recordings; the first list came after {self.first_ms:.0f} ms"]
        lines += [
            f"{name:<20} {median(times):.0f} ms (median of {len(times)}), {max(times):.0f} ms at most"
            for name, times in parts.items()
        ]
        lines.insert(2, f"{'':<20} {self.typed_core_ms:.0f} ms of a processor")
        lines.append(
            f"{'waveform':<20} {self.waveform_ms:.0f} ms for two sounds of {self.sound_s / 60:g} minutes, "
            f"{self.waveform_again_ms:.0f} ms at another zoom"
        )
        return "\n".join(lines)


def measure_library(
    *,
    rows: int = ROWS,
    sound_s: float = SOUND_S,
    typed: Sequence[str] = TYPED,
    note: Callable[[str], None] = lambda sentence: None,
) -> LibraryReport:
    """Measure with lists of `rows` recordings, and texts that are typed letter by letter.

    Raises `MachineError` if the server does not answer.
    """
    with tempfile.TemporaryDirectory(prefix="avatar-server-bench-") as name:
        folder = Path(name)
        note(f"{rows:,} recordings, and two sounds of {sound_s:g} s")
        key = write_library(folder, rows=rows, sound_s=sound_s)
        command = [sys.executable, "-m", "avatar_server", "serve", "test-card", "--port", "0"]
        command += ["--data", name, "--source", "local", "--settings", os.devnull]
        with started(command) as (url, server):
            return _asked(_Client(url, server.pid), key, rows, sound_s, typed)


def _asked(client: _Client, key: str, rows: int, sound_s: float, typed: Sequence[str]) -> LibraryReport:
    first_ms = client.took_ms("")
    letters = [text[: end + 1] for text in typed for end in range(len(text)) if text[: end + 1].strip()]
    pages = [f"limit=50&text={quote(text)}" for text in dict.fromkeys(letters)]
    filters = ("vendor=V00", "has_movement=true&label=improvised", "verdict=unknown&is_here=false")
    overviews = ("", *filters, "text=map", "text=s0809", "split=dev", "relationship=stranger")
    client.took_ms("?limit=50&text=x")  # The first text makes ready what all others are looked for in.
    before_ms = client.used_ms()
    typed_ms = tuple(client.took_ms(f"?{page}") for page in pages)
    typed_core_ms = (client.used_ms() - before_ms) / len(pages)
    return LibraryReport(
        rows=rows,
        sound_s=sound_s,
        first_ms=first_ms,
        typed_ms=typed_ms,
        typed_core_ms=typed_core_ms,
        filtered_ms=tuple(client.took_ms(f"?{page}&{more}") for page in pages for more in filters),
        overview_ms=tuple(client.took_ms(f"/overview?{wanted}") for wanted in overviews),
        overview_again_ms=tuple(client.took_ms(f"/overview?{wanted}") for wanted in overviews),
        waveform_ms=client.took_ms(f"/{key}/waveform?points={POINTS}"),
        waveform_again_ms=client.took_ms(f"/{key}/waveform?points={POINTS}&start=60&end=360"),
    )


class _Client:
    """Asks one thing after the other on one connection."""

    def __init__(self, url: str, server: int) -> None:
        self._server = server
        self._connection = http.client.HTTPConnection(urlsplit(url).netloc, timeout=60)

    def used_ms(self) -> float:
        """Of processors, by the server so far."""
        return 1000 * processor_s([self._server, *descendants(self._server)])

    def took_ms(self, path: str) -> float:
        """Of `path` below the interactions."""
        began_s = time.perf_counter()
        self._connection.request("GET", f"/api/interactions{path}", headers={"Accept-Encoding": "gzip"})
        answer = self._connection.getresponse()
        body = answer.read()
        took_ms = 1000 * (time.perf_counter() - began_s)
        if answer.status != http.client.OK:
            raise MachineError(f"{path}: {answer.status} {json.loads(body)['detail']}")
        return took_ms
