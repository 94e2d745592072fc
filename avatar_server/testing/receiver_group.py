"""Many receivers in one thread: their packets are looked at together, which is what makes them cheap.

Call `poll` some ten or twenty times a second. Streams whose packets came in order are counted with a few
calls of numpy for all of them; only where packets are missing, or are decrypted, a receiver works itself.
"""

from __future__ import annotations

import time
from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from avatar_server.testing.datagram_batch import DatagramBatch, Datagrams
from avatar_server.testing.light_receiver import AGAIN, AUDIO, UNKNOWN, VIDEO, LightReceiver, headers_of
from avatar_server.testing.rtp_reception import Frames, Headers


class ReceiverGroup:
    """Feeds receivers, and remembers when each frame of each came."""

    def __init__(self) -> None:
        self.receivers: list[LightReceiver] = []
        self._batch = DatagramBatch()
        self._log: list[NDArray[np.int64]] = []
        """Rows: number of the receiver, kind, stamp, arrival of the first and of the last packet."""

    def poll(self, receivers: Iterable[LightReceiver] | None = None) -> None:
        """Take all that has come for all receivers, or for these, and send what is due."""
        chosen = list(self.receivers if receivers is None else receivers)
        now_s = time.monotonic()
        waiting = list(chosen)
        while waiting:
            owners, more = [], []
            self._batch.begin()
            while waiting and self._batch.has_room:
                receiver = waiting.pop()
                owners.append(receiver)
                try:
                    if self._batch.receive(receiver.endpoint):
                        more.append(receiver)
                except ConnectionRefusedError:  # The server's socket is gone.
                    more.append(receiver)
            self._take(self._batch.datagrams(), owners, now_s)
            waiting += more
        for receiver in chosen:
            receiver.tick(now_s)

    def frames(
        self, receiver: LightReceiver, kind: int, from_ns: int = 0, until_ns: int = 2**63 - 1
    ) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
        """(stamps, arrivals of first packets, of last ones) of frames that became whole in that time."""
        if len(self._log) > 1:
            self._log = [np.concatenate(self._log, axis=1)]
        if not self._log:
            empty = np.zeros(0, np.int64)
            return empty, empty, empty
        owner, kinds, stamp, begun_ns, whole_ns = self._log[0]
        chosen = (owner == receiver.number) & (kinds == kind) & (whole_ns >= from_ns) & (whole_ns < until_ns)
        return stamp[chosen], begun_ns[chosen], whole_ns[chosen]

    def forget(self, before_ns: int) -> None:
        """Forget frames that were whole before that time."""
        if self._log:
            rows = np.concatenate(self._log, axis=1)
            self._log = [rows[:, rows[4] >= before_ns]]

    def _take(self, datagrams: Datagrams, owners: list[LightReceiver], now_s: float) -> None:
        if not len(datagrams.size):
            return
        head = datagrams.buffer[datagrams.start[:, np.newaxis] + np.arange(12)]
        second = head[:, 1]
        is_rtp = (head[:, 0] >> 6 == 2) & ((second < 192) | (second > 223)) & (datagrams.size >= 12)
        for index in np.flatnonzero(~is_rtp).tolist():
            data, owner = datagrams.data(index), owners[datagrams.call[index]]
            if data and data[0] >> 6 == 2:
                owner.take_rtcp(data, now_s)
            else:
                owner.link.on_datagram(data, self._batch.source(int(datagrams.message[index])))
        kinds = np.array([owner.kinds for owner in owners])[datagrams.call, second & 0x7F]
        streams = np.where(is_rtp & (kinds != UNKNOWN), datagrams.call * 4 + kinds, -1)
        order = np.argsort(streams, kind="stable")
        order = order[np.searchsorted(streams[order], 0) :]
        if len(order):
            self._take_streams(streams[order], head[order], order, datagrams, owners, now_s)

    def _take_streams(
        self,
        streams: NDArray[np.int64],
        head: NDArray[np.uint8],
        order: NDArray[np.intp],
        datagrams: Datagrams,
        owners: list[LightReceiver],
        now_s: float,
    ) -> None:
        """Packets sorted by stream; `order` tells where each is in `datagrams`."""
        headers = headers_of(head, datagrams.arrival_ns[order])
        starts = np.append(0, np.flatnonzero(np.diff(streams)) + 1)
        counts = np.diff(np.append(starts, len(streams)))
        names = [divmod(stream, 4) for stream in streams[starts].tolist()]
        expected = np.array([_expected(owners[call], kind) for call, kind in names])
        rank = np.arange(len(streams)) - np.repeat(starts, counts)
        follows = headers.sequence == (np.repeat(expected, counts) + rank) & 0xFFFF
        in_order = np.logical_and.reduceat(follows, starts) & (expected >= 0)
        for place, (call, kind) in enumerate(names):
            begin, end = int(starts[place]), int(starts[place] + counts[place])
            if in_order[place]:
                owners[call].receptions[kind].advance(end - begin)
                continue
            part = slice(begin, end)
            mine = Headers(*(getattr(headers, name)[part] for name in Headers.__slots__))
            self._take_by_itself(owners[call], kind, mine, order[part], datagrams, now_s)
        if in_order.any():
            self._log_in_order(names, in_order, starts, counts, headers, owners)

    def _take_by_itself(
        self,
        owner: LightReceiver,
        kind: int,
        headers: Headers,
        indices: NDArray[np.intp],
        datagrams: Datagrams,
        now_s: float,
    ) -> None:
        places = indices.tolist()
        if kind == AGAIN:
            for index in places:
                arrival_ns = int(datagrams.arrival_ns[index])
                self._note(owner, VIDEO, owner.take_again(datagrams.data(index), arrival_ns, now_s))
            return
        packets = [datagrams.data(index) for index in (places if owner.looks_inside(kind) else places[:1])]
        self._note(owner, kind, owner.take_media(kind, packets, headers, now_s))

    def _log_in_order(
        self,
        names: list[tuple[int, int]],
        in_order: NDArray[np.bool_],
        starts: NDArray[np.intp],
        counts: NDArray[np.intp],
        headers: Headers,
        owners: list[LightReceiver],
    ) -> None:
        kinds = np.repeat([kind for _, kind in names], counts)
        ends = headers.marker | (kinds == AUDIO)
        begins = np.append(True, ends[:-1])
        begins[starts] = True
        at = np.maximum.accumulate(np.where(begins, np.arange(len(begins)), 0))
        begun_ns = headers.arrival_ns[at]
        for place in np.flatnonzero(in_order).tolist():
            call, kind = names[place]
            start, stop = int(starts[place]), int(starts[place] + counts[place])
            reception = owners[call].receptions[kind]
            if reception.begun_ns:  # The first frame began in an earlier poll.
                begun_ns[start:stop][at[start:stop] == start] = reception.begun_ns
            reception.begun_ns = 0 if ends[stop - 1] else int(begun_ns[stop - 1])
        chosen = ends & np.repeat(in_order, counts)
        owner_ids = np.repeat([owners[call].number for call, _ in names], counts)
        rows = (owner_ids, kinds, headers.stamp, begun_ns, headers.arrival_ns)
        self._log.append(np.stack([np.asarray(row, np.int64)[chosen] for row in rows]))

    def _note(self, owner: LightReceiver, kind: int, frames: Frames) -> None:
        if not len(frames.stamp):
            return
        named = np.full((2, len(frames.stamp)), [[owner.number], [kind]], np.int64)
        self._log.append(np.concatenate((named, [frames.stamp, frames.begun_ns, frames.whole_ns])))


def _expected(owner: LightReceiver, kind: int) -> int:
    """The number that the stream's next packet has if it can be counted with all the others; else -1."""
    reception = owner.receptions.get(kind)
    return -1 if reception is None or owner.looks_inside(kind) else reception.expected
