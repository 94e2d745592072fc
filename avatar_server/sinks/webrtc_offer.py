"""What is changed in the session descriptions that go back and forth (pure text to text)."""

from __future__ import annotations

import re
from collections import Counter

from avatar_server.control.strict_json import MessageError


def usable_offer(sdp: str) -> str:
    """The offer without what makes aioice slow or deaf; raises `MessageError` if it is not for us.

    Taken out are candidates with `.local` names (each that does not resolve costs a second) and the end of
    candidates (after which aioice waits for nobody, also not for browsers that hide their addresses).
    """
    lines = [line for line in sdp.replace("\r\n", "\n").split("\n") if line]
    if not lines or lines[0] != "v=0":
        raise MessageError("sdp: not a session description, it does not begin with v=0")
    media = Counter(line[2:].split(" ")[0] for line in lines if line.startswith("m="))
    if media != {"video": 1, "audio": 1}:
        found = ", ".join(f"{count} {kind}" for kind, count in media.items()) or "none"
        raise MessageError(f"sdp: expected one video and one audio track to be asked for, got {found}")
    if not any(line.startswith("a=fingerprint:") for line in lines):
        raise MessageError("sdp: expected a=fingerprint, without which nothing can be encrypted")
    kept = (
        line
        for line in lines
        if not (line.startswith("a=candidate:") and ".local" in line) and line != "a=end-of-candidates"
    )
    return "".join(f"{line}\r\n" for line in kept)


def passive_answer(sdp: str) -> str:
    """The answer with the browser as DTLS client: aiortc as client fails against RSA certificates."""
    return re.sub(r"^a=setup:active\b", "a=setup:passive", sdp, flags=re.MULTILINE)


def stereo_answer(sdp: str) -> str:
    """The answer that says that Opus carries two channels; browsers mix them down otherwise."""

    def with_parameters(match: re.Match[str]) -> str:
        return f"{match[0]}\r\na=fmtp:{match[1]} minptime=10;stereo=1;sprop-stereo=1;useinbandfec=0"

    return re.sub(r"^a=rtpmap:(\d+) opus/48000/2\b", with_parameters, sdp, flags=re.MULTILINE)
