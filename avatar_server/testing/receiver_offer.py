"""What a receiver offers and what it reads from the answer (pure text).

The offer is like a browser's: one picture and one sound track to receive, H.264 constrained baseline before
VP8, retransmissions, everything over one transport.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

H264, H264_RTX, VP8, VP8_RTX, OPUS = 102, 103, 96, 97, 111
CODEC_LINES = {
    "h264": (
        f"a=rtpmap:{H264} H264/90000",
        f"a=fmtp:{H264} level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=42e01f",
        f"a=rtpmap:{H264_RTX} rtx/90000",
        f"a=fmtp:{H264_RTX} apt={H264}",
    ),
    "vp8": (
        f"a=rtpmap:{VP8} VP8/90000",
        f"a=rtpmap:{VP8_RTX} rtx/90000",
        f"a=fmtp:{VP8_RTX} apt={VP8}",
    ),
}
PAYLOAD_TYPES = {"h264": (H264, H264_RTX), "vp8": (VP8, VP8_RTX)}
FEEDBACK = ("nack", "nack pli", "ccm fir", "goog-remb")
SEND_TIME = "http://www.webrtc.org/experiments/rtp-hdrext/abs-send-time"


@dataclass(frozen=True, slots=True)
class Credentials:
    """One end of an ICE and DTLS connection: fingerprint as in SDP, `sha-256 AB:CD:...`."""

    name_fragment: str
    password: str
    fingerprint: str


@dataclass(frozen=True, slots=True)
class Accepted:
    """What the answer says: who answers, at which addresses, and which payload types it will send.

    retransmission: payload type of RTX, None where it was refused.
    """

    credentials: Credentials
    addresses: tuple[tuple[str, int], ...]
    codec: str
    video: int
    retransmission: int | None
    audio: int


def offer(own: Credentials, address: tuple[str, int], codecs: tuple[str, ...] = ("h264", "vp8")) -> str:
    """An offer to receive, with one candidate: `address`."""
    host, port = address
    family = "IP6" if ":" in host else "IP4"
    transport = (
        f"c=IN {family} {host}",
        f"a=candidate:1 1 udp 2130706431 {host} {port} typ host",
        f"a=ice-ufrag:{own.name_fragment}",
        f"a=ice-pwd:{own.password}",
        f"a=fingerprint:{own.fingerprint}",
        "a=setup:actpass",
        "a=recvonly",
        "a=rtcp-mux",
        "a=rtcp-rsize",
        "a=extmap:1 urn:ietf:params:rtp-hdrext:sdes:mid",
        f"a=extmap:2 {SEND_TIME}",
    )
    types = [kind for codec in codecs for kind in PAYLOAD_TYPES[codec]]
    feedback = (f"a=rtcp-fb:{PAYLOAD_TYPES[codec][0]} {way}" for codec in codecs for way in FEEDBACK)
    lines = (
        "v=0",
        f"o=- 1 2 IN {family} {host}",
        "s=-",
        "t=0 0",
        "a=group:BUNDLE 0 1",
        f"m=video {port} UDP/TLS/RTP/SAVPF {' '.join(map(str, types))}",
        *transport,
        "a=mid:0",
        *(line for codec in codecs for line in CODEC_LINES[codec]),
        *feedback,
        f"m=audio {port} UDP/TLS/RTP/SAVPF {OPUS}",
        *transport,
        "a=mid:1",
        f"a=rtpmap:{OPUS} opus/48000/2",
        f"a=fmtp:{OPUS} minptime=10;useinbandfec=1",
    )
    return "".join(f"{line}\r\n" for line in lines)


def accepted(answer: str) -> Accepted:
    """What the answer says; raises `ValueError` if it is none that a receiver can use."""
    video = re.search(r"^m=video (\d+) \S+ (.*)$", answer, re.MULTILINE)
    audio = re.search(r"^m=audio (\d+) \S+ (.*)$", answer, re.MULTILINE)
    if not video or not audio or "0" in (video[1], audio[1]):
        raise ValueError(f"an answer without picture or sound: {answer!r}")
    names = dict(re.findall(r"^a=rtpmap:(\d+) ([\w-]+)/", answer, re.MULTILINE))
    types = video[2].split()
    media = [kind for kind in types if names.get(kind, "").lower() in PAYLOAD_TYPES]
    if not media:
        raise ValueError(f"an answer without a codec: {answer!r}")
    rtx = re.search(rf"^a=fmtp:(\d+) .*apt={media[0]}\b", answer, re.MULTILINE)
    candidates = re.findall(r"^a=candidate:\S+ 1 udp \d+ (\S+) (\d+) typ host", answer, re.MULTILINE | re.I)
    return Accepted(
        credentials=Credentials(
            *(_attribute(answer, name) for name in ("ice-ufrag", "ice-pwd", "fingerprint"))
        ),
        addresses=tuple(dict.fromkeys((host, int(port)) for host, port in candidates)),
        codec=names[media[0]].lower(),
        video=int(media[0]),
        retransmission=int(rtx[1]) if rtx else None,
        audio=int(audio[2].split()[0]),
    )


def _attribute(answer: str, name: str) -> str:
    # Of several fingerprints the one that every implementation has.
    sha = r"(sha-256 \S+)" if name == "fingerprint" else r"(\S+)"
    found = re.search(rf"^a={name}:{sha}", answer, re.MULTILINE)
    if not found:
        raise ValueError(f"an answer without a={name}")
    return found[1]
