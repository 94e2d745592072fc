"""A viewer's offer: what it asks for, whether that can be given, and what aiortc is told of it.

aiortc's parser was not made for strangers and believes what it reads. So an offer is read here by the rules
of JSEP (RFC 9429) and of WHEP (draft-ietf-wish-whep), and aiortc gets a new one, written from what was
understood: no unknown attribute, format or candidate reaches it.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from avatar_server.control.strict_json import MessageError
from avatar_server.encode.live_packet import VideoCodec
from avatar_server.sinks.session_description import (
    MediaSection,
    SessionDescription,
    parse_description,
    reachable,
    shown,
)

Kind = Literal["video", "audio"]

DYNAMIC_PAYLOAD_TYPES = range(96, 128)
"""RFC 3551. aiortc answers any other number with one of its own, which the offerer would not understand."""

_MID = re.compile(r"[!-~]{1,32}")
_USER = re.compile(r"[!-~]{4,256}")
_PASSWORD = re.compile(r"[!-~]{22,256}")
_FINGERPRINT = re.compile(r"sha-(256|384|512) [0-9a-f]{2}(:[0-9a-f]{2}){31,63}", re.IGNORECASE)
_FORMAT = re.compile(r"(?P<type>[0-9]{1,3}) (?P<codec>[a-z0-9-]+/[0-9]+(/[0-9]+)?)", re.IGNORECASE)
_FEEDBACK = re.compile(r"nack|nack pli|ccm fir|goog-remb")
_EXTENSION = re.compile(r"([1-9]|1[0-4])(/[a-z]+)? [!-~]+")
_BASELINE = re.compile(r"(42[0-9a-f]|4d[89a-f]|58[c-f])0[0-9a-f]{2}")
"""Profiles (RFC 6184, table 5) whose decoders take constrained baseline, which is what is sent."""

_CODECS = {"video": ("h264/90000", "vp8/90000", "rtx/90000"), "audio": ("opus/48000/2",)}
_DIRECTIONS = ("sendrecv", "recvonly", "sendonly", "inactive")


class UnfitOfferError(MessageError):
    """An offer that is well formed and cannot be answered: too many tracks, or no codec in common."""


@dataclass(frozen=True, slots=True)
class Format:
    """A payload type of the offer that can be sent.

    codec: h264, vp8, rtx or opus. parameters: those that aiortc has to know of, as they stand in `a=fmtp`.
    """

    payload_type: int
    codec: str
    rtpmap: str
    parameters: str
    feedback: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Track:
    """A section that asks for picture or sound, and in which formats it takes them, best first."""

    kind: Kind
    mid: str
    section: MediaSection
    formats: tuple[Format, ...]

    def extension_id(self, uri: str) -> int | None:
        """The number under which the viewer takes a header extension (RFC 8285), if it does."""
        for value in self.section.all("extmap"):
            number, _, name = value.partition(" ")
            if name == uri and _EXTENSION.fullmatch(value):
                return int(number.partition("/")[0])
        return None


@dataclass(frozen=True, slots=True)
class ViewerOffer:
    """What a viewer asks for: one track, or one of each kind, to be received.

    user, password: of its ICE agent (RFC 8445), which tell a restart from more candidates.
    """

    description: SessionDescription
    tracks: tuple[Track, ...]
    user: str
    password: str

    @property
    def kinds(self) -> frozenset[Kind]:
        """What is to be sent."""
        return frozenset(track.kind for track in self.tracks)

    @property
    def video_codecs(self) -> tuple[VideoCodec, ...]:
        """Codecs of the picture that the viewer decodes, the one it likes best first."""
        codecs = [form.codec for track in self.tracks if track.kind == "video" for form in track.formats]
        wanted: tuple[VideoCodec, ...] = ("h264", "vp8")
        return tuple(sorted((codec for codec in wanted if codec in codecs), key=codecs.index))

    @property
    def fir_payload_types(self) -> frozenset[int]:
        """Formats for which full intra requests may come (RFC 5104)."""
        forms = (form for track in self.tracks for form in track.formats)
        return frozenset(form.payload_type for form in forms if "ccm fir" in form.feedback)

    @property
    def sdp(self) -> str:
        """The offer for aiortc."""
        return "".join(f"{line}\r\n" for line in self._lines())

    def _lines(self) -> Iterator[str]:
        yield from ("v=0", "o=- 1 1 IN IP4 0.0.0.0", "s=-", "t=0 0")
        if self.description.session.has("ice-lite"):
            yield "a=ice-lite"
        yield f"a=group:BUNDLE {' '.join(track.mid for track in self.tracks)}"
        for track in self.tracks:
            yield from self._track_lines(track)

    def _track_lines(self, track: Track) -> Iterator[str]:
        section = track.section
        numbers = " ".join(str(form.payload_type) for form in track.formats)
        yield f"m={track.kind} 9 UDP/TLS/RTP/SAVPF {numbers}"
        yield from ("c=IN IP4 0.0.0.0", "a=recvonly", "a=rtcp-mux", f"a=mid:{track.mid}")
        for extension in section.all("extmap"):
            if _EXTENSION.fullmatch(extension):
                yield f"a=extmap:{extension}"
        for form in track.formats:
            yield f"a=rtpmap:{form.payload_type} {form.rtpmap}"
            if form.parameters:
                yield f"a=fmtp:{form.payload_type} {form.parameters}"
            yield from (f"a=rtcp-fb:{form.payload_type} {wish}" for wish in form.feedback)
        for candidate in reachable(section.all("candidate")):
            yield f"a=candidate:{candidate}"
        yield from (f"a=ice-ufrag:{self.user}", f"a=ice-pwd:{self.password}")
        # Who may be DTLS client and says nothing of it would have to be guessed; RFC 8842 wants it said.
        yield f"a=setup:{self.description.inherited(section, 'setup')}"
        yield from (f"a=fingerprint:{print_}" for print_ in _fingerprints(self.description, section))


def read_offer(text: str) -> ViewerOffer:
    """What an offer asks for; raises `MessageError` if it is malformed, `UnfitOfferError` if it cannot be."""
    description = parse_description(text)
    wanted = [section for section in description.media if _is_wanted(section)]
    counts = Counter(section.kind for section in wanted)
    if not wanted or max(counts.values()) > 1:
        found = ", ".join(f"{count} {kind}" for kind, count in counts.items()) or "none"
        raise UnfitOfferError(
            f"sdp: expected one video or one audio track to be asked for, or both, got {found}"
        )
    tracks = tuple(_track(description, section) for section in wanted)
    if len({track.mid for track in tracks}) < len(tracks):
        raise MessageError("sdp: expected a=mid of each track to be its own")
    bundles = [group.split()[1:] for group in description.session.all("group") if group.startswith("BUNDLE ")]
    if len(tracks) > 1 and not any({track.mid for track in tracks} <= set(bundle) for bundle in bundles):
        raise UnfitOfferError("sdp: expected both tracks in one a=group:BUNDLE (bundlePolicy max-bundle)")
    user, password = ice_credentials(description, wanted[0])
    return ViewerOffer(description, tracks, user, password)


def ice_credentials(description: SessionDescription, section: MediaSection) -> tuple[str, str]:
    """User and password of a section's ICE agent; raises `MessageError`."""
    user = description.inherited(section, "ice-ufrag") or ""
    password = description.inherited(section, "ice-pwd") or ""
    if not _USER.fullmatch(user) or not _PASSWORD.fullmatch(password):
        raise MessageError("sdp: expected a=ice-ufrag of 4 and a=ice-pwd of 22 characters or more")
    return user, password


def _is_wanted(section: MediaSection) -> bool:
    direction = next((name for name, _ in section.attributes if name in _DIRECTIONS), "sendrecv")
    offered = section.port != 0 or section.has("bundle-only")
    return section.kind in _CODECS and offered and direction in ("sendrecv", "recvonly")


def _track(description: SessionDescription, section: MediaSection) -> Track:
    mid = section.first("mid") or ""
    if not _MID.fullmatch(mid):
        raise MessageError(f"sdp: expected a=mid in the {section.kind} section, got {shown(mid)}")
    ice_credentials(description, section)
    if not section.has("rtcp-mux"):
        raise MessageError(f"sdp: expected a=rtcp-mux in the {section.kind} section")
    if not _fingerprints(description, section):
        raise MessageError("sdp: expected a=fingerprint:sha-256, without which nothing can be encrypted")
    setup = description.inherited(section, "setup")
    if setup == "passive":
        raise UnfitOfferError("sdp: expected a=setup:actpass or active, the server only waits for DTLS")
    if setup not in ("actpass", "active"):
        raise MessageError(f"sdp: expected a=setup:actpass or active, got {shown(setup or '')}")
    formats = _formats(section)
    if all(form.codec == "rtx" for form in formats):
        expected = {"video": "H.264 (constrained baseline, packetization-mode=1) or VP8", "audio": "Opus"}
        raise UnfitOfferError(f"sdp: no {section.kind} codec in common, expected {expected[section.kind]}")
    return Track("video" if section.kind == "video" else "audio", mid, section, formats)


def _fingerprints(description: SessionDescription, section: MediaSection) -> list[str]:
    found = section.all("fingerprint") or description.session.all("fingerprint")
    return [value for value in found if _FINGERPRINT.fullmatch(value)]


def _formats(section: MediaSection) -> tuple[Format, ...]:
    known: dict[str, Format] = {}
    for rtpmap in section.all("rtpmap"):
        found = _FORMAT.fullmatch(rtpmap)
        if found is None or found["codec"].lower() not in _CODECS[section.kind]:
            continue
        number, codec = found["type"], found["codec"].split("/")[0].lower()
        parameters = _parameters(codec, "".join(_about(section, "fmtp", number)[:1]))
        if int(number) in DYNAMIC_PAYLOAD_TYPES and parameters is not None:
            wishes = tuple(wish for wish in _about(section, "rtcp-fb", number) if _FEEDBACK.fullmatch(wish))
            known.setdefault(number, Format(int(number), codec, found["codec"], parameters, wishes))
    chosen = [known[number] for number in dict.fromkeys(section.formats) if number in known]
    repeated = {f"apt={form.payload_type}" for form in chosen if form.codec != "rtx"}
    return tuple(form for form in chosen if form.codec != "rtx" or form.parameters in repeated)


def _about(section: MediaSection, name: str, number: str) -> list[str]:
    pairs = (value.partition(" ") for value in section.all(name))
    return [rest for first, _, rest in pairs if first in (number, "*")]


def _parameters(codec: str, offered: str) -> str | None:
    """What aiortc is told of a format's parameters; None for a format that cannot be sent."""
    pairs = (part.strip().partition("=") for part in offered.split(";"))
    values = {name: value for name, _, value in pairs}
    if codec == "rtx":
        return f"apt={values.get('apt', '')}"
    if codec != "h264":
        return ""
    profile = values.get("profile-level-id", "42e01f").lower()
    if values.get("packetization-mode") != "1" or not _BASELINE.fullmatch(profile):
        return None
    plain = profile.startswith("42") and not int(profile[2], 16) & 0x4
    return f"packetization-mode=1;profile-level-id={'42001f' if plain else '42e01f'}"
