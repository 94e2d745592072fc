"""Session descriptions (SDP, RFC 8866) as sections and attributes; pure text, nothing is understood yet."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterable
from dataclasses import dataclass

from avatar_server.control.strict_json import MessageError

MOST_LINES = 2_000
"""A browser's offer for two tracks has about two hundred."""

MOST_CANDIDATES = 64
"""The server knocks at each of them; a machine with many addresses has twenty."""

Attributes = tuple[tuple[str, str], ...]

_LINE = re.compile(r"[a-z]=[^\x00]*")
_MEDIA = re.compile(
    r"(?P<kind>[a-z]+) (?P<port>[0-9]{1,5})(/[0-9]+)? (?P<protocol>[A-Z/]+)(?P<formats>( [!-~]+)+)"
)
_CANDIDATE = re.compile(
    r"[!-~]{1,32} 1 udp [0-9]{1,10} (?P<address>[0-9a-f.:]+) (?P<port>[0-9]{1,5}) typ (host|srflx|relay)"
    r"( raddr [0-9a-f.:]+ rport [0-9]{1,5})?(?=$| )",
    re.IGNORECASE,
)
"""RFC 8839, section 5.1, without the extensions at its end, which nobody here needs."""


@dataclass(frozen=True, slots=True)
class Section:
    """Lines that belong together: those of one `m=` line, or those before the first."""

    attributes: Attributes

    def first(self, name: str) -> str | None:
        """Value of the first attribute of a name, "" where it has none."""
        return next((value for key, value in self.attributes if key == name), None)

    def all(self, name: str) -> list[str]:
        """Values of all attributes of a name, in order."""
        return [value for key, value in self.attributes if key == name]

    def has(self, name: str) -> bool:
        """Whether the attribute is there."""
        return self.first(name) is not None


@dataclass(frozen=True, slots=True)
class MediaSection(Section):
    """One `m=` line, say `m=video 9 UDP/TLS/RTP/SAVPF 96 97`, and the attributes below it."""

    kind: str
    port: int
    protocol: str
    formats: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class SessionDescription:
    """What a description says about all media, and about each."""

    session: Section
    media: tuple[MediaSection, ...]

    def inherited(self, section: MediaSection, name: str) -> str | None:
        """Value of an attribute that may stand in a section or, for all of them, at the top."""
        value = section.first(name)
        return self.session.first(name) if value is None else value


def parse_description(text: str) -> SessionDescription:
    """The sections of a description; raises `MessageError` where lines are not lines of SDP."""
    lines = _lines(text)
    if not lines or lines[0] != "v=0":
        raise MessageError("sdp: not a session description, it does not begin with v=0")
    return parse_sections(lines)


def parse_fragment(text: str) -> SessionDescription:
    """The sections of a fragment (RFC 8840, section 9), which has no `v=0`; raises `MessageError`."""
    lines = _lines(text)
    if not lines:
        raise MessageError("sdp fragment: expected lines, got none")
    return parse_sections(lines)


def parse_sections(lines: Iterable[str]) -> SessionDescription:
    """Sections and attributes of lines; raises `MessageError` for an `m=` line that is none."""
    heads: list[re.Match[str]] = []
    attributes: list[list[tuple[str, str]]] = [[]]
    for line in lines:
        if line.startswith("m="):
            head = _MEDIA.fullmatch(line[2:])
            if head is None or int(head["port"]) > 65_535:
                raise MessageError(f"sdp: expected m=kind port protocol formats, got {shown(line)}")
            heads.append(head)
            attributes.append([])
        elif line.startswith("a="):
            name, _, value = line[2:].partition(":")
            attributes[-1].append((name, value.strip()))
    media = (
        MediaSection(
            tuple(found), head["kind"], int(head["port"]), head["protocol"], tuple(head["formats"].split())
        )
        for head, found in zip(heads, attributes[1:], strict=True)
    )
    return SessionDescription(Section(tuple(attributes[0])), tuple(media))


def reachable(candidates: Iterable[str]) -> list[str]:
    """Those values of `a=candidate` that the server can knock at, without duplicates.

    Not among them, and passed over in silence as RFC 8838 (section 11) wants: TCP, names instead of
    addresses (each `.local` name that does not resolve costs aioice a second), and what is no candidate.
    """
    usable = (
        found[0] for candidate in candidates if (found := _CANDIDATE.match(candidate)) and _is_door(found)
    )
    return list(dict.fromkeys(usable))[:MOST_CANDIDATES]


def shown(line: str) -> str:
    """A stranger's line, short enough to be sent back."""
    return repr(line if len(line) <= 60 else line[:57] + "...")


def _lines(text: str) -> list[str]:
    lines = [line for line in text.replace("\r\n", "\n").split("\n") if line]
    if len(lines) > MOST_LINES:
        raise MessageError(f"sdp: expected at most {MOST_LINES} lines, got {len(lines)}")
    for line in lines:
        if not _LINE.fullmatch(line):
            raise MessageError(f"sdp: expected lines like a=mid:0, got {shown(line)}")
    return lines


def _is_door(candidate: re.Match[str]) -> bool:
    """Whether the address is one machine's, so that nobody can have the server knock at many."""
    try:
        address = ipaddress.ip_address(candidate["address"])
    except ValueError:
        return False
    return 0 < int(candidate["port"]) < 65_536 and not (address.is_multicast or address.is_unspecified)
