"""Session descriptions, changed and refused as text."""

from __future__ import annotations

import pytest

from avatar_server.control.strict_json import MessageError
from avatar_server.sinks.webrtc_offer import passive_answer, stereo_answer, usable_offer


def test_offers_are_freed_of_what_hurts_and_refused_if_not_for_us() -> None:
    offer = (
        "v=0\r\no=- 1 1 IN IP4 0.0.0.0\r\nm=video 9 UDP/TLS/RTP/SAVPF 96\r\n"
        "a=candidate:1 1 udp 2113937151 0c8c1da4.local 40737 typ host\r\n"
        "a=candidate:2 1 udp 2113937151 192.0.2.7 40737 typ host\r\n"
        "a=end-of-candidates\r\na=fingerprint:sha-256 00\r\nm=audio 9 UDP/TLS/RTP/SAVPF 111\r\n"
    )
    kept = usable_offer(offer)
    assert ".local" not in kept
    assert "end-of-candidates" not in kept
    assert "192.0.2.7" in kept
    for wrong, says in (
        ("", "begin with v=0"),
        ("hello", "begin with v=0"),
        ("v=0\r\nm=video 9 X 96\r\n", "expected one video and one audio track to be asked for, got 1 video"),
        (offer + "m=video 9 UDP/TLS/RTP/SAVPF 96\r\n", "got 2 video, 1 audio"),
    ):
        with pytest.raises(MessageError, match=says):
            usable_offer(wrong)
    assert passive_answer("a=setup:active\r\n") == "a=setup:passive\r\n"
    assert "a=fmtp:111 minptime=10;stereo=1" in stereo_answer("a=rtpmap:111 opus/48000/2\r\n")
