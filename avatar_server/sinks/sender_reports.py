"""One stream's sender reports: when the next one is due, and its bytes (pure; time is an argument)."""

from __future__ import annotations

import random
import struct

SHORTEST_INTERVAL_S, LONGEST_INTERVAL_S = 0.5, 1.5
"""Intervals are random, so that the reports of many do not come together (RFC 3550, section 6.2)."""

SENDER_REPORT = struct.Struct("!BBHIQIII")
"""RFC 3550, section 6.4.1, without report blocks: nothing is received from a viewer."""

SOURCE_HEAD = struct.Struct("!BBHIBB")
"""RFC 3550, section 6.5: one chunk, up to the text of its first item."""

VERSION_2 = 0x80
SENDER_REPORT_TYPE, SOURCE_DESCRIPTION_TYPE = 200, 202
CNAME = 1


class SenderReports:
    """Belongs to one stream that has begun at `now_s`."""

    def __init__(self, ssrc: int, now_s: float) -> None:
        """now_s: monotonic clock."""
        self._ssrc = ssrc
        self._due_s = now_s
        self._wait(now_s)

    def is_due(self, now_s: float) -> bool:
        """Whether a report is to be sent now."""
        return now_s >= self._due_s

    def compound(self, now_s: float, name: str, *, ntp: int, stamp: int, packets: int, octets: int) -> bytes:
        """The report and whom it is of, unencrypted; the next one is due a while later.

        name: CNAME, the same for all streams that a player is to keep in step. ntp: 64 bits, the time that
        belongs to the RTP time stamp `stamp`. packets, octets: sent so far.
        """
        self._wait(now_s)
        length = SENDER_REPORT.size // 4 - 1
        report = SENDER_REPORT.pack(
            VERSION_2,
            SENDER_REPORT_TYPE,
            length,
            self._ssrc,
            ntp,
            stamp & 0xFFFF_FFFF,
            packets & 0xFFFF_FFFF,
            octets & 0xFFFF_FFFF,
        )
        return report + _description(self._ssrc, name.encode())

    def _wait(self, now_s: float) -> None:
        self._due_s = now_s + random.uniform(SHORTEST_INTERVAL_S, LONGEST_INTERVAL_S)


def _description(ssrc: int, name: bytes) -> bytes:
    # One zero at least ends the items, and the chunk is filled up to a multiple of four bytes.
    size = SOURCE_HEAD.size + len(name)
    zeros = bytes(4 - size % 4)
    length = (size + len(zeros)) // 4 - 1
    head = SOURCE_HEAD.pack(VERSION_2 | 1, SOURCE_DESCRIPTION_TYPE, length, ssrc, CNAME, len(name))
    return head + name + zeros
