"""The light receiver sees what was sent: it measures and breaks the server, so it is tested itself."""

from __future__ import annotations

import socket

import numpy as np
import pytest
from aioice import stun as their_stun
from aiortc.rtp import (
    RtcpPacket,
    RtcpPsfbPacket,
    RtcpRrPacket,
    RtcpRtpfbPacket,
    RtcpSenderInfo,
    RtcpSrPacket,
    unpack_remb_fci,
)

from avatar_server.sinks.rtp_packetiser import h264_payloads, vp8_payloads
from avatar_server.testing import rtcp, stun
from avatar_server.testing.datagram_batch import DatagramBatch, prepare
from avatar_server.testing.rtp_depacketiser import access_unit
from avatar_server.testing.rtp_reception import Headers, Reception

SSRC, OWN = 77, 5


def headers(
    first: int, pictures: list[int], *, stamp: int = 0, skip: frozenset[int] = frozenset()
) -> Headers:
    """Packets from number `first` on, of pictures with so many packets each; `skip`: places that are lost."""
    rows = [
        ((first + place) & 0xFFFF, stamp + 3000 * picture, index == count - 1, place)
        for place, (picture, index, count) in enumerate(
            (picture, index, count) for picture, count in enumerate(pictures) for index in range(count)
        )
        if place not in skip
    ]
    sequence, stamps, marker, arrival = (np.array(column) for column in zip(*rows, strict=True))
    return Headers(sequence, stamps, marker.astype(bool), arrival)


def test_whole_pictures_are_counted_across_the_end_of_numbers() -> None:
    reception = Reception(SSRC, 90_000, has_markers=True)
    frames = reception.add(headers(65_530, [3, 5, 2]), 0.0)
    assert frames.stamp.tolist() == [0, 3000, 6000]
    assert frames.begun_ns.tolist() == [0, 3, 8]
    assert frames.whole_ns.tolist() == [2, 7, 9]
    assert reception.expected == 4
    assert reception.highest == 65_539


def test_a_hole_is_asked_for_and_filled_or_given_up() -> None:
    reception = Reception(SSRC, 90_000, has_markers=True, patience_s=1.0)
    assert reception.add(headers(10, [2, 4, 2], skip=frozenset({3, 4})), 0.0).stamp.tolist() == [0]
    assert reception.to_ask_for(0.0 + 1.0) == [13, 14]
    assert reception.to_ask_for(1.05) == []
    assert reception.report_block(1.0).fraction_lost == pytest.approx(2 / 8)
    assert not len(reception.add_again(14, 3000, False, 50, 1.0).stamp)
    filled = reception.add_again(13, 3000, False, 51, 1.0)
    assert (filled.stamp.tolist(), filled.whole_ns.tolist()) == ([3000, 6000], [51, 7])
    assert (reception.repaired, reception.lost, reception.missing) == (2, 0, {})

    assert not len(reception.add(headers(18, [2, 2], stamp=9000, skip=frozenset({1})), 2.0).stamp)
    assert not reception.give_up(2.9)
    assert reception.give_up(3.0)
    # The rest of the broken picture is not taken for a picture.
    after = reception.add(headers(22, [2], stamp=15_000), 3.0)
    assert after.stamp.tolist() == [15_000]
    assert reception.lost == 1


def test_every_block_of_sound_counts() -> None:
    reception = Reception(SSRC, 48_000, has_markers=False)
    assert reception.add(headers(1, [1, 1, 1]), 0.0).stamp.tolist() == [0, 3000, 6000]


def test_bundles_come_apart_and_their_times_are_known() -> None:
    batch = DatagramBatch()
    with (
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender,
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as receiver,
    ):
        receiver.bind(("127.0.0.1", 0))
        prepare(receiver)
        sender.connect(receiver.getsockname())
        sender.setsockopt(socket.IPPROTO_UDP, 103, 100)  # UDP_SEGMENT (linux/udp.h): pieces of 100 bytes.
        sender.send(b"".join(bytes([number]) * 100 for number in range(5)) + b"end")
        sender.setsockopt(socket.IPPROTO_UDP, 103, 0)
        sender.send(b"alone")
        batch.begin()
        assert not batch.receive(receiver)
        found = batch.datagrams()
        assert [found.data(index) for index in range(7)] == [
            *(bytes([number]) * 100 for number in range(5)),
            b"end",
            b"alone",
        ]
        assert (np.diff(found.arrival_ns) >= 0).all()
        assert found.arrival_ns[0] > 1_700_000_000 * 10**9
        assert batch.source(int(found.message[-1])) == sender.getsockname()
        batch.begin()
        assert not batch.receive(receiver)
        assert not len(batch.datagrams().size)


def test_checks_are_what_other_ice_agents_send_and_expect() -> None:
    transaction = bytes(range(12))
    request = stun.binding_request(transaction, "them:us", "secret", tie_breaker=9, nominate=True)
    parsed = their_stun.parse_message(request)
    assert parsed.check_message_integrity(b"secret")
    assert parsed.attributes["USERNAME"] == "them:us"
    assert "USE-CANDIDATE" in parsed.attributes
    answer = stun.binding_success(transaction, ("127.0.0.1", 4000), "secret")
    parsed = their_stun.parse_message(answer)
    assert parsed.check_message_integrity(b"secret")
    assert parsed.attributes["XOR-MAPPED-ADDRESS"] == ("127.0.0.1", 4000)
    assert stun.parse(answer) == (stun.SUCCESS, transaction)
    assert stun.is_sealed(answer, "secret")
    assert not stun.is_sealed(answer, "another")


def test_reports_are_what_senders_read() -> None:
    block = rtcp.ReportBlock(SSRC, 0.25, 3, 70_000, 11, 0x1234_5678, 0.5)
    compound = (
        rtcp.receiver_report(OWN, [block])
        + rtcp.nack(OWN, SSRC, [65_534, 2, 40])
        + rtcp.picture_loss(OWN, SSRC)
        + rtcp.estimate(OWN, [SSRC], 2_500_000)
    )
    report, nack, loss, remb = RtcpPacket.parse(compound)
    assert isinstance(report, RtcpRrPacket)
    read = report.reports[0]
    assert (read.ssrc, read.fraction_lost, read.packets_lost, read.highest_sequence) == (SSRC, 64, 3, 70_000)
    assert (read.lsr, read.dlsr) == (0x1234_5678, 32_768)
    assert isinstance(nack, RtcpRtpfbPacket)
    assert [number & 0xFFFF for number in nack.lost] == [65_534, 2, 40]
    assert isinstance(loss, RtcpPsfbPacket)
    assert (loss.fmt, loss.media_ssrc) == (1, SSRC)
    assert isinstance(remb, RtcpPsfbPacket)
    rate, ssrcs = unpack_remb_fci(remb.fci)
    assert ssrcs == [SSRC]
    assert rate == pytest.approx(2_500_000, rel=1e-4)

    sent = RtcpSrPacket(SSRC, RtcpSenderInfo((rtcp.NTP_EPOCH_S + 10) << 32 | 1 << 31, 900, 4, 5))
    ((found,), gone) = rtcp.reports_and_byes(bytes(sent))
    assert (found.ssrc, found.rtp, found.unix_s) == (SSRC, 900, 10.5)
    assert gone == []


def test_pictures_come_out_as_they_went_in() -> None:
    units = [b"\x67" + b"s" * 9, b"\x68" + b"p" * 4, b"\x65" + bytes(range(1, 256)) * 20]
    sent = b"".join(b"\x00\x00\x00\x01" + unit for unit in units)
    assert access_unit("h264", h264_payloads(sent)) == (sent, True)
    later = b"\x00\x00\x00\x01\x41" + b"x" * 50
    assert access_unit("h264", h264_payloads(later)) == (later, False)
    for first, key in ((0x10, True), (0x11, False)):
        frame = bytes([first]) + bytes(range(256)) * 20
        assert access_unit("vp8", vp8_payloads(frame, 300)) == (frame, key)
