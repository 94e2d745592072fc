"""Everything here that leans on the insides of aiortc and aioice, in one place.

`pyproject.toml` pins aiortc to 1.16. `check_hooks` fails loudly when an inside that is used here has
moved, and the server calls it once before it accepts anybody. What is changed, and why:

- Requests for a key picture (PLI, FIR) are ignored for packets encoded elsewhere; they go to the stage.
- The history for retransmissions holds 128 packets, which is less than one burst of a key picture and its
  neighbours on a slow link; it gets 1024.
- A sender report pairs the RTP time with the time of sending. A receiver lines sound and picture up by
  these pairs, so they are made from the media clock instead.
- Addresses of the loopback interface are never offered; a server that is bound to it offers nothing else.
- The random origin of a viewer's RTP time stamps is needed to tell the page which picture shows which time.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import aioice.ice
import aiortc.rtcrtpsender as sender_module
from aiortc import RTCRtpCodecParameters, RTCRtpSender
from aiortc.rtp import RtcpSrPacket

from avatar_server.errors import MachineError

HISTORY_PACKETS = 1024
LOOPBACK = "127.0.0.1"

_PRIVATE = "_RTCRtpSender__"
_gather_addresses = aioice.ice.get_host_addresses


@dataclass(frozen=True, slots=True)
class MediaClock:
    """Pairs stream time with the wall clock.

    ntp_at_zero_s: seconds since 1900 at which what belongs to stream time 0 leaves.
    """

    ntp_at_zero_s: float

    def ntp(self, stream_s: float) -> int:
        """64-bit NTP time (RFC 3550, section 4)."""
        return round((self.ntp_at_zero_s + stream_s) * 2**32) & 0xFFFF_FFFF_FFFF_FFFF


class SenderHooks:
    """The changes to one sender; made once, before it starts."""

    def __init__(
        self, sender: RTCRtpSender, *, clock_hz: int, media_clock: MediaClock, request_key: Callable[[], None]
    ) -> None:
        self._sender = sender
        self._clock_hz = clock_hz
        self._media_clock = media_clock
        self._pts: int | None = None
        self.rtp_origin: int | None = None
        """RTP time stamp of stream time 0 for this viewer; None before its first packet has left."""
        self._next_frame = self._sender._next_encoded_frame
        self._send_rtcp = self._sender._send_rtcp
        for name, replacement in (
            ("_next_encoded_frame", self._note_next_frame),
            ("_send_rtcp", self._send_true_report),
            ("_send_keyframe", request_key),
        ):
            setattr(sender, name, replacement)

    async def _note_next_frame(self, codec: RTCRtpCodecParameters) -> Any:
        # Whoever asks for the next frame has sent all packets of the last one.
        if self.rtp_origin is None and self._pts is not None:
            self.rtp_origin = (self._private("rtp_timestamp") - self._pts) & 0xFFFF_FFFF
        frame = await self._next_frame(codec)
        if frame is not None:
            self._pts = frame.timestamp
        return frame

    async def _send_true_report(self, packets: list[Any]) -> None:
        for packet in packets:
            if isinstance(packet, RtcpSrPacket):
                if self.rtp_origin is None or self._pts is None:
                    return  # A report before the first packet would pair two zeros.
                behind = (self.rtp_origin + self._pts - packet.sender_info.rtp_timestamp) & 0xFFFF_FFFF
                ntp = self._media_clock.ntp((self._pts - behind) / self._clock_hz)
                packet.sender_info.ntp_timestamp = ntp
                # The receiver sends this back, and the round trip is measured by it.
                setattr(self._sender, f"{_PRIVATE}lsr", (ntp >> 16) & 0xFFFF_FFFF)
        await self._send_rtcp(packets)

    def _private(self, name: str) -> int:
        value: int = getattr(self._sender, _PRIVATE + name)
        return value


def install(*, loopback_only: bool) -> None:
    """Make the changes that hold for the whole process, and check that all hooks bite.

    loopback_only: offer 127.0.0.1 and nothing else; otherwise every address of the machine but that one,
    which is offered only where there is no other. Raises `MachineError` if aiortc is not what it was.
    """
    check_hooks()
    vars(sender_module)["RTP_HISTORY_SIZE"] = HISTORY_PACKETS

    def addresses(use_ipv4: bool, use_ipv6: bool) -> list[str]:
        found = [] if loopback_only else _gather_addresses(use_ipv4, use_ipv6)
        return found or [LOOPBACK]

    aioice.ice.get_host_addresses = addresses


def check_hooks() -> None:
    """Raise `MachineError` if aiortc does not use a thing any more that is replaced or read here."""
    uses: dict[Callable[..., Any], set[str]] = {
        RTCRtpSender._run_rtp: {
            "_next_encoded_frame",
            f"{_PRIVATE}rtp_timestamp",
            f"{_PRIVATE}rtp_history",
            "RTP_HISTORY_SIZE",
        },
        RTCRtpSender._run_rtcp: {"_send_rtcp", f"{_PRIVATE}lsr", f"{_PRIVATE}rtp_timestamp"},
        RTCRtpSender._handle_rtcp_packet: {"_send_keyframe", f"{_PRIVATE}lsr"},
        RTCRtpSender._retransmit: {"RTP_HISTORY_SIZE"},
        RTCRtpSender._next_encoded_frame: {"pack"},
        aioice.ice.Connection.gather_candidates: {"get_host_addresses"},
    }
    for function, names in uses.items():
        if missing := names - set(function.__code__.co_names):
            raise MachineError(
                f"this aiortc does not suit: {function.__qualname__} does not use "
                f"{', '.join(sorted(missing))}; install the pinned one (pip install 'aiortc>=1.16,<1.17')"
            )
