"""What is changed in the answers that aiortc makes (pure text to text)."""

from __future__ import annotations

import re
from collections.abc import Container, Iterator

from avatar_server.sinks.webrtc_offer import ViewerOffer


def passive_answer(sdp: str) -> str:
    """The answer with the viewer as DTLS client: aiortc as client fails against RSA certificates."""
    return re.sub(r"^a=setup:active\b", "a=setup:passive", sdp, flags=re.MULTILINE)


def stereo_answer(sdp: str) -> str:
    """The answer that says that Opus carries two channels; browsers mix them down otherwise."""

    def with_parameters(match: re.Match[str]) -> str:
        return f"{match[0]}\r\na=fmtp:{match[1]} minptime=10;stereo=1;sprop-stereo=1;useinbandfec=0"

    return re.sub(r"^a=rtpmap:(\d+) opus/48000/2\b", with_parameters, sdp, flags=re.MULTILINE)


def with_fir(sdp: str, payload_types: Container[int]) -> str:
    """The description that says of these payload types that key pictures may be asked for by FIR, too.

    aiortc names only PLI, which goes to one sender; whoever mixes or forwards asks by FIR (RFC 5104).
    """

    def with_line(match: re.Match[str]) -> str:
        more = f"\r\na=rtcp-fb:{match[1]} ccm fir" if int(match[1]) in payload_types else ""
        return match[0] + more

    return re.sub(r"^a=rtcp-fb:(\d+) nack pli\b", with_line, sdp, flags=re.MULTILINE)


def full_answer(offer: ViewerOffer, sdp: str) -> str:
    """The answer with a section for each of the offer's, in its order (RFC 3264, section 6).

    aiortc was told only of the tracks that are sent; all others are declined by port 0.
    """
    head, *accepted = re.split(r"^(?=m=)", sdp, flags=re.MULTILINE)
    return head + "".join(_sections(offer, iter(accepted)))


def _sections(offer: ViewerOffer, accepted: Iterator[str]) -> Iterator[str]:
    sent = [track.section for track in offer.tracks]
    for section in offer.description.media:
        if any(section is other for other in sent):
            yield next(accepted)
            continue
        yield f"m={section.kind} 0 {section.protocol} {' '.join(section.formats)}\r\nc=IN IP4 0.0.0.0\r\n"
        if (mid := section.first("mid")) is not None:
            yield f"a=mid:{mid}\r\n"
        yield "a=inactive\r\n"
