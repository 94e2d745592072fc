"""What a viewer found out about its addresses after its offer (trickle ICE, RFC 8840)."""

from __future__ import annotations

from dataclasses import dataclass

from avatar_server.control.strict_json import MessageError
from avatar_server.sinks.session_description import parse_fragment, reachable
from avatar_server.sinks.webrtc_offer import ViewerOffer


@dataclass(frozen=True, slots=True)
class TrickleFragment:
    """Further candidates of a viewer: values of `a=candidate` that the server can knock at.

    The end of candidates is passed over: aioice would wait for nobody afterwards, also not for browsers that
    hide their addresses.
    """

    user: str | None
    password: str | None
    candidates: tuple[str, ...]

    def restarts(self, offer: ViewerOffer) -> bool:
        """Whether this is another ICE session than the offer's, and not more about the same one."""
        given = (self.user, offer.user), (self.password, offer.password)
        return any(now is not None and now != before for now, before in given)


def read_fragment(text: str) -> TrickleFragment:
    """What a fragment says; raises `MessageError` if it is malformed."""
    found = parse_fragment(text)
    sections = (found.session, *found.media)
    users = [user for section in sections for user in section.all("ice-ufrag")]
    passwords = [password for section in sections for password in section.all("ice-pwd")]
    if len(set(users)) > 1 or len(set(passwords)) > 1:
        raise MessageError("sdp fragment: expected one a=ice-ufrag and one a=ice-pwd, tracks share them")
    candidates = [candidate for section in sections for candidate in section.all("candidate")]
    if not candidates and not users and not any(section.has("end-of-candidates") for section in sections):
        raise MessageError("sdp fragment: expected a=candidate or a=end-of-candidates, got neither")
    return TrickleFragment(
        users[0] if users else None, passwords[0] if passwords else None, tuple(reachable(candidates))
    )
