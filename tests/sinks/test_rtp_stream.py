"""Headers, time stamps and history of one viewer's stream, read by aiortc's parser; nothing is encrypted."""

from __future__ import annotations

from array import array

from aiortc.rtcrtpparameters import RTCRtpHeaderExtensionParameters, RTCRtpParameters
from aiortc.rtp import HeaderExtensionsMap, RtpPacket, unpack_header_extensions, unwrap_rtx

from avatar_server.encode.live_packet import LivePacket
from avatar_server.sinks.rtp_packetiser import Packetiser, RtpFrame
from avatar_server.sinks.rtp_stream import (
    AT_ONCE,
    HISTORY_PACKETS,
    IN_ORDER,
    TAKEN_BACK_PICTURES,
    HeaderExtension,
    Retransmission,
    RtpStream,
)
from avatar_server.sinks.run_layout import RunLayout

TAG = b"tag of 10."
BLOCK = b"\xbe\xde\x00\x02\x32\x00\x00\x00\x10v\x00\x00"
"""One-byte header extensions: 3 is the time of sending, 1 is mid "v"."""

WITHOUT_PLAYOUT_DELAY = HeaderExtension(BLOCK, 5)

EXTENSIONS = HeaderExtensionsMap()
EXTENSIONS.configure(
    RTCRtpParameters(
        headerExtensions=[
            RTCRtpHeaderExtensionParameters(id=1, uri="urn:ietf:params:rtp-hdrext:sdes:mid"),
            RTCRtpHeaderExtensionParameters(
                id=3, uri="http://www.webrtc.org/experiments/rtp-hdrext/abs-send-time"
            ),
        ]
    )
)


class Wire:
    """Writes frames of a stream and parses what was written, as if a cipher only added a tag."""

    def __init__(
        self,
        *,
        rtx: bool = True,
        first_sequence: int = 65_530,
        origin: int = 2**32 - 90,
        extension: HeaderExtension = WITHOUT_PLAYOUT_DELAY,
    ) -> None:
        self.buffer = bytearray(65_536)
        self.stream = RtpStream(
            ssrc=111,
            payload_type=96,
            first_sequence=first_sequence,
            origin=origin,
            extension=extension,
            retransmission=Retransmission(222, 97) if rtx else None,
            first_rtx_sequence=65_535,
        )

    tag_bytes = len(TAG)

    def protect(self, layout: RunLayout) -> None:
        lengths, protected = array("i", layout.lengths), array("i", layout.protected_lengths)
        for start, length, with_tag in zip(layout.starts, lengths, protected, strict=True):
            assert self.buffer[start + length : start + with_tag] == bytes(len(TAG))
            self.buffer[start + length : start + with_tag] = TAG

    def send(self, frame: RtpFrame, now_s: float = 0.0) -> list[RtpPacket]:
        self.stream.begin(frame)
        packets = []
        for run in frame.runs:
            layout = self.stream.write(frame, run, now_s, self.buffer, self)
            packets += [self.parse(*places) for places in each(layout)]
        return packets

    def send_again(self, sequence: int) -> RtpPacket | None:
        length = self.stream.write_again(sequence, 0.0, self.buffer, self)
        return self.parse(0, length) if length else None

    def parse(self, start: int, stop: int) -> RtpPacket:
        data = bytes(self.buffer[start:stop])
        assert data.endswith(TAG)
        return RtpPacket.parse(data[: -len(TAG)], EXTENSIONS)


def each(layout: RunLayout) -> list[tuple[int, int]]:
    """(start, stop) of the packets."""
    return [(start, min(start + layout.segment, len(layout.blank))) for start in layout.starts]


def picture(pts: int, size: int = 5000, *, awaited: bool = False) -> RtpFrame:
    unit = b"\x41" + bytes(1 + number % 255 for number in range(size - 1))
    return Packetiser().frame(LivePacket("video", pts, False, b"\x00\x00\x01" + unit, awaited=awaited))


def test_packets_are_numbered_stamped_and_marked() -> None:
    wire, frame = Wire(), picture(3000)
    packets = wire.send(frame, now_s=70.5) + wire.send(picture(6000))
    count = len(frame.payloads)
    assert [packet.sequence_number for packet in packets] == [
        number % 65_536 for number in range(65_530, 65_530 + 2 * count)
    ]
    assert [packet.payload for packet in packets[:count]] == list(frame.payloads)
    assert {packet.timestamp for packet in packets[:count]} == {3000 - 90}
    assert {packet.timestamp for packet in packets[count:]} == {6000 - 90}
    assert [packet.marker for packet in packets] == ([0] * (count - 1) + [1]) * 2
    assert {(packet.ssrc, packet.payload_type) for packet in packets} == {(111, 96)}
    assert {packet.extensions.mid for packet in packets} == {"v"}
    # 24 bits of 2**-18 s wrap after 64 s.
    assert packets[0].extensions.abs_send_time == round((70.5 - 64) * 2**18)
    assert wire.stream.packets == 2 * count
    assert wire.stream.octets == 2 * sum(map(len, frame.payloads))


def test_time_stamps_only_grow() -> None:
    """Two rungs have pictures of one time; whoever moves from one to the other gets both."""
    wire = Wire(origin=0)
    stamps = [wire.send(picture(pts, 500))[0].timestamp for pts in (3000, 3000, 6000, 5999, 9000)]
    assert stamps == [3000, 3001, 6000, 6001, 9000]


def test_lost_packets_are_kept_for_long_and_sent_again_as_rtx() -> None:
    wire = Wire()
    sent: list[RtpPacket] = []
    while len(sent) < HISTORY_PACKETS:
        sent += wire.send(picture(3000 * (1 + len(sent))))
    for original in (sent[-HISTORY_PACKETS], sent[-HISTORY_PACKETS + 3], sent[-1]):
        again = wire.send_again(original.sequence_number)
        assert again is not None
        assert (again.ssrc, again.payload_type) == (222, 97)
        restored = unwrap_rtx(again, payload_type=96, ssrc=111)
        for name in ("sequence_number", "timestamp", "marker", "payload", "ssrc", "payload_type"):
            assert getattr(restored, name) == getattr(original, name)
    assert wire.stream.packets == len(sent), "retransmissions are another stream"
    following = [wire.send_again(sent[index].sequence_number) for index in (-1, -2)]
    assert [packet.sequence_number for packet in following if packet] == [2, 3]
    assert len(sent) > HISTORY_PACKETS
    assert wire.send_again(sent[-HISTORY_PACKETS - 1].sequence_number) is None
    assert wire.send_again((sent[-1].sequence_number + 1) % 65_536) is None, "it is still to come"
    for _ in range(HISTORY_PACKETS):
        wire.send(picture(10**7, 500))
    assert wire.send_again(sent[-1].sequence_number) is None, "forgotten in the end"


def test_without_rtx_the_packet_itself_is_sent_again() -> None:
    wire = Wire(rtx=False)
    original = wire.send(picture(3000))[2]
    again = wire.send_again(original.sequence_number)
    assert again is not None
    assert (again.ssrc, again.sequence_number, again.payload) == (
        111,
        original.sequence_number,
        original.payload,
    )


def test_headers_without_extensions_are_twelve_bytes() -> None:
    wire = Wire()
    wire.stream = RtpStream(ssrc=1, payload_type=111, first_sequence=0, origin=0)
    frame = Packetiser().frame(LivePacket("audio", 960, True, b"opus"))
    wire.stream.begin(frame)
    layout = wire.stream.write(frame, frame.runs[0], 0.0, wire.buffer, wire)
    assert len(layout.blank) == layout.segment == 12 + 4 + len(TAG)
    assert wire.parse(0, layout.segment).marker == 0


def test_pictures_that_somebody_moved_are_to_be_shown_at_once_and_no_others() -> None:
    """The playout delay is the extension with number 5 here, behind the time of sending."""
    block = b"\xbe\xde\x00\x03\x32\x00\x00\x00\x52\x00\x00\x00\x10v\x00\x00"
    wire = Wire(extension=HeaderExtension(block, send_time_at=5, playout_delay_at=9))
    found = []

    def delays(start: int, stop: int) -> set[bytes]:
        data = bytes(wire.buffer[start:stop])
        extensions = unpack_header_extensions(0xBEDE, data[16:28])
        return {value for number, value in extensions if number == 5}

    for index in range(3 + TAKEN_BACK_PICTURES + 1):
        frame = picture(3000 * index, awaited=index == 2)
        wire.stream.begin(frame)
        of_frame: set[bytes] = set()
        for run in frame.runs:
            for places in each(wire.stream.write(frame, run, 1.0, wire.buffer, wire)):
                assert wire.parse(*places).extensions.abs_send_time == 2**18
                of_frame |= delays(*places)
        found.append(of_frame)
    assert found == [set(), set(), {AT_ONCE}, *[{IN_ORDER}] * TAKEN_BACK_PICTURES, set()]
    # In steps of 10 ms, 12 bits each: least 0, most 0 or all that there is.
    assert [int.from_bytes(value, "big") for value in (AT_ONCE, IN_ORDER)] == [0, 0xFFF]
