"""What is changed in aiortc and aioice for the whole process, and the check that all changes still bite.

Everything that leans on their insides is in the files `webrtc_aiortc*.py`: here, `webrtc_aiortc_sender` (what
one sender does) and `webrtc_aiortc_path` (how its packets leave). `pyproject.toml` pins aiortc to 1.16.
`check_hooks` fails loudly when an inside that is used has moved; the server calls it once before it accepts
anybody.
"""

from __future__ import annotations

import inspect
import struct
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
from aiortc.rtcdtlstransport import RtpRouter
from aiortc.rtcrtpparameters import RTCRtpHeaderExtensionParameters
from aiortc.rtp import RTCP_PSFB_FIR, RtcpPsfbPacket
from pylibsrtp import Session

from avatar_server.errors import MachineError
from avatar_server.sinks.webrtc_aiortc_sender import PLAYOUT_DELAY, PRIVATE

LOOPBACK = "127.0.0.1"

GATHERING_LIMIT_S = 1
"""STUN and TURN servers have so long to answer. It is time for a request that is lost, which aioice sends
again after 0.5 s, and for two round trips. aioice would have a viewer wait for 5 s if a server is silent."""

FIR_ENTRY = struct.Struct("!IB3x")
"""SSRC of the sender that is meant, and the number of the request."""

_CONNECTION = "_RTCPeerConnection__"
_gather_addresses = aioice.ice.get_host_addresses
_gather_candidates = aioice.ice.Connection.get_component_candidates
_query_consent = aioice.ice.Connection.query_consent
_route_rtcp = RtpRouter.route_rtcp


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
    for owner, name, replacement in (
        (aioice.ice.Connection, "get_component_candidates", _gather_in_time),
        (aioice.ice.Connection, "query_consent", _query_consent_while_open),
        (RtpRouter, "route_rtcp", _route_with_fir),
    ):
        setattr(owner, name, replacement)


async def _gather_in_time(connection: Any, **wanted: Any) -> Any:
    """Our addresses, and those that servers told in time."""
    return await _gather_candidates(connection, **wanted, timeout=GATHERING_LIMIT_S)


async def _query_consent_while_open(connection: Any) -> None:
    """Ask whether the viewer is still there. Who left while aioice connected is not: he would be asked for
    ever, and his connection never forgotten.
    """
    if not connection._closing:
        await _query_consent(connection)


def _route_with_fir(router: RtpRouter, packet: Any) -> set[Any]:
    """Whom a packet is for. A full intra request names its senders inside (RFC 5104, section 4.3.1)."""
    recipients: set[Any] = _route_rtcp(router, packet)
    if isinstance(packet, RtcpPsfbPacket) and packet.fmt == RTCP_PSFB_FIR:
        whole = len(packet.fci) // FIR_ENTRY.size * FIR_ENTRY.size
        for ssrc, _ in FIR_ENTRY.iter_unpack(packet.fci[:whole]):
            if ssrc in router.senders:
                recipients.add(router.senders[ssrc])
    return recipients


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
        RTCRtpSender.send: {"_run_rtp", "_run_rtcp", "_register_rtp_sender", f"{PRIVATE}cname"},
        RTCRtpSender.stop: {
            f"{PRIVATE}{name}" for name in ("rtp_started", "rtp_exited", "rtcp_started", "rtcp_exited")
        },
        RTCRtpSender._run_rtp: {f"{PRIVATE}rtp_started", f"{PRIVATE}rtp_exited"},
        RTCRtpSender._run_rtcp: {f"{PRIVATE}rtcp_started", f"{PRIVATE}rtcp_exited", "_send_rtcp", "_ssrc"},
        RTCRtpSender._retransmit: {"_rtx_ssrc"},
        RTCDtlsTransport._handle_rtcp_data: {"_handle_rtcp_packet", "route_rtcp"},
        _route_rtcp: {"senders"},
        RTCDtlsTransport._send_rtp: {"_tx_srtp"},
        RTCDtlsTransport._setup_srtp: {"_ssl", "get_selected_srtp_profile"},
        RTCIceTransport.start: {"_connection"},
        RTCPeerConnection.setRemoteDescription: {"_codecs", "_preferred_codecs", "_headerExtensions"},
        getattr(RTCPeerConnection, f"{_CONNECTION}localRtp"): {"_codecs", "_headerExtensions"},
        aioice.ice.Connection.gather_candidates: {"get_host_addresses"},
        aioice.ice.Connection.connect: {"query_consent"},
        aioice.ice.Connection.close: {"_closing"},
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
    if "timeout" not in inspect.signature(_gather_candidates).parameters:
        raise MachineError(
            "this aioice does not suit: it gathers candidates without a limit of time; "
            "install the aiortc that is pinned (pip install 'aiortc>=1.16,<1.17')"
        )
