"""Sender reports, read by aiortc's parser."""

from __future__ import annotations

import pytest
from aiortc.rtp import RtcpPacket, RtcpSdesPacket, RtcpSrPacket

from avatar_server.sinks.sender_reports import LONGEST_INTERVAL_S, SHORTEST_INTERVAL_S, SenderReports


@pytest.mark.parametrize("name", ["", "a", "ab", "abc", "abcd", "{3f2504e0-4f89-11d3-9a0c-0305e82c3301}"])
def test_a_report_says_what_belongs_together_and_whom_it_is_of(name: str) -> None:
    reports = SenderReports(ssrc=2**32 - 1, now_s=0.0)
    stamp, packets, octets = 2**32 + 90_000, 2**32 + 3, 2**33 + 4
    compound = reports.compound(1.0, name, ntp=2**63 + 1, stamp=stamp, packets=packets, octets=octets)
    report, description = RtcpPacket.parse(compound)
    assert isinstance(report, RtcpSrPacket)
    assert isinstance(description, RtcpSdesPacket)
    assert report.ssrc == 2**32 - 1
    assert report.reports == []
    info = report.sender_info
    assert (info.ntp_timestamp, info.rtp_timestamp) == (2**63 + 1, 90_000)
    assert (info.packet_count, info.octet_count) == (3, 4), "counters wrap"
    (chunk,) = description.chunks
    assert chunk.ssrc == 2**32 - 1
    assert chunk.items == [(1, name.encode())]


def test_reports_are_due_at_random_once_a_second_or_so() -> None:
    reports, now_s = SenderReports(ssrc=1, now_s=100.0), 100.0
    sent_s: list[float] = []
    while len(sent_s) < 100:
        now_s += 0.01
        if reports.is_due(now_s):
            reports.compound(now_s, "", ntp=0, stamp=0, packets=0, octets=0)
            sent_s.append(now_s)
    intervals_s = [after - before for before, after in zip([100.0, *sent_s], sent_s, strict=False)]
    assert min(intervals_s) >= SHORTEST_INTERVAL_S
    assert max(intervals_s) <= LONGEST_INTERVAL_S + 0.011
    assert max(intervals_s) - min(intervals_s) > 0.5
