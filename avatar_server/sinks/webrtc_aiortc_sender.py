"""One sender of aiortc with its heart replaced: frames that were made once go out with this viewer's headers.

aiortc still negotiates, encrypts, times the reports and routes what comes back. Replaced on each sender,
before it starts:

- `_run_rtp`, which takes frames from a track, cuts and copies them for each viewer again.
- `_handle_rtcp_packet`: requests for key pictures are ignored there for packets encoded elsewhere, and its
  history of 128 packets is less than one burst of a key picture and its neighbours on a slow link.
- `_run_rtcp`: aiortc's sender reports pair the RTP time with the time of sending. A receiver lines sound
  and picture up by these pairs, so they are made from the media clock instead. They leave behind frames that
  are sent anyway, which costs a tenth of a task that sleeps for each.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Callable
from typing import Any

from aiortc import RTCRtpTransceiver
from aiortc.codecs import is_rtx
from aiortc.rtcrtpsender import random_sequence_number
from aiortc.rtp import (
    RTCP_PSFB_APP,
    RTCP_PSFB_FIR,
    RTCP_PSFB_PLI,
    RTCP_RTPFB_NACK,
    RtcpByePacket,
    RtcpPsfbPacket,
    RtcpRrPacket,
    RtcpRtpfbPacket,
    RtcpSrPacket,
    pack_header_extensions,
    unpack_remb_fci,
)
from aiortc.utils import random32

from avatar_server.encode.live_packet import CLOCK_HZ
from avatar_server.sinks.media_clock import MediaClock
from avatar_server.sinks.receiver_feedback import PeerStats, RoundTrips
from avatar_server.sinks.retransmission_limit import RetransmissionLimit
from avatar_server.sinks.rtp_packetiser import RtpFrame
from avatar_server.sinks.rtp_stream import HeaderExtension, Retransmission, RtpStream
from avatar_server.sinks.sender_reports import SenderReports
from avatar_server.sinks.webrtc_aiortc_path import BUFFER, DatagramPath, SrtpCipher

PRIVATE = "_RTCRtpSender__"
ABS_SEND_TIME = "http://www.webrtc.org/experiments/rtp-hdrext/abs-send-time"
MID = "urn:ietf:params:rtp-hdrext:sdes:mid"
PLAYOUT_DELAY = "http://www.webrtc.org/experiments/rtp-hdrext/playout-delay"
ONE_BYTE_HEADERS = 0xBEDE
"""Profile of RFC 8285, section 4.2."""


class PacketSender:
    """Sends frames of one kind to one viewer, from `connect` on."""

    def __init__(
        self,
        transceiver: RTCRtpTransceiver,
        *,
        media_clock: MediaClock,
        stats: PeerStats,
        on_key_needed: Callable[[], None],
        on_report: Callable[[], None],
        on_heard: Callable[[], None],
    ) -> None:
        """on_report: called when the receiver has reported; on_heard: for any datagram of the viewer."""
        self._transceiver = transceiver
        self._clock_hz = CLOCK_HZ[transceiver.kind]
        self._media_clock = media_clock
        self._stats = stats
        self._on_key_needed = on_key_needed
        self._on_report = on_report
        self._on_heard = on_heard
        self._round_trips = RoundTrips()
        self._limit = RetransmissionLimit()
        self._origin = random32()
        self._stream: RtpStream | None = None
        self._path: DatagramPath | None = None
        self._cipher: SrtpCipher | None = None
        self._reports: SenderReports | None = None
        self._unsent: list[tuple[bytes, int]] = []
        self.fraction_lost = 0.0
        for name, replacement in (
            ("_run_rtp", self._run_nothing),
            ("_run_rtcp", self._run_until_stopped),
            ("_handle_rtcp_packet", self._on_rtcp),
        ):
            setattr(transceiver.sender, name, replacement)

    @property
    def rtp_origin(self) -> int | None:
        """RTP time stamp of stream time 0 for this viewer; None before its first packet has left."""
        return self._origin if self._stream is not None and self._stream.packets else None

    def connect(self) -> None:
        """Begin, now that keys and codecs are agreed."""
        sender = self._transceiver.sender
        first, *others = self._transceiver._codecs
        assert first.payloadType is not None
        rtx = None
        for codec in others:
            if is_rtx(codec) and codec.parameters["apt"] == first.payloadType:
                assert codec.payloadType is not None
                rtx = Retransmission(sender._rtx_ssrc, codec.payloadType)
        self._stream = RtpStream(
            ssrc=sender._ssrc,
            payload_type=first.payloadType,
            first_sequence=random_sequence_number(),
            origin=self._origin,
            extension=_extension(self._transceiver),
            retransmission=rtx,
            first_rtx_sequence=random_sequence_number(),
        )
        self._cipher = SrtpCipher(sender.transport)
        self._path = DatagramPath(sender.transport, self._on_heard)
        self._reports = SenderReports(sender._ssrc, time.monotonic())

    def send(self, frame: RtpFrame, now_s: float) -> bool:
        """Send a frame; False if some of it is left for `flush`. Raises `ConnectionError`.

        now_s: monotonic clock.
        """
        stream, path, cipher = self._stream, self._path, self._cipher
        if stream is None or path is None or cipher is None:
            raise ConnectionError("not connected")
        stream.begin(frame)
        for run in frame.runs:
            layout = stream.write(frame, run, now_s, BUFFER, cipher)
            length, segment = len(layout.blank), layout.segment
            sent = 0 if self._unsent else path.send(length, segment)
            if sent < length:
                self._unsent.append((bytes(BUFFER[sent:length]), segment))
            self._stats.bytes += length
            self._limit.sent(length)
        self._stats.packets += len(frame.payloads)
        self.report(now_s)
        return not self._unsent

    def report(self, now_s: float) -> None:
        """Send a sender report if one is due, unless packets wait. Raises `ConnectionError`."""
        stream, path, reports = self._stream, self._path, self._reports
        if reports is None or not reports.is_due(now_s) or stream is None or path is None:
            return
        sender = self._transceiver.sender
        name = getattr(sender, f"{PRIVATE}cname")
        if stream.last_pts is None or self._unsent or name is None:
            return  # A report before the first packet would pair two zeros.
        ntp = self._media_clock.ntp(stream.last_pts / self._clock_hz)
        compound = reports.compound(
            now_s,
            name,
            ntp=ntp,
            stamp=stream.origin + stream.last_pts,
            packets=stream.packets,
            octets=stream.octets,
        )
        protected = sender.transport._tx_srtp.protect_rtcp(compound)
        path.send_bytes(memoryview(protected), len(protected))
        self._round_trips.left(ntp, now_s)

    def flush(self) -> bool:
        """Send what was left; whether nothing is left any more. Raises `ConnectionError`."""
        while self._unsent and self._path is not None:
            packets, segment = self._unsent[0]
            sent = self._path.send_bytes(memoryview(packets), segment)
            if sent < len(packets):
                self._unsent[0] = (packets[sent:], segment)
                return False
            del self._unsent[0]
        return True

    async def _run_nothing(self, codec: Any) -> None:
        # `stop` waits for both.
        for event in ("rtp_started", "rtp_exited"):
            getattr(self._transceiver.sender, f"{PRIVATE}{event}").set()

    async def _run_until_stopped(self) -> None:
        sender = self._transceiver.sender
        getattr(sender, f"{PRIVATE}rtcp_started").set()
        with contextlib.suppress(asyncio.CancelledError):
            await asyncio.get_running_loop().create_future()
        await sender._send_rtcp([RtcpByePacket(sources=[sender._ssrc])])
        getattr(sender, f"{PRIVATE}rtcp_exited").set()

    async def _on_rtcp(self, packet: Any) -> None:
        if isinstance(packet, RtcpRrPacket | RtcpSrPacket):
            for report in packet.reports:
                if report.ssrc == self._transceiver.sender._ssrc:
                    self._note_report(report)
        elif isinstance(packet, RtcpRtpfbPacket) and packet.fmt == RTCP_RTPFB_NACK:
            self._send_again(packet.lost)
        elif isinstance(packet, RtcpPsfbPacket) and packet.fmt in (RTCP_PSFB_PLI, RTCP_PSFB_FIR):
            self._stats.pli += 1
            self._on_key_needed()
        elif isinstance(packet, RtcpPsfbPacket) and packet.fmt == RTCP_PSFB_APP:
            self._note_estimate(packet.fci)

    def _note_report(self, report: Any) -> None:
        stats = self._stats
        stats.reports += 1
        self.fraction_lost = report.fraction_lost / 256
        stats.jitter_s = report.jitter / self._clock_hz
        round_trip_s = self._round_trips.answered(report.lsr, report.dlsr, time.monotonic())
        if round_trip_s is not None:
            stats.round_trip_s = round_trip_s
        self._on_report()

    def _note_estimate(self, fci: bytes) -> None:
        try:
            bit_rate, ssrcs = unpack_remb_fci(fci)
        except (ValueError, IndexError):
            return  # Some other message of an application.
        if self._transceiver.sender._ssrc in ssrcs:
            self._stats.remb_bps = bit_rate

    def _send_again(self, sequences: list[int]) -> None:
        stream, path, cipher = self._stream, self._path, self._cipher
        self._stats.nack += len(sequences)
        if stream is None or path is None or cipher is None:
            return
        now_s = time.monotonic()
        for sequence in sequences:
            # Who is behind already gets no packet twice.
            if self._unsent or not self._limit.admits(sequence, now_s, self._stats.round_trip_s):
                continue
            length = stream.write_again(sequence, now_s, BUFFER, cipher)
            if length and path.send(length, length) == length:
                self._limit.sent_again(sequence, length, now_s)
                self._stats.retransmitted += 1
                self._stats.packets += 1
                self._stats.bytes += length


def _extension(transceiver: RTCRtpTransceiver) -> HeaderExtension:
    """Which stream it is, and the time of sending, as far as they were negotiated."""
    ids = {extension.uri: extension.id for extension in transceiver._headerExtensions}
    values = []
    if ABS_SEND_TIME in ids:
        values.append((ids[ABS_SEND_TIME], bytes(3)))
    if PLAYOUT_DELAY in ids:
        values.append((ids[PLAYOUT_DELAY], bytes(3)))
    if MID in ids and transceiver.mid is not None:
        values.append((ids[MID], transceiver.mid.encode()))
    profile, value = pack_header_extensions(values)
    if not value:
        return HeaderExtension()
    block = profile.to_bytes(2, "big") + (len(value) // 4).to_bytes(2, "big") + value
    # Values of three bytes come first, each after its own head.
    head = 1 if profile == ONE_BYTE_HEADERS else 2
    places = iter((4 + head, 4 + head + 3 + head))
    return HeaderExtension(
        block,
        send_time_at=next(places) if ABS_SEND_TIME in ids else None,
        playout_delay_at=next(places) if PLAYOUT_DELAY in ids else None,
        head_bytes=head,
    )
