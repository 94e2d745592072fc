"""What is changed in aiortc and aioice for the whole process, and the check that all changes still bite.

Everything that leans on their insides is in the files `webrtc_aiortc*.py`: here, `webrtc_aiortc_sender` (what
one sender does) and `webrtc_aiortc_path` (how its packets leave). `pyproject.toml` pins aiortc to 1.16.
`check_hooks` fails loudly when an inside that is used has moved; the server calls it once before it accepts
anybody.
"""

from __future__ import annotations

from asyncio.trsock import TransportSocket
from collections.abc import Callable
from typing import Any

import aioice.ice
import aioice.turn
from aiortc import (
    RTCDtlsTransport,
    RTCIceTransport,
    RTCPeerConnection,
    RTCRtpSender,
    RTCRtpTransceiver,
)
from aiortc.codecs import is_rtx
from aiortc.rtcrtpparameters import RTCRtpHeaderExtensionParameters
from pylibsrtp import Session

from avatar_server.errors import MachineError
from avatar_server.sinks.webrtc_aiortc_sender import PLAYOUT_DELAY, PRIVATE

LOOPBACK = "127.0.0.1"

_CONNECTION = "_RTCPeerConnection__"
_gather_addresses = aioice.ice.get_host_addresses


def install(*, loopback_only: bool) -> None:
    """Make the changes that hold for the whole process, and check that all hooks bite.

    loopback_only: offer 127.0.0.1 and nothing else; otherwise every address of the machine but that one,
    which is offered only where there is no other. Raises `MachineError` if aiortc is not what it was.
    """
    check_hooks()

    def addresses(use_ipv4: bool, use_ipv6: bool) -> list[str]:
        found = [] if loopback_only else _gather_addresses(use_ipv4, use_ipv6)
        return found or [LOOPBACK]

    aioice.ice.get_host_addresses = addresses


def keep_first_codec(transceiver: RTCRtpTransceiver) -> str:
    """Answer with the codec that is used and its retransmissions alone; gives its name, "h264" say."""
    first, *others = transceiver._codecs
    kept = [codec for codec in others if is_rtx(codec) and codec.parameters["apt"] == first.payloadType]
    transceiver._codecs = [first, *kept]
    name: str = first.name.lower()
    return name


def agree_on_playout_delay(transceiver: RTCRtpTransceiver, number: int | None) -> None:
    """Answer that pictures say how long they may be kept, which aiortc does not know of.

    number: under which the viewer takes it; None if it does not.
    """
    if number is not None:
        extension = RTCRtpHeaderExtensionParameters(id=number, uri=PLAYOUT_DELAY)
        transceiver._headerExtensions.append(extension)


def check_hooks() -> None:
    """Raise `MachineError` if aiortc does not use a thing any more that is replaced or read here."""
    uses: dict[Callable[..., Any], set[str]] = {
        RTCRtpSender.send: {"_run_rtp", "_run_rtcp", "_register_rtp_sender"},
        RTCRtpSender.stop: {f"{PRIVATE}rtp_started", f"{PRIVATE}rtp_exited"},
        RTCRtpSender._run_rtp: {f"{PRIVATE}rtp_started", f"{PRIVATE}rtp_exited"},
        RTCRtpSender._run_rtcp: {"_send_rtcp", "_ssrc"},
        RTCRtpSender._retransmit: {"_rtx_ssrc"},
        RTCDtlsTransport._handle_rtcp_data: {"_handle_rtcp_packet"},
        RTCDtlsTransport._send_rtp: {"_tx_srtp"},
        RTCIceTransport.start: {"_connection"},
        RTCPeerConnection.setRemoteDescription: {"_codecs", "_preferred_codecs", "_headerExtensions"},
        getattr(RTCPeerConnection, f"{_CONNECTION}localRtp"): {"_codecs", "_headerExtensions"},
        aioice.ice.Connection.gather_candidates: {"get_host_addresses"},
        aioice.ice.Connection.sendto: {"_nominated", "protocol", "remote_addr"},
        aioice.ice.StunProtocol.datagram_received: {"data_received", "request_received"},
        aioice.turn.TurnTransport.sendto: {"_TurnTransport__inner_protocol"},
        Session.protect: {"srtp_protect"},
        Session.__init__: {"_srtp"},
        TransportSocket.getsockname: {"_sock"},
    }
    for function, names in uses.items():
        if missing := names - set(function.__code__.co_names):
            raise MachineError(
                f"this aiortc does not suit: {function.__qualname__} does not use "
                f"{', '.join(sorted(missing))}; install the pinned one (pip install 'aiortc>=1.16,<1.17')"
            )
