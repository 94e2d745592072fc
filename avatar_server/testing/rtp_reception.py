"""One received RTP stream: which packets came, which are missing, and which frames are whole (pure).

Works on the headers of many packets at once; nothing is done for each packet in Python unless some are
missing.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from avatar_server.testing.rtcp import ReportBlock, SenderReport

GIVE_UP_S = 1.0
"""A packet that has been missing this long will not come any more."""

ASK_AGAIN_S = 0.1
MOST_ASKED = 10
"""Times that one packet is asked for."""

LARGEST_JUMP = 5000
"""Sequence numbers further ahead than this are not ours."""


@dataclass(frozen=True, slots=True)
class Headers:
    """Of packets of one stream, in order of arrival."""

    sequence: NDArray[np.int64]
    stamp: NDArray[np.int64]
    marker: NDArray[np.bool_]
    arrival_ns: NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Frames:
    """Frames whose packets all came, in order.

    first, last: extended sequence numbers. stamp: RTP time stamp, 32 bits. begun_ns, whole_ns: arrival of
    the earliest and the latest of their packets.
    """

    first: NDArray[np.int64]
    last: NDArray[np.int64]
    stamp: NDArray[np.int64]
    begun_ns: NDArray[np.int64]
    whole_ns: NDArray[np.int64]


_NONE = np.zeros(0, np.int64)
NO_FRAMES = Frames(_NONE, _NONE, _NONE, _NONE, _NONE)


class Reception:
    """State of one stream.

    has_markers: frames end with the marker; else each packet is a frame. patience_s: how long a packet may be
    missing. asks: whether missing packets are asked for.
    """

    def __init__(
        self, ssrc: int, clock_hz: int, *, has_markers: bool, patience_s: float = GIVE_UP_S, asks: bool = True
    ) -> None:
        self._patience_s = patience_s
        self._asks = asks
        self.ssrc = ssrc
        self.clock_hz = clock_hz
        self._has_markers = has_markers
        self._next: int | None = None
        """First sequence number that belongs to no frame yet."""
        self.highest = -1
        self._skipping = False
        self._pending = np.zeros((0, 4), np.int64)
        """Columns: extended sequence number, stamp, marker, arrival."""
        self.missing: dict[int, list[float]] = {}
        """Extended sequence number: when it was first missed, last asked for, and how often."""
        self.received = 0
        self.repaired = 0
        self.lost = 0
        """Given up."""
        self.begun_ns = 0
        """Arrival of the first packet of a frame that `advance` left unfinished, or 0."""
        self._reported = (0, 0)
        self._first = 0
        self.report: SenderReport | None = None
        self._report_s = 0.0

    def add(self, headers: Headers, now_s: float) -> Frames:
        """Take packets; gives the frames that are whole now."""
        if self._next is None:
            arrived_first = int(headers.sequence[0])
            before = (headers.sequence - arrived_first).astype(np.int16).min()
            self._next = self._first = arrived_first + min(int(before), 0)
            self.highest = self._next - 1
        ahead = (headers.sequence - self.highest).astype(np.int16).astype(np.int64)
        extended = self.highest + ahead
        good = (ahead < LARGEST_JUMP) & (extended >= self._next)
        if not good.any():
            return NO_FRAMES
        marker = headers.marker.astype(np.int64)
        rows = np.stack((extended, headers.stamp, marker, headers.arrival_ns), axis=1)[good]
        return self._take(rows, now_s)

    @property
    def expected(self) -> int:
        """16-bit number of the next packet if all is in order, -1 if packets are missing or wait."""
        in_order = self._next is not None and not self.missing and not len(self._pending)
        return (self.highest + 1) & 0xFFFF if in_order and not self._skipping else -1

    def advance(self, count: int) -> None:
        """Take packets that came in order from `expected` on; the caller finds the frames in them."""
        assert self._next is not None
        self._next += count
        self.highest += count
        self.received += count

    def add_again(self, sequence: int, stamp: int, marker: bool, arrival_ns: int, now_s: float) -> Frames:
        """Take one packet that was sent again."""
        again = Headers(*(np.array([value]) for value in (sequence, stamp, marker, arrival_ns)))
        before = len(self.missing)
        frames = self.add(again, now_s) if self._next is not None else NO_FRAMES
        self.repaired += before > len(self.missing)
        return frames

    def give_up(self, now_s: float) -> bool:
        """Forget what has been missing for too long; True if there was something, and frames are lost."""
        if not self.missing or now_s - next(iter(self.missing.values()))[0] < self._patience_s:
            return False
        overdue = [
            number for number, (since_s, *_) in self.missing.items() if now_s - since_s >= self._patience_s
        ]
        self.lost += len(overdue)
        for number in overdue:
            del self.missing[number]
        self._next = overdue[-1] + 1
        self._pending = self._pending[self._pending[:, 0] >= self._next]
        # What is left of the frame that the hole was in is useless.
        self._skipping = self._has_markers
        return True

    def to_ask_for(self, now_s: float) -> list[int]:
        """16-bit numbers to be asked for again now."""
        asked = []
        for number, state in self.missing.items() if self._asks else ():
            if now_s - state[1] >= ASK_AGAIN_S and state[2] < MOST_ASKED:
                state[1], state[2] = now_s, state[2] + 1
                asked.append(number & 0xFFFF)
        return asked

    def note_report(self, report: SenderReport, now_s: float) -> None:
        """A sender report came."""
        self.report, self._report_s = report, now_s

    def report_block(self, now_s: float) -> ReportBlock:
        """What is reported of the time since the last call, but for the jitter, which nobody needs here."""
        expected = self.highest - self._first + 1
        expected_now, received_now = expected - self._reported[0], self.received - self._reported[1]
        self._reported = expected, self.received
        fraction = max(expected_now - received_now, 0) / expected_now if expected_now > 0 else 0.0
        last_report = self.report.ntp >> 16 & 0xFFFF_FFFF if self.report else 0
        delay_s = now_s - self._report_s if self.report else 0.0
        return ReportBlock(
            self.ssrc,
            fraction,
            expected - self.received,
            self.highest,
            0,
            last_report,
            delay_s,
        )

    def _take(self, rows: NDArray[np.int64], now_s: float) -> Frames:
        assert self._next is not None
        pending = np.concatenate((self._pending, rows)) if len(self._pending) else rows
        numbers = pending[:, 0]
        if (np.diff(numbers) != 1).any():
            _, first = np.unique(numbers, return_index=True)
            pending = pending[first]
            numbers = pending[:, 0]
        self.received += len(pending) - len(self._pending)
        self.highest = max(self.highest, int(numbers[-1]))
        whole_until = int(np.argmin(np.append(numbers == self._next + np.arange(len(numbers)), False)))
        if self.missing or whole_until < len(numbers):
            self._note_missing(numbers, now_s)
        if self._has_markers:
            ends = np.flatnonzero(pending[:whole_until, 2])
        else:
            ends = np.arange(whole_until)
        if not len(ends):
            self._pending = pending
            return NO_FRAMES
        taken = int(ends[-1]) + 1
        self._next = int(numbers[taken - 1]) + 1
        self._pending = pending[taken:]
        starts = np.append(0, ends[:-1] + 1)
        if self._skipping:
            self._skipping = False
            starts, ends = starts[1:], ends[1:]
        if not len(starts):
            return NO_FRAMES
        arrivals = pending[:taken, 3]
        return Frames(
            first=numbers[starts],
            last=numbers[ends],
            stamp=pending[ends, 1],
            begun_ns=np.minimum.reduceat(arrivals, starts),
            whole_ns=np.maximum.reduceat(arrivals, starts),
        )

    def _note_missing(self, numbers: NDArray[np.int64], now_s: float) -> None:
        assert self._next is not None
        absent = set(range(self._next, self.highest + 1)).difference(numbers.tolist())
        before = self.missing
        self.missing = {number: before.get(number) or [now_s, 0.0, 0.0] for number in sorted(absent)}
