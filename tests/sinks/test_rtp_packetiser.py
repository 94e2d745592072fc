"""Payloads, read back by aiortc's depacketisers and byte by byte."""

from __future__ import annotations

import random

import pytest
from aiortc.codecs.h264 import H264PayloadDescriptor
from aiortc.codecs.vpx import VpxPayloadDescriptor

from avatar_server.encode.live_packet import LivePacket, VideoStream
from avatar_server.sinks.rtp_packetiser import (
    LARGEST_PAYLOAD,
    LONGEST_RUN,
    Packetiser,
    equal_runs,
    h264_payloads,
    nal_units,
    vp8_payloads,
)

START, LONG_START = b"\x00\x00\x01", b"\x00\x00\x00\x01"
DELIMITER = b"\x09\xf0"
SPS, PPS, SEI = b"\x67\x42\xe0\x1f\x11", b"\x68\xce\x3c\x80", b"\x06\x05\x02\xab\xcd\x80"


def slice_of(size: int, kind: int = 0x65) -> bytes:
    """A NAL unit of `size` bytes in which no start code can be."""
    return bytes([kind]) + bytes(1 + number % 255 for number in range(size - 1))


def depacketised(payloads: tuple[bytes, ...]) -> bytes:
    return b"".join(H264PayloadDescriptor.parse(payload)[1] for payload in payloads)


@pytest.mark.parametrize("size", [5, LARGEST_PAYLOAD, LARGEST_PAYLOAD + 1, 2 * LARGEST_PAYLOAD, 40_000])
def test_a_receiver_gets_the_units_of_a_picture_back(size: int) -> None:
    units = [SPS, PPS, SEI, slice_of(size)]
    picture = LONG_START + DELIMITER + LONG_START + SPS + LONG_START + PPS + START + SEI + START + units[3]
    payloads = h264_payloads(picture)
    assert nal_units(depacketised(payloads)) == units
    assert max(map(len, payloads)) <= LARGEST_PAYLOAD
    assert equal_runs(payloads)[-1][1] == len(payloads)


def test_parameter_sets_travel_together_and_slices_in_equal_fragments() -> None:
    unit = slice_of(2500)
    first, *fragments = h264_payloads(START + SPS + START + PPS + START + unit)
    # NRI 3, type 24 (STAP-A), then sizes and units.
    assert first == b"\x78\x00\x05" + SPS + b"\x00\x04" + PPS
    assert [fragment[:2] for fragment in fragments] == [b"\x7c\x85", b"\x7c\x05", b"\x7c\x45"]
    assert b"".join(fragment[2:] for fragment in fragments) == unit[1:]
    assert [len(fragment) for fragment in fragments] == [835, 835, 835]
    assert equal_runs((first, *fragments)) == ((0, 1), (1, 4))
    assert h264_payloads(START + slice_of(900, 0x41)) == (slice_of(900, 0x41),)


@pytest.mark.parametrize(
    ("sizes", "runs"),
    [
        ([], ()),
        ([7], ((0, 1),)),
        ([7, 7, 5], ((0, 3),)),
        ([5, 7, 7, 6, 6, 9], ((0, 1), (1, 4), (4, 5), (5, 6))),
        ([7] * (LONGEST_RUN + 1), ((0, LONGEST_RUN), (LONGEST_RUN, LONGEST_RUN + 1))),
    ],
)
def test_runs_are_of_equal_packets_with_a_shorter_last(
    sizes: list[int], runs: tuple[tuple[int, int], ...]
) -> None:
    assert equal_runs(tuple(bytes(size) for size in sizes)) == runs


def test_vp8_frames_carry_growing_picture_ids_for_each_stream() -> None:
    data = random.Random(1).randbytes(3000)
    packetiser = Packetiser()
    streams = [VideoStream(codec="vp8"), VideoStream(codec="vp8", rung=1)]
    for expected in range(3):
        for stream in streams:
            frame = packetiser.frame(LivePacket("video", 0, True, data, stream))
            parsed = [VpxPayloadDescriptor.parse(payload) for payload in frame.payloads]
            assert b"".join(rest for _, rest in parsed) == data
            assert [head.partition_start for head, _ in parsed] == [1, 0, 0]
            assert {head.picture_id for head, _ in parsed} == {expected}
    assert vp8_payloads(b"x", 2**15 - 1) == (b"\x90\x80\xff\xffx",)


def test_sound_is_a_payload_as_it_is() -> None:
    frame = Packetiser().frame(LivePacket("audio", 960, True, b"opus"))
    assert frame.payloads == (b"opus",)
    assert frame.runs == ((0, 1),)
